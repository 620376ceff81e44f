//! From the host to REPL and program.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::boot::Step;
use super::hold::Hold;
use super::{Reset, Worker};
use crate::Error;
use crate::interpreter::Command;
use crate::repl::{Action, Answer};

/// Bytes taken from a line at once while they are used up as they come.
const BATCH: usize = 4096;

/// How often a line that is held looks whether the interpreter has had its time.
const HOLD: Duration = Duration::from_micros(500);

impl Worker {
    /// How many bytes the board can take from the host now.
    pub(super) fn room(&self) -> usize {
        if self.reset.is_some() || self.blocked {
            return 0;
        }
        if self.takes_bytes() {
            return if self.input.is_empty() { BATCH } else { 0 };
        }
        if self.parts.lossy {
            return BATCH;
        }
        self.parts.buffer.saturating_sub(self.buffered())
    }

    /// How much of the input buffer is filled.
    fn buffered(&self) -> usize {
        self.input.len() + self.interpreter.unread()
    }

    /// Whether the REPL takes bytes, and the host takes what it answers.
    fn takes_bytes(&self) -> bool {
        self.reset.is_none()
            && !self.blocked
            && self.repl.takes_bytes()
            && self.out.len() < self.output_limit()
    }

    /// Whether there are, or may be, bytes that only wait for the program to read others.
    pub(super) fn waits_for_program(&self, room: usize) -> bool {
        if !self.interpreter.runs_program() || self.repl.is_asked() {
            return false;
        }
        // Without room the lines are not listened to either, and what they hold is not known.
        !self.input.is_empty() || room == 0
    }

