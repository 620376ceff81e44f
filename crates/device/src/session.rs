//! What a session keeps in mind of the state on the board.

use std::collections::HashSet;

use belay_rawrepl::Command;

use crate::board_code::prepare;
use crate::{Device, Error};

/// The state of a session, beside that of the protocol.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Counts the board's restarts: what belongs to an earlier number is gone.
    generation: u32,
    /// The helper code that is in the board's memory.
    loaded: HashSet<&'static str>,
}

impl Session {
    /// The board's memory is empty again.
    pub(crate) fn restarted(&mut self) {
        self.generation += 1;
        self.loaded.clear();
    }
}

impl Device {
    /// Makes sure that helper code is in the board's memory, which costs a round trip the first time.
    pub(crate) fn load(&mut self, code: &'static str) -> Result<(), Error> {
        self.ready()?;
        if self.session.loaded.contains(code) {
            return Ok(());
        }
        let mark = self.driver.repl().next_mark();
        self.run_command(Command::exec(&prepare(code, &[]), mark))?;
        self.session.loaded.insert(code);
        Ok(())
    }
}
