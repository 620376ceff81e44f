//! Finds the end of one command's output in the board's bytes.
//!
//! The protocol says: output, `\x04`, the text of an uncaught exception or nothing, `\x04>`. The
//! output may contain all of that itself. What tells the real end is the command's mark, printed
//! last. A command that fails never prints it; then the scanner has a *candidate* and asks for a
//! probe: another command that prints another mark. If its answer follows, the candidate was the
//! end; if anything else follows, the candidate was output.

use std::collections::VecDeque;

use memchr::{memchr, memchr2, memchr3};

use crate::search::{Found, Starts, first_of, starts};
use crate::{Mark, Outcome};

const EOT: u8 = 0x04;
/// What ends a command behind its mark and the end of that line.
const END: &[u8] = b"\x04\x04>";
pub(crate) const RAW_BANNER: &[u8] = b"raw REPL; CTRL-B to exit\r\n>";
/// What a board prints when `sys.exit()` ends the interpreter: new and old firmware.
const SOFT_REBOOT: [&[u8]; 4] = [
    b"\r\nMPY: soft reboot\r\n",
    b"MPY: soft reboot\r\n",
    b"\r\nsoft reboot\r\n",
    b"soft reboot\r\n",
];
const TRACEBACK: &[u8] = b"Traceback (most recent call last):";
/// An exception's text is held back until its end is seen; a longer one counts as output.
const MAX_EXCEPTION: usize = 64 * 1024;
/// The longest text of a `MemoryError` that a command fails with before it runs.
const MAX_MEMORY_ERROR: usize = 1024;

/// What a [`Scanner`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// Output of the program, as it came.
    Output(Vec<u8>),
    /// The program has called `sys.exit()`: the board restarts its interpreter.
    Rebooting,
    /// This may be the end: send a command that prints a mark, and tell the scanner by
    /// [`Scanner::probe_sent`].
    ProbeWanted,
    /// The command has ended.
    End {
        /// How it ended.
        outcome: Outcome,
        /// What stood between the two marks, if there were two.
        payload: Option<Payload>,
    },
}

/// What a command printed between its two marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// All of it.
    Whole(Vec<u8>),
    /// It was longer than the limit and was not kept.
    TooLong {
        /// Its length, in bytes.
        length: u64,
    },
}

/// An incremental parser of one command's answer, from behind `OK` (or behind raw-paste mode's
/// acknowledgement) to the next prompt.
#[derive(Debug)]
pub struct Scanner {
    mark: Option<Mark>,
    probes: Vec<Mark>,
    buffer: Vec<u8>,
    position: usize,
    state: State,
    output: Vec<u8>,
    payload: Option<Vec<u8>>,
    payload_length: u64,
    max_payload: usize,
    rejected: Option<Outcome>,
    /// Whether the mark has come as the last word, and something else than the end behind it.
    said_last_word: bool,
    found: VecDeque<Scan>,
}

#[derive(Debug)]
enum State {
    Streaming,
    Candidate { length: usize, outcome: Outcome },
    Rebooting,
    Ended,
}

/// Whether there was something to do with the bytes at hand.
enum Step {
    Advanced,
    NeedMore,
}

impl Scanner {
    /// A scanner for a command that prints `mark`. A payload longer than `max_payload` bytes is cut
    /// there, and its length tells so.
    pub fn new(mark: Mark, max_payload: usize) -> Self {
        Self::with(Some(mark), max_payload)
    }

    /// A scanner for a command without a mark: an end is believed when nothing follows it, which
    /// the caller says by [`finish`](Self::finish). For recordings, and for output that is known.
    pub fn unmarked() -> Self {
        Self::with(None, 0)
    }

    fn with(mark: Option<Mark>, max_payload: usize) -> Self {
        Self {
            mark,
            probes: Vec::new(),
            buffer: Vec::new(),
            position: 0,
            state: State::Streaming,
            output: Vec::new(),
            payload: None,
            payload_length: 0,
            max_payload,
            rejected: None,
            said_last_word: false,
            found: VecDeque::new(),
        }
    }

