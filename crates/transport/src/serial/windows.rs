//! A COM port as serialport opens it, waited on in slices.

use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use serialport::SerialPort;

use super::DEFAULT_BAUD_RATE;
use crate::usb::usb_properties;
use crate::wait::Stream;
use crate::{Error, Properties, list_ports};

/// An open COM port.
pub(super) struct Line {
    port: Box<dyn SerialPort>,
    path: String,
}

impl Line {
    pub(super) fn open(name: &str, path: &str) -> Result<Self, Error> {
        let port = serialport::new(path, DEFAULT_BAUD_RATE)
            .open()
            .map_err(|error| open_error(name, path, error))?;
        Ok(Self {
            port,
            path: path.to_owned(),
        })
    }

    pub(super) fn port(&mut self) -> &mut dyn SerialPort {
        &mut *self.port
    }

    pub(super) fn set_baud_rate(&mut self, baud_rate: u32) -> serialport::Result<()> {
        self.port.set_baud_rate(baud_rate)
    }

    /// Windows leaves both lines as they were.
    pub(super) fn assert_modem_lines(&mut self) {
        let _ = self.port.write_data_terminal_ready(true);
        let _ = self.port.write_request_to_send(true);
    }

    pub(super) fn properties(&self) -> Properties {
        usb_properties(&self.path)
    }
}

impl Drop for Line {
    /// Windows releases DTR before RTS, which would hold an ESP32 in reset in between.
    fn drop(&mut self) {
        let _ = self.port.write_request_to_send(false);
        let _ = self.port.write_data_terminal_ready(false);
    }
}

impl Stream for Line {
    fn read_for(&mut self, buffer: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.port.set_timeout(limit)?;
        self.port.read(buffer)
    }

    fn write_for(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize> {
        self.port.set_timeout(limit)?;
        self.port.write(bytes)
    }
}

/// serialport reports a missing port and one in use alike; the list of ports tells them apart.
fn open_error(name: &str, path: &str, error: serialport::Error) -> Error {
    let port = name.to_owned();
    if !matches!(
        error.kind,
        serialport::ErrorKind::NoDevice
            | serialport::ErrorKind::Io(io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
    ) {
        return Error::Io {
            port,
            source: error.into(),
        };
    }
    let ports = list_ports().unwrap_or_default();
    let bare_path = path.trim_start_matches(r"\\.\");
    if ports
        .iter()
        .any(|info| info.path.eq_ignore_ascii_case(bare_path))
    {
        Error::PortBusy { port, holder: None }
    } else {
        Error::NoSuchPort { port, ports }
    }
}
