//! The state machine: which answer is awaited, and what to do when it does not come.

mod enter;
mod restart;
mod run;
mod send;
mod types;

use std::collections::VecDeque;
use std::time::Duration;

use self::enter::{Entering, Heard};
use self::run::Running;
use self::send::{Progress, Sending};
pub use self::types::{Config, Event, Finished, Outcome, Phase};
use crate::scanner::{Console, RAW_BANNER};
use crate::search::take_until;
use crate::{Command, Error, Mark, Nonce};

const INTERRUPT: u8 = 0x03;
const FRIENDLY_PROMPT: &[u8] = b">>> ";
/// Part of what MicroPython and CircuitPython print when their interpreter restarts.
const SOFT_REBOOT: &[u8] = b"soft reboot";
/// How many of the last bytes from the board an error shows.
const MAX_SEEN: usize = 200;

/// One host's side of the conversation with one board.
///
/// An operation is begun by [`enter`](Self::enter), [`start`](Self::start),
/// [`soft_reset`](Self::soft_reset) or [`leave`](Self::leave) and ends with the event that the method
/// names, or with [`Event::Failed`]. Meanwhile the caller moves bytes:
///
/// 1. send all that [`transmit`](Self::transmit) gives,
/// 2. wait for bytes until [`deadline`](Self::deadline),
/// 3. hand them to [`receive`](Self::receive), or call [`timeout`](Self::timeout) if none came,
/// 4. take the events from [`next_event`](Self::next_event).
///
/// Times are measured from any fixed origin and never go back.
#[derive(Debug)]
pub struct RawRepl {
    config: Config,
    nonce: Nonce,
    marks: u32,
    state: State,
    /// What has come from the board and has not been understood yet.
    input: Vec<u8>,
    transmit: Vec<u8>,
    events: VecDeque<Event>,
    seen: Vec<u8>,
    /// How many bytes the board is known to take in at once.
    burst: usize,
    /// How many of them it takes in even where nothing holds the sender back.
    input_buffer: usize,
    raw_paste: Option<bool>,
    console: Console,
}

#[derive(Debug)]
enum State {
    /// Nothing is known of the board.
    Unknown,
    /// The board is at the raw REPL's prompt and has answered everything.
    Ready,
    Entering(Entering),
    Sending(Box<Sending>),
    Running(Box<Running>),
    Resetting {
        since: Duration,
        limit: Duration,
    },
    /// The interpreter restarts, and is left to its programs.
    Rebooting {
        since: Duration,
        limit: Duration,
    },
    Leaving {
        since: Duration,
    },
    /// The board is at the friendly REPL's prompt.
    Friendly,
}

impl RawRepl {
    /// A session that knows nothing yet of its board.
    pub fn new(nonce: Nonce, config: Config) -> Self {
        let burst = config.burst.max(1);
        Self {
            config,
            nonce,
            marks: 0,
            state: State::Unknown,
            input: Vec::new(),
            transmit: Vec::new(),
            events: VecDeque::new(),
            seen: Vec::new(),
            burst,
            input_buffer: burst,
            raw_paste: None,
            console: Console {
                carriage_returns: 1,
            },
        }
    }

    /// Whether the board is at the raw REPL's prompt and a command may start.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// Whether the board is being looked for, and what it gets may be lost.
    pub fn is_entering(&self) -> bool {
        matches!(self.state, State::Entering(_))
    }

    /// Whether a command has been started and has not ended.
    pub fn is_busy(&self) -> bool {
        matches!(self.state, State::Sending(_) | State::Running(_))
    }

    /// How many bytes go out at most before the board has taken some in.
    ///
    /// Grows from [`Config::burst`] to the two windows that a board grants in raw-paste mode, or to
    /// [`Config::largest_write`].
    pub fn burst(&self) -> usize {
        self.burst
    }

    /// How many bytes the board is known to have room for before it reads any: [`Config::burst`], or
    /// the two windows of raw-paste mode.
    pub fn input_buffer(&self) -> usize {
        self.input_buffer
    }

    /// Whether the board has raw-paste mode; `None` as long as no command needed to know.
    pub fn raw_paste(&self) -> Option<bool> {
        self.raw_paste
    }

    /// How the console ends lines, as it has shown when the raw REPL was entered.
    pub fn console(&self) -> Console {
        self.console
    }

