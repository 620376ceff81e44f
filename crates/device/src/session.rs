//! What a session keeps in mind of the state on the board.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::fmt::Write;

use crate::reconnect::{Action, Revival};
use crate::source::Sources;
use crate::time::Clocks;
use crate::{Error, Implementation};

/// The state of a session, beside that of the protocol.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) handles: Handles,
    /// The functions that have been sent.
    pub(crate) defined: HashSet<String>,
    pub(crate) sources: Sources,
    /// What runs on the board when the session ends.
    pub(crate) teardown: Vec<Action>,
    pub(crate) clocks: Option<Clocks>,
    pub(crate) revival: Option<Revival>,
    /// What the board has said of itself.
    pub(crate) implementation: Option<Implementation>,
}

/// Numbers what is on the board. A clone is the same.
#[derive(Debug, Default, Clone)]
pub(crate) struct Handles(Arc<Mutex<Numbers>>);

#[derive(Debug, Default)]
struct Numbers {
    /// To which of the board's starts they belong.
    generation: u32,
    last: u32,
    released: Arc<Mutex<Released>>,
}

/// What the board may forget, to be told with the next call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Released {
    generators: Vec<u32>,
    objects: Vec<u32>,
}

/// Something on the board that has a number there.
#[derive(Debug)]
pub(crate) struct Handle {
    number: u32,
    generation: u32,
    released: Arc<Mutex<Released>>,
}

impl Handle {
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Lets the board close a generator with the next call.
    pub(crate) fn release(&self) {
        lock(&self.released).generators.push(self.number);
    }
}

/// An object on the board, which it may forget when this is dropped.
#[derive(Debug)]
pub(crate) struct ObjectHandle(pub(crate) Handle);

impl ObjectHandle {
    /// Drops the handle of something that the board does not have.
    pub(crate) fn forget(mut self) {
        self.0.released = Arc::default();
    }
}

impl Drop for ObjectHandle {
    fn drop(&mut self) {
        lock(&self.0.released).objects.push(self.0.number);
    }
}

impl Handles {
    /// A handle for a generator.
    pub(crate) fn generator(&self) -> Handle {
        let mut numbers = lock(&self.0);
        numbers.last += 1;
        Handle {
            number: numbers.last,
            generation: numbers.generation,
            released: Arc::clone(&numbers.released),
        }
    }

    /// A handle for an object.
    pub(crate) fn object(&self) -> ObjectHandle {
        ObjectHandle(self.generator())
    }

    /// Makes sure that the board still has what a handle stands for.
    pub(crate) fn check(&self, handle: &Handle, what: &str) -> Result<(), Error> {
        if handle.generation == self.generation() {
            return Ok(());
        }
        Err(Error::Gone {
            what: what.to_owned(),
        })
    }

    pub(crate) fn generation(&self) -> u32 {
        lock(&self.0).generation
    }

    /// Code, one line for each kind, that lets the board forget what has been released.
    pub(crate) fn take_released(&self) -> (Released, String) {
        let released = std::mem::take(&mut *lock(&lock(&self.0).released));
        let mut code = String::new();
        line(&mut code, "_belay_c", &released.generators);
        line(&mut code, "_belay_d", &released.objects);
        (released, code)
    }

    /// Takes back what the board may not have been told.
    pub(crate) fn restore(&self, mut taken: Released) {
        let numbers = lock(&self.0);
        let mut released = lock(&numbers.released);
        released.generators.append(&mut taken.generators);
        released.objects.append(&mut taken.objects);
    }
}

impl Session {
    /// Forgets what was in the board's memory, if the board has restarted since.
    pub(crate) fn follow(&mut self, generation: u32) {
        let mut numbers = lock(&self.handles.0);
        if numbers.generation != generation {
            numbers.generation = generation;
            numbers.released = Arc::default();
            self.defined.clear();
            self.implementation = None;
            self.clocks = None;
        }
    }
}

/// `name(1,2,3)` on a line of its own.
fn line(code: &mut String, name: &str, numbers: &[u32]) {
    if numbers.is_empty() {
        return;
    }
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    // Writing to a string does not fail.
    let _ = writeln!(code, "{name}({})", numbers.join(","));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
