//! A running command: its output, its end, and the probes that settle what was the end.

use std::time::Duration;

use super::enter::Entering;
use super::restart::{Echo, Tail};
use super::types::{Event, Finished, Outcome};
use super::{INTERRUPT, RawRepl, State};
use crate::search::Starts;
use crate::{Command, Scan, Scanner};

/// A probe that stays without an answer is sent again this often, each time after twice the wait.
const MAX_PROBES: u32 = 4;

#[derive(Debug)]
pub(super) struct Running {
    scanner: Scanner,
    epilogue_line: Option<usize>,
    probes: u32,
    /// What is waited for, and until when.
    wait: Option<(Wait, Duration)>,
    /// When a silent board counts as restarted, if that is what the command is for.
    restart_by: Option<Duration>,
    /// When the last probe counts as unanswered.
    answer_by: Option<Duration>,
    /// When a board that restarts its interpreter is given up.
    reboot_by: Duration,
    /// The end of the output, if it may be what a board prints when it has restarted.
    tail: Tail,
    /// Set while the board is asked whether it has.
    echo: Option<Echo>,
    /// Whether the program was given input, of which a rest may lie before the prompt.
    fed: bool,
}

/// What a running command waits for, up to a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The command restarts the board.
    Restart,
    /// The board's interpreter restarts, since the program has asked for it.
    Reboot,
    /// A probe has not been answered.
    Answer,
    /// What has come may be a banner: the board may have restarted under the program. Or it may be an end that
    /// was damaged on its way.
    Silence,
}

impl Running {
    pub(super) fn new(command: &Command, max_payload: usize, restart_by: Option<Duration>) -> Self {
        Self {
            scanner: Scanner::new(command.mark.clone(), max_payload),
            epilogue_line: command.epilogue_line,
            probes: 0,
            wait: restart_by.map(|until| (Wait::Restart, until)),
            restart_by,
            answer_by: None,
            reboot_by: Duration::ZERO,
            tail: Tail::default(),
            echo: None,
            fed: false,
        }
    }

    /// When the board is asked again, or no longer waited for.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.wait.map(|(_, until)| until)
    }

    /// Says that the program gets input, and whether it takes any.
    pub(super) fn feed(&mut self) -> bool {
        let takes = !self.scanner.awaits_probe();
        self.fed |= takes;
        takes
    }
}

impl RawRepl {
    /// Looks for the end of the command in the input, and tells whether it has come.
    pub(super) fn scan(&mut self, now: Duration) -> bool {
        let State::Running(running) = &mut self.state else {
            return false;
        };
        if let Some(echo) = &running.echo {
            match echo.take(&mut self.input) {
                Starts::Partly => return false,
                Starts::Yes => {
                    self.finish_unready(Outcome::Restarted);
                    return true;
                }
                Starts::No => running.echo = None,
            }
        }
        running.scanner.receive(&self.input);
        self.input.clear();
        loop {
            let State::Running(running) = &mut self.state else {
                return true;
            };
            match running.scanner.next_scan() {
                None => break,
                Some(Scan::Output(bytes)) if running.restart_by.is_some() => {
                    self.restarted();
                    self.stray(bytes);
                    return true;
                }
                Some(Scan::Output(bytes)) => {
                    let output = running.tail.receive(&bytes);
                    self.output(output);
                }
                Some(Scan::Rebooting) => running.reboot_by = now + self.config.reset_timeout,
                Some(Scan::ProbeWanted) => self.send_probe(now),
                Some(Scan::End { outcome, payload }) => {
                    let outcome = outcome.without_epilogue(running.epilogue_line);
                    // A thread may print behind the end.
                    self.input = running.scanner.take_rest();
                    let awaits_answers = running.scanner.awaits_answers();
                    let output = running.tail.take();
                    self.output(output);
                    let finished = Event::Finished(Finished { outcome, payload });
                    if awaits_answers {
                        // A probe's answer is still to come, unless the program took the probe for
                        // its own input, or has left no memory for it.
                        let mark = self.next_mark();
                        let limit = now + self.config.response_timeout;
                        let entering = Entering::new(mark, finished, now, limit, &self.config);
                        self.begin_entering(entering);
                    } else {
                        self.state = State::Ready;
                        self.events.push_back(finished);
                    }
                    return true;
                }
            }
        }
        let State::Running(running) = &mut self.state else {
            return true;
        };
        let answer_by = running
            .answer_by
            .filter(|_| running.scanner.awaits_answers());
        running.wait = if running.scanner.is_rebooting() {
            Some((Wait::Reboot, running.reboot_by))
        } else if let Some(until) = answer_by {
            Some((Wait::Answer, until))
        } else if let Some(until) = running.restart_by {
            Some((Wait::Restart, until))
        } else {
            let held = !running.tail.is_empty() || running.scanner.has_said_last_word();
            held.then_some((Wait::Silence, now + self.config.retry))
        };
        false
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
        let until = now + self.config.retry * (1 << running.probes.min(MAX_PROBES));
        running.answer_by = (running.probes < MAX_PROBES).then_some(until);
        running.wait = running.answer_by.map(|until| (Wait::Answer, until));
    }

    /// What the command waits for has not come.
    ///
    /// A probe may have been dropped by the interrupt that ended the program, or taken by the program for
    /// its own input.
    pub(super) fn waited_for_end(&mut self, now: Duration) {
        let State::Running(running) = &mut self.state else {
            return;
        };
        match running.wait {
            // The interpreter is gone, that much is certain; where the board is now is not.
            Some((Wait::Reboot, _)) => {
                self.release();
                self.finish_unready(Outcome::Exited);
            }
            Some((Wait::Restart, _)) => self.restarted(),
            Some((Wait::Silence, _)) if running.tail.is_whole() => {
                self.send_probe(now);
                if let State::Running(running) = &mut self.state {
                    running.echo = running.scanner.last_probe().map(Echo::of);
                }
            }
            Some((Wait::Silence, _)) if running.scanner.has_said_last_word() => {
                running.scanner.presume_end();
                self.release();
                self.send_probe(now);
            }
            // The friendly REPL would have echoed by now, and what it has not is the program's.
            Some((Wait::Silence, _)) => self.release(),
            Some((Wait::Answer, _)) if running.echo.is_some() => {
                running.answer_by = None;
                self.release();
            }
            Some((Wait::Answer, _)) => {
                self.release();
                self.send_probe(now);
            }
            None => {}
        }
    }

    fn restarted(&mut self) {
        self.state = State::Unknown;
        self.events.push_back(Event::Restarted);
    }

    /// Takes what was held back for output of the program.
    pub(super) fn release(&mut self) {
        if let State::Running(running) = &mut self.state {
            running.wait = None;
            let output = running.tail.take();
            self.output(output);
        }
    }

    fn output(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.events.push_back(Event::Output(bytes));
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
}
