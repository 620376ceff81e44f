//! Ending what waits for a device, opening it included.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::{Error, Properties, SerialControl, Transport, Waker, WebFiles};

/// Ends what is being waited for, once and for all and from any thread. A clone is the same.
#[derive(Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    keys: AtomicU64,
    wakers: Mutex<Vec<(u64, Waker)>>,
}

/// As long as this lives, a [`Cancel`] wakes a waker; see [`Cancel::on_cancel`].
#[derive(Debug)]
pub struct OnCancel {
    cancel: Cancel,
    key: u64,
}

/// A stream that fails as soon as it has been cancelled; see [`Cancel::guard`].
pub struct Cancellable {
    inner: Box<dyn Transport>,
    cancel: Cancel,
    on_cancel: OnCancel,
}

impl Cancel {
    /// Ends what is being waited for.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        for (_, waker) in &*self.wakers() {
            waker.wake();
        }
    }

    /// Whether [`cancel`](Self::cancel) has been called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Fails once it has been cancelled.
    ///
    /// # Errors
    /// [`Error::Cancelled`] of `port`, the port as the user named it.
    pub fn check(&self, port: &str) -> Result<(), Error> {
        if self.is_cancelled() {
            let port = port.to_owned();
            return Err(Error::Cancelled { port });
        }
        Ok(())
    }

    /// Wakes `waker` when it is cancelled, or at once if it has been, as long as the result lives.
    #[must_use = "nothing is woken once this is dropped"]
    pub fn on_cancel(&self, waker: Waker) -> OnCancel {
        let key = self.0.keys.fetch_add(1, Ordering::Relaxed);
        let mut wakers = self.wakers();
        if self.is_cancelled() {
            waker.wake();
        }
        wakers.push((key, waker));
        drop(wakers);
        OnCancel {
            cancel: self.clone(),
            key,
        }
    }

    /// The stream, which fails from the moment that it is cancelled.
    pub fn guard(&self, inner: Box<dyn Transport>) -> Cancellable {
        Cancellable {
            on_cancel: self.on_cancel(inner.waker()),
            inner,
            cancel: self.clone(),
        }
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<(u64, Waker)>> {
        // No code that holds the lock leaves it half-way.
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        self.cancel.wakers().retain(|(key, _)| *key != self.key);
    }
}

impl Cancellable {
    /// The stream itself, which no longer fails.
    pub fn into_inner(self) -> Box<dyn Transport> {
        self.inner
    }

    fn check(&self) -> Result<(), Error> {
        self.cancel.check(self.inner.name())
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

    fn properties(&self) -> Properties {
        self.inner.properties()
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        self.check()?;
        self.inner.reopen(deadline)?;
        self.on_cancel = self.cancel.on_cancel(self.inner.waker());
        Ok(())
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        self.inner.serial()
    }

    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        self.inner.web_files()
    }
}

impl fmt::Debug for Cancellable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellable")
            .field("name", &self.inner.name())
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wait_ends_when_it_is_cancelled() {
        let (stream, _other) = crate::pair();
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
        let result = stream.write(b"x", far);
        assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
    }

    #[test]
    fn what_is_watched_after_the_cancellation_is_woken_at_once_and_no_longer_than_it_is_watched() {
        let cancel = Cancel::default();
        let woken = Arc::new(AtomicU64::new(0));
        let waker = {
            let woken = Arc::clone(&woken);
            Waker::new(move || {
                woken.fetch_add(1, Ordering::SeqCst);
            })
        };
        drop(cancel.on_cancel(waker.clone()));
        cancel.cancel();
        assert_eq!(woken.load(Ordering::SeqCst), 0);
        let _watch = cancel.on_cancel(waker);
        assert_eq!(woken.load(Ordering::SeqCst), 1);
    }
}
