//! Power-on, resets, and the files that run then.

use std::time::Instant;

use super::circuitpython::Supervised;
use super::{Parts, Reset, Shared, Worker};
use crate::Error;
use crate::frames::Decoder;
use crate::interpreter::{Command, Interpreter};
use crate::opcodes::Report;
use crate::repl::Outcome;

/// How far a start has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The interpreter is making the board.
    Starting,
    /// The files of the firmware's life cycle run; this is the number of the next.
    Files(usize),
    /// CircuitPython's `boot.py` runs, and what it has said is kept.
    Boot,
    Record,
    /// CircuitPython's program runs.
    Program,
    /// It is to run again when nothing more is written.
    Quiet,
    /// The REPL has the board.
    Done,
}

/// Why the board starts; the numbers are those of `machine.reset_cause()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    PowerOn = 1,
    Hard = 2,
    Watchdog = 3,
    Soft = 5,
}

impl Worker {
    pub(super) fn spawn(
        parts: &Parts,
        shared: &Shared,
        cause: Cause,
    ) -> Result<Interpreter, Error> {
        let hard = cause != Cause::Soft;
        let pins = parts.machine.firmware.circuitpython.is_some();
        shared.hardware.restart(hard, pins);
        shared
            .bus
            .begin(&shared.home.file("bus"))
            .map_err(Error::system("starting the interpreter"))?;
        let interpreter = Interpreter::spawn(&parts.machine, &shared.home, cause as u8)?;
        interpreter.size_buffers(parts.buffer, parts.slow);
        Ok(interpreter)
    }

    /// The interpreter has made the board: version text, machine, and whether it can be nudged,
    /// one a line.
    pub(super) fn hello(&mut self, text: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(text);
        let mut lines = text.lines();
        let version = lines.next().unwrap_or_default();
        // The text reads `3.4.0; MicroPython v1.25.0 on 2025-05-04`.
        let mut version = version
            .rsplit("MicroPython ")
            .next()
            .unwrap_or_default()
            .to_owned();
        let mut name = "MicroPython";
        let mut machine = lines.next().unwrap_or_default();
        let firmware = self.parts.machine.firmware.clone();
        if let Some(own) = &firmware.circuitpython {
            version = format!("{} on {}", own.version, own.date);
            name = "Adafruit CircuitPython";
            machine = own.machine.as_deref().unwrap_or(machine);
        }
        self.repl.set_banner(name, &version, machine);
        self.interpreter.takes_nudges(lines.next() == Some("yes"));
        if let Some(ready) = self.ready.take() {
            let _ = ready.send(Ok(()));
            self.booted = Some(ready);
        }
        if firmware.circuitpython.is_some() {
            return self.supervise(self.cause);
        }
        self.boot = Step::Files(0);
        self.booted(&Outcome::Normal)
    }

    /// One of the files has run, or was not there; the next is run, or the REPL has the board.
    pub(super) fn booted(&mut self, outcome: &Outcome) -> Result<(), Error> {
        let failed = match outcome {
            Outcome::Exit => {
                self.reset = Some(Reset::Soft);
                return Ok(());
            }
            Outcome::Exception(text) => {
                self.repl.firmware().print_traceback(text, &mut self.out);
                true
            }
            Outcome::Normal => false,
        };
        // Who waits for the start waits for the first file, too.
        let started = (self.boot != Step::Files(0)).then(|| self.booted.take());
        let next = match self.boot {
            Step::Files(next) if !failed && (next == 0 || !self.repl.is_raw()) => next,
            _ => usize::MAX,
        };
        if let Some(file) = self.repl.firmware().startup.get(next).cloned() {
            self.boot = Step::Files(next + 1);
            self.command(Command::File(file))?;
        } else {
            self.boot = Step::Done;
            self.deaths = 0;
            self.repl.start(&mut self.out);
            self.begin_webrepl();
        }
        if let Some(started) = started.flatten() {
            // Nobody may wait for it any more.
            let _ = started.try_send(Ok(()));
        }
        Ok(())
    }

    /// Starts the interpreter again.
    pub(super) fn restart(&mut self, reset: Reset) -> Result<(), Error> {
        let cause = match reset {
            Reset::Soft => Cause::Soft,
            Reset::Hard => Cause::Hard,
            Reset::Watchdog => Cause::Watchdog,
            Reset::Off => {
                self.power_off();
                return Ok(());
            }
        };
        self.end_webrepl(reset == Reset::Soft, Instant::now());
        if reset == Reset::Soft {
            let unread = self.interpreter.take_unread();
            self.put_back(&unread);
            let (interpreter, mut decoder) = (&mut self.interpreter, self.decoder.take());
            let mut last = Vec::new();
            let power_failed = [
                &self.parts.machine.mark[..],
                &[Report::PowerFailed.code(), 0, 0],
            ]
            .concat();
            interpreter.quit(|bytes| {
                last.extend_from_slice(bytes);
                !last.ends_with(&power_failed)
            });
            if last.ends_with(&power_failed) {
                self.power_off();
                return Ok(());
            }
            if let Some(decoder) = &mut decoder {
                decoder.feed(&last, |decoded| self.last_words(&decoded));
            }
        } else {
            self.input.clear();
            for port in &mut self.ports {
                port.incoming.clear();
            }
        }
        self.supervised = Supervised::default();
        if reset != Reset::Soft && self.enters_bootloader() {
            self.power_off();
            return Ok(());
        }
        self.repl.boot(reset == Reset::Soft, &mut self.out);
        self.begin(cause)
    }

    /// Starts an interpreter for the board.
    pub(super) fn begin(&mut self, cause: Cause) -> Result<(), Error> {
        // The old process must be gone before a new one opens the flash.
        self.interpreter.end();
        self.interpreter = Self::spawn(&self.parts, &self.shared, cause)?;
        self.decoder = Some(Decoder::new(self.parts.machine.mark));
        self.interrupt = Some(3);
        self.late_interrupt = None;
        self.report.clear();
        self.reset = None;
        self.cause = cause;
        self.boot = Step::Starting;
        Ok(())
    }

    /// The interpreter has ended without being told to.
    pub(super) fn died(&mut self) -> Result<(), Error> {
        let ending = self.interpreter.end();
        let errors = self.interpreter.read_errors();
        let text = [&self.report[..], &errors[..]].concat();
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        self.deaths += 1;
        if self.ready.is_some() || self.deaths > 2 {
            let text = if text.is_empty() { ending } else { text };
            return Err(if self.ready.is_some() {
                Error::Boot { text }
            } else {
                Error::Stopped { reason: text }
            });
        }
        // A board whose processor faults starts again.
        self.repl.firmware().print(text.as_bytes(), &mut self.out);
        self.out.extend_from_slice(b"\r\n");
        self.reset = Some(Reset::Hard);
        Ok(())
    }
}
