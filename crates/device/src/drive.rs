//! The drive of CircuitPython: who may change the board's files.

use belay_pylit::Value;

use crate::board_code::{self, DRIVE};
use crate::link::Program;
use crate::{Device, Error};

/// What CircuitPython says of its file system, which a computer sees as a drive.
///
/// Either the computer or code on the board may write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drive {
    /// Whether code may write as things are.
    pub writable: bool,
    /// Whether code can take the drive from the computer: `storage.unsafe_disable_usb_drive`, from 10.3 on.
    pub can_be_taken: bool,
    /// Whether code may write once it has said so: no computer sees the drive.
    pub can_be_remounted: bool,
    /// What [`Device::take_drive`] has done, and nobody has taken back.
    pub taken: Option<TakenDrive>,
    /// What the drive's `boot_out.txt` has behind `UID:`, which is the USB serial number; empty if the board does
    /// not tell.
    pub uid: String,
}

/// How code has been allowed to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakenDrive {
    /// The drive was taken from the computer.
    FromComputer,
    /// The file system was mounted anew; no computer saw it.
    Remounted,
}

impl TakenDrive {
    fn word(self) -> &'static str {
        match self {
            Self::FromComputer => "drive",
            Self::Remounted => "mount",
        }
    }
}

impl Device {
    /// What the board says of its drive; `None` if its firmware has none. To find out whether it can be
    /// [remounted](Drive::can_be_remounted), that is done and undone.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board fails.
    pub fn drive(&mut self) -> Result<Option<Drive>, Error> {
        if !self.implementation()?.is_circuitpython() {
            return Ok(None);
        }
        let facts = self.ask_drive("look()")?;
        let facts = belay_pylit::from_value(facts).map_err(|_| Error::NoResult)?;
        let (writable, can_be_taken, can_be_remounted, noted, uid): (_, _, _, String, _) = facts;
        Ok(Some(Drive {
            writable,
            can_be_taken,
            can_be_remounted,
            taken: match noted.as_str() {
                "drive" => Some(TakenDrive::FromComputer),
                "mount" => Some(TakenDrive::Remounted),
                _ => None,
            },
            uid,
        }))
    }

    /// What a session that was cut off has done, and nobody has taken back. Asks the board only if there may be
    /// something: that a board has noted it is in the answer to a session's first question, and one that has not been
    /// asked yet was found at the prompt of its friendly REPL otherwise.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board fails.
    pub fn drive_left_taken(&mut self) -> Result<Option<TakenDrive>, Error> {
        let at_prompt = self.link.driver.repl().is_ready();
        let left_raw = self.link.driver.found().left_raw;
        let may_be = match self.link.known() {
            Some(known) => known.drive_taken,
            None => at_prompt && left_raw && self.link.capabilities()?.drive_taken,
        };
        if !may_be {
            return Ok(None);
        }
        let drive = self.drive()?;
        Ok(drive.and_then(|drive| drive.taken.filter(|_| drive.writable)))
    }

    /// Whether CircuitPython's `code.py` ran when the session took the board over, or had run and waited for a key
    /// or a change of the drive. While the REPL has the board, changes of files restart nothing.
    pub fn has_left_code(&self) -> bool {
        self.link.driver.found().left_code
    }

    /// Lets code write in this way, and whether that has worked. The board notes it in the file `.belay-drive`,
    /// since it lasts until [`give_drive_back`](Self::give_drive_back) or a hard reset, whoever ends before.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board fails.
    pub fn take_drive(&mut self, way: TakenDrive) -> Result<bool, Error> {
        let taken = self.ask_drive(&format!("take('{}')", way.word()))?;
        Ok(taken == Value::Bool(true))
    }

    /// Takes that back.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board fails.
    pub fn give_drive_back(&mut self, way: TakenDrive) -> Result<(), Error> {
        self.ask_drive(&format!("give_back('{}')", way.word()))?;
        Ok(())
    }

    fn ask_drive(&mut self, call: &str) -> Result<Value, Error> {
        self.ready()?;
        let code = board_code::prepare(DRIVE, &[]) + "_belay_v=" + call;
        self.link.ask(&Program::helper(&code))
    }
}
