//! How a board is brought to the raw REPL from any state.
//!
//! One write does it from every state in which a board listens: ctrl-C ends a program, a half-typed
//! line, paste mode and raw-paste mode; ctrl-A enters the raw REPL, or prints its banner again; and a
//! command that prints a mark proves that the raw REPL is what answers. An echo of the friendly REPL
//! cannot be taken for the answer, which begins with `OK`.
//!
//! A board that does not answer is busy, starting up, or running a program that catches
//! `KeyboardInterrupt`. What a program does behind the interrupt may be its clean-up, which another
//! one would cut off. So for half of the time the board is only asked again. Then it is interrupted
//! again and again: a program that catches `KeyboardInterrupt` is stopped by one that arrives while it
//! handles another, and one that resets the board by one that arrives before it gets there. Each ctrl-C
//! is a write of its own: a USB packet full of them would interrupt only once.
//!
//! A board that is seen to restart has nothing to clean up, and is interrupted at once. In a restart loop,
//! `main.py` may run for a millisecond; at other times ctrl-C is a character like others, and some boards
//! see none any more when their input buffer is full of what nobody reads. So such a board gets no
//! questions, and only at first many ctrl-C, each at another time after the restart. An ESP32 or ESP8266
//! that is reset as a whole forgets its input and heeds ctrl-C however much there is, so it gets one each
//! millisecond: more often its UART does not look.
//!
//! MicroPython heeds ctrl-C where a program jumps backwards or waits, and at the end of `boot.py`, which keeps
//! `main.py` from running. A `main.py` without a loop that resets the board is therefore interrupted in front
//! of it or not at all.
//!
//! The carriage return in front of a later call ends an `input()` that does not heed ctrl-C before its
//! line is complete (seen on a micro:bit); elsewhere it is an empty line.

use std::time::Duration;

use super::types::{Config, Event};
use crate::Mark;
use crate::scanner::{Console, failed_for_memory, probe_answer};
use crate::search::{Found, Starts, first_of};

const LONGEST_WAIT: Duration = Duration::from_millis(2400);
/// How long the board has for an answer before it is interrupted once more.
const QUIET: Duration = Duration::from_millis(200);
/// The time from one call to the next when it is interrupted in between.
const ROUND: Duration = Duration::from_secs(1);
/// The pause between two ctrl-C. No more than a line of 9600 baud carries.
const TICK: Duration = Duration::from_millis(1);
/// How long the first start is taken to last, before two restarts have shown it.
const START: Duration = Duration::from_millis(100);
/// The first starts are interrupted so often, which most input buffers have room for; the others once.
const FIRST: u32 = 50;
const MANY: u32 = 8;
/// What boards print when they restart: the interpreter, and the boot loaders of the ESP32 and the
/// ESP8266.
const RESTARTS: [&[u8]; 3] = [super::SOFT_REBOOT, b"rst:0x", b"rst cause:"];

#[derive(Debug)]
pub(super) struct Entering {
    /// What to say once it has worked.
    pub(super) goal: Event,
    mark: Mark,
    since: Duration,
    limit: Duration,
    /// When the board is asked again.
    ask_at: Duration,
    wait: Duration,
    /// From when on it is interrupted each time.
    insist_at: Duration,
    /// Ctrl-C to go out one by one, the next at this time, and the pause behind it.
    strokes: u32,
    stroke_at: Duration,
    pause: Duration,
    /// The friendly prompt has come: the next call goes without ctrl-C.
    calm: bool,
    pub(super) restarts: u32,
    /// When the last one was seen.
    restarted_at: Duration,
    /// How often the board had no memory for the command that prints the mark.
    failures: u32,
}

/// What came of bytes from the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Not the answer, so far.
    Nothing,
    /// The answer: the board is at the raw REPL's prompt.
    Answer(Console),
    /// The board is at the raw REPL's prompt and has no memory for any command.
    NoMemory,
    /// The board has to be asked once more.
    Ask,
}

impl Entering {
    pub(super) fn new(
        mark: Mark,
        goal: Event,
        now: Duration,
        limit: Duration,
        config: &Config,
    ) -> Self {
        let insist_at = now + limit.saturating_sub(now) / 2;
        Self {
            goal,
            mark,
            since: now,
            limit,
            ask_at: insist_at.min(now + config.retry),
            wait: config.retry,
            insist_at,
            strokes: 0,
            stroke_at: now,
            pause: TICK,
            calm: false,
            restarts: 0,
            restarted_at: now,
            failures: 0,
        }
    }

