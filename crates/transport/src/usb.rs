//! The serial ports that may be boards, and the choice of one.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;
use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

use crate::{Error, Properties, UsbFilter};

/// A serial port of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortInfo {
    /// What opens it: `/dev/ttyACM0`, `COM3`.
    pub path: String,
    /// What USB says of it, if it is on USB.
    #[serde(flatten)]
    pub usb: Option<UsbInfo>,
}

/// What a USB device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct UsbInfo {
    /// The vendor's number.
    pub vid: u16,
    /// The product's number.
    pub pid: u16,
    /// The serial number, usually the chip's unique number in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// The manufacturer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// The product's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Where it is plugged in: the bus and the chain of hub ports, as in `1-4.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// The serial ports of this computer that may be boards: those on USB first, each group by name.
///
/// Left out are Bluetooth ports, ports without hardware behind them (Linux always has `ttyS0` to
/// `ttyS31`) and the incoming half of each macOS port.
///
/// # Errors
/// [`Error::ListPorts`] when the system does not tell.
pub fn list_ports() -> Result<Vec<PortInfo>, Error> {
    // serialport panics on a Linux without this folder, such as a container without /sys.
    if cfg!(target_os = "linux") && !std::path::Path::new("/sys/class/tty").is_dir() {
        return Ok(Vec::new());
    }
    let ports = serialport::available_ports().map_err(|error| Error::ListPorts {
        source: error.into(),
    })?;
    Ok(candidates(ports, has_hardware))
}

/// The one port in `ports` that matches `filter`.
///
/// # Errors
/// [`Error::NoMatch`] with all ports, or [`Error::SeveralMatches`] with those that match.
pub fn find<'a>(filter: &UsbFilter, ports: &'a [PortInfo]) -> Result<&'a PortInfo, Error> {
    let matches: Vec<_> = ports.iter().filter(|port| filter.matches(port)).collect();
    match matches[..] {
        [port] => Ok(port),
        [] => Err(Error::NoMatch {
            filter: Box::new(filter.clone()),
            ports: ports.to_vec(),
        }),
        _ => Err(Error::SeveralMatches {
            filter: Box::new(filter.clone()),
            ports: matches.into_iter().cloned().collect(),
        }),
    }
}

/// What tells the board at the port `path` from all others in `ports`, whatever the port's name is
/// after it has been plugged in again: its serial number, or its place where it has none of its own.
/// `None` for a port that USB says nothing of.
pub fn identity(path: &str, ports: &[PortInfo]) -> Option<UsbFilter> {
    let port = ports.iter().find(|port| port.path == path)?;
    let usb = port.usb.as_ref()?;
    let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let of_kind = || UsbFilter {
        vid: Some(usb.vid),
        ..UsbFilter::default()
    };
    let by_number = told(&usb.serial_number).map(|number| UsbFilter {
        serial_number: Some(number),
        ..of_kind()
    });
    let by_place = told(&usb.location).map(|place| UsbFilter {
        location: Some(place),
        ..of_kind()
    });
    [by_number, by_place]
        .into_iter()
        .flatten()
        .find(|filter| find(filter, ports).is_ok_and(|found| found == port))
}

/// The one port in `ports` that is on USB: the board, where none is named.
///
/// # Errors
/// [`Error::NoBoard`] with all ports, or [`Error::SeveralBoards`] with those on USB.
pub fn only_board(ports: &[PortInfo]) -> Result<&PortInfo, Error> {
    let boards: Vec<_> = ports.iter().filter(|port| port.usb.is_some()).collect();
    match boards[..] {
        [port] => Ok(port),
        [] => Err(Error::NoBoard {
            ports: ports.to_vec(),
        }),
        _ => Err(Error::SeveralBoards {
            ports: boards.into_iter().cloned().collect(),
        }),
    }
}

