//! Waiting with `poll` on file descriptors that do not block.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::is_gone;
use crate::{Error, Waker};

/// One or two file descriptors in non-blocking mode.
pub(crate) trait Stream: Send {
    /// What is polled before a read.
    fn input(&self) -> BorrowedFd<'_>;

    /// What is polled before a write.
    fn output(&self) -> BorrowedFd<'_>;

    /// Reads what is there; `Ok(0)` is the end of the stream.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(self.input(), buffer)?)
    }

    /// Writes what there is room for.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(self.output(), bytes)?)
    }
}

/// A stream with deadlines and a waker.
pub(crate) struct Wait<S> {
    pub(crate) stream: S,
    name: String,
    ended: bool,
    wake: Arc<WakePipe>,
}

/// Both ends live as long as the transport or any waker, so a wake never meets a closed pipe.
struct WakePipe {
    reader: PipeReader,
    writer: PipeWriter,
}

impl<S: Stream> Wait<S> {
    pub(crate) fn new(stream: S, name: String) -> Result<Self, Error> {
        match WakePipe::new() {
            Ok(wake) => Ok(Self {
                stream,
                name,
                ended: false,
                wake: Arc::new(wake),
            }),
            Err(source) => Err(Error::Io { port: name, source }),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn waker(&self) -> Waker {
        let wake = Arc::clone(&self.wake);
        Waker::new(move || wake.set())
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        if self.ended {
            return Err(self.disconnected());
        }
        // A read into nothing would look like the end of the stream.
        if buffer.is_empty() {
            return Ok(0);
        }
        // The read comes first: when bytes are there, it is the only system call.
        loop {
            match self.stream.read(buffer) {
                Ok(0) => {
                    self.ended = true;
                    return Err(self.disconnected());
                }
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    let error = self.failure(error);
                    self.ended = matches!(error, Error::Disconnected { .. });
                    return Err(error);
                }
            }
            let Some(timeout) = time_left(deadline) else {
                return Ok(0);
            };
            let mut fds = [
                PollFd::from_borrowed_fd(self.stream.input(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.wake.reader.as_fd(), PollFlags::IN),
            ];
            match poll(&mut fds, Some(&timeout)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(self.failure(errno.into())),
            }
            // Bytes go before a wake; the wake then waits for a read that finds none.
            if fds[0].revents().is_empty() && !fds[1].revents().is_empty() {
                self.wake.clear();
                return Ok(0);
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if self.ended {
            return Err(self.disconnected());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            match self.stream.write(bytes) {
                Ok(length) if length > 0 => return Ok(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // What arrived before the end can still be read: `ended` is for reads to set.
                Err(error) => return Err(self.failure(error)),
            }
            let Some(timeout) = time_left(deadline) else {
                return Ok(0);
            };
            let mut fds = [PollFd::from_borrowed_fd(
                self.stream.output(),
                PollFlags::OUT,
            )];
            match poll(&mut fds, Some(&timeout)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(self.failure(errno.into())),
            }
        }
    }

    fn disconnected(&self) -> Error {
        Error::Disconnected {
            port: self.name.clone(),
        }
    }

    fn failure(&self, source: io::Error) -> Error {
        if is_gone(&source) {
            self.disconnected()
        } else {
            Error::Io {
                port: self.name.clone(),
                source,
            }
        }
    }
}

impl WakePipe {
    fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&reader, true)?;
        rustix::io::ioctl_fionbio(&writer, true)?;
        Ok(Self { reader, writer })
    }

    fn set(&self) {
        // A full pipe already holds more wakes than any reader needs.
        let _ = rustix::io::write(&self.writer, &[0]);
    }

    fn clear(&self) {
        let mut wakes = [0; 64];
        let _ = rustix::io::read(&self.reader, &mut wakes);
    }
}

/// The time until `deadline`, or nothing once it has come.
fn time_left(deadline: Instant) -> Option<Timespec> {
    let left = deadline.checked_duration_since(Instant::now())?;
    if left.is_zero() {
        return None;
    }
    // A wait too long for the system's clock is cut short; the caller's loop waits again.
    Some(Timespec::try_from(left).unwrap_or(Timespec {
        tv_sec: 1 << 30,
        tv_nsec: 0,
    }))
}
