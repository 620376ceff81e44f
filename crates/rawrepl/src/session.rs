//! The state machine: which answer is awaited, and what to do when it does not come.

mod enter;
mod restart;
mod send;
mod types;

use std::collections::VecDeque;
use std::time::Duration;

use memchr::memmem;

use self::enter::Entering;
use self::restart::{Echo, Echoed, ends_with_banner};
use self::send::{Progress, Sending};
pub use self::types::{Config, Event, Finished, Outcome, Phase};
use crate::scanner::{RAW_BANNER, longest_overlap};
use crate::{Command, Error, Mark, Nonce, Scan, Scanner};

const INTERRUPT: u8 = 0x03;
const FRIENDLY_PROMPT: &[u8] = b">>> ";
/// How many of the last bytes from the board an error shows.
const MAX_SEEN: usize = 200;
/// A probe that stays without an answer is sent again this often, each time after twice the wait.
const MAX_PROBES: u32 = 4;

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
    transmit: Vec<u8>,
    /// How many ctrl-C go out before `transmit`, each in a write of its own.
    interrupts: usize,
    events: VecDeque<Event>,
    seen: Vec<u8>,
    /// How many bytes the board is known to take in at once.
    burst: usize,
    /// How many of them it takes in even where nothing holds the sender back.
    input_buffer: usize,
    raw_paste: Option<bool>,
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
        buffer: Vec<u8>,
        since: Duration,
        limit: Duration,
    },
    Leaving {
        buffer: Vec<u8>,
        since: Duration,
    },
    /// The board is at the friendly REPL's prompt.
    Friendly,
}

#[derive(Debug)]
struct Running {
    scanner: Scanner,
    epilogue_line: Option<usize>,
    probes: u32,
    /// When the board is asked again, or no longer waited for.
    retry_at: Option<Duration>,
    /// Set while the board is asked whether it has restarted.
    echo: Option<Echo>,
    /// Whether the program was given input, of which a rest may lie before the prompt.
    fed: bool,
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
            transmit: Vec::new(),
            interrupts: 0,
            events: VecDeque::new(),
            seen: Vec::new(),
            burst,
            input_buffer: burst,
            raw_paste: None,
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
    /// [`Config::held_back`].
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

    /// A mark that this session has not used.
    pub fn next_mark(&mut self) -> Mark {
        self.marks = self.marks.wrapping_add(1);
        self.nonce.mark(self.marks)
    }

