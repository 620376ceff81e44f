//! What a session keeps in mind of the state on the board.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use std::fmt::Write;

use crate::board_code::prepare;
use crate::call::{CallOptions, Code};
use crate::reconnect::Revival;
use crate::source::Sources;
use crate::task::Prepared;
use crate::timing::Clocks;
use crate::{Device, Error, Implementation};

/// The state of a session, beside that of the protocol.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// To which of the board's starts the rest belongs.
    generation: u32,
    /// The functions that have been sent.
    pub(crate) defined: HashSet<String>,
    pub(crate) sources: Sources,
    /// What runs on the board when the session ends.
    pub(crate) teardown: Vec<Prepared>,
    pub(crate) clocks: Option<Clocks>,
    pub(crate) revival: Option<Revival>,
    /// What a board with a flat file system has said of itself.
    pub(crate) implementation: Option<Implementation>,
    released: Arc<Mutex<Released>>,
    last_number: u32,
}

/// What the board may forget, to be told with the next call.
#[derive(Debug, Default, Clone)]
struct Released {
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
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        released.generators.push(self.number);
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
        let mut released = self
            .0
            .released
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        released.objects.push(self.0.number);
    }
}

impl Session {
    /// Forgets what was in the board's memory, if the board has restarted since.
    pub(crate) fn follow(&mut self, generation: u32) {
        if self.generation != generation {
            self.generation = generation;
            self.defined.clear();
            self.clocks = None;
            self.released = Arc::default();
        }
    }

    /// A handle for a generator.
    pub(crate) fn generator(&mut self) -> Handle {
        self.last_number += 1;
        Handle {
            number: self.last_number,
            generation: self.generation,
            released: Arc::clone(&self.released),
        }
    }

    /// A handle for an object.
    pub(crate) fn object(&mut self) -> ObjectHandle {
        ObjectHandle(self.generator())
    }

    /// Makes sure that the board still has what a handle stands for.
    pub(crate) fn check(&self, handle: &Handle, what: &str) -> Result<(), Error> {
        if handle.generation == self.generation {
            return Ok(());
        }
        Err(Error::Gone {
            what: what.to_owned(),
        })
    }

    /// Code, one line for each kind, that lets the board forget what has been released.
    fn take_released(&mut self) -> (Released, String) {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        let released = std::mem::take(&mut *released);
        let mut code = String::new();
        line(&mut code, "_belay_c", &released.generators);
        line(&mut code, "_belay_d", &released.objects);
        (released, code)
    }

    /// Takes back what the board may not have been told.
    fn restore(&mut self, mut taken: Released) {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        released.generators.append(&mut taken.generators);
        released.objects.append(&mut taken.objects);
    }
}

impl Device {
    /// Makes sure that helper code is in the board's memory, which costs a round trip the first time, and
    /// gives the repr of what it leaves in `_belay_v` then.
    pub(crate) fn load(&mut self, code: &'static str) -> Result<Option<String>, Error> {
        self.ready()?;
        if self.link.has_loaded(code) {
            return Ok(None);
        }
        let text = prepare(code, &[]);
        let value = self.call(&Code::Helper(&text, &[]), CallOptions::new())?;
        self.link.set_loaded(code);
        Ok(Some(value))
    }

    /// Evaluates an expression and gives the repr of its value. What handles have released goes along.
    pub(crate) fn evaluate(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        self.ready()?;
        let (released, code) = self.session.take_released();
        let generation = self.session.generation;
        let result = self.call(&Code::Value(&code, expression), options);
        // A board that has restarted has forgotten it all.
        if result.is_err() && self.session.generation == generation {
            self.session.restore(released);
        }
        result
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
