//! Reads and writes that wait until a deadline, over whatever the operating system gives to wait on.
//!
//! Unix has `poll`: one call waits for the stream, the deadline and the [`Waker`](crate::Waker)
//! together. Windows has no such call for serial ports, so the wait is cut into short slices there.

#[cfg(unix)]
mod poll;
#[cfg(windows)]
mod slice;

use std::io;

#[cfg(unix)]
pub(crate) use poll::{Stream, Wait};
#[cfg(windows)]
pub(crate) use slice::{Stream, Wait};

#[cfg(not(any(unix, windows)))]
compile_error!(
    "belay-transport waits with poll(2) on Unix and in slices on Windows; this system is neither"
);

/// Whether `error` says that the other end of a stream is gone for good.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    // A terminal whose device was unplugged, or whose pty lost its other end, answers with EIO,
    // ENXIO or ENODEV; the standard library has no names for these.
    #[cfg(unix)]
    if let Some(rustix::io::Errno::IO | rustix::io::Errno::NXIO | rustix::io::Errno::NODEV) =
        rustix::io::Errno::from_io_error(error)
    {
        return true;
    }
    // ERROR_BAD_COMMAND, ERROR_GEN_FAILURE, ERROR_NOT_READY and ERROR_OPERATION_ABORTED are what
    // Windows reports for a USB serial port that was pulled out.
    #[cfg(windows)]
    if let Some(21 | 22 | 31 | 995) = error.raw_os_error() {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}
