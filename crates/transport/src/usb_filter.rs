//! The choice of a board by what USB says of it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;

use crate::{PortInfo, SpecifierError};

const EXAMPLE: &str = r#"{"vid": "2e8a", "serial_number": "e6614103e7452d2f"}"#;

const KEYS: &[&str] = &[
    "vid",
    "pid",
    "serial_number",
    "manufacturer",
    "product",
    "location",
];

/// What a board's USB port must say of itself; what is `None` does not matter.
///
/// As text it is a JSON object: `{"vid": 11914, "serial_number": "e66…"}`. The numbers may be
/// written as hexadecimal strings too, and `null` is the same as leaving the key out.
///
/// ```
/// use belay_transport::{PortInfo, UsbFilter, UsbInfo};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let filter: UsbFilter = r#"{"vid": "0x2e8a", "manufacturer": "micropython"}"#.parse()?;
/// assert!(filter.matches(&PortInfo {
///     path: "/dev/ttyACM0".to_owned(),
///     usb: Some(UsbInfo {
///         vid: 0x2e8a,
///         pid: 0x0005,
///         manufacturer: Some("MicroPython".to_owned()),
///         ..UsbInfo::default()
///     }),
/// }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct UsbFilter {
    /// The vendor's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vid: Option<u16>,
    /// The product's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u16>,
    /// The serial number, in any case of letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// The manufacturer's name, in any case of letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// The product's name, in any case of letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Where it is plugged in, as in `1-4.2`; the interface that pyserial appends (`1-4.2:1.0`)
    /// does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl UsbFilter {
    /// Whether `port` is on USB and says all that is asked.
    pub fn matches(&self, port: &PortInfo) -> bool {
        let Some(usb) = &port.usb else {
            return false;
        };
        self.vid.is_none_or(|vid| vid == usb.vid)
            && self.pid.is_none_or(|pid| pid == usb.pid)
            && is_same(self.serial_number.as_deref(), usb.serial_number.as_deref())
            && is_same(self.manufacturer.as_deref(), usb.manufacturer.as_deref())
            && is_same(self.product.as_deref(), usb.product.as_deref())
            && is_same(
                self.location.as_deref().map(without_interface),
                usb.location.as_deref().map(without_interface),
            )
    }
}

impl FromStr for UsbFilter {
    type Err = SpecifierError;

    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|error| invalid_json(&error))?;
        let mut filter = Self::default();
        for (key, value) in &object {
            match key.as_str() {
                "vid" => filter.vid = number("vid", value)?,
                "pid" => filter.pid = number("pid", value)?,
                "serial_number" => filter.serial_number = string("serial_number", value)?,
                "manufacturer" => filter.manufacturer = string("manufacturer", value)?,
                "product" => filter.product = string("product", value)?,
                "location" => filter.location = string("location", value)?,
                _ => {
                    return Err(SpecifierError::UnknownKey {
                        key: key.clone(),
                        known: KEYS,
                    });
                }
            }
        }
        if filter == Self::default() {
            return Err(SpecifierError::EmptyFilter { example: EXAMPLE });
        }
        Ok(filter)
    }
}

impl fmt::Display for UsbFilter {
    /// The JSON object that parses to this filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Numbers, strings and no maps: nothing that JSON cannot say.
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

fn is_same(wanted: Option<&str>, actual: Option<&str>) -> bool {
    match (wanted, actual) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wanted), Some(actual)) => wanted.to_lowercase() == actual.to_lowercase(),
    }
}

fn without_interface(location: &str) -> &str {
    location.split_once(':').map_or(location, |(port, _)| port)
}

fn number(key: &'static str, value: &Value) -> Result<Option<u16>, SpecifierError> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        Value::String(text) => {
            let digits = text.trim_start_matches("0x").trim_start_matches("0X");
            u16::from_str_radix(digits, 16).ok()
        }
        _ => None,
    };
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(SpecifierError::BadValue {
            key,
            expected: "a number up to 65535 or a string of up to four hexadecimal digits",
            found: value.to_string(),
        }),
    }
}

fn string(key: &'static str, value: &Value) -> Result<Option<String>, SpecifierError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(SpecifierError::BadValue {
            key,
            expected: "a string",
            found: value.to_string(),
        }),
    }
}

fn invalid_json(error: &serde_json::Error) -> SpecifierError {
    // The parser's text ends in the position, which has fields of its own here.
    let text = error.to_string();
    SpecifierError::InvalidJson {
        line: error.line(),
        column: error.column(),
        reason: text
            .split_once(" at line ")
            .map_or(text.as_str(), |(reason, _)| reason)
            .to_owned(),
        example: EXAMPLE,
    }
}
