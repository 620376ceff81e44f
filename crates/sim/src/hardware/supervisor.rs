//! What CircuitPython's supervisor keeps in mind from one interpreter to the next.

use crate::firmware::{CircuitPython, Drive};
use crate::opcodes::Fact;

/// Why programs run, as `supervisor.RunReason` numbers it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunReason {
    Startup = 0,
    AutoReload = 1,
    SupervisorReload = 2,
    ReplReload = 3,
}

/// How the board is to start, as `microcontroller.RunMode` numbers it here.
pub(crate) const SAFE_MODE: u8 = 1;
/// The same: into the program that takes new firmware.
pub(crate) const BOOTLOADER: u8 = 2;

/// A number for each [`Fact`].
#[derive(Debug, Default)]
pub(crate) struct Supervisor {
    facts: [u8; Fact::ALL.len()],
    /// How often the computer has found the board anew, and whether it has since the last reset: USB starts
    /// behind boot.py.
    pub(crate) found: u32,
    starting: bool,
}

impl Supervisor {
    pub(crate) fn get(&self, fact: Fact) -> u8 {
        self.facts[usize::from(fact.code()) - 1]
    }

    pub(crate) fn set(&mut self, fact: Fact, value: u8) {
        self.facts[usize::from(fact.code()) - 1] = value;
    }

    pub(crate) fn is(&self, fact: Fact) -> bool {
        self.get(fact) != 0
    }

    /// A hard reset. What the computer has done with the drive it does again.
    pub(crate) fn reset(&mut self) {
        let mode = self.get(Fact::NextMode);
        self.set(Fact::NextMode, 0);
        self.set(Fact::SafeMode, u8::from(mode == SAFE_MODE));
        let shown = u8::from(!self.is(Fact::DriveHidden));
        self.set(Fact::DriveEnabled, shown);
        self.set(Fact::ReadOnly, shown);
        self.set(Fact::AutoReload, u8::from(mode != SAFE_MODE));
        self.set(Fact::RunReason, RunReason::Startup as u8);
        self.starting = true;
    }

    /// USB starts, if it has not.
    pub(crate) fn start_usb(&mut self) {
        if std::mem::take(&mut self.starting) {
            self.found += 1;
        }
    }

    /// What the computer does with the drive.
    pub(crate) fn set_drive(&mut self, drive: Drive) {
        self.set(Fact::DriveEjected, u8::from(drive == Drive::Ejected));
        self.set(Fact::DriveHidden, u8::from(drive == Drive::Hidden));
        if drive == Drive::Hidden {
            self.set(Fact::DriveEnabled, 0);
        }
    }

    /// The computer's view of the drive.
    pub(crate) fn drive(&self) -> Drive {
        if self.starting || !self.is(Fact::DriveEnabled) {
            Drive::Hidden
        } else if self.is(Fact::DriveEjected) {
            Drive::Ejected
        } else {
            Drive::Mounted
        }
    }

    /// What a board begins with.
    pub(crate) fn begin(&mut self, firmware: &CircuitPython) {
        self.set_drive(firmware.drive);
    }
}