    /// A mark that this session has not used.
    pub fn next_mark(&mut self) -> Mark {
        self.marks = self.marks.wrapping_add(1);
        self.nonce.mark(self.marks)
    }

    /// Brings the board to the raw REPL, whatever it is doing: a running program is interrupted, a
    /// half-typed line, a paste and a raw-paste are dropped. Ends with [`Event::Entered`].
    ///
    /// A running program is interrupted once, and has half of `limit` to end in its own way; after that
    /// it is interrupted again and again. What has not worked by `limit`, measured from `now`, fails with
    /// [`Error::Timeout`]. A board at the raw REPL's prompt whose memory has no room for any command fails
    /// with [`Error::NoMemory`] and is [ready](Self::is_ready): for a soft reset.
    pub fn enter(&mut self, now: Duration, limit: Duration) {
        self.seen.clear();
        let mark = self.next_mark();
        self.begin_entering(Entering::new(
            mark,
            Event::Entered,
            now,
            now + limit,
            &self.config,
        ));
    }

    /// Starts a command. Ends with [`Event::Finished`], preceded by any number of
    /// [`Event::Output`]. There is no limit to how long a program runs.
    ///
    /// # Panics
    /// When [`is_ready`](Self::is_ready) is false.
    pub fn start(&mut self, command: Command, now: Duration) {
        self.send(command, None, now);
    }

    /// Starts a command that restarts the board instead of being answered. Ends with
    /// [`Event::Restarted`], after which nothing is known of the board, when the board prints something or
    /// has been silent for `silence`; with [`Event::Finished`] if it is answered after all. Nothing more is
    /// sent meanwhile.
    ///
    /// # Panics
    /// When [`is_ready`](Self::is_ready) is false.
    pub fn restart(&mut self, command: Command, now: Duration, silence: Duration) {
        self.send(command, Some(silence), now);
    }

    fn send(&mut self, command: Command, restarts: Option<Duration>, now: Duration) {
        assert!(self.is_ready(), "a command needs the raw REPL's prompt");
        self.seen.clear();
        let unacknowledged = self.config.unacknowledged;
        let mut sending = Sending::new(command, self.burst, unacknowledged, self.raw_paste, now);
        sending.restarts = restarts;
        sending.begin(&mut self.transmit, now, self.config.pace);
        self.state = State::Sending(Box::new(sending));
    }

    /// Interrupts what runs on the board with ctrl-C. The command ends in its own way, most often
    /// with a `KeyboardInterrupt`; a program may also catch it and go on.
    pub fn interrupt(&mut self, now: Duration) {
        match &mut self.state {
            State::Sending(sending) if !sending.is_sent() => {
                self.cancel(now);
            }
            _ => self.transmit.push(INTERRUPT),
        }
    }

    /// Drops by ctrl-C what the board has of a command, to which it need not answer.
    fn cancel(&mut self, now: Duration) {
        let cancelled = Event::Finished(Finished {
            outcome: Outcome::Cancelled,
            payload: None,
        });
        let limit = now + self.config.response_timeout;
        let mark = self.next_mark();
        self.begin_entering(Entering::new(mark, cancelled, now, limit, &self.config));
    }

    /// Gives up the command that was started, after the caller has `waited` for it: interrupts it,
    /// and fails with [`Error::Timeout`]. Whether the interrupt has ended it is not known.
    pub fn give_up(&mut self, waited: Duration) {
        let phase = match &self.state {
            State::Sending(sending) => sending.phase(),
            State::Running(_) => Phase::Running,
            _ => return,
        };
        self.transmit.clear();
        self.transmit.push(INTERRUPT);
        self.fail(phase, waited);
    }

    /// Hands bytes to the standard input of the running program. How many it can take in is between
    /// the caller and the program; byte 3 interrupts it. Without a running program they are dropped.
    pub fn input(&mut self, bytes: &[u8]) {
        if let State::Running(running) = &mut self.state
            && running.feed()
        {
            self.transmit.extend_from_slice(bytes);
        }
    }

