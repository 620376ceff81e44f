//! Programs that run on the board and only report.

use std::collections::BTreeMap;
use std::time::Duration;

use belay_rawrepl::{Command, Mark, Payload, Phase};
use belay_sync::RemotePath;
use belay_transport::FlowControl;

use super::{ATTEMPTS, Channel, report};
use crate::board_code::{self, prepare};
use crate::driver::Dialogue;
use crate::{Device, Error, Exception, Frame};

/// A path as Python source, in ASCII and without apostrophes inside.
pub(super) fn quoted(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 2);
    text.push('\'');
    for character in path.chars() {
        let code = u32::from(character);
        match character {
            '\'' | '\\' | '\0'..='\x1f' | '\x7f'..='\u{ff}' => {
                text.extend(["\\x", &format!("{code:02x}")]);
            }
            ' '..='~' => text.push(character),
            '\u{100}'..='\u{ffff}' => text.extend(["\\u", &format!("{code:04x}")]),
            _ => text.extend(["\\U", &format!("{code:08x}")]),
        }
    }
    text.push('\'');
    text
}

impl Device {
    /// Whether the board has a flat file system, of the kind that the first micro:bit has: names
    /// without folders, no slash in front of them, no `os.stat`.
    pub(super) fn is_flat(&mut self) -> Result<bool, Error> {
        if let Some(flat) = self.flat {
            return Ok(flat);
        }
        // Such firmware is older than raw-paste mode.
        let flat = self.driver.repl().raw_paste() != Some(true) && self.asks_flat()?;
        self.flat = Some(flat);
        Ok(flat)
    }

    fn asks_flat(&mut self) -> Result<bool, Error> {
        let mut facts = BTreeMap::new();
        for _ in 0..ATTEMPTS {
            let mut output = Vec::new();
            run_helper(self, board_code::FLAT, &[], &mut |bytes| {
                take(&mut output, bytes, MAX_ANSWER)
            })?;
            report::facts(&output, &mut facts);
            if let Some(fact) = facts.get(&0) {
                return Ok(fact == "0");
            }
        }
        Err(Error::Damaged { attempts: ATTEMPTS })
    }