    pub(super) fn begin(&self, transmit: &mut Vec<u8>) {
        transmit.extend_from_slice(&[super::INTERRUPT, 0x01]);
        transmit.extend_from_slice(self.mark.command().as_bytes());
    }

    /// Does what is due, with `mark` for a new question.
    pub(super) fn proceed(
        &mut self,
        mark: impl FnOnce() -> Mark,
        now: Duration,
        transmit: &mut Vec<u8>,
    ) {
        if now < self.ask_at {
            if self.strokes > 0 && now >= self.stroke_at {
                self.strokes -= 1;
                self.stroke_at = now + self.pause;
                transmit.push(super::INTERRUPT);
            }
            return;
        }
        let calm = std::mem::take(&mut self.calm);
        if now >= self.insist_at {
            self.ask_at = now + ROUND;
            self.strokes = if calm { 0 } else { u32::MAX };
            self.stroke_at = now + QUIET;
            self.pause = TICK;
        } else {
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
            self.ask_at = self.insist_at.min(now + self.wait);
        }
        self.mark = mark();
        transmit.extend_from_slice(b"\r\x01");
        transmit.extend_from_slice(self.mark.sure_command().as_bytes());
    }

    /// Asks again at once, in as few bytes as possible: a board without memory takes no more.
    pub(super) fn ask(&mut self, mark: Mark, transmit: &mut Vec<u8>) {
        transmit.extend_from_slice(mark.command().as_bytes());
        self.mark = mark;
    }

    /// Takes from `input` what it understands; what is no answer goes to `stray`.
    pub(super) fn receive(
        &mut self,
        input: &mut Vec<u8>,
        stray: &mut Vec<u8>,
        now: Duration,
    ) -> Heard {
        let answer = format!("OK{}", self.mark).into_bytes();
        let [interpreter, esp32, esp8266] = RESTARTS;
        let words = [
            answer.as_slice(),
            b"OK\x04",
            b">>> ",
            interpreter,
            esp32,
            esp8266,
        ];
        loop {
            let (at, which) = match first_of(input, &words) {
                Found::Word { at, which } => (at, which),
                Found::NotBefore(at) => {
                    stray.extend(input.drain(..at));
                    return Heard::Nothing;
                }
            };
            stray.extend(input.drain(..at));
            let begins = match which {
                0 => probe_answer(input, &self.mark),
                1 => failed_for_memory(input),
                _ => (Starts::No, 0),
            };
            match begins {
                (Starts::Yes, length) => {
                    let answer: Vec<u8> = input.drain(..length).collect();
                    if which == 0 {
                        return Heard::Answer(Console::of(&answer));
                    }
                    stray.extend(answer);
                    self.failures += 1;
                    return if self.failures > 1 {
                        Heard::NoMemory
                    } else {
                        Heard::Ask
                    };
                }
                (Starts::Partly, _) => return Heard::Nothing,
                (Starts::No, _) => {}
            }
            // Somebody printed the word, and went on.
            stray.extend(input.drain(..words[which].len()));
            if which > 2 {
                self.restarted(now, which > 3);
            } else if which == 2 && (self.strokes > 0 || self.restarts > 0) {
                self.strokes = 0;
                self.calm = true;
                self.ask_at = now;
            }
        }
    }

    /// The interpreter has restarted, or all of the chip.
    fn restarted(&mut self, now: Duration, chip: bool) {
        let lasts = match self.restarts {
            0 => START,
            _ => now.saturating_sub(self.restarted_at),
        };
        self.restarts += 1;
        self.restarted_at = now;
        // Multiples of the golden section lie evenly between 0 and 1.
        let part = (f64::from(self.restarts) * 0.618_034).fract();
        (self.strokes, self.pause) = match self.restarts {
            _ if chip => (u32::MAX, TICK),
            ..FIRST => (MANY, lasts / MANY),
            _ => (1, lasts),
        };
        self.stroke_at = now + self.pause.mul_f64(part);
        self.ask_at = now + 2 * lasts + START;
    }

    pub(super) fn deadline(&self) -> Duration {
        let next = self.ask_at.min(self.limit);
        if self.strokes > 0 {
            next.min(self.stroke_at)
        } else {
            next
        }
    }

    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.limit
    }

    pub(super) fn waited(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since)
    }
}