    /// Takes bytes from the board. What is in them comes from [`next_scan`](Self::next_scan).
    pub fn receive(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that a command which prints `mark`, and nothing else, is on its way.
    pub fn probe_sent(&mut self, mark: Mark) {
        self.probes.push(mark);
    }

    /// Whether the scanner has seen what may be the end.
    pub fn awaits_probe(&self) -> bool {
        matches!(self.state, State::Candidate { .. })
    }

    /// Whether the command has printed its last word, and what came behind that is not the end: it has been
    /// damaged on its way, or the rest of it has not come yet.
    pub(crate) fn has_said_last_word(&self) -> bool {
        self.said_last_word && matches!(self.state, State::Streaming)
    }

    /// Says that the board has been silent since its last word: what has come is the end, damaged. A probe
    /// is on its way.
    pub(crate) fn presume_end(&mut self) {
        self.position = self.buffer.len();
        self.state = State::Candidate {
            length: 0,
            outcome: Outcome::Completed,
        };
    }

    /// Whether the board is restarting its interpreter because the program asked for it.
    pub fn is_rebooting(&self) -> bool {
        matches!(self.state, State::Rebooting)
    }

    /// Whether a probe was sent that the board has not answered.
    pub fn awaits_answers(&self) -> bool {
        !self.probes.is_empty()
    }

    /// The mark of the last probe that was sent and has not been answered.
    pub(crate) fn last_probe(&self) -> Option<&Mark> {
        self.probes.last()
    }

    /// Says that the board is silent: a candidate is the end.
    pub fn finish(&mut self) {
        while let Step::Advanced = self.step() {}
        self.settle();
    }

    /// Takes the candidate, if there is one, for the end.
    fn settle(&mut self) {
        if let State::Candidate { outcome, .. } = std::mem::replace(&mut self.state, State::Ended) {
            self.end(outcome);
        }
    }

    /// The next finding; nothing until more bytes have come. What follows a [`Scan::ProbeWanted`] is
    /// looked at when it is asked for, with the probe sent.
    pub fn next_scan(&mut self) -> Option<Scan> {
        while self.found.is_empty() {
            if let Step::NeedMore = self.step() {
                self.flush_output();
                self.forget();
                break;
            }
        }
        self.found.pop_front()
    }

    /// The bytes that came behind the end.
    pub fn take_rest(&mut self) -> Vec<u8> {
        self.buffer.split_off(self.position)
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.position..]
    }

    /// Drops the bytes that have been understood.
    fn forget(&mut self) {
        let kept = match self.state {
            State::Candidate { length, .. } => length,
            _ => 0,
        };
        self.buffer.drain(..self.position - kept);
        self.position = kept;
    }

    fn step(&mut self) -> Step {
        match &self.state {
            State::Streaming => self.step_streaming(),
            State::Candidate { .. } => self.step_candidate(),
            State::Rebooting => self.step_rebooting(),
            State::Ended => Step::NeedMore,
        }
    }

    fn step_streaming(&mut self) -> Step {
        let rest = self.rest();
        let next = if self.probes.is_empty() {
            memchr2(EOT, b'~', rest)
        } else {
            memchr3(EOT, b'~', b'O', rest)
        };
        let Some(next) = next else {
            let all = rest.len();
            self.emit(all);
            return Step::NeedMore;
        };
        self.emit(next);
        match self.rest()[0] {
            EOT => self.step_end_of_output(),
            b'~' => self.step_mark(),
            _ => self.step_late_probe(),
        }
    }

    fn step_mark(&mut self) -> Step {
        let rest = self.rest();
        let Some(mark) = self.mark.as_ref().map(Mark::as_bytes) else {
            return self.emit_one();
        };
        match starts(rest, mark) {
            Starts::No => return self.emit_one(),
            Starts::Partly => return Step::NeedMore,
            Starts::Yes => {}
        }
        let after = &rest[mark.len()..];
        match after_mark(after) {
            (Starts::Yes, end) => {
                self.position += mark.len() + end;
                self.end(Outcome::Completed);
                Step::Advanced
            }
            (Starts::Partly, _) => {
                self.said_last_word |= !after.is_empty() || self.payload.is_some();
                Step::NeedMore
            }
            (Starts::No, _) if after[0] == b' ' && self.payload.is_none() => {
                self.position += mark.len() + 1;
                self.payload = Some(Vec::new());
                Step::Advanced
            }
            (Starts::No, _) => {
                self.said_last_word = true;
                self.emit_one()
            }
        }
    }

    /// Judges a `\x04`: the end of the output, or a byte of it.
    fn step_end_of_output(&mut self) -> Step {
        let rest = self.rest();
        let Some(&second) = rest.get(1) else {
            return Step::NeedMore;
        };
        if second == EOT {
            return self.step_without_exception();
        }
        if !may_be_exception(&rest[1..]) {
            return self.emit_one();
        }
        let window = &rest[1..rest.len().min(MAX_EXCEPTION)];
        match memchr::memchr(EOT, window) {
            None if rest.len() >= MAX_EXCEPTION => self.emit_one(),
            None => Step::NeedMore,
            Some(length) => match rest.get(length + 2) {
                None => Step::NeedMore,
                Some(b'>') => {
                    let traceback = with_crlf(&window[..length]);
                    self.candidate(length + 3, Outcome::Raised { traceback })
                }
                Some(_) => self.emit_one(),
            },
        }
    }

