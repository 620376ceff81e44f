//! A byte stream that ctrl-C ends, for the time before a session can be interrupted.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use belay_transport::{Error, FlowControl, SerialControl, Transport, Waker};

/// Ends what is being waited for, once and for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel {
    cancelled: Arc<AtomicBool>,
    waker: Arc<Mutex<Option<Waker>>>,
}

/// A stream that fails as soon as it has been cancelled.
pub(crate) struct Cancellable {
    inner: Box<dyn Transport>,
    cancel: Cancel,
}

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake();
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// The stream, which fails from the moment that it is cancelled.
    pub(crate) fn guard(&self, inner: Box<dyn Transport>) -> Cancellable {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(inner.waker());
        Cancellable {
            inner,
            cancel: self.clone(),
        }
    }
}

impl Cancellable {
    /// The stream itself, which no longer fails.
    pub(crate) fn into_inner(self) -> Box<dyn Transport> {
        self.inner
    }

    fn check(&self) -> Result<(), Error> {
        if self.cancel.is_cancelled() {
            let source = io::ErrorKind::Interrupted.into();
            return Err(Error::Io {
                port: self.inner.name().to_owned(),
                source,
            });
        }
        Ok(())
    }
}

impl Transport for Cancellable {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.check()?;
        self.inner.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.check()?;
        self.inner.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn flow_control(&self) -> FlowControl {
        self.inner.flow_control()
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        self.inner.serial()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wait_ends_when_it_is_cancelled() {
        let (stream, _other) = belay_transport::pair();
        let cancel = Cancel::default();
        let mut stream = cancel.guard(Box::new(stream));
        let far = Instant::now() + Duration::from_secs(3600);
        let waiting = std::thread::spawn(move || {
            let mut buffer = [0; 8];
            // A wake ends one read; the next one finds out why.
            while stream.read(&mut buffer, far).is_ok() {}
            stream
        });
        cancel.cancel();
        let mut stream = waiting.join().unwrap();
        assert!(matches!(stream.write(b"x", far), Err(Error::Io { .. })));
    }
}
