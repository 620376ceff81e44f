//! The standard input and output of a command.

use std::time::Instant;

use crate::child::{Running, spawn};
use crate::{Error, Properties, Specifier, Transport, Waker};

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix::Pipes;
#[cfg(windows)]
use windows::Pipes;

/// A command whose standard input and output are the board's bytes: `micropython -i`,
/// `ssh lab picocom -q /dev/ttyACM0`.
///
/// The command's standard error is that of this process, so what it complains about is seen at
/// once. Dropping this ends the command and those that it started: it sees the end of its input and
/// a request to end (`SIGTERM`), and is killed when it has not ended a second later. On Unix it runs
/// in a process group of its own, so Ctrl-C in the terminal does not reach it.
///
/// Writing to a command that has ended is an error only where the process ignores `SIGPIPE`, as
/// Rust and Python programs do.
pub struct Exec {
    // The pipes close before the child is asked to end.
    pipes: Pipes,
    _child: Running,
}

impl Exec {
    /// Starts `command`, split into words as a POSIX shell would: quotes hold words together, and
    /// a backslash outside single quotes takes the next character as it is, in a Windows path too.
    ///
    /// # Errors
    /// [`Error::BadCommand`] and [`Error::CommandNotFound`].
    pub fn spawn(command: &str) -> Result<Self, Error> {
        let name = Specifier::Exec(command.to_owned()).to_string();
        let (child, stdin, stdout) = spawn(&name, command)?;
        Ok(Self {
            pipes: Pipes::open(name, stdin, stdout)?,
            _child: child,
        })
    }
}

impl Transport for Exec {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.pipes.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.pipes.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.pipes.waker()
    }

    fn name(&self) -> &str {
        self.pipes.name()
    }

    /// The pipe holds its sender back, and what the command passes the bytes on to is not known.
    fn properties(&self) -> Properties {
        Properties::LOSSY
    }
}

impl std::fmt::Debug for Exec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exec")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