    /// Judges `\x04\x04`: an end without exception and without mark, or `sys.exit()`.
    fn step_without_exception(&mut self) -> Step {
        let after = &self.rest()[2..];
        if after.first() == Some(&b'>') {
            // The program made its own `print`, or it prints what looks like the end.
            return self.candidate(3, Outcome::Completed);
        }
        let mut partly = after.is_empty();
        for text in SOFT_REBOOT {
            match starts(after, text) {
                Starts::Yes => {
                    self.position += 2 + text.len();
                    self.state = State::Rebooting;
                    self.flush_output();
                    self.found.push_back(Scan::Rebooting);
                    return Step::Advanced;
                }
                Starts::Partly => partly = true,
                Starts::No => {}
            }
        }
        if partly {
            Step::NeedMore
        } else {
            self.emit_one()
        }
    }

    fn step_rebooting(&mut self) -> Step {
        let rest = self.rest();
        match first_of(rest, &[RAW_BANNER]) {
            Found::Word { at, .. } => {
                self.emit(at);
                self.candidate(RAW_BANNER.len(), Outcome::Exited)
            }
            Found::NotBefore(at) => {
                self.emit(at);
                Step::NeedMore
            }
        }
    }

    fn step_candidate(&mut self) -> Step {
        let rest = self.rest();
        if rest.is_empty() {
            return Step::NeedMore;
        }
        match self.take_probe_answer() {
            Starts::Yes => {
                self.settle();
                return Step::Advanced;
            }
            Starts::Partly => return Step::NeedMore,
            Starts::No => {}
        }
        // A program that has left no memory for the probe has ended all the same. The probe counts as
        // unanswered.
        if !self.probes.is_empty() {
            match failed_for_memory(self.rest()) {
                (Starts::Yes, length) => {
                    self.position += length;
                    self.settle();
                    return Step::Advanced;
                }
                (Starts::Partly, _) => return Step::NeedMore,
                (Starts::No, _) => {}
            }
        }
        if let State::Candidate { length, outcome } =
            std::mem::replace(&mut self.state, State::Streaming)
        {
            self.rejected = Some(outcome);
            self.reject_candidate(length);
        }
        Step::Advanced
    }

    /// A probe's answer that does not follow a candidate at once: something on the board, such as a
    /// thread, printed in between.
    fn step_late_probe(&mut self) -> Step {
        match self.take_probe_answer() {
            Starts::Yes => {
                let outcome = self.rejected.take().unwrap_or(Outcome::Completed);
                self.end(outcome);
                Step::Advanced
            }
            Starts::Partly => Step::NeedMore,
            Starts::No => self.emit_one(),
        }
    }

    /// Passes over a probe's answer. Probes are answered in order, so the earlier ones that have not
    /// been answered never will be.
    fn take_probe_answer(&mut self) -> Starts {
        let rest = self.rest();
        let mut found = Starts::No;
        for (index, probe) in self.probes.iter().enumerate() {
            match probe_answer(rest, probe) {
                (Starts::Yes, length) => {
                    self.position += length;
                    self.probes.drain(..=index);
                    return Starts::Yes;
                }
                (Starts::Partly, _) => found = Starts::Partly,
                (Starts::No, _) => {}
            }
        }
        found
    }

    fn candidate(&mut self, length: usize, outcome: Outcome) -> Step {
        self.position += length;
        self.state = State::Candidate { length, outcome };
        if self.mark.is_some() && self.probes.is_empty() {
            self.flush_output();
            self.found.push_back(Scan::ProbeWanted);
        }
        Step::Advanced
    }

    fn end(&mut self, outcome: Outcome) {
        self.flush_output();
        self.state = State::Ended;
        let payload = self
            .payload
            .take()
            .filter(|_| outcome == Outcome::Completed)
            .map(|mut text| {
                // The space between payload and mark belongs to the frame.
                let length = self.payload_length.saturating_sub(1);
                if length > self.max_payload as u64 {
                    return Payload::TooLong { length };
                }
                text.pop();
                Payload::Whole(text)
            });
        self.found.push_back(Scan::End { outcome, payload });
    }

    fn emit_one(&mut self) -> Step {
        self.emit(1);
        Step::Advanced
    }

    /// Passes the next `length` bytes on, as output or as part of the payload.
    fn emit(&mut self, length: usize) {
        let bytes = &self.buffer[self.position..self.position + length];
        match &mut self.payload {
            // A damaged end.
            Some(_) if self.said_last_word => {}
            Some(payload) => {
                self.payload_length += length as u64;
                let room = self.max_payload.saturating_add(1) - payload.len();
                payload.extend_from_slice(&bytes[..length.min(room)]);
            }
            None => self.output.extend_from_slice(bytes),
        }
        self.position += length;
    }

