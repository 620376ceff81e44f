//! A terminal device as serialport opens it, waited on with `poll`.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serialport::{SerialPort, TTYPort};

use super::DEFAULT_BAUD_RATE;
use crate::holder::{group_of, holder_of};
use crate::usb::usb_properties;
use crate::wait::Stream;
use crate::{Error, Properties, list_ports};

/// An open terminal device in raw, non-blocking mode.
pub(super) struct Line {
    port: TTYPort,
    path: String,
}

impl Line {
    pub(super) fn open(name: &str, path: &str) -> Result<Self, Error> {
        match fs::metadata(path) {
            Ok(metadata) if !metadata.file_type().is_char_device() => {
                return Err(Error::NotASerialPort {
                    port: name.to_owned(),
                });
            }
            Ok(_) => {}
            Err(error) => return Err(open_error(name, path, error)),
        }
        // macOS cannot set the speed of a pty, and zero is how serialport is told so.
        let baud_rate = if is_apple_pty(path) {
            0
        } else {
            DEFAULT_BAUD_RATE
        };
        let port = serialport::new(path, baud_rate)
            .exclusive(true)
            .open_native()
            .map_err(|error| match error.kind {
                // TIOCEXCL of another process, or its flock.
                serialport::ErrorKind::NoDevice => busy(name, path),
                _ => open_error(name, path, reason_not_to_open(path, error)),
            })?;
        let line = Self {
            port,
            path: path.to_owned(),
        };
        rustix::io::ioctl_fionbio(line.input(), true).map_err(|errno| Error::Io {
            port: name.to_owned(),
            source: errno.into(),
        })?;
        Ok(line)
    }

    pub(super) fn port(&mut self) -> &mut dyn SerialPort {
        &mut self.port
    }

    pub(super) fn set_baud_rate(&mut self, baud_rate: u32) -> serialport::Result<()> {
        if is_apple_pty(&self.path) {
            return Ok(());
        }
        self.port.set_baud_rate(baud_rate)
    }

    /// The kernel asserts both lines at open and releases both at close, each time together; this
    /// covers a port on which another program left one released for good. A pty has none.
    pub(super) fn assert_modem_lines(&mut self) {
        let _ = self.port.write_data_terminal_ready(true);
        let _ = self.port.write_request_to_send(true);
    }

    pub(super) fn properties(&self) -> Properties {
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone().into());
        let is_pty = path.starts_with("/dev/pts") || is_apple_pty(&path.to_string_lossy());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_pty {
            Properties::RELIABLE
        } else if ["ttyUSB", "ttyS", "ttyAMA"]
            .iter()
            .any(|uart| name.starts_with(uart))
        {
            Properties::LOSSY
        } else {
            usb_properties(&path.to_string_lossy())
        }
    }
}

impl Drop for Line {
    /// Releases the lock at once. Closing the descriptor alone would leave it to a child that
    /// another thread has forked and that has not started its program yet.
    fn drop(&mut self) {
        let _ = rustix::fs::flock(self.input(), FlockOperation::Unlock);
    }
}

impl Stream for Line {
    #[expect(
        unsafe_code,
        reason = "serialport gives its descriptor as a bare number only"
    )]
    fn input(&self) -> BorrowedFd<'_> {
        // SAFETY: the port owns the descriptor, which stays open until the port is dropped, and the
        // borrow of `self` keeps the port from being dropped.
        unsafe { BorrowedFd::borrow_raw(self.port.as_raw_fd()) }
    }

    fn output(&self) -> BorrowedFd<'_> {
        self.input()
    }
}

/// The slave ends of ptys on macOS are `/dev/ttys000` and up; real ports have a dot in their names.
fn is_apple_pty(path: &str) -> bool {
    cfg!(target_vendor = "apple") && path.starts_with("/dev/ttys")
}

/// Asks the system once more why `path` cannot be opened, since serialport keeps few error numbers.
fn reason_not_to_open(path: &str, error: serialport::Error) -> io::Error {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => match rustix::termios::tcgetattr(&fd) {
            Ok(_) => error.into(),
            Err(errno) => errno.into(),
        },
        Err(errno) => errno.into(),
    }
}

fn open_error(name: &str, path: &str, source: io::Error) -> Error {
    let port = name.to_owned();
    match Errno::from_io_error(&source) {
        // A device file without a device gives NODEV, NXIO or, where the kernel only guessed that
        // there might be a chip, IO.
        Some(Errno::NOENT | Errno::NOTDIR | Errno::NODEV | Errno::NXIO | Errno::IO) => {
            Error::NoSuchPort {
                port,
                ports: list_ports().unwrap_or_default(),
            }
        }
        Some(Errno::ACCESS | Errno::PERM) => Error::PermissionDenied {
            port,
            group: group_of(Path::new(path)),
        },
        Some(Errno::BUSY) => busy(name, path),
        Some(Errno::NOTTY | Errno::ISDIR) => Error::NotASerialPort { port },
        _ => Error::Io { port, source },
    }
}

fn busy(name: &str, path: &str) -> Error {
    Error::PortBusy {
        port: name.to_owned(),
        holder: holder_of(Path::new(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_number_has_its_variant() {
        fn kind(errno: Errno) -> &'static str {
            match open_error("board", "/dev/null", errno.into()) {
                Error::NoSuchPort { .. } => "no such port",
                Error::PermissionDenied { group: Some(_), .. } => "permission denied",
                Error::PortBusy { .. } => "busy",
                Error::NotASerialPort { .. } => "not a serial port",
                Error::Io { .. } => "io",
                other => panic!("{other:?}"),
            }
        }
        for (errno, expected) in [
            (Errno::NOENT, "no such port"),
            (Errno::NOTDIR, "no such port"),
            (Errno::NODEV, "no such port"),
            (Errno::NXIO, "no such port"),
            (Errno::IO, "no such port"),
            (Errno::ACCESS, "permission denied"),
            (Errno::PERM, "permission denied"),
            (Errno::BUSY, "busy"),
            (Errno::NOTTY, "not a serial port"),
            (Errno::ISDIR, "not a serial port"),
            (Errno::MFILE, "io"),
        ] {
            assert_eq!(kind(errno), expected, "{errno:?}");
        }
    }
}