    /// Runs a command that answers with a payload, without waiting for ever for an end that a bad
    /// link has swallowed.
    pub(super) fn ask(&mut self, command: Command) -> Result<String, Error> {
        let mut listener = Listener {
            output: &mut |_| Ok(()),
            last_heard: Duration::ZERO,
            patience: PATIENCE,
            pauses: None,
            line: None,
            reads: false,
        };
        let (finished, interrupted) = match self.driver.converse(command, &mut listener) {
            Err(error @ Error::Timeout { .. }) => {
                self.driver.enter(self.options.timeout)?;
                return Err(error);
            }
            other => other?,
        };
        if interrupted {
            return Err(Error::Interrupted);
        }
        self.judge(finished.outcome)?;
        match finished.payload {
            Some(Payload::Whole(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Err(Error::NoResult),
        }
    }

    /// A path as Python source, as the board's own functions take it.
    pub(super) fn name_of(&mut self, path: &RemotePath) -> Result<String, Error> {
        let text = path.as_str();
        Ok(quoted(if self.is_flat()? {
            text.strip_prefix('/').unwrap_or(text)
        } else {
            text
        }))
    }
}

/// Keeps what a program prints, up to `limit` bytes.
pub(super) fn take(output: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<(), Error> {
    output.extend_from_slice(bytes);
    if output.len() <= limit {
        return Ok(());
    }
    Err(Error::ResultTooLong {
        length: output.len() as u64,
        limit,
    })
}

/// Whether an exception comes from code that had been checked, or the board has no memory for it.
pub(super) fn is_genuine(exception: &Exception) -> bool {
    let checked = |frame: &Frame| frame.file == "<string>";
    exception.kind == "MemoryError" || exception.frames.iter().any(checked)
}

/// Whether an exception says that the board's standard input gives no bytes.
fn lacks_bytes(exception: &Exception) -> bool {
    exception.kind == "AttributeError" && exception.message.contains("'buffer'")
}

/// Whether an exception says that the board has nothing of a text that came in pieces.
fn lacks_beginning(exception: &Exception) -> bool {
    exception.kind == "NameError" && exception.message.contains("'_belay'")
}

/// Whether an exception says that the board cannot check code.
pub(crate) fn lacks_checks(exception: &Exception) -> bool {
    let message = exception.message.as_str();
    exception.kind == "ImportError" && message.contains("'binascii'")
        || exception.kind == "AttributeError" && message.contains("'crc32'")
}

/// How long a helper may be silent: all that work for long say something now and then.
const SILENCE: Duration = Duration::from_secs(3);
/// The same, once it has made `KNOWN_PAUSES` pauses that were all shorter than a tenth of it.
const LEAST_SILENCE: Duration = Duration::from_secs(1);
const KNOWN_PAUSES: u32 = 4;
/// How long a single function of the file system may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a program is sent in one before it is sent in pieces, and the bytes of a piece.
const ATTEMPTS_WHOLE: u32 = 2;
const PIECE: usize = 96;
/// What `board/load.py` says, and how long a byte of a line may take on a slow link.
pub(super) const READS: u8 = b'<';
const SLOW_BYTE: Duration = Duration::from_millis(1);
/// A program that is longer than this takes more round trips in raw-paste mode than in a line.
const SHORT: usize = 256;
/// Bytes of a short answer.
const MAX_ANSWER: usize = 64 * 1024;

/// Takes what a program says that needs no input, as long as it says something.
struct Listener<'a> {
    output: &'a mut dyn FnMut(&[u8]) -> Result<(), Error>,
    last_heard: Duration,
    /// How long it may say nothing.
    patience: Duration,
    /// The pauses that it made so far, where they tell how long the next ones may be.
    pauses: Option<Pauses>,
    /// What it reads from its input before it does anything else, and whether it has said that it
    /// does.
    line: Option<Vec<u8>>,
    reads: bool,
}

#[derive(Debug, Default)]
struct Pauses {
    count: u32,
    longest: Duration,
}

impl Listener<'_> {
    fn patience(&self) -> Duration {
        match &self.pauses {
            Some(pauses) if pauses.count >= KNOWN_PAUSES => {
                (pauses.longest * 10).clamp(LEAST_SILENCE.min(self.patience), self.patience)
            }
            _ => self.patience,
        }
    }
}

impl Dialogue for Listener<'_> {
    fn begin(&mut self, _input_buffer: usize, now: Duration) {
        self.last_heard = now;
    }

    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error> {
        if let Some(pauses) = &mut self.pauses {
            pauses.count += 1;
            pauses.longest = pauses.longest.max(now.saturating_sub(self.last_heard));
        }
        self.last_heard = now;
        if self.line.is_some() && !self.reads {
            self.reads = bytes.contains(&READS);
            return Ok(());
        }
        (self.output)(bytes)
    }

    fn transmit(&mut self) -> Result<Vec<u8>, Error> {
        let line = if self.reads { self.line.take() } else { None };
        Ok(line.unwrap_or_default())
    }

    fn deadline(&self) -> Duration {
        self.last_heard + self.patience()
    }

    fn timeout(&mut self, now: Duration) -> Result<(), Error> {
        let waited = now.saturating_sub(self.last_heard);
        if waited < self.patience() {
            return Ok(());
        }
        Err(Error::Timeout {
            phase: Phase::Transferring,
            waited,
            restarts: 0,
            last_seen: Vec::new(),
        })
    }
}

/// Runs a helper program, and has `output` take what it prints.
///
/// The program is checked before it runs, where the board can do that, and sent again if it is not
/// what was sent.
pub(super) fn run_helper(
    device: &mut Device,
    code: &str,
    values: &[(&str, &str)],
    output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut attempts = 0;
    let mut damaged = false;
    loop {
        device.ready()?;
        if device.flat == Some(true) {
            device.exec_once("import gc\ngc.collect()")?;
        }
        let mark = device.driver.repl().next_mark();
        let mut code = prepare(code, values) + "del _belay\nprint('$MARK')";
        code = code.replace("$MARK", mark.as_str());
        code = if device.unchecked {
            format!("_belay=0\n{code}")
        } else {
            checked(device, &code, attempts)?
        };
        let in_line = attempts == 0 && code.len() > SHORT && takes_lines(device);
        let result = if in_line {
            load(device, &code, mark, output)
        } else {
            listen(device, Command::marked(code, mark), None, output)
        };
        let Err(error) = result else {
            return Ok(());
        };
        match &error {
            Error::Exception(exception) if in_line && lacks_bytes(exception) => {
                device.channel = Some(Channel::Text);
            }
            Error::Exception(exception) if lacks_checks(exception) && !device.unchecked => {
                device.unchecked = true;
            }
            // The check of a line is damaged with it, and it takes more memory than raw-paste mode.
            Error::Exception(_) if in_line => attempts += 1,
            // Damaged code does anything but the right thing.
            Error::Exception(exception) if !device.unchecked && !is_genuine(exception) => {
                attempts += 1;
                damaged |= exception.message == board_code::DAMAGED;
            }
            Error::Timeout { .. } | Error::Violation { .. } if attempts + 1 < ATTEMPTS => {
                attempts += 1;
                damaged = true;
                device.driver.enter(device.options.timeout)?;
            }
            Error::Exception(_) | Error::Transport(_) | Error::Abandoned => return Err(error),
            _ => {
                // Nobody listens any more to what the program may still say.
                device.driver.enter(device.options.timeout)?;
                return Err(error);
            }
        }
        if attempts >= ATTEMPTS {
            return Err(if damaged {
                Error::Damaged { attempts }
            } else {
                error
            });
        }
    }
}