    /// Takes the step back to before the candidate, of which all but the first byte may yet be
    /// something else.
    fn reject_candidate(&mut self, length: usize) {
        self.position -= length;
        self.emit(1);
    }

    fn flush_output(&mut self) {
        if !self.output.is_empty() {
            self.found
                .push_back(Scan::Output(std::mem::take(&mut self.output)));
        }
    }
}

/// How a console ends the lines that a program prints: with LF and so many CR before it.
///
/// Boards print CR LF; the unix port prints LF, and UART consoles of CircuitPython print CR CR LF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// How many CR stand before the LF.
    pub carriage_returns: usize,
}

impl Console {
    /// The most there are.
    const MOST: usize = 2;

    /// The console that has printed the end of this line.
    pub(crate) fn of(answer: &[u8]) -> Self {
        let line = memchr(b'\n', answer).map_or(answer, |end| &answer[..end]);
        let others = line.iter().rposition(|&byte| byte != b'\r');
        Self {
            carriage_returns: line.len() - others.map_or(0, |at| at + 1),
        }
    }
}

/// Whether `bytes` begin with the end of a line, and how long that is.
fn line_end(bytes: &[u8]) -> (Starts, usize) {
    let returns = bytes.iter().take_while(|&&byte| byte == b'\r').count();
    match bytes.get(returns) {
        Some(b'\n') if returns <= Console::MOST => (Starts::Yes, returns + 1),
        None if returns <= Console::MOST => (Starts::Partly, 0),
        _ => (Starts::No, 0),
    }
}

/// Whether `bytes` begin with what ends a command behind its mark, and how long that is.
fn after_mark(bytes: &[u8]) -> (Starts, usize) {
    match line_end(bytes) {
        (Starts::Yes, length) => (starts(&bytes[length..], END), length + END.len()),
        other => other,
    }
}

/// Whether `bytes` begin with the whole answer to the command that prints `probe`, and how long that
/// is.
pub(crate) fn probe_answer(bytes: &[u8], probe: &Mark) -> (Starts, usize) {
    let mut rest = bytes;
    for part in [b"OK".as_slice(), probe.as_bytes()] {
        match starts(rest, part) {
            Starts::Yes => rest = &rest[part.len()..],
            other => return (other, 0),
        }
    }
    let (found, end) = after_mark(rest);
    (found, bytes.len() - rest.len() + end)
}

/// Whether `bytes` begin with the whole answer to a command for which the board had no memory, and how
/// long that is.
pub(crate) fn failed_for_memory(bytes: &[u8]) -> (Starts, usize) {
    const BEGIN: &[u8] = b"OK\x04";
    match starts(bytes, BEGIN) {
        Starts::Yes => {}
        other => return (other, 0),
    }
    let text = &bytes[BEGIN.len()..];
    let text = &text[..text.len().min(MAX_MEMORY_ERROR)];
    if !may_be_exception(text) {
        return (Starts::No, 0);
    }
    let Some(end) = memchr(EOT, text) else {
        let may_end = text.len() < MAX_MEMORY_ERROR;
        return (if may_end { Starts::Partly } else { Starts::No }, 0);
    };
    let is_one = memchr::memmem::find(&text[..end], b"MemoryError").is_some();
    match bytes.get(BEGIN.len() + end + 1) {
        None if is_one => (Starts::Partly, 0),
        Some(b'>') if is_one => (Starts::Yes, BEGIN.len() + end + 2),
        _ => (Starts::No, 0),
    }
}

/// A text that may end its lines with CR CR LF, with CR LF in place of that.
fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(text.len());
    for &byte in text {
        if byte == b'\n' && line.ends_with(b"\r\r") {
            line.pop();
        }
        line.push(byte);
    }
    line
}

/// An exception's text begins with `Traceback` or, where there is none, with the name of a built-in
/// exception; an interrupt at the wrong moment puts a line end first.
fn may_be_exception(text: &[u8]) -> bool {
    let text = match line_end(text) {
        (Starts::Yes, length) if text[0] == b'\r' => &text[length..],
        (Starts::Partly, _) => return true,
        _ => text,
    };
    if text.is_empty() || !matches!(starts(text, TRACEBACK), Starts::No) {
        return true;
    }
    let name = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    text[0].is_ascii_uppercase() && matches!(text.get(name), None | Some(b':' | b'\r'))
}

#[cfg(test)]
mod tests;
