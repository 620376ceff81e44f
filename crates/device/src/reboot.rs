//! Restarts that a session does not survive.

use std::time::{Duration, Instant};

use belay_rawrepl::{Command, Outcome, Phase};

use crate::{Device, Error, Exception};

/// A board that cannot restart says so within a round trip; one that is silent for so long, or
/// whose link ends, is restarting.
const SILENCE: Duration = Duration::from_secs(1);
/// Part of what MicroPython and CircuitPython print when their interpreter restarts.
const SOFT_REBOOT: &[u8] = b"soft reboot";
/// What restarts the interpreter at the friendly prompt.
const CTRL_D: &[u8] = b"\x04";

/// CircuitPython has no `machine` on most boards, and `microcontroller` instead.
const HARD: &str = "\
try:
 import machine as m
except ImportError:
 import microcontroller as m
m.reset()";

const BOOTLOADER: &str = "\
try:
 from machine import bootloader as b
except ImportError:
 try:
  import microcontroller as m
 except ImportError:
  import machine
  b=machine.bootloader
 else:
  m.on_next_reset(m.RunMode.BOOTLOADER)
  b=m.reset
b()";

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
}

impl Device {
    /// Runs what [`teardown`](Self::teardown) has kept, restarts the board, does not take it over
    /// again, and ends the session.
    ///
    /// A link that goes down with the board, as that of a chip's native USB does, counts as success.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board cannot do it: an `AttributeError` or a
    /// `NotImplementedError` from one without a bootloader, an `ImportError` from one without
    /// `machine`. [`Error::Timeout`] if nothing tells of a soft reboot.
    pub fn reboot(mut self, reboot: Reboot) -> Result<(), Error> {
        self.ready()?;
        let finished = self.finish();
        match reboot {
            Reboot::Soft => self.reboot_softly(),
            Reboot::Hard => self.reboot_by(HARD),
            Reboot::Bootloader => self.reboot_by(BOOTLOADER),
        }?;
        finished
    }

    fn reboot_softly(self) -> Result<(), Error> {
        let limit = self.options.timeout;
        let mut transport = self.close()?;
        let start = Instant::now();
        let deadline = start + limit;
        belay_transport::write_all(transport.as_mut(), CTRL_D, deadline)?;
        let mut seen = Vec::new();
        let mut buffer = [0; 1024];
        loop {
            let count = transport.read(&mut buffer, deadline)?;
            seen.extend_from_slice(&buffer[..count]);
            if seen
                .windows(SOFT_REBOOT.len())
                .any(|part| part == SOFT_REBOOT)
            {
                return Ok(());
            }
            seen.drain(..seen.len().saturating_sub(256));
            if Instant::now() >= deadline {
                return Err(Error::Timeout {
                    phase: Phase::Resetting,
                    waited: start.elapsed(),
                    restarts: 0,
                    last_seen: seen,
                });
            }
        }
    }

    fn reboot_by(mut self, code: &str) -> Result<(), Error> {
        let mark = self.driver.repl().next_mark();
        let finished = self.driver.run_away(Command::exec(code, mark), SILENCE)?;
        match finished.map(|finished| finished.outcome) {
            Some(Outcome::Raised { traceback }) => {
                // Back to the friendly prompt; that this fails matters less than the exception.
                let _ = self.close();
                Err(Error::Exception(Box::new(Exception::parse(&traceback))))
            }
            Some(Outcome::Cancelled) => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}
