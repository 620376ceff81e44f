//! Restarts that a session does not survive.

use std::time::Duration;

use belay_rawrepl::{Command, Outcome};

use crate::board_code::{RESET, prepare};
use crate::driver::Restart;
use crate::link::Program;
use crate::{Device, Error, Exception};

/// A board that cannot restart says so within a round trip; one that is silent for so long, or
/// whose link ends, is restarting.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a board may take from a hard reset to its prompt before it is interrupted.
const BOOT: Duration = Duration::from_secs(3);

/// What `board/core.py` gives to helpers where it is.
const FIND: &str = "def find(name):\n return __import__(name)\n";

/// A way to restart a board and leave it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reboot {
    /// Restart the interpreter, as ctrl-D at the prompt does: `boot.py` and `main.py` run.
    Soft,
    /// Restart the board as its reset button does.
    Hard,
    /// Restart into the program that takes new firmware.
    Bootloader,
    /// Restart without running `boot.py` and `code.py`, with CircuitPython.
    SafeMode,
}

impl Device {
    /// Runs what [`teardown`](Self::teardown) has kept, restarts the board, does not take it over
    /// again, and ends the session.
    ///
    /// A link that goes down with the board, as that of a chip's native USB does, counts as success.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board cannot do it: an `AttributeError` or a
    /// `NotImplementedError` from one without a bootloader or a safe mode, an `ImportError` from one
    /// without `machine`. [`Error::Timeout`] if nothing tells of a soft reboot.
    pub fn reboot(mut self, reboot: Reboot) -> Result<(), Error> {
        self.ready()?;
        let finished = self.finish();
        match reboot {
            Reboot::Soft => self.link.driver.reboot(self.options.timeout),
            Reboot::Hard => self.restart("").map(|_| ()),
            Reboot::Bootloader => self.restart("BOOTLOADER").map(|_| ()),
            Reboot::SafeMode => self.restart("SAFE_MODE").map(|_| ()),
        }?;
        finished
    }

    /// Restarts the board as its reset button does, and takes it over again.
    ///
    /// # Errors
    /// [`belay_transport::Error::Disconnected`] where the link goes down with the board, as that of a
    /// chip's native USB does; otherwise as [`reboot`](Self::reboot).
    pub fn hard_reset(&mut self) -> Result<(), Error> {
        self.ready()?;
        let timeout = self.options.timeout;
        let restart = self.restart("")?;
        // A server on the board that forgets its client leaves it with a connection that says nothing.
        let forgotten = self.link.driver.properties().ends_with_restart;
        if forgotten || matches!(restart, Restart::LinkGone) {
            return self.link.driver.reopen(timeout);
        }
        self.link.driver.await_prompt(BOOT)?;
        self.link.driver.enter(timeout)
    }

    /// A hard reset, and the mode that comes behind it, as `microcontroller.RunMode` has it.
    fn restart(&mut self, mode: &str) -> Result<Restart, Error> {
        let code = prepare(RESET, &[]) + &format!("_belay_reset('{mode}')");
        let command = match self.link.is_flat() {
            Ok(false) => self.link.command(&Program::helper(&code), None, "")?,
            // A board without memory for the name space of helpers has to trust the programs' names.
            Ok(true) | Err(Error::Exception(_) | Error::NoMemory) => {
                let mark = self.link.driver.repl().next_mark();
                Command::marked(format!("{FIND}{code}"), mark)
            }
            Err(error) => return Err(error),
        };
        self.restarted();
        match self.link.driver.restart(command, SILENCE)? {
            Restart::Refused(Outcome::Raised { traceback }) => {
                // Back to the friendly prompt; that this fails matters less than the exception.
                let _ = self.link.driver.hang_up();
                let mut exception = Exception::parse(&traceback);
                exception.drop_helpers();
                Err(Error::Exception(Box::new(exception)))
            }
            Restart::Refused(Outcome::Cancelled) => Err(Error::Cancelled),
            other => Ok(other),
        }
    }
}