    /// Restarts the board's interpreter. `boot.py` runs, `main.py` does not; what they print is
    /// [`Event::Stray`]. Ends with [`Event::Restarted`].
    ///
    /// # Panics
    /// When [`is_ready`](Self::is_ready) is false.
    pub fn soft_reset(&mut self, now: Duration, limit: Duration) {
        assert!(self.is_ready(), "a soft reset needs the raw REPL's prompt");
        self.seen.clear();
        self.transmit.push(0x04);
        self.state = State::Resetting {
            since: now,
            limit: now + limit,
        };
    }

    /// Goes back to the friendly REPL and restarts the board's interpreter there: `boot.py` and `main.py`
    /// run. Ends with [`Event::Restarted`], after which nothing is known of the board.
    ///
    /// # Panics
    /// When [`is_ready`](Self::is_ready) is false.
    pub fn reboot(&mut self, now: Duration, limit: Duration) {
        assert!(self.is_ready(), "leaving needs the raw REPL's prompt");
        self.seen.clear();
        self.transmit.extend_from_slice(b"\x02\x04");
        self.state = State::Rebooting {
            since: now,
            limit: now + limit,
        };
    }

    /// Goes back to the friendly REPL. Ends with [`Event::Left`].
    ///
    /// # Panics
    /// When [`is_ready`](Self::is_ready) is false.
    pub fn leave(&mut self, now: Duration) {
        assert!(self.is_ready(), "leaving needs the raw REPL's prompt");
        self.transmit.push(0x02);
        self.state = State::Leaving { since: now };
    }