/// `code` as a command that runs only what was sent. After so many attempts that failed, the board
/// gets the code in pieces beforehand.
///
/// # Errors
/// [`Error::Damaged`] if a piece does not arrive.
pub(super) fn checked(device: &mut Device, code: &str, attempts: u32) -> Result<String, Error> {
    if attempts < ATTEMPTS_WHOLE {
        return Ok(board_code::guarded(code));
    }
    for _ in 0..ATTEMPTS {
        let mut pieces = code.as_bytes().chunks(PIECE).enumerate();
        let all = pieces.try_fold(true, |all, (index, piece)| {
            Ok::<_, Error>(all && send_piece(device, &board_code::piece(piece, index * PIECE))?)
        })?;
        if all {
            return Ok(board_code::guarded_pieces(code));
        }
    }
    Err(Error::Damaged { attempts: ATTEMPTS })
}

/// Sends a piece until it has arrived. Tells whether the board still has the ones before: a damaged
/// byte may have restarted it.
fn send_piece(device: &mut Device, code: &str) -> Result<bool, Error> {
    for _ in 0..ATTEMPTS {
        let mark = device.driver.repl().next_mark();
        let command = Command::exec(code, mark);
        match listen(device, command, None, &mut |_| Ok(())) {
            Ok(()) => return Ok(true),
            Err(Error::Exception(exception)) if lacks_beginning(&exception) => return Ok(false),
            Err(Error::Exception(exception)) if exception.is_interrupt() => {}
            Err(Error::Exception(exception)) if is_genuine(&exception) => {
                return Err(Error::Exception(exception));
            }
            Err(Error::Exception(_)) => {}
            Err(Error::Timeout { .. } | Error::Violation { .. }) => {
                device.driver.enter(device.options.timeout)?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::Damaged { attempts: ATTEMPTS })
}

/// Whether code should go as a line to the board's standard input. Where the link holds the sender
/// back, it goes in one piece anyway.
pub(super) fn takes_lines(device: &mut Device) -> bool {
    !device.unchecked
        && matches!(device.channel, None | Some(Channel::Binary))
        && device.driver.repl().raw_paste() != Some(false)
        && device.driver.flow_control() != FlowControl::Backpressure
}

/// Code as a line for `board/load.py`.
pub(super) fn as_line(code: &str) -> Vec<u8> {
    // MicroPython takes these ends of lines for its own, in strings as well.
    (code.replace('\n', "\r") + "\n").into_bytes()
}

/// How long the board may take to read a line.
pub(super) fn time_of(line: &[u8]) -> Duration {
    SLOW_BYTE * u32::try_from(line.len()).unwrap_or(u32::MAX)
}

/// Runs code that the board reads from its standard input in one line.
fn load(
    device: &mut Device,
    code: &str,
    mark: Mark,
    output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let command = Command::marked(prepare(board_code::LOAD, &[]), mark);
    listen(device, command, Some(as_line(code)), output)?;
    // The firmware with a flat file system has no such standard input.
    device.flat = Some(false);
    Ok(())
}

/// Runs a command to its end, which may read a line first, and has `output` take what it prints.
fn listen(
    device: &mut Device,
    command: Command,
    line: Option<Vec<u8>>,
    output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut listener = Listener {
        output,
        last_heard: Duration::ZERO,
        patience: SILENCE + line.as_deref().map_or(Duration::ZERO, time_of),
        pauses: Some(Pauses::default()),
        line,
        reads: false,
    };
    match device.driver.converse(command, &mut listener)? {
        (_, true) => Err(Error::Interrupted),
        (finished, false) => device.judge(finished.outcome),
    }
}
