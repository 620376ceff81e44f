//! How a command's text gets to the board: in one write, in raw-paste mode, or in paced bursts.

use std::time::Duration;

use super::types::Phase;
use crate::Command;
use crate::scanner::RAW_BANNER;
use crate::search::{Found, first_of, take_until};

const END: u8 = 0x04;
const RAW_PASTE: &[u8] = b"\x05A\x01";

#[derive(Debug)]
pub(super) struct Sending {
    pub(super) command: Command,
    /// How long the board may be silent when the command restarts it.
    pub(super) restarts: Option<Duration>,
    /// Bytes that came in between and belong to no answer.
    pub(super) stray: Vec<u8>,
    /// What the board has said of raw-paste mode.
    pub(super) raw_paste: Option<bool>,
    mode: Mode,
    sent: usize,
    ended: bool,
    burst: usize,
    /// How many bytes may be on the way beyond what raw-paste mode has granted.
    unacknowledged: usize,
    /// When the board has last brought the command on, or was sent some of it.
    last_progress: Duration,
    next_burst: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// The code has gone, or goes, to the plain raw REPL; `OK` will come.
    Plain,
    /// Raw-paste mode was asked for, and the first bytes of code sent with the question.
    Asked,
    /// The board grants `credit` bytes in all, `window` more at a time.
    Paste { window: usize, credit: usize },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Progress {
    Waiting,
    /// The board runs the command; what follows is its output.
    Running,
    /// The board has no raw-paste mode, and is not to have the command in another way.
    Refused,
    /// The board said something else than this.
    Violation(&'static str),
}

impl Sending {
    pub(super) fn new(
        command: Command,
        burst: usize,
        unacknowledged: usize,
        raw_paste: Option<bool>,
        now: Duration,
    ) -> Self {
        let fits = command.code.len() < burst;
        let mode = if fits || raw_paste == Some(false) {
            Mode::Plain
        } else {
            Mode::Asked
        };
        Self {
            command,
            restarts: None,
            stray: Vec::new(),
            raw_paste,
            mode,
            sent: 0,
            ended: false,
            burst,
            unacknowledged,
            last_progress: now,
            next_burst: None,
        }
    }

    pub(super) fn begin(&mut self, transmit: &mut Vec<u8>, now: Duration, pace: Duration) {
        if let Mode::Plain = self.mode {
            self.pace(transmit, now, pace);
        } else {
            transmit.extend_from_slice(RAW_PASTE);
            // A board that does not know the mode would take it all for plain code.
            let most = match self.raw_paste {
                Some(true) => self.burst.max(self.unacknowledged),
                _ => self.burst,
            };
            self.send_up_to(most.saturating_sub(RAW_PASTE.len()), transmit);
        }
    }

    /// Sends the next burst to a board that cannot hold the sender back.
    pub(super) fn pace(&mut self, transmit: &mut Vec<u8>, now: Duration, pace: Duration) {
        self.send_up_to(self.sent + self.burst, transmit);
        self.last_progress = now;
        self.next_burst = (!self.ended).then(|| now + pace);
    }

    /// Whether the board has, or is about to have, the whole command.
    pub(super) fn is_sent(&self) -> bool {
        self.ended
    }

    /// Takes from `input` what it understands. What belongs to no answer brings nothing on, so that a
    /// board that talks without end is not waited for without end.
    pub(super) fn receive(
        &mut self,
        input: &mut Vec<u8>,
        transmit: &mut Vec<u8>,
        now: Duration,
        pace: Duration,
    ) -> Progress {
        if let Mode::Asked = self.mode {
            match self.read_header(input) {
                Some(true) => {}
                Some(false) => {
                    return Progress::Violation("a raw-paste window of at least one byte");
                }
                None => return Progress::Waiting,
            }
            self.last_progress = now;
            if self.command.only_pasted && matches!(self.mode, Mode::Plain) {
                return Progress::Refused;
            }
            if let (Mode::Plain, false) = (self.mode, self.ended) {
                self.next_burst = Some(now + pace);
            }
        }
        if let Mode::Plain = self.mode {
            return if take_until(input, b"OK", &mut self.stray) {
                Progress::Running
            } else {
                Progress::Waiting
            };
        }
        self.read_credits(input, transmit, now)
    }

    pub(super) fn window(&self) -> Option<usize> {
        match self.mode {
            Mode::Paste { window, .. } => Some(window),
            _ => None,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.mode {
            Mode::Plain => Phase::Sending,
            _ => Phase::Pasting,
        }
    }

    pub(super) fn deadline(&self, response_timeout: Duration) -> Duration {
        self.next_burst
            .unwrap_or(self.last_progress + response_timeout)
    }

    pub(super) fn is_stuck(&self, now: Duration, response_timeout: Duration) -> bool {
        self.next_burst.is_none() && now >= self.last_progress + response_timeout
    }

    pub(super) fn waited(&self, now: Duration) -> Duration {
        now.saturating_sub(self.last_progress)
    }

    /// Sends code until `limit` bytes of it have gone in all, and its end if there is room.
    ///
    /// The end mark counts in the plain raw REPL and in the first write, where it takes a place in
    /// the board's input buffer like any byte; raw-paste mode's window does not count it.
    fn send_up_to(&mut self, limit: usize, transmit: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        let code = &self.command.code;
        let until = code.len().min(limit);
        if until > self.sent {
            transmit.extend_from_slice(&code[self.sent..until]);
            self.sent = until;
        }
        if self.sent == code.len()
            && (limit > code.len() || matches!(self.mode, Mode::Paste { .. }))
        {
            transmit.push(END);
            self.ended = true;
        }
    }

    /// Reads the board's answer to the question for raw-paste mode, and tells whether it may be one;
    /// nothing as long as it has not come.
    ///
    /// `R\x01` and a window: yes. `R\x00`: understood, but no. The raw REPL's banner: the question
    /// is unknown (1.12 and older), and the code behind it was taken as plain code.
    fn read_header(&mut self, input: &mut Vec<u8>) -> Option<bool> {
        let words = [b"R\x01".as_slice(), b"R\x00>", RAW_BANNER];
        let (at, which) = match first_of(input, &words) {
            Found::Word { at, which } => (at, which),
            Found::NotBefore(at) => {
                self.stray.extend(input.drain(..at));
                return None;
            }
        };
        self.stray.extend(input.drain(..at));
        if which > 0 {
            input.drain(..words[which].len());
            self.raw_paste = Some(false);
            self.mode = Mode::Plain;
            return Some(true);
        }
        let window = usize::from(u16::from_le_bytes([*input.get(2)?, *input.get(3)?]));
        input.drain(..4);
        self.raw_paste = Some(true);
        self.mode = Mode::Paste {
            window,
            credit: window,
        };
        Some(window > 0)
    }

    fn read_credits(
        &mut self,
        input: &mut Vec<u8>,
        transmit: &mut Vec<u8>,
        now: Duration,
    ) -> Progress {
        let mut taken = 0;
        let mut progress = Progress::Waiting;
        self.send_granted(transmit, now);
        for &byte in input.iter() {
            taken += 1;
            match (byte, &mut self.mode) {
                (0x01, Mode::Paste { window, credit }) => {
                    *credit = credit.saturating_add(*window);
                    self.send_granted(transmit, now);
                }
                (END, _) => {
                    // The board has seen the end, or gives up on a syntax error; in that case it
                    // waits for the host's end mark.
                    if !self.ended {
                        self.ended = true;
                        transmit.push(END);
                    }
                    progress = Progress::Running;
                    break;
                }
                _ => self.stray.push(byte),
            }
        }
        input.drain(..taken);
        progress
    }

    /// Sends what raw-paste mode has granted.
    fn send_granted(&mut self, transmit: &mut Vec<u8>, now: Duration) {
        if let (Mode::Paste { credit, .. }, false) = (self.mode, self.ended) {
            let before = self.sent;
            self.send_up_to(credit.saturating_add(self.unacknowledged), transmit);
            if self.sent > before || self.ended {
                self.last_progress = now;
            }
        }
    }
}
