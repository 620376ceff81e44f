//! What runs on a board.

use belay_pylit::Value;

/// The firmware's own word on what it is. Every fact may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Implementation {
    /// `micropython`, `circuitpython`, or what else calls itself a Python.
    pub name: String,
    /// Major, minor and patch number.
    pub version: (u32, u32, u32),
    /// The port, such as `rp2`, `esp32` or `linux`.
    pub platform: String,
    /// The board and its chip, such as `Raspberry Pi Pico W with RP2040`; empty before 1.19.
    pub machine: String,
    /// `sys.version`; empty where there is none.
    pub build: String,
    /// What compiled code the firmware loads; `None` if it loads no `.mpy` files.
    pub mpy: Option<Mpy>,
    /// The code emitters that the firmware has: `native`, `viper`.
    pub emitters: Vec<String>,
    /// Free memory after a collection, in bytes.
    pub free_memory: Option<u64>,
}

/// The `.mpy` files that a firmware loads, from `sys.implementation._mpy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mpy {
    /// The version of the format.
    pub version: u8,
    /// The version of its native code.
    pub sub_version: u8,
    /// The architecture of its native code.
    pub architecture: Architecture,
    /// Flags of the architecture, since 1.27.
    pub flags: u64,
}

/// An architecture for native code in `.mpy` files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// The firmware takes no native code.
    None,
    /// One that MicroPython's documentation names, by that name: `armv6m`, `xtensawin`, `x64`, …
    Known(&'static str),
    /// A number that this version of Belay does not know.
    Unknown(u8),
}

/// By number, as `py/persistentcode.h` counts them.
const ARCHITECTURES: [&str; 13] = [
    "none",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
];

impl Architecture {
    /// The number that `.mpy` files and `sys.implementation._mpy` have for it.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Known(name) => {
                let index = ARCHITECTURES.iter().position(|&known| known == name);
                index.map_or(0, |index| index as u8)
            }
            Self::Unknown(number) => number,
        }
    }
}

impl Mpy {
    /// Reads `sys.implementation._mpy`: the version in the lowest 8 bits, then 2 bits of
    /// sub-version, 6 bits of architecture, and flags from bit 16.
    pub fn from_bits(bits: u64) -> Self {
        let number = (bits >> 10 & 0x3f) as u8;
        let architecture = match ARCHITECTURES.get(usize::from(number)) {
            _ if number == 0 => Architecture::None,
            Some(name) => Architecture::Known(name),
            None => Architecture::Unknown(number),
        };
        Self {
            version: (bits & 0xff) as u8,
            sub_version: (bits >> 8 & 3) as u8,
            architecture,
            flags: bits >> 16,
        }
    }
}

impl Implementation {
    /// Reads what `board/facts.py` reports. What has another form than expected counts as missing.
    pub(crate) fn from_report(report: &Value) -> Self {
        let Value::Tuple(facts) = report else {
            return Self::default();
        };
        let text = |index| match facts.get(index) {
            Some(Value::Str(text)) => text.clone(),
            _ => String::new(),
        };
        let number = |index| match facts.get(index) {
            Some(&Value::Int(number)) => u64::try_from(number).ok(),
            _ => None,
        };
        Self {
            name: text(0),
            version: facts.get(1).map_or((0, 0, 0), version),
            platform: text(2),
            machine: text(3),
            mpy: number(4).filter(|&bits| bits != 0).map(Mpy::from_bits),
            emitters: facts.get(5).map_or_else(Vec::new, strings),
            free_memory: number(6),
            build: text(7),
        }
    }
}

fn version(value: &Value) -> (u32, u32, u32) {
    let Value::Tuple(parts) = value else {
        return (0, 0, 0);
    };
    let part = |index| match parts.get(index) {
        Some(&Value::Int(number)) => u32::try_from(number).unwrap_or(0),
        _ => 0,
    };
    (part(0), part(1), part(2))
}

fn strings(value: &Value) -> Vec<String> {
    let Value::List(items) = value else {
        return Vec::new();
    };
    let text = |item: &Value| match item {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_any_firmware_are_read() {
        // The unix port 1.25 on x64; a RISC-V RP2350, whose flags broke clients that took them for
        // part of the architecture; and a number that is not given out yet.
        let unix = Mpy::from_bits(2822);
        assert_eq!((unix.version, unix.sub_version), (6, 3));
        assert_eq!(unix.architecture, Architecture::Known("x64"));
        let rp2350 = Mpy::from_bits(3 << 16 | 11 << 10 | 3 << 8 | 6);
        assert_eq!(rp2350.architecture, Architecture::Known("rv32imc"));
        assert_eq!(rp2350.flags, 3);
        assert_eq!(
            Mpy::from_bits(63 << 10 | 6).architecture,
            Architecture::Unknown(63)
        );
        assert_eq!(Mpy::from_bits(6).architecture, Architecture::None);
    }

    #[test]
    fn a_strange_report_is_no_error() {
        for report in [
            "None",
            "()",
            "(1, 2, 3, 4, 'x', 6, -7)",
            "('p', ('a', 1), None)",
        ] {
            let value = belay_pylit::parse(report).unwrap();
            let _: Implementation = Implementation::from_report(&value);
        }
        let value = belay_pylit::parse("('circuitpython', (9, 2), 'RP2040')").unwrap();
        let implementation = Implementation::from_report(&value);
        assert_eq!(implementation.version, (9, 2, 0));
        assert_eq!(implementation.mpy, None);
    }
}
