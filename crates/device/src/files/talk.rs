//! One program on the board that does the steps of a transfer.

use std::ops::ControlFlow;
use std::time::Duration;

use belay_rawrepl::{Command, Outcome, Phase};
use belay_sync::{Progress, Step};
use belay_transport::FlowControl;

use super::helper::{READS, as_line, checked, is_genuine, lacks_checks, takes_lines, time_of};
use super::line::Encoding;
use super::stream::{Limits, Standstill, Stream};
use super::transfer::{Ledger, Transfer};
use super::{Channel, commands};
use crate::board_code::{self, prepare};
use crate::driver::Dialogue;
use crate::{Device, Error, Exception};

/// How often a program is begun without getting on. On a bad link most beginnings are damaged.
const ATTEMPTS: u32 = 20;

/// The longest line while nothing goes wrong: what surrounds a frame counts for less in long ones.
const LINE: usize = 1000;
/// How much may wait for the board over a link that holds the sender back.
const HELD_BACK: usize = 8192;

struct Talk<'a, 'p> {
    stream: Stream<Transfer<'a, 'p>>,
    /// Whether the link holds the sender back.
    held_back: bool,
    closed: bool,
    /// The program, if the board reads it as a line, and whether it has begun to read.
    program: Option<Vec<u8>>,
    reads: bool,
}

impl Dialogue for Talk<'_, '_> {
    fn begin(&mut self, input_buffer: usize, now: Duration) {
        let safe = Limits {
            line: input_buffer / 4 * 3,
            window: input_buffer,
        };
        let limits = Limits {
            line: LINE,
            window: if self.held_back {
                HELD_BACK
            } else {
                input_buffer
            },
        };
        self.stream.begin(limits, safe, now);
    }

    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error> {
        if let (Some(program), false) = (&self.program, self.reads) {
            self.reads = bytes.contains(&READS);
            self.stream.expect_from(now + time_of(program));
            return Ok(());
        }
        self.stream.receive(bytes, now);
        if self.stream.is_lost() {
            return Err(Error::Timeout {
                phase: Phase::Transferring,
                waited: Duration::ZERO,
                restarts: 0,
                last_seen: Vec::new(),
            });
        }
        if self.stream.source.failed && !std::mem::replace(&mut self.closed, true) {
            self.stream.close();
        }
        if self.stream.source.little_memory() {
            self.stream.be_careful();
        }
        self.check()
    }

    fn transmit(&mut self) -> Result<Vec<u8>, Error> {
        if self.program.is_some() && !self.reads {
            return Ok(Vec::new());
        }
        let mut bytes = self.program.take().unwrap_or_default();
        bytes.extend(self.stream.transmit());
        self.check()?;
        Ok(bytes)
    }

    fn deadline(&self) -> Duration {
        self.stream.deadline()
    }

    fn timeout(&mut self, now: Duration) -> Result<(), Error> {
        self.stream
            .timeout(now)
            .map_err(|Standstill { silent }| Error::Timeout {
                phase: Phase::Transferring,
                waited: silent,
                restarts: 0,
                last_seen: Vec::new(),
            })
    }
}

impl Talk<'_, '_> {
    /// Ends the conversation when the caller has asked for it.
    fn check(&self) -> Result<(), Error> {
        match &self.stream.source.stop {
            Some(Error::Interrupted) => Err(Error::Interrupted),
            _ => Ok(()),
        }
    }
}

/// How one program went.
enum End {
    Done,
    /// It failed, or the board cannot go on.
    Failed(Error),
    /// It ended in disorder: a damaged byte interrupted it or spoilt its code.
    Broken,
    /// The board lacks something that this way of talking to it needs.
    Unsuitable,
}

