//! The byte stream of a session, in whose waits signals are noticed.

use std::sync::Arc;
use std::time::Instant;

use belay_transport::{Error, Properties, SerialControl, Transport, Waker, WebFiles};

use crate::pulse::{BEAT, Beat, Pulse};

/// A byte stream that looks for signals while it waits.
pub(crate) struct Link {
    inner: Box<dyn Transport>,
    pulse: Arc<Pulse>,
}

impl Link {
    pub(crate) fn new(inner: Box<dyn Transport>, pulse: Arc<Pulse>) -> Self {
        Self { inner, pulse }
    }

    /// Whether a wait is to end early.
    fn look(&self) -> Result<bool, Error> {
        match self.pulse.beat() {
            // A wake that comes with the end of a beat looks like that.
            Beat::GoOn => Ok(self.pulse.is_unwanted()),
            Beat::Return => Ok(true),
            Beat::Fail => Err(Error::Io {
                port: self.inner.name().to_owned(),
                source: std::io::ErrorKind::Interrupted.into(),
            }),
        }
    }
}

impl Transport for Link {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        loop {
            let beat = Instant::now() + BEAT;
            let count = self.inner.read(buffer, deadline.min(beat))?;
            let now = Instant::now();
            // A wait that has ended before its time has been ended by a waker.
            if count > 0 || now >= deadline || now < beat || self.look()? {
                return Ok(count);
            }
        }
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        loop {
            let beat = Instant::now() + BEAT;
            let count = self.inner.write(bytes, deadline.min(beat))?;
            if count > 0 || Instant::now() >= deadline || self.look()? {
                return Ok(count);
            }
        }
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn properties(&self) -> Properties {
        self.inner.properties()
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        self.inner.reopen(deadline)
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        self.inner.serial()
    }

    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        self.inner.web_files()
    }
}