impl fmt::Display for PortInfo {
    /// `/dev/ttyACM0 (2e8a:0005 MicroPython Board in FS mode, serial number e66…)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        let Some(usb) = &self.usb else {
            return Ok(());
        };
        write!(f, " ({:04x}:{:04x}", usb.vid, usb.pid)?;
        for name in [&usb.manufacturer, &usb.product].into_iter().flatten() {
            write!(f, " {name}")?;
        }
        if let Some(serial_number) = &usb.serial_number {
            write!(f, ", serial number {serial_number}")?;
        }
        f.write_str(")")
    }
}

/// What the USB device behind the port at `path` bears.
pub(crate) fn usb_properties(path: &str) -> Properties {
    let ports = list_ports().unwrap_or_default();
    ports
        .iter()
        .find(|port| port.path == path)
        .and_then(|port| port.usb.as_ref())
        .map_or(Properties::LOSSY, |usb| properties(usb.vid, usb.pid))
}

/// Native USB is held back by the bus itself; the UART behind a bridge chip is not.
fn properties(vid: u16, pid: u16) -> Properties {
    match (vid, pid) {
        // Raspberry Pi's debug probes are bridges among chips with native USB.
        (0x2e8a, 0x0004 | 0x000c)
        // ST-Link, whose vendor number STM32 chips with native USB share.
        | (0x0483, 0x3744..=0x3757)
        // Silicon Labs CP210x, WCH CH34x and CH910x, FTDI, Prolific, Arm DAPLink (micro:bit).
        | (0x10c4 | 0x1a86 | 0x0403 | 0x067b | 0x0d28, _) => Properties::LOSSY,
        // MicroPython, Raspberry Pi, Adafruit (CircuitPython), Espressif.
        (0xf055 | 0x2e8a | 0x239a | 0x303a, _) => Properties::RELIABLE,
        _ => Properties::LOSSY,
    }
}

/// The ports among `ports` that may be boards, in order.
fn candidates(ports: Vec<SerialPortInfo>, has_hardware: impl Fn(&str) -> bool) -> Vec<PortInfo> {
    let mut ports: Vec<_> = ports
        .into_iter()
        .filter_map(|port| {
            let path = port.port_name;
            match port.port_type {
                // Each port of macOS has two names; the one for outgoing calls does not wait for
                // a carrier.
                _ if path.starts_with("/dev/tty.") => None,
                SerialPortType::UsbPort(usb) => Some(PortInfo {
                    path,
                    usb: Some(usb.into()),
                }),
                SerialPortType::BluetoothPort => None,
                _ if is_builtin_of_macos(&path) || !has_hardware(&path) => None,
                _ => Some(PortInfo { path, usb: None }),
            }
        })
        .collect();
    ports.sort_by(|left, right| {
        (left.usb.is_none().cmp(&right.usb.is_none()))
            .then_with(|| natural_order(&left.path, &right.path))
    });
    ports.dedup_by(|left, right| left.path == right.path);
    ports
}

fn is_builtin_of_macos(path: &str) -> bool {
    ["Bluetooth", "debug-console", "wlan-debug"]
        .iter()
        .any(|name| path.starts_with("/dev/cu.") && path.contains(name))
}

/// Whether a driver found a chip behind the port: Linux gives type 0 to a UART it did not find.
fn has_hardware(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else {
        return true;
    };
    std::fs::read_to_string(format!("/sys/class/tty/{name}/type"))
        .map_or(true, |uart_type| uart_type.trim() != "0")
}

/// Compares texts with the numbers in them by value: `COM3` before `COM10`.
fn natural_order(left: &str, right: &str) -> Ordering {
    fn split(text: &str) -> (&str, u64) {
        let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (stem, text[stem.len()..].parse().unwrap_or_default())
    }
    split(left).cmp(&split(right)).then_with(|| left.cmp(right))
}

impl From<UsbPortInfo> for UsbInfo {
    fn from(usb: UsbPortInfo) -> Self {
        Self {
            vid: usb.vid,
            pid: usb.pid,
            serial_number: usb.serial_number,
            manufacturer: usb.manufacturer,
            product: usb.product,
            location: usb.location.map(|location| location.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
