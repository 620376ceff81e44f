//! Waiting in short slices, where one call cannot wait for a stream and a waker together.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::is_gone;
use crate::{Error, Waker};

/// The longest time between a wake and its effect.
const SLICE: Duration = Duration::from_millis(10);
/// The shortest time that every system understands; zero means "for ever" to some.
const SHORTEST: Duration = Duration::from_millis(1);

/// A stream whose reads and writes can be limited in time.
///
/// When the limit passes, both fail with [`io::ErrorKind::TimedOut`] or
/// [`io::ErrorKind::WouldBlock`].
pub(crate) trait Stream: Send {
    /// Reads what arrives within `limit`; `Ok(0)` is the end of the stream.
    fn read_for(&mut self, buffer: &mut [u8], limit: Duration) -> io::Result<usize>;

    /// Writes what there is room for within `limit`.
    fn write_for(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize>;
}

/// A stream with deadlines and a waker.
pub(crate) struct Wait<S> {
    pub(crate) stream: S,
    name: String,
    ended: bool,
    woken: Arc<AtomicBool>,
}

impl<S: Stream> Wait<S> {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "on Unix, making the wake pipe can fail"
    )]
    pub(crate) fn new(stream: S, name: String) -> Result<Self, Error> {
        Ok(Self {
            stream,
            name,
            ended: false,
            woken: Arc::new(AtomicBool::new(false)),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn waker(&self) -> Waker {
        let woken = Arc::clone(&self.woken);
        Waker::new(move || woken.store(true, Ordering::Release))
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        if self.ended {
            return Err(self.disconnected());
        }
        // A read into nothing would look like the end of the stream.
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.stream.read_for(buffer, slice_of(left)) {
                Ok(0) => {
                    self.ended = true;
                    return Err(self.disconnected());
                }
                Ok(length) => return Ok(length),
                Err(error) if is_nothing_yet(&error) => {}
                Err(error) => {
                    let error = self.failure(error);
                    self.ended = matches!(error, Error::Disconnected { .. });
                    return Err(error);
                }
            }
            if self.woken.swap(false, Ordering::AcqRel) || Instant::now() >= deadline {
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
            let left = deadline.saturating_duration_since(Instant::now());
            match self.stream.write_for(bytes, left.max(SHORTEST)) {
                Ok(length) if length > 0 => return Ok(length),
                Ok(_) => {}
                Err(error) if is_nothing_yet(&error) => {}
                // What arrived before the end can still be read: `ended` is for reads to set.
                Err(error) => return Err(self.failure(error)),
            }
            if Instant::now() >= deadline {
                return Ok(0);
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

fn slice_of(left: Duration) -> Duration {
    left.clamp(SHORTEST, SLICE)
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
