//! The protected link to a board: what is run there is what was sent, and what comes back is what the
//! board said.
//!
//! The first question to a board brings it `board/core.py`, a name space of the host's own, and asks
//! what its firmware can do ([`Capabilities`]). From then on code runs through `_belay_x`, which compares
//! its check, and answers carry checks of their own. What a link has damaged is sent again under one
//! rule ([`Retry`]); what may have run is not, unless it may run twice.

mod begin;
mod capabilities;
mod execute;
mod listen;
mod retry;

use belay_rawrepl::{Command, Finished, Outcome, Payload};
use std::collections::HashSet;
use std::time::Duration;

pub(crate) use self::capabilities::{Capabilities, Inflater, Input};
pub(crate) use self::execute::{Kind, Program, Verdict, bare, is_missing};
pub(crate) use self::listen::{Receiver, silence};
pub(crate) use self::retry::Retry;
use crate::driver::Driver;
use crate::{Error, Exception};

/// A link to a board, with what is known of the board at its other end.
pub(crate) struct Link {
    pub(crate) driver: Driver,
    /// How long the board may take to come to the raw REPL.
    pub(crate) timeout: Duration,
    /// The longest result that is kept, in bytes.
    pub(crate) max_result: usize,
    /// What the firmware can do, once it has been asked.
    capabilities: Option<Capabilities>,
    /// Counts the board's restarts: what belongs to an earlier number is gone.
    generation: u32,
    /// The names of ours that are in the board's memory.
    loaded: HashSet<&'static str>,
}

/// For [`Link::has_loaded`]: `board/core.py`, and the name of the built-in functions.
pub(crate) const CORE: &str = "_belay_x";
pub(crate) const BUILTINS: &str = "_belay_b";

impl Link {
    pub(crate) fn new(driver: Driver, timeout: Duration, max_result: usize) -> Self {
        Self {
            driver,
            timeout,
            max_result,
            capabilities: None,
            generation: 0,
            loaded: HashSet::new(),
        }
    }

    /// Makes sure that the board is at the raw REPL's prompt.
    pub(crate) fn ready(&mut self) -> Result<(), Error> {
        if !self.driver.repl().is_ready() {
            self.driver.enter(self.timeout)?;
        }
        Ok(())
    }

    /// The board's memory is empty again.
    pub(crate) fn restarted(&mut self) {
        self.generation += 1;
        self.loaded.clear();
    }

    /// Counts the board's restarts.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether something of ours is in the board's memory.
    pub(crate) fn has_loaded(&self, name: &'static str) -> bool {
        self.loaded.contains(name)
    }

    /// Something of ours is in the board's memory from now on.
    pub(crate) fn set_loaded(&mut self, name: &'static str) {
        self.loaded.insert(name);
    }

    /// Whether nothing below the link sees to its bytes.
    pub(crate) fn may_damage(&self) -> bool {
        self.driver.properties().damages
    }

    /// The error of a command that has not run to its end.
    pub(crate) fn judge(&mut self, outcome: Outcome) -> Result<(), Error> {
        match outcome {
            Outcome::Completed => Ok(()),
            Outcome::Raised { traceback } => {
                Err(Error::Exception(Box::new(Exception::parse(&traceback))))
            }
            Outcome::Exited => {
                self.restarted();
                Err(Error::Exited)
            }
            Outcome::Restarted => {
                self.restarted();
                // What was typed to find that out is taken back from the prompt.
                self.driver.enter(self.timeout)?;
                Err(Error::Restarted)
            }
            _ => Err(Error::Cancelled),
        }
    }

    /// Runs a command to its end, with the bytes that it prints handed to `receive`, and interrupts it
    /// after `limit`. If `receive` fails, the program on the board is stopped.
    pub(crate) fn run(
        &mut self,
        command: Command,
        limit: Option<Duration>,
        receive: Receiver<'_>,
    ) -> Result<Finished, Error> {
        let finished = self.driver.run(command, limit, receive);
        if let Err(Error::Output(_) | Error::ResultTooLong { .. }) = finished {
            // Nobody reads on: the program is stopped, so that the board is left at a prompt.
            self.driver.enter(self.timeout)?;
        }
        finished
    }

    /// All of what a command printed between its marks.
    pub(crate) fn whole(&self, payload: Payload) -> Result<Vec<u8>, Error> {
        match payload {
            Payload::Whole(bytes) => Ok(bytes),
            Payload::TooLong { length } => Err(Error::ResultTooLong {
                length,
                limit: self.max_result,
            }),
        }
    }
}