/// Does `steps`, over as many programs as it takes.
pub(super) fn perform(
    device: &mut Device,
    steps: &[Step<'_>],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut ledger = Ledger::new(steps.len());
    let mut attempts = 0;
    if device.channel.is_none()
        && device.driver.repl().raw_paste() == Some(false)
        && device.is_flat()?
    {
        device.channel = Some(Channel::Commands);
    }
    while ledger.confirmed < steps.len() {
        let encoding = match device.channel {
            None | Some(Channel::Binary) => Encoding::Binary,
            Some(Channel::Text) => Encoding::Text,
            Some(Channel::Commands) => {
                return commands::perform(device, steps, &mut ledger, progress);
            }
        };
        let before = ledger.confirmed;
        match run(device, steps, &mut ledger, progress, encoding, attempts) {
            End::Done => return Ok(()),
            End::Failed(error) => return Err(error),
            End::Unsuitable => {
                device.channel = Some(match encoding {
                    Encoding::Binary => Channel::Text,
                    Encoding::Text => Channel::Commands,
                });
            }
            End::Broken => {
                attempts = if ledger.confirmed > before {
                    0
                } else {
                    attempts + 1
                };
                if attempts >= ATTEMPTS {
                    return Err(Error::Damaged { attempts });
                }
            }
        }
    }
    Ok(())
}

fn run(
    device: &mut Device,
    steps: &[Step<'_>],
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    encoding: Encoding,
    attempts: u32,
) -> End {
    if let Err(error) = device.ready() {
        return End::Failed(error);
    }
    let mark = device.driver.repl().next_mark();
    let frame = match encoding {
        Encoding::Binary => board_code::FRAME_BINARY,
        Encoding::Text => board_code::FRAME_TEXT,
    };
    let mut code = prepare(frame, &[]);
    code += &prepare(board_code::SERVE, &[]);
    let code = format!("{code}del _belay\nprint('{mark}',1,'{mark}')");
    let code = match checked(device, &code, attempts) {
        Ok(code) => code,
        Err(error) => return End::Failed(error),
    };
    // In raw-paste mode the board tells how much it takes in, which is worth its round trips once.
    let is_known = device.driver.repl().raw_paste() == Some(true);
    let in_line = attempts == 0 && is_known && encoding == Encoding::Binary && takes_lines(device);
    let program = in_line.then(|| as_line(&code));
    let command = if in_line {
        Command::marked(prepare(board_code::LOAD, &[]), mark)
    } else {
        Command::marked(code, mark)
    };

    let transfer = Transfer::new(steps, ledger, progress);
    let mut talk = Talk {
        stream: Stream::new(transfer, encoding),
        held_back: device.driver.flow_control() == FlowControl::Backpressure,
        closed: false,
        program,
        reads: false,
    };
    let result = device.driver.converse(command, &mut talk);
    let Talk { mut stream, .. } = talk;
    let heard = stream.is_heard();
    let stop = stream.source.stop.take();
    let failed = stream.source.failed;
    let end = match result {
        Err(error @ (Error::Transport(_) | Error::Abandoned)) => return End::Failed(error),
        Err(Error::Timeout { .. } | Error::Violation { .. }) if stop.is_none() => End::Broken,
        Err(error) => End::Failed(stop.unwrap_or(error)),
        Ok((_, true)) => End::Failed(Error::Interrupted),
        Ok((finished, false)) => match (finished.outcome, stop) {
            // Only the program's own last line makes a payload.
            (Outcome::Completed, None) if !failed && finished.payload.is_some() => {
                stream.source.finish();
                if device.channel.is_none() {
                    device.channel = Some(Channel::Binary);
                }
                End::Done
            }
            (_, Some(stop)) => End::Failed(stop),
            (Outcome::Raised { traceback }, None) => {
                let exception = Exception::parse(&traceback);
                // The check of a line is damaged with it.
                let lacking = !in_line && (is_genuine(&exception) || lacks_checks(&exception));
                if lacking && !heard && !exception.is_interrupt() {
                    End::Unsuitable
                } else {
                    End::Broken
                }
            }
            (Outcome::Restarted, None) => End::Failed(Error::Restarted),
            _ => End::Broken,
        },
    };
    // Stops the program if it still runs, and drops what it has not read.
    let clean = matches!(end, End::Done) && !stream.disturbed;
    if !clean && let Err(error) = device.driver.enter(device.options.timeout) {
        return match end {
            End::Done => End::Done,
            _ => End::Failed(error),
        };
    }
    end
}