    /// The bytes to send now, if there are any. The caller sends all of them, in one write where the
    /// port allows.
    pub fn transmit(&mut self) -> Option<Vec<u8>> {
        (!self.transmit.is_empty()).then(|| std::mem::take(&mut self.transmit))
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Until when the session waits for bytes; `None` means as long as it takes.
    pub fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Unknown | State::Ready | State::Friendly => None,
            State::Entering(entering) => Some(entering.deadline()),
            State::Sending(sending) => Some(sending.deadline(self.config.response_timeout)),
            State::Running(running) => running.deadline(),
            State::Resetting { since, limit } => {
                Some((*limit).min(*since + self.config.reset_timeout))
            }
            State::Rebooting { limit, .. } => Some(*limit),
            State::Leaving { since } => Some(*since + self.config.response_timeout),
        }
    }

    /// Takes bytes from the board. How they are cut into pieces makes no difference.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() {
            return;
        }
        let tail = &bytes[bytes.len().saturating_sub(MAX_SEEN)..];
        let kept = self.seen.len().min(MAX_SEEN - tail.len());
        self.seen.drain(..self.seen.len() - kept);
        self.seen.extend_from_slice(tail);
        self.input.extend_from_slice(bytes);
        while !self.input.is_empty() && self.advance(now) {}
    }

    /// Takes from the input what the state can make sense of, and tells whether that has led to another
    /// state, to which the rest of the input belongs.
    fn advance(&mut self, now: Duration) -> bool {
        let mut stray = Vec::new();
        match &mut self.state {
            State::Unknown | State::Ready | State::Friendly => {
                stray.append(&mut self.input);
                self.stray(stray);
                false
            }
            State::Entering(entering) => {
                let heard = entering.receive(&mut self.input, &mut stray, now);
                self.stray(stray);
                self.after_entering(heard)
            }
            State::Sending(sending) => {
                let (input, transmit) = (&mut self.input, &mut self.transmit);
                let progress = sending.receive(input, transmit, now, self.config.pace);
                self.after_sending(progress, now)
            }
            State::Running(_) => self.scan(now),
            State::Resetting { .. } => {
                let restarted = take_until(&mut self.input, RAW_BANNER, &mut stray);
                self.stray(stray);
                if restarted {
                    self.state = State::Ready;
                    self.events.push_back(Event::Restarted);
                }
                restarted
            }
            State::Rebooting { .. } => {
                let restarted = take_until(&mut self.input, SOFT_REBOOT, &mut stray);
                self.stray(stray);
                if restarted {
                    self.state = State::Unknown;
                    self.events.push_back(Event::Restarted);
                }
                restarted
            }
            State::Leaving { .. } => {
                let left = take_until(&mut self.input, FRIENDLY_PROMPT, &mut stray);
                if left {
                    stray.extend_from_slice(FRIENDLY_PROMPT);
                }
                self.stray(stray);
                if left {
                    self.state = State::Friendly;
                    self.events.push_back(Event::Left);
                }
                left
            }
        }
    }

    /// Says that the time is `now` and that no bytes came. Does nothing before the deadline.
    pub fn timeout(&mut self, now: Duration) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match &mut self.state {
            State::Unknown | State::Ready | State::Friendly => {}
            State::Entering(entering) => {
                if entering.is_over(now) {
                    let waited = entering.waited(now);
                    self.fail(Phase::Entering, waited);
                } else {
                    let next_mark = || {
                        self.marks = self.marks.wrapping_add(1);
                        self.nonce.mark(self.marks)
                    };
                    entering.proceed(next_mark, now, &mut self.transmit);
                }
            }
            State::Sending(sending) => {
                if sending.is_stuck(now, self.config.response_timeout) {
                    let (phase, waited) = (sending.phase(), sending.waited(now));
                    self.fail(phase, waited);
                } else {
                    sending.pace(&mut self.transmit, now, self.config.pace);
                }
            }
            State::Running(_) => self.waited_for_end(now),
            State::Resetting { since, limit } => {
                let (since, limit) = (*since, *limit);
                if now >= limit {
                    self.fail(Phase::Resetting, now.saturating_sub(since));
                } else {
                    // The board may have come up at another prompt, or still be at it.
                    let mark = self.next_mark();
                    let entering = Entering::new(mark, Event::Restarted, now, limit, &self.config);
                    self.begin_entering(entering);
                }
            }
            State::Rebooting { since, .. } => {
                let waited = now.saturating_sub(*since);
                self.fail(Phase::Resetting, waited);
            }
            State::Leaving { since } => {
                let waited = now.saturating_sub(*since);
                self.fail(Phase::Leaving, waited);
            }
        }
    }

    fn begin_entering(&mut self, entering: Entering) {
        // What was not yet sent belongs to an operation that is given up.
        self.transmit.clear();
        entering.begin(&mut self.transmit);
        self.state = State::Entering(entering);
    }

    fn after_entering(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Nothing => return false,
            Heard::Ask => {
                let mark = self.next_mark();
                if let State::Entering(entering) = &mut self.state {
                    entering.ask(mark, &mut self.transmit);
                }
                return true;
            }
            Heard::Answer(console) => self.console = console,
            Heard::NoMemory => {}
        }
        if let State::Entering(entering) = std::mem::replace(&mut self.state, State::Ready) {
            // A command that left no memory behind has ended all the same.
            let is_end = matches!(entering.goal, Event::Finished(_));
            self.events.push_back(match heard {
                Heard::NoMemory if !is_end => Event::Failed(Error::NoMemory),
                _ => entering.goal,
            });
        }
        true
    }

    fn after_sending(&mut self, progress: Progress, now: Duration) -> bool {
        let State::Sending(sending) = &mut self.state else {
            return false;
        };
        self.raw_paste = sending.raw_paste.or(self.raw_paste);
        if let Some(window) = sending.window() {
            self.input_buffer = self.input_buffer.max(2 * window);
            self.burst = self.input_buffer.max(self.config.largest_write);
        }
        let stray = std::mem::take(&mut sending.stray);
        if !stray.is_empty() {
            self.events.push_back(Event::Output(stray));
        }
        match progress {
            Progress::Waiting => return false,
            Progress::Refused => self.cancel(now),
            Progress::Violation(expected) => {
                let error = Error::Violation {
                    phase: sending.phase(),
                    expected,
                };
                self.state = State::Unknown;
                self.events.push_back(Event::Failed(error));
            }
            Progress::Running => {
                let restart_by = sending.restarts.map(|silence| now + silence);
                let running = Running::new(&sending.command, self.config.max_payload, restart_by);
                self.state = State::Running(Box::new(running));
                self.events.push_back(Event::Started);
            }
        }
        true
    }

    fn fail(&mut self, phase: Phase, waited: Duration) {
        self.release();
        let restarts = match &self.state {
            State::Entering(entering) => entering.restarts,
            _ => 0,
        };
        self.state = State::Unknown;
        // It belongs to no answer any more.
        self.input.clear();
        let last_seen = self.seen.clone();
        self.events.push_back(Event::Failed(Error::Timeout {
            phase,
            waited,
            restarts,
            last_seen,
        }));
    }

    fn stray(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.events.push_back(Event::Stray(bytes));
        }
    }
}

#[cfg(test)]
mod tests;
