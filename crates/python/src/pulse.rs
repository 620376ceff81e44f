//! Ctrl-C while a call waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use belay_device::Interrupter;
use belay_transport::Cancel;
use pyo3::prelude::*;

/// How often a wait looks for signals.
pub(crate) const BEAT: Duration = Duration::from_millis(25);
/// How long a program on the board has to end when it is interrupted, until the call ends without it.
const GRACE: Duration = Duration::from_millis(40);

/// Looks for what Python's signal handlers raise while a call waits, and ends the call.
#[derive(Default)]
pub(crate) struct Pulse {
    raised: Mutex<Option<(PyErr, Instant)>>,
    interrupter: Mutex<Option<Interrupter>>,
    /// Whether a device is being opened, so that there is no program that could be interrupted.
    connecting: AtomicBool,
    /// Whether another thread has interrupted the call that runs, or that.
    interrupted: AtomicBool,
}

/// A device is being opened as long as it lives.
pub(crate) struct Connecting<'a>(&'a Pulse);

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.connecting.store(false, Ordering::SeqCst);
    }
}

/// What a wait has to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    GoOn,
    /// Return early, to find out what is wanted.
    Return,
    /// Fail: there is nobody else to end the wait.
    Fail,
}

impl Pulse {
    /// Whom to interrupt from now on.
    pub(crate) fn watch(&self, interrupter: Interrupter) {
        *lock(&self.interrupter) = Some(interrupter);
    }

    /// A device is being opened from now on.
    pub(crate) fn connecting(&self) -> Connecting<'_> {
        self.forget_interrupt();
        self.connecting.store(true, Ordering::SeqCst);
        Connecting(self)
    }

    /// Looks for signals.
    ///
    /// A program on the board is interrupted first. If that does not end it soon, the call ends
    /// without it, and the next one stops it.
    pub(crate) fn beat(&self) -> Beat {
        let connecting = self.connecting.load(Ordering::SeqCst);
        if connecting && self.interrupted.load(Ordering::SeqCst) {
            return Beat::Fail;
        }
        let mut raised = lock(&self.raised);
        if let Some((_, since)) = &*raised {
            if since.elapsed() > GRACE {
                self.abandon();
            }
            return self.verdict();
        }
        // Python runs its handlers on the main thread only; elsewhere nothing is found.
        let Err(error) = Python::attach(|py| py.check_signals()) else {
            return Beat::GoOn;
        };
        *raised = Some((error, Instant::now()));
        drop(raised);
        self.interrupt();
        self.verdict()
    }

    /// A session that is still to begin has nobody who could be interrupted.
    fn verdict(&self) -> Beat {
        if lock(&self.interrupter).is_some() && !self.connecting.load(Ordering::SeqCst) {
            Beat::Return
        } else {
            Beat::Fail
        }
    }

    /// Keeps what a function of the host has raised that ends the program on the board, too.
    pub(crate) fn keep(&self, error: PyErr) {
        *lock(&self.raised) = Some((error, Instant::now()));
    }

    /// What a signal handler has raised since the last time.
    pub(crate) fn take(&self) -> Option<PyErr> {
        lock(&self.raised).take().map(|(error, _)| error)
    }

    /// Whether something has been raised that nobody has taken.
    pub(crate) fn is_raised(&self) -> bool {
        lock(&self.raised).is_some()
    }

    /// A call begins: what was interrupted before is of no more concern.
    pub(crate) fn forget_interrupt(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
    }

    /// Whether the call that runs is to end.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst) || self.is_raised()
    }

    /// Interrupts what runs on the board, or gives up connecting.
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        if let Some(interrupter) = &*lock(&self.interrupter) {
            interrupter.interrupt();
        }
    }

    fn abandon(&self) {
        if let Some(interrupter) = &*lock(&self.interrupter) {
            interrupter.abandon();
        }
    }

    /// Waits as long as nothing is raised; tells whether it has waited to the end.
    pub(crate) fn pause(&self, length: Duration) -> bool {
        let end = Instant::now() + length;
        loop {
            if self.beat() != Beat::GoOn {
                return false;
            }
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return true;
            }
            std::thread::sleep(rest.min(BEAT));
        }
    }

    /// Does something on another thread, so that this one can cancel it when something is raised.
    ///
    /// What takes no notice goes on to its end, and its result is dropped there.
    pub(crate) fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        cancel: &Cancel,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = std::sync::mpsc::sync_channel(1);
        let started = std::thread::Builder::new()
            .name("belay-open".to_owned())
            .spawn(move || {
                // Nobody may be left to take it.
                let _ = done.send(work());
            });
        started.ok()?;
        loop {
            match result.recv_timeout(BEAT) {
                Ok(value) => return Some(value),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) if self.beat() != Beat::GoOn => {
                    cancel.cancel();
                    return result.recv_timeout(GRACE).ok();
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// A lock that a panic elsewhere does not spoil.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
