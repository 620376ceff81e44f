//! From the program and REPL to the host.

use std::time::Instant;

use super::boot::Step;
use super::{OUTPUT, OUTPUT_SLOW, Reset, Worker};
use crate::Error;
use crate::frames::Decoded;
use crate::interpreter::Command;
use crate::opcodes::{self, Report};
use crate::port::Port;
use crate::repl::Outcome;

/// The most that a frame of output holds, as `board/link.py` makes them.
const FRAME: usize = 4000;

/// What the interpreter writes at once comes in parts of this size where writes are kept apart.
const WRITE: usize = 4096;

impl Worker {
    /// Whether more output can be taken. What belongs together is taken whole.
    pub(super) fn takes_output(&self) -> bool {
        self.out.is_open() || self.out.len() < self.output_limit()
    }

    pub(super) fn output_limit(&self) -> usize {
        if self.parts.slow { OUTPUT_SLOW } else { OUTPUT }
    }

    /// Reads what the interpreter has to say.
    pub(super) fn read_output(&mut self) -> Result<(), Error> {
        let writes = self.parts.machine.writes;
        let size = match (writes, self.parts.slow) {
            (true, _) => WRITE,
            (false, true) => OUTPUT_SLOW,
            (false, false) => 65_536,
        };
        let mut buffer = vec![0; size];
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(());
        };
        let mut result = Ok(());
        while self.takes_output() && self.reset.is_none() && result.is_ok() {
            let read = self.interpreter.read(&mut buffer);
            let mut take = |decoded: Decoded<'_>| {
                if self.reset.is_none() && result.is_ok() {
                    result = self.decoded(&decoded);
                }
            };
            match read {
                None => {
                    decoder.flush(take);
                    break;
                }
                Some(0) => {
                    decoder.flush(take);
                    self.decoder = Some(decoder);
                    return result.and_then(|()| self.died());
                }
                Some(count) if writes => {
                    decoder.write(&buffer[..count], &mut take);
                    if count == WRITE {
                        self.out.keep_open(true, Instant::now());
                    }
                }
                Some(count) => {
                    decoder.feed(&buffer[..count], &mut take);
                    if count < buffer.len() && !decoder.holds() {
                        break;
                    }
                }
            }
        }
        self.decoder = Some(decoder);
        result
    }

    /// What the interpreter itself complains about, such as an exception in a thread, comes
    /// out at the REPL of a board.
    pub(super) fn read_errors(&mut self) {
        let text = self.interpreter.read_errors();
        if self.boot == Step::Starting {
            self.report.extend_from_slice(&text);
        } else {
            self.print(&text);
        }
    }

    /// What a program prints.
    fn print(&mut self, text: &[u8]) {
        let out = self.supervised.boot_out.as_mut().unwrap_or(&mut self.out);
        self.repl.firmware().print(text, out);
    }

    /// Takes only what a program still prints while it is being ended.
    pub(super) fn last_words(&mut self, decoded: &Decoded<'_>) {
        match *decoded {
            Decoded::Output(text) => self.print(text),
            Decoded::Frame(code, payload) => match opcodes::decode(Report::ALL, code) {
                Some(Report::Output) => {
                    let console = self.console();
                    console.extend_from_slice(payload);
                    // Longer writes come in parts of this size.
                    console.keep_open(payload.len() == FRAME, Instant::now());
                }
                Some(Report::Pin) => self.shared.hardware.pins.report(payload),
                _ => {}
            },
        }
    }

    fn decoded(&mut self, decoded: &Decoded<'_>) -> Result<(), Error> {
        let Decoded::Frame(code, payload) = *decoded else {
            self.last_words(decoded);
            return Ok(());
        };
        // Programs on the board cannot make a frame, and the board's own are well-formed.
        let Some(report) = opcodes::decode(Report::ALL, code) else {
            return Ok(());
        };
        if report != Report::Output {
            self.out.keep_open(false, Instant::now());
        }
        match report {
            Report::Hello => return self.hello(payload),
            Report::Failed => self.report.extend_from_slice(payload),
            Report::Reset => self.reset = Some(Reset::Hard),
            Report::PowerFailed => self.reset = Some(Reset::Off),
            Report::InterruptCharacter => {
                // Every value that is no byte switches the interrupt off, as -1 does.
                if let &[low, high] = payload {
                    self.interrupt = u8::try_from(u16::from_le_bytes([low, high])).ok();
                }
            }
            Report::Question => {
                let unread = self.interpreter.take_unread();
                self.put_back(&unread);
                self.repl.ask();
                return self.pump(Instant::now());
            }
            Report::Withdrawn => {
                if self.repl.is_asked() {
                    self.repl.withdraw();
                    return self.answer(2, b"");
                }
            }
            Report::Text => {
                if let [first, text @ ..] = payload {
                    if *first == 1 {
                        self.report.clear();
                    }
                    self.report.extend_from_slice(text);
                }
            }
            Report::Done => {
                if let &[a, b, c, d, status, has_text] = payload {
                    let mut text = std::mem::take(&mut self.report);
                    if has_text == 0 {
                        text.clear();
                    }
                    return self.reported(u32::from_le_bytes([a, b, c, d]), status, text);
                }
            }
            Report::Program => self.program_began(payload),
            Report::Reload => self.reload(),
            Report::Output | Report::Pin => self.last_words(decoded),
        }
        Ok(())
    }

    /// A command has come to its end.
    fn reported(&mut self, sequence: u32, status: u8, text: Vec<u8>) -> Result<(), Error> {
        let done = match self.interpreter.reported(sequence) {
            Ok(done) => done,
            Err(error) => return self.gone(error),
        };
        match done {
            Some(Command::Exec { .. } | Command::File(_) | Command::Record(_)) => {
                let outcome = match status {
                    0 => Outcome::Normal,
                    2 => Outcome::Exit,
                    _ => Outcome::Exception(text),
                };
                self.ended(&outcome)?;
            }
            Some(Command::Check(_)) => {
                self.repl
                    .checked((status != 0).then_some(text), &mut self.out);
            }
            Some(Command::Files(_)) => self.file_done((status == 0).then_some(&text))?,
            Some(Command::Complete(_)) => self.repl.completed(&text, &mut self.out),
            Some(Command::Sync | Command::Quit) | None => {}
        }
        self.pump(Instant::now())
    }

    /// A program has come to its end.
    fn ended(&mut self, outcome: &Outcome) -> Result<(), Error> {
        // What it left unread was typed ahead, for the prompt.
        let unread = self.interpreter.take_unread();
        self.put_back(&unread);
        self.interrupt = Some(3);
        self.late_interrupt = None;
        if self.boot == Step::Done {
            if let Some(action) = self.repl.finished(outcome, &mut self.out) {
                self.act(action)?;
            }
            return Ok(());
        }
        if self.repl.firmware().circuitpython.is_some() {
            return self.supervised(outcome);
        }
        self.booted(outcome)
    }

    /// Hands the board's words to the ports. All clients get all of them, so the slowest sets
    /// the pace; without any client they are lost.
    pub(super) fn send(&mut self, now: Instant) {
        // What is left at the end waits for a client or a line that is full, and so for an
        // event that wakes the loop: nothing may have made room since the last look.
        let mut passed = Vec::new();
        let leaves = self.arrived.map_or(now, |arrived| arrived.max(now));
        loop {
            for port in &mut self.ports {
                port.deliver(now);
                port.settle();
            }
            if self.hang_up.is_some() {
                self.out.clear();
                return;
            }
            let Some(count) = self.to_say() else {
                return;
            };
            let said = self.out.take(count);
            if self.ports.iter().any(Port::is_connected) {
                passed.clear();
                let whole = self.to_host.pass(&said, &mut passed);
                let connected = self.ports.iter_mut().filter(|port| port.is_connected());
                for port in connected {
                    port.say(&passed, leaves);
                }
                if !whole {
                    self.cut_link(now);
                }
            }
        }
    }

    /// How many bytes are said next, if there is room for them.
    fn to_say(&self) -> Option<usize> {
        let connected = || self.ports.iter().filter(|port| port.is_connected());
        if connected().any(|port| port.webrepl.is_some()) {
            let count = self.out.first()?;
            return connected()
                .all(|port| port.has_room(count))
                .then_some(count);
        }
        let room = connected().map(|port| port.outgoing.room()).min();
        let count = room.unwrap_or(usize::MAX).min(self.out.len());
        (count > 0).then_some(count)
    }
}
