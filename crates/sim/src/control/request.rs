//! What clients can ask for.

use serde::{Deserialize, Deserializer};

use super::faults;
use crate::Drive;
use crate::opcodes::snake_case;
use crate::pins::Level;

/// The longest wait of one request, in seconds.
const WAIT: f64 = 3600.0;

macro_rules! requests {
    ($($name:ident { $($field:tt)* },)*) => {
        /// A request. `cmd` names it; other fields are those of its variant, and none else.
        #[derive(Debug, Deserialize)]
        #[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
        pub(super) enum Request { $($name { $($field)* },)* }

        /// The names of all requests.
        pub(super) fn commands() -> Vec<String> {
            [$(stringify!($name),)*].map(snake_case).to_vec()
        }
    };
}

requests! {
    Hello {},
    Status {},
    Reset {},
    Pins {},
    Pin {
        pin: Pin,
    },
    PinHistory {
        pin: Pin,
    },
    SetPin {
        pin: Pin,
        #[serde(deserialize_with = "level_or_none")]
        level: Option<Level>,
    },
    WaitPin {
        pin: Pin,
        #[serde(deserialize_with = "level")]
        level: Level,
        timeout: Seconds,
    },
    SetAnalog {
        pin: Pin,
        microvolts: u32,
    },
    Pwm {
        pin: Pin,
    },
    PwmHistory {
        pin: Pin,
    },
    Pixels {
        pin: Pin,
    },
    Bitstreams {
        pin: Pin,
    },
    AttachI2c {
        bus: Pin,
        address: u8,
        device: Device,
    },
    DetachI2c {
        bus: Pin,
        address: u8,
    },
    I2cLog {},
    AttachSpi {
        bus: Pin,
        select: Option<Pin>,
        device: Device,
    },
    DetachSpi {
        bus: Pin,
        select: Option<Pin>,
    },
    SpiLog {},
    GetRegisters {
        device: usize,
        first: usize,
        count: usize,
    },
    SetRegisters {
        device: usize,
        first: usize,
        data: Bytes,
    },
    PushAnswer {
        device: usize,
        data: Bytes,
    },
    TakeWritten {
        device: usize,
    },
    UartSend {
        uart: Uart,
        data: Bytes,
    },
    UartTake {
        uart: Uart,
    },
    UartWait {
        uart: Uart,
        end: Bytes,
        timeout: Seconds,
    },
    Drive {},
    SetDrive {
        drive: Drive,
    },
    FlashCounters {},
    LostBytes {},
    RoundTrips {},
    Unplug {},
    PlugIn {},
    CutPower {},
    PowerOn {},
    SetLinkFaults {
        link: faults::Link,
    },
    SetFlashFaults {
        flash: faults::Flash,
    },
}

/// A device to be made.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Device {
    Registers {
        /// How many.
        count: Count,
        /// Bytes of a register's number on I2C.
        #[serde(default = "one")]
        number_width: Width,
        /// The values of the first registers.
        #[serde(default)]
        data: Bytes,
    },
    Answers {
        #[serde(default)]
        answers: Vec<Bytes>,
    },
}

fn one() -> Width {
    Width(1)
}

/// The name of a pin or bus, which can be written as its number.
#[derive(Debug, Deserialize)]
#[serde(from = "NumberOrText")]
pub(super) struct Pin(pub(super) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u32),
    Text(String),
}

impl From<NumberOrText> for Pin {
    fn from(value: NumberOrText) -> Self {
        Self(match value {
            NumberOrText::Number(number) => number.to_string(),
            NumberOrText::Text(text) => text,
        })
    }
}

/// A time to wait.
#[derive(Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds(pub(super) std::time::Duration);

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if (0.0..=WAIT).contains(&seconds) {
            return Ok(Self(std::time::Duration::from_secs_f64(seconds)));
        }
        Err(format!(
            "a wait of {seconds} seconds is not from 0 to {WAIT}"
        ))
    }
}

/// Bytes, written as hexadecimal digits.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.as_bytes();
        let wrong = || format!("{text:?} is not an even number of hexadecimal digits");
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(wrong());
        }
        let byte = |pair: &[u8; 2]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(pair[0])? * 16 + digit(pair[1])?;
            u8::try_from(value).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        bytes.map(Self).ok_or_else(wrong)
    }
}

/// How many registers a device has.
#[derive(Debug, Deserialize)]
#[serde(try_from = "usize")]
pub(super) struct Count(pub(super) usize);

impl TryFrom<usize> for Count {
    type Error = String;

    fn try_from(count: usize) -> Result<Self, String> {
        if (1..=1 << 20).contains(&count) {
            return Ok(Self(count));
        }
        Err(format!("{count} registers are not from 1 to 1048576"))
    }
}

/// How many bytes the number of a register has.
#[derive(Debug, Deserialize)]
#[serde(try_from = "usize")]
pub(super) struct Width(pub(super) usize);

impl TryFrom<usize> for Width {
    type Error = String;

    fn try_from(bytes: usize) -> Result<Self, String> {
        if (1..=4).contains(&bytes) {
            return Ok(Self(bytes));
        }
        Err(format!("a number of {bytes} bytes is not from 1 to 4"))
    }
}

/// The number of a UART that there is.
#[derive(Debug, Deserialize)]
#[serde(try_from = "usize")]
pub(super) struct Uart(pub(super) usize);

impl TryFrom<usize> for Uart {
    type Error = String;

    fn try_from(id: usize) -> Result<Self, String> {
        if id < 2 {
            return Ok(Self(id));
        }
        Err(format!("a board has the UARTs 0 and 1, not {id}"))
    }
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
    match u8::deserialize(deserializer)? {
        0 => Ok(Level::Low),
        1 => Ok(Level::High),
        other => Err(serde::de::Error::custom(format!(
            "a level is 0 or 1, not {other}"
        ))),
    }
}

fn level_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Level>, D::Error> {
    #[derive(Deserialize)]
    struct Driven(#[serde(deserialize_with = "level")] Level);
    let driven = Option::<Driven>::deserialize(deserializer)?;
    Ok(driven.map(|driven| driven.0))
}
