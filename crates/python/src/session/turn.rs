//! One call at a time, in the order in which they came.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::pulse::{BEAT, lock};

/// A value for one call at a time.
pub(crate) struct Turn<T> {
    value: Mutex<T>,
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Default)]
struct Queue {
    /// The number that the next call gets.
    next: u64,
    /// The numbers of the calls that wait or run, in order.
    waiting: VecDeque<u64>,
    /// Whose time it is.
    owner: Option<ThreadId>,
    /// The threads for which the owner waits, so that they would wait for themselves.
    kept_out: Vec<ThreadId>,
}

/// A call's time with the value.
pub(crate) struct Guard<'a, T> {
    turn: &'a Turn<T>,
    /// Taken out when the time is over.
    value: Option<MutexGuard<'a, T>>,
    ticket: u64,
}

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            queue: Mutex::default(),
            moved: Condvar::new(),
        }
    }

    /// Waits for the value.
    ///
    /// # Errors
    /// What a signal has raised meanwhile, and a `RuntimeError` for a call from inside of a call,
    /// which would wait for itself.
    pub(crate) fn wait(&self) -> PyResult<Guard<'_, T>> {
        let mut queue = self.checked()?;
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push_back(ticket);
        while queue.waiting.front() != Some(&ticket) {
            let (after, waited) = self
                .moved
                .wait_timeout(queue, BEAT)
                .unwrap_or_else(PoisonError::into_inner);
            queue = after;
            if waited.timed_out() {
                drop(queue);
                let raised = Python::attach(|py| py.check_signals());
                queue = lock(&self.queue);
                if let Err(raised) = raised {
                    queue.waiting.retain(|&waiting| waiting != ticket);
                    drop(queue);
                    self.moved.notify_all();
                    return Err(raised);
                }
            }
        }
        Ok(self.begin(queue, ticket))
    }

    /// The value, if nobody works with it or waits for it.
    ///
    /// # Errors
    /// A `RuntimeError` for a call from inside of a call, which would wait for itself.
    pub(crate) fn take_if_free(&self) -> PyResult<Option<Guard<'_, T>>> {
        let mut queue = self.checked()?;
        if !queue.waiting.is_empty() {
            return Ok(None);
        }
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push_back(ticket);
        Ok(Some(self.begin(queue, ticket)))
    }

    fn begin(&self, mut queue: MutexGuard<'_, Queue>, ticket: u64) -> Guard<'_, T> {
        queue.owner = Some(std::thread::current().id());
        drop(queue);
        Guard {
            turn: self,
            value: Some(lock(&self.value)),
            ticket,
        }
    }

    /// Whether this thread can wait for the value.
    ///
    /// # Errors
    /// A `RuntimeError` where it would wait for itself.
    pub(crate) fn check(&self) -> PyResult<()> {
        self.checked().map(drop)
    }

    fn checked(&self) -> PyResult<MutexGuard<'_, Queue>> {
        let me = std::thread::current().id();
        let queue = lock(&self.queue);
        if queue.owner == Some(me) {
            return Err(PyRuntimeError::new_err(
                "the device is in the middle of a call of this thread; a stream for output or a \
                 progress function cannot use it, and a function of the host cannot send files, compare \
                 clocks, restart or close",
            ));
        }
        if queue.kept_out.contains(&me) {
            return Err(PyRuntimeError::new_err(
                "a function of the host with a time-out runs on a thread of its own, and cannot use the \
                 device",
            ));
        }
        Ok(queue)
    }

    /// Keeps this thread from the value, or does so no longer.
    pub(crate) fn keep_out(&self, out: bool) {
        let me = std::thread::current().id();
        let mut queue = lock(&self.queue);
        queue.kept_out.retain(|&thread| thread != me);
        if out {
            queue.kept_out.push(me);
        }
    }

    /// The value, if nobody works with it.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().ok()
    }
}

impl<T> std::ops::Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.value {
            Some(value) => value,
            None => unreachable!("taken out by drop alone"),
        }
    }
}

impl<T> std::ops::DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.value {
            Some(value) => value,
            None => unreachable!("taken out by drop alone"),
        }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        drop(self.value.take());
        let mut queue = lock(&self.turn.queue);
        let ticket = self.ticket;
        queue.owner = None;
        queue.waiting.retain(|&waiting| waiting != ticket);
        let others = !queue.waiting.is_empty();
        drop(queue);
        if others {
            self.turn.moved.notify_all();
        }
    }
}