    /// Brings the board to the raw REPL, whatever it is doing: a running program is interrupted, a
    /// half-typed line, a paste and a raw-paste are dropped. Ends with [`Event::Entered`].
    ///
    /// What has not worked by `limit`, measured from `now`, fails with [`Error::Timeout`].
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
        assert!(self.is_ready(), "a command needs the raw REPL's prompt");
        self.seen.clear();
        let ahead = self.config.ahead;
        let mut sending = Sending::new(command, self.burst, ahead, self.raw_paste, now);
        sending.begin(&mut self.transmit, now, self.config.pace);
        self.state = State::Sending(Box::new(sending));
    }

    /// Interrupts what runs on the board with ctrl-C. The command ends in its own way, most often
    /// with a `KeyboardInterrupt`; a program may also catch it and go on.
    pub fn interrupt(&mut self, now: Duration) {
        match &mut self.state {
            State::Sending(sending) if !sending.is_sent() => {
                // Ctrl-C drops what the board has so far, and it need not answer to that.
                let cancelled = Event::Finished(Finished {
                    outcome: Outcome::Cancelled,
                    payload: None,
                });
                let limit = now + self.config.response_timeout;
                let mark = self.next_mark();
                self.begin_entering(Entering::new(mark, cancelled, now, limit, &self.config));
            }
            _ => self.transmit.push(INTERRUPT),
        }
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
            && !running.scanner.awaits_probe()
        {
            running.fed = true;
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
            buffer: Vec::new(),
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
        self.state = State::Leaving {
            buffer: Vec::new(),
            since: now,
        };
    }

    /// The bytes to send now, if there are any. The caller sends all of them, in one write where the
    /// port allows, and asks again: what is to go out in separate writes comes one by one.
    pub fn transmit(&mut self) -> Option<Vec<u8>> {
        if self.interrupts > 0 {
            self.interrupts -= 1;
            return Some(vec![INTERRUPT]);
        }
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
            State::Running(running) => running.retry_at,
            State::Resetting { since, limit, .. } => {
                Some((*limit).min(*since + self.config.reset_timeout))
            }
            State::Leaving { since, .. } => Some(*since + self.config.response_timeout),
        }
    }

    /// Takes bytes from the board.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() {
            return;
        }
        self.remember(bytes);
        match &mut self.state {
            State::Unknown | State::Ready | State::Friendly => self.stray(bytes.to_vec()),
            State::Entering(entering) => {
                let (stray, entered) = entering.receive(bytes);
                self.stray(stray);
                if entered {
                    self.finish_entering();
                }
            }
            State::Sending(sending) => {
                let progress = sending.receive(bytes, &mut self.transmit, now, self.config.pace);
                self.after_sending(progress, now);
            }
            State::Running(running) => {
                match running.echo.as_mut().map(|echo| echo.receive(bytes)) {
                    None => running.scanner.receive(bytes),
                    Some(Echoed::Partly) => {}
                    Some(Echoed::No(bytes)) => {
                        running.echo = None;
                        running.scanner.receive(&bytes);
                    }
                    Some(Echoed::Yes) => return self.finish_unready(Outcome::Restarted),
                }
                self.after_scanning(now);
            }
            State::Resetting { buffer, .. } => {
                buffer.extend_from_slice(bytes);
                if let Some(stray) = until(buffer, RAW_BANNER) {
                    self.stray(stray);
                    self.state = State::Ready;
                    self.events.push_back(Event::Restarted);
                } else {
                    let stray = drain_all_but(buffer, longest_overlap(buffer, RAW_BANNER));
                    self.stray(stray);
                }
            }
            State::Leaving { buffer, .. } => {
                buffer.extend_from_slice(bytes);
                if buffer.ends_with(FRIENDLY_PROMPT) {
                    let stray = std::mem::take(buffer);
                    self.stray(stray);
                    self.state = State::Friendly;
                    self.events.push_back(Event::Left);
                }
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
                    self.marks = self.marks.wrapping_add(1);
                    let mark = self.nonce.mark(self.marks);
                    self.interrupts = entering.retry(mark, now, &mut self.transmit);
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
            State::Running(_) => self.probe_again(now),
            State::Resetting { since, limit, .. } => {
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
            State::Leaving { since, .. } => {
                let waited = now.saturating_sub(*since);
                self.fail(Phase::Leaving, waited);
            }
        }
    }

    fn begin_entering(&mut self, entering: Entering) {
        // What was not yet sent belongs to an operation that is given up.
        self.transmit.clear();
        self.interrupts = 0;
        entering.begin(&mut self.transmit);
        self.state = State::Entering(entering);
    }

    fn finish_entering(&mut self) {
        if let State::Entering(entering) = std::mem::replace(&mut self.state, State::Ready) {
            self.events.push_back(entering.goal);
        }
    }

    fn after_sending(&mut self, progress: Progress, now: Duration) {
        let State::Sending(sending) = &mut self.state else {
            return;
        };
        self.raw_paste = sending.raw_paste.or(self.raw_paste);
        if let Some(window) = sending.window() {
            self.input_buffer = self.input_buffer.max(2 * window);
            self.burst = self.input_buffer.max(self.config.held_back);
        }
        let stray = std::mem::take(&mut sending.stray);
        if !stray.is_empty() {
            self.events.push_back(Event::Output(stray));
        }
        match progress {
            Progress::Waiting => {}
            Progress::Violation(expected) => {
                let phase = sending.phase();
                let last_seen = self.seen.clone();
                self.state = State::Unknown;
                let error = Error::Violation {
                    phase,
                    expected,
                    last_seen,
                };
                self.events.push_back(Event::Failed(error));
            }
            Progress::Running { rest } => {
                let mut scanner =
                    Scanner::new(sending.command.mark.clone(), self.config.max_payload);
                scanner.receive(&rest);
                let epilogue_line = sending.command.epilogue_line;
                let running = Running {
                    scanner,
                    epilogue_line,
                    probes: 0,
                    retry_at: None,
                    echo: None,
                    fed: false,
                };
                self.state = State::Running(Box::new(running));
                self.events.push_back(Event::Started);
                self.after_scanning(now);
            }
        }
    }

    fn after_scanning(&mut self, now: Duration) {
        loop {
            let State::Running(running) = &mut self.state else {
                return;
            };
            match running.scanner.next_scan() {
                None => break,
                Some(Scan::Output(bytes)) => self.events.push_back(Event::Output(bytes)),
                Some(Scan::ProbeWanted) => self.send_probe(now),
                Some(Scan::End { outcome, payload }) => {
                    let outcome = outcome.without_epilogue(running.epilogue_line);
                    let rest = running.scanner.take_rest();
                    let finished = Event::Finished(Finished { outcome, payload });
                    if running.scanner.awaits_answers() {
                        // A probe's answer is still to come, unless the program took the probe for
                        // its own input.
                        let mark = self.next_mark();
                        let limit = now + self.config.response_timeout;
                        let entering = Entering::new(mark, finished, now, limit, &self.config);
                        self.begin_entering(entering);
                    } else {
                        self.state = State::Ready;
                        self.events.push_back(finished);
                    }
                    // A thread may print behind the end.
                    self.stray(rest);
                }
            }
        }
        let State::Running(running) = &mut self.state else {
            return;
        };
        if running.scanner.is_rebooting() {
            running
                .retry_at
                .get_or_insert(now + self.config.reset_timeout);
        } else if !running.scanner.awaits_probe() {
            let may_have_restarted = running.echo.is_none() && ends_with_banner(&self.seen);
            running.retry_at = may_have_restarted.then(|| now + self.config.retry);
        } else if running.retry_at.is_none() && running.probes < MAX_PROBES {
            running.retry_at = Some(now + self.config.retry);
        }
    }

    fn send_probe(&mut self, now: Duration) {
        let mark = self.next_mark();
        let State::Running(running) = &mut self.state else {
            return;
        };
        if running.fed {
            // Drops what the program has not read, so that it is no part of the probe.
            self.transmit.push(INTERRUPT);
        }
        self.transmit
            .extend_from_slice(mark.sure_command().as_bytes());
        running.scanner.probe_sent(mark);
        running.probes += 1;
        running.retry_at =
            (running.probes < MAX_PROBES).then(|| now + self.config.retry * (1 << running.probes));
    }

    /// The board did not answer a probe: the interrupt that ended the program may have dropped it,
    /// or the program took it for its own input.
    fn probe_again(&mut self, now: Duration) {
        let State::Running(running) = &mut self.state else {
            return;
        };
        if running.scanner.is_rebooting() {
            // The interpreter is gone, that much is certain; where the board is now is not.
            return self.finish_unready(Outcome::Exited);
        }
        let asks_for_echo = !running.scanner.awaits_probe();
        self.send_probe(now);
        if let (State::Running(running), true) = (&mut self.state, asks_for_echo) {
            running.echo = running.scanner.last_probe().map(Echo::of);
            running.retry_at = None;
        }
    }

    /// Ends the command where the board is not at the raw REPL's prompt.
    fn finish_unready(&mut self, outcome: Outcome) {
        self.state = State::Unknown;
        let finished = Finished {
            outcome,
            payload: None,
        };
        self.events.push_back(Event::Finished(finished));
    }

    fn fail(&mut self, phase: Phase, waited: Duration) {
        self.state = State::Unknown;
        let last_seen = self.seen.clone();
        self.events.push_back(Event::Failed(Error::Timeout {
            phase,
            waited,
            last_seen,
        }));
    }

    fn stray(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.events.push_back(Event::Stray(bytes));
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        let tail = &bytes[bytes.len().saturating_sub(MAX_SEEN)..];
        let kept = self.seen.len().min(MAX_SEEN - tail.len());
        self.seen.drain(..self.seen.len() - kept);
        self.seen.extend_from_slice(tail);
    }
}

/// The bytes before `text`, taken out of `buffer` together with it.
fn until(buffer: &mut Vec<u8>, text: &[u8]) -> Option<Vec<u8>> {
    let at = memmem::find(buffer, text)?;
    let mut before: Vec<u8> = buffer.drain(..at + text.len()).collect();
    before.truncate(at);
    Some(before)
}

fn drain_all_but(buffer: &mut Vec<u8>, kept: usize) -> Vec<u8> {
    buffer.drain(..buffer.len() - kept).collect()
}

#[cfg(test)]
mod tests;
