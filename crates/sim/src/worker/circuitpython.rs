//! What CircuitPython does around programs: `boot.py`, whose output goes to a file, the program,
//! the wait for a key behind it, and programs that run again.

use std::time::{Duration, Instant};

use super::boot::{Cause, Step};
use super::{Reset, Worker};
use crate::Error;
use crate::hardware::{BOOTLOADER, RunReason};
use crate::interpreter::Command;
use crate::opcodes::Fact;
use crate::output::Output;
use crate::repl::Outcome;

/// How long nothing has to be written to the drive before the program runs again.
const QUIET: Duration = Duration::from_millis(750);

/// What a program's end is followed by where nothing else is said.
#[derive(Debug, Default)]
pub(super) struct Supervised {
    /// What `boot.py` says, while it runs.
    pub(super) boot_out: Option<Output>,
    /// Whether there is a program, which has begun.
    began: bool,
    /// Whether the program is to run again at its own wish.
    reloads: bool,
    /// When the program runs again because of what was written.
    reload_at: Option<Instant>,
}

impl Worker {
    /// Where the console's text goes.
    pub(super) fn console(&mut self) -> &mut Output {
        self.supervised.boot_out.as_mut().unwrap_or(&mut self.out)
    }

    fn fact(&self, fact: Fact) -> u8 {
        self.shared.hardware.lock().supervisor.get(fact)
    }

    fn set_fact(&self, fact: Fact, value: u8) {
        self.shared.hardware.lock().supervisor.set(fact, value);
    }

    /// The board is made.
    pub(super) fn supervise(&mut self, cause: Cause) -> Result<(), Error> {
        self.supervised.began = false;
        self.supervised.reloads = false;
        if cause == Cause::Soft || self.fact(Fact::SafeMode) != 0 {
            return self.run_program();
        }
        let mut said = Output::default();
        said.extend_from_slice(self.repl.banner().as_bytes());
        said.extend_from_slice(b"\r\nBoard ID:belay_sim\r\nUID:");
        for byte in &self.shared.hardware.unique_id {
            said.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        said.extend_from_slice(b"\r\n");
        self.supervised.boot_out = Some(said);
        self.boot = Step::Boot;
        self.command(Command::File("boot.py\nboot.txt".to_owned()))
    }

    /// A file of the start begins.
    pub(super) fn program_began(&mut self, name: &[u8]) {
        let name = String::from_utf8_lossy(name);
        if let Some(said) = &mut self.supervised.boot_out {
            said.extend_from_slice(format!("{name} output:\r\n").as_bytes());
        } else if self.boot == Step::Program {
            self.supervised.began = true;
            self.repl.program(&name, &mut self.out);
        }
    }

    /// One step of the start is done.
    pub(super) fn supervised(&mut self, outcome: &Outcome) -> Result<(), Error> {
        match self.boot {
            Step::Boot => {
                if let Outcome::Exception(text) = outcome {
                    let firmware = self.parts.machine.firmware.clone();
                    firmware.print_traceback(text, self.console());
                }
                let said = self.supervised.boot_out.take();
                let said = said.map_or_else(Vec::new, |mut said| said.take(usize::MAX));
                self.boot = Step::Record;
                self.command(Command::Record(said))
            }
            Step::Record => self.run_program(),
            _ => {
                self.program_ended(outcome);
                Ok(())
            }
        }
    }

    /// Runs the program, unless a REPL comes.
    fn run_program(&mut self) -> Result<(), Error> {
        self.shared.hardware.lock().supervisor.start_usb();
        if let Some(started) = self.booted.take() {
            // Nobody may wait for it any more.
            let _ = started.try_send(Ok(()));
        }
        if self.repl.stays() {
            self.boot = Step::Done;
            self.deaths = 0;
            self.repl.start(&mut self.out);
            return Ok(());
        }
        if self.fact(Fact::SafeMode) != 0 {
            self.wait_for_key();
            return Ok(());
        }
        self.boot = Step::Program;
        let files = self.repl.firmware().startup.join("\n");
        self.command(Command::File(files))
    }

    fn program_ended(&mut self, outcome: &Outcome) {
        let stopped = self.supervised.reload_at.is_some();
        if let Outcome::Exception(text) = outcome
            && !stopped
        {
            self.repl.firmware().print_traceback(text, &mut self.out);
        }
        if self.supervised.began {
            self.repl.program_ended(outcome, stopped, &mut self.out);
        }
        if stopped {
            // The next one begins when nothing more is written.
            self.boot = Step::Quiet;
        } else if self.supervised.reloads && *outcome == Outcome::Exit {
            self.set_fact(Fact::RunReason, RunReason::SupervisorReload as u8);
            self.reset = Some(Reset::Soft);
        } else if *outcome == Outcome::Exit {
            self.boot = Step::Done;
            self.repl.enter(&mut self.out);
        } else {
            self.wait_for_key();
        }
    }

    fn wait_for_key(&mut self) {
        self.boot = Step::Done;
        self.deaths = 0;
        let mut status = if self.fact(Fact::AutoReload) != 0 {
            "Auto-reload is on. Simply save files over USB to run them or enter REPL to disable.\r\n"
        } else {
            "Auto-reload is off.\r\n"
        }
        .to_owned();
        if self.fact(Fact::SafeMode) != 0 {
            status.push_str(
                "Running in safe mode! Not running saved code.\r\n\r\nYou are in safe mode \
                 because:\r\nThe `microcontroller` module was used to boot into safe mode.\r\n\
                 Press reset to exit safe mode.\r\n",
            );
        }
        self.repl.wait(&status, &mut self.out);
    }

    /// A program asks to be run again, and ends.
    pub(super) fn reload(&mut self) {
        self.supervised.reloads = true;
    }

    /// The host asks for the program.
    pub(super) fn asked_again(&self) {
        self.set_fact(Fact::RunReason, RunReason::ReplReload as u8);
    }

    /// Whether a hard reset leads to the program that takes new firmware, which does not speak this
    /// protocol.
    pub(super) fn enters_bootloader(&self) -> bool {
        self.fact(Fact::NextMode) == BOOTLOADER
    }

    /// Something has been written to the drive by whoever is no program of the board.
    pub(super) fn written(&mut self, now: Instant) {
        let runs = matches!(self.boot, Step::Program | Step::Quiet) || self.repl.is_waiting();
        if !runs || self.fact(Fact::AutoReload) == 0 {
            return;
        }
        self.supervised.reload_at = Some(now + QUIET);
        match self.boot {
            Step::Program => self.interpreter.interrupt(),
            _ => self.boot = Step::Quiet,
        }
    }

    /// When to call [`Worker::reload_when_due`].
    pub(super) fn next_reload(&self) -> Option<Instant> {
        self.supervised
            .reload_at
            .filter(|_| self.boot == Step::Quiet)
    }

    /// Runs the program again if it is time to.
    pub(super) fn reload_when_due(&mut self, now: Instant) {
        if self.boot == Step::Quiet && self.supervised.reload_at.is_some_and(|at| at <= now) {
            self.set_fact(Fact::RunReason, RunReason::AutoReload as u8);
            self.reset = Some(Reset::Soft);
        }
    }
}