    /// Takes what is due at the ends of the lines.
    pub(super) fn arrive(&mut self, now: Instant) -> Result<(), Error> {
        let (mut bytes, mut passed) = (Vec::new(), Vec::new());
        for index in 0..self.ports.len() {
            loop {
                let (room, until) = self.taken(index, now);
                bytes.clear();
                self.ports[index].incoming.pop(until, room, &mut bytes);
                if bytes.is_empty() {
                    break;
                }
                self.arrived = Some(now);
                if self.ports[index].webrepl.is_some() {
                    self.serve_client(index, &bytes, now)?;
                    continue;
                }
                passed.clear();
                let whole = self.to_board.pass(&bytes, &mut passed);
                self.take(&passed, now)?;
                if !whole {
                    self.unplug();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many bytes of a line the board takes, and those that were due until when.
    fn taken(&mut self, port: usize, now: Instant) -> (usize, Instant) {
        if let Some(room) = self.taken_by_server(port) {
            return (room, now);
        }
        let room = self.room();
        if !self.parts.lossy || self.takes_bytes() || room == 0 {
            self.hold = None;
            return (room, now);
        }
        let free = self.parts.buffer.saturating_sub(self.buffered());
        if free > 0 {
            self.hold = None;
            return (free, now);
        }
        // One line at a time: what another one brings meanwhile waits behind it.
        let other = self.hold.as_ref().is_some_and(|hold| hold.port != port);
        let due = self.ports[port].incoming.first();
        let Some(line) = due.filter(|&due| due <= now && !other) else {
            if !other {
                self.hold = None;
            }
            return (0, now);
        };
        // What is taken now finds the buffer full, and is lost.
        let Some(activity) = self.interpreter.activity() else {
            self.hold = None;
            return (room, now);
        };
        let hold = self
            .hold
            .get_or_insert_with(|| Hold::new(port, line, activity, now));
        let passed = hold.look(activity, now);
        if passed.is_zero() {
            return (0, now);
        }
        (room, now.min(hold.line + passed))
    }

    /// How many bytes of a connection its server takes, where that has nothing to do with the REPL.
    pub(super) fn taken_by_server(&self, port: usize) -> Option<usize> {
        let server = &self.ports[port].webrepl.as_ref()?.server;
        if !server.takes_bytes() {
            return Some(0);
        }
        (!server.is_logged_in()).then_some(BATCH)
    }

    /// When to look again at a line that is held.
    pub(super) fn next_hold(&self, now: Instant) -> Option<Instant> {
        self.hold.map(|_| now + HOLD)
    }

    /// Takes bytes as if each came when the one before had been dealt with.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) -> Result<(), Error> {
        // While a program runs, only it changes how much it has not read.
        let mut unread = None;
        let mut interrupted = false;
        for &byte in bytes {
            let running = self.interpreter.has_program() && !self.repl.is_asked();
            if running && self.interrupt == Some(byte) {
                // Those that arrive together, as in one USB packet, find the exception pending.
                if !std::mem::replace(&mut interrupted, true) {
                    let delay = self.parts.machine.firmware.interrupt_delay;
                    self.late_interrupt.get_or_insert(now + delay);
                    self.interrupt_late(now);
                }
                if self.parts.machine.firmware.interrupt_discards {
                    self.input.clear();
                    self.interpreter.take_unread();
                    break;
                }
                continue;
            }
            if self.parts.lossy && !self.repl.takes_bytes() {
                let unread = *unread.get_or_insert_with(|| self.interpreter.unread());
                if self.input.len() + unread >= self.parts.buffer {
                    self.shared.lost.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
            }
            self.input.push_back(byte);
            if self.repl.takes_bytes() {
                self.pump(now)?;
            }
        }
        self.pump(now)
    }

    /// Interrupts the program if it is time to.
    pub(super) fn interrupt_late(&mut self, now: Instant) {
        if self.late_interrupt.is_some_and(|at| at <= now) {
            self.late_interrupt = None;
            if self.interpreter.has_program() {
                self.interpreter.interrupt();
            }
        }
    }

    /// Gives what has arrived to whoever wants it.
    pub(super) fn pump(&mut self, now: Instant) -> Result<(), Error> {
        while self.takes_bytes() {
            let Some(byte) = self.input.pop_front() else {
                break;
            };
            if let Some(action) = self.repl.take(byte, now, &mut self.out) {
                self.act(action)?;
            }
        }
        self.begin_files()?;
        if self.interpreter.runs_program() && !self.repl.is_asked() && !self.input.is_empty() {
            let count = self.interpreter.feed(self.input.make_contiguous());
            self.input.drain(..count);
        }
        Ok(())
    }

    /// Puts bytes in front of what has not been taken.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        for &byte in bytes.iter().rev() {
            self.input.push_front(byte);
        }
    }

    /// Does what the REPL wants.
    pub(super) fn act(&mut self, action: Action) -> Result<(), Error> {
        match action {
            Action::Exec { source, single } => self.command(Command::Exec { source, single }),
            Action::Check(source) => self.command(Command::Check(source)),
            Action::Complete(line) => self.command(Command::Complete(line)),
            Action::SoftReset => {
                self.reset = Some(Reset::Soft);
                self.asked_again();
                Ok(())
            }
            Action::Restart => {
                self.reset = Some(Reset::Soft);
                Ok(())
            }
            Action::Line(answer) => {
                let (flags, line) = match &answer {
                    Answer::Line(line) => (0, &line[..]),
                    Answer::End => (1, &b""[..]),
                    Answer::Interrupt => (2, &b""[..]),
                };
                self.answer(flags, line)
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Result<(), Error> {
        self.interpreter
            .command(command)
            .or_else(|error| self.gone(error))
    }

    pub(super) fn answer(&mut self, flags: u8, line: &[u8]) -> Result<(), Error> {
        self.interpreter
            .answer(flags, line)
            .or_else(|error| self.gone(error))
    }

    /// An interpreter that does not listen is at its end, which its output will tell. Other
    /// failures are the board's.
    pub(super) fn gone(&mut self, error: std::io::Error) -> Result<(), Error> {
        use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
        if self.boot != Step::Starting && matches!(error.kind(), BrokenPipe | ConnectionReset) {
            return Ok(());
        }
        Err(Error::system("commanding the interpreter")(error))
    }
}
