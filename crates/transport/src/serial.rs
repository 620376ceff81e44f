//! Serial ports, and the slave ends of ptys.

use std::cell::OnceCell;
use std::time::Instant;

use crate::wait::Wait;
use crate::{Error, Properties, SerialControl, Transport, Waker};

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix::Line;
#[cfg(windows)]
use windows::Line;

/// The line speed, in bits per second, that MicroPython boards use unless told otherwise.
pub const DEFAULT_BAUD_RATE: u32 = 115_200;

/// How far the speed that a driver chose may be from the one asked for, in percent.
///
/// A UART samples a bit in its middle and a frame has ten bits, so 5 % is where bytes break.
const BAUD_RATE_TOLERANCE: u64 = 5;

/// A serial port: a board's native USB, a UART behind a USB bridge, a pty.
///
/// The port is this process's alone while it is open: `TIOCEXCL` keeps other programs out, and an
/// exclusive `flock` keeps out those that run as root but ask (Belay, pyserial, mpremote).
///
/// # Modem lines
/// DTR and RTS are both asserted while the port is open and both released when it closes, which is
/// what mpremote 1.29 does and what every known board is content with. A board's native USB counts
/// the host as present only while DTR is asserted, and drops its output otherwise. The reset
/// circuit of ESP32 and ESP8266 boards acts only while the two lines differ: RTS alone holds the
/// chip in reset, DTR alone selects the boot loader at the next reset. So DTR is asserted before
/// RTS and released after it, and no moment between the two resets the chip. A pty has no such
/// lines, and opening one does not mind.
pub struct Serial {
    wait: Wait<Line>,
    properties: OnceCell<Properties>,
}

impl Serial {
    /// Opens the port at `path` (`/dev/ttyACM0`, `COM3`, `/dev/pts/7`) at `baud_rate` bits per
    /// second, with eight data bits, no parity, one stop bit and no flow control.
    ///
    /// # Errors
    /// [`Error::NoSuchPort`], [`Error::NotASerialPort`], [`Error::PermissionDenied`],
    /// [`Error::PortBusy`] and [`Error::BadBaudRate`].
    pub fn open(path: &str, baud_rate: u32) -> Result<Self, Error> {
        Self::open_as(path, path, baud_rate)
    }

    /// Opens the port at `path` under the name `port`.
    pub(crate) fn open_as(port: &str, path: &str, baud_rate: u32) -> Result<Self, Error> {
        // To a terminal, a rate of zero is the order to hang up.
        if baud_rate == 0 {
            return Err(Error::BadBaudRate {
                port: port.to_owned(),
                baud_rate,
                actual: None,
            });
        }
        let mut line = Line::open(port, path)?;
        set_baud_rate(&mut line, port, baud_rate)?;
        line.assert_modem_lines();
        Ok(Self {
            wait: Wait::new(line, port.to_owned())?,
            properties: OnceCell::new(),
        })
    }
}

impl Transport for Serial {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.wait.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.wait.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.wait.waker()
    }

    fn name(&self) -> &str {
        self.wait.name()
    }

    fn properties(&self) -> Properties {
        *self
            .properties
            .get_or_init(|| self.wait.stream.properties())
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        Some(self)
    }
}

impl SerialControl for Serial {
    fn set_baud_rate(&mut self, bits_per_second: u32) -> Result<(), Error> {
        let port = self.wait.name().to_owned();
        set_baud_rate(&mut self.wait.stream, &port, bits_per_second)
    }

    fn set_data_terminal_ready(&mut self, asserted: bool) -> Result<(), Error> {
        let result = self.wait.stream.port().write_data_terminal_ready(asserted);
        result.map_err(|error| self.control_error(error))
    }

    fn set_request_to_send(&mut self, asserted: bool) -> Result<(), Error> {
        let result = self.wait.stream.port().write_request_to_send(asserted);
        result.map_err(|error| self.control_error(error))
    }
}

impl Serial {
    fn control_error(&self, error: serialport::Error) -> Error {
        Error::Io {
            port: self.wait.name().to_owned(),
            source: error.into(),
        }
    }
}

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serial")
            .field("name", &self.wait.name())
            .finish_non_exhaustive()
    }
}

fn set_baud_rate(line: &mut Line, port: &str, baud_rate: u32) -> Result<(), Error> {
    let bad = |actual| Error::BadBaudRate {
        port: port.to_owned(),
        baud_rate,
        actual,
    };
    if baud_rate == 0 {
        return Err(bad(None));
    }
    line.set_baud_rate(baud_rate).map_err(|_| bad(None))?;
    match line.port().baud_rate() {
        Ok(actual) if !is_close(baud_rate, actual) => Err(bad(Some(actual))),
        // A driver that cannot say is believed.
        _ => Ok(()),
    }
}

pub(crate) fn is_close(wanted: u32, actual: u32) -> bool {
    u64::from(wanted.abs_diff(actual)) * 100 <= u64::from(wanted) * BAUD_RATE_TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::is_close;

    #[test]
    fn a_baud_rate_may_be_five_percent_off() {
        for (wanted, actual, close) in [
            (115_200, 115_200, true),
            (115_200, 117_647, true),
            (1_000_000, 950_000, true),
            (1_000_000, 949_999, false),
            (921_600, 1_000_000, false),
            (74_880, 9_600, false),
            (u32::MAX, u32::MAX, true),
        ] {
            assert_eq!(is_close(wanted, actual), close, "{wanted} as {actual}");
        }
    }
}
