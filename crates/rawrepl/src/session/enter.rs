//! How a board is brought to the raw REPL from any state.
//!
//! One write does it from every state in which a board listens: ctrl-C twice ends a program, a
//! half-typed line, paste mode and raw-paste mode; ctrl-A enters the raw REPL, or prints its banner
//! again; and a command that prints a mark proves that the raw REPL is what answers. An echo of the
//! friendly REPL cannot be taken for the answer, which begins with `OK`.
//!
//! A board that does not answer is starting up, or runs a program that catches `KeyboardInterrupt`.
//! It is called again, each time with more ctrl-C in a row, since such a program is stopped by the one
//! that arrives while it handles another. Each is a write of its own: a USB packet full of them would
//! interrupt only once. The carriage return behind them ends an `input()` that does not heed ctrl-C
//! before its line is complete (seen on a micro:bit); elsewhere it is an empty line.

use std::time::Duration;

use memchr::memmem;

use super::types::{Config, Event};
use crate::Mark;
use crate::scanner::{Starts, probe_answer};

const LONGEST_WAIT: Duration = Duration::from_millis(2400);
/// Takes 90 ms at 115200 baud, and the prompts that a friendly REPL prints in return half a second.
const MOST_INTERRUPTS: usize = 1024;

#[derive(Debug)]
pub(super) struct Entering {
    /// What to say once it has worked.
    pub(super) goal: Event,
    mark: Mark,
    buffer: Vec<u8>,
    interrupts: usize,
    since: Duration,
    limit: Duration,
    wait: Duration,
    retry_at: Duration,
}

impl Entering {
    pub(super) fn new(
        mark: Mark,
        goal: Event,
        now: Duration,
        limit: Duration,
        config: &Config,
    ) -> Self {
        Self {
            goal,
            mark,
            buffer: Vec::new(),
            interrupts: 2,
            since: now,
            limit,
            wait: config.retry,
            retry_at: now + config.retry,
        }
    }

    pub(super) fn begin(&self, transmit: &mut Vec<u8>) {
        transmit.extend_from_slice(&[super::INTERRUPT; 2]);
        transmit.push(0x01);
        transmit.extend_from_slice(self.mark.command().as_bytes());
    }

    /// Returns how many ctrl-C go before the bytes to transmit, each in a write of its own.
    pub(super) fn retry(&mut self, mark: Mark, now: Duration, transmit: &mut Vec<u8>) -> usize {
        self.mark = mark;
        self.interrupts = (self.interrupts * 8).min(MOST_INTERRUPTS);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.retry_at = now + self.wait;
        transmit.extend_from_slice(b"\r\x01");
        transmit.extend_from_slice(self.mark.sure_command().as_bytes());
        self.interrupts
    }

    /// Returns the bytes that are no answer, and whether the answer has come.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        self.buffer.extend_from_slice(bytes);
        let start = format!("OK{}", self.mark);
        let Some(at) = memmem::find(&self.buffer, start.as_bytes()) else {
            let free = self.buffer.len().saturating_sub(start.len());
            return (self.buffer.drain(..free).collect(), false);
        };
        let rest = self.buffer.split_off(at);
        let stray = std::mem::replace(&mut self.buffer, rest);
        match probe_answer(&self.buffer, &self.mark) {
            (Starts::Yes, _) => (stray, true),
            (Starts::Partly, _) => (stray, false),
            (Starts::No, _) => {
                // Somebody printed the mark, and went on.
                let printed = self.buffer.drain(..start.len());
                (stray.into_iter().chain(printed).collect(), false)
            }
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        self.retry_at.min(self.limit)
    }

    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.limit
    }

    pub(super) fn waited(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since)
    }
}
