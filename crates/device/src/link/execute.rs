//! Runs code on the board only as it was sent, and takes its answer only as it was given.

use std::collections::BTreeMap;
use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::{Command, Finished, Outcome};

use super::listen::{Listener, Reading, SILENCE};
use super::{CORE, Input, Link, Receiver, Retry};
use crate::board_code;
use crate::driver::Dialogue;
use crate::{Error, Exception, Frame};

/// How often code is sent in one before it is sent in pieces, and the bytes of a piece: on a bad link a
/// program of a kilobyte rarely arrives whole.
pub(super) const ATTEMPTS_WHOLE: u32 = 2;
const PIECE: usize = 96;
/// A program that is longer than this takes more round trips in raw-paste mode than in a line.
const SHORT: usize = 256;

/// What code is, as `board/core.py` counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An expression in the programs' name space.
    Expression = 0,
    /// Statements in the programs' name space, which may leave a value in `_belay_v`.
    Statements = 1,
    /// Statements of the host's own, in theirs.
    Helper = 2,
}

/// Code to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) kind: Kind,
    /// The text.
    pub(crate) code: &'a str,
    /// With what the function is called that a helper leaves in `_belay_v`.
    pub(crate) arguments: &'a [&'a str],
    /// Whether it may run twice, so that it is begun again when it is not known whether it has run.
    pub(crate) repeats: bool,
}

impl<'a> Program<'a> {
    /// A helper that may run twice.
    pub(crate) fn helper(code: &'a str) -> Self {
        Self {
            kind: Kind::Helper,
            code,
            arguments: &[],
            repeats: true,
        }
    }
}

/// How one attempt to run code has ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It has run, and this is the repr of its value.
    Answer(String),
    /// It has not run: it was damaged on its way, or what checks it is gone.
    NotRun,
    /// Something was damaged; whether it has run is not known.
    Unknown,
}

impl Link {
    /// Runs a helper that says something as long as it works.
    pub(crate) fn report(&mut self, code: &str, receive: Receiver<'_>) -> Result<(), Error> {
        let mut heard = |bytes: &[u8]| receive(bytes);
        self.converse(&Program::helper(code), &mut Listener::to_report(&mut heard))
            .map(drop)
    }

    /// Runs a helper that reports facts, as often as it takes until `complete` makes something of those that
    /// have come undamaged.
    pub(crate) fn facts<T>(
        &mut self,
        code: &str,
        mut complete: impl FnMut(&BTreeMap<u64, String>) -> Option<T>,
    ) -> Result<T, Error> {
        let check = self.check()?;
        let limit = self.max_result;
        let mut facts = BTreeMap::new();
        let mut retry = Retry::default();
        loop {
            let mut output = Vec::new();
            self.report(code, &mut |bytes| {
                output.extend_from_slice(bytes);
                let length = output.len() as u64;
                if output.len() > limit {
                    return Err(Error::ResultTooLong { length, limit });
                }
                Ok(())
            })?;
            let known = facts.len();
            facts.append(&mut check.facts(&output));
            if let Some(found) = complete(&facts) {
                return Ok(found);
            }
            retry.count(facts.len() > known, self.driver.now())?;
        }
    }

    /// Runs a helper that does one thing, and gives the value that it leaves in `_belay_v`.
    pub(crate) fn ask(&mut self, program: &Program<'_>) -> Result<Value, Error> {
        let mut nothing = |_: &[u8]| Ok(());
        let answer = self.converse(program, &mut Listener::to_answer(&mut nothing))?;
        belay_pylit::parse(&answer).map_err(|_| Error::NoResult)
    }

    /// Runs a program that may be talked to, as often as it takes.
    fn converse(
        &mut self,
        program: &Program<'_>,
        dialogue: &mut dyn Dialogue,
    ) -> Result<String, Error> {
        let mut retry = Retry::default();
        loop {
            match self.try_to_converse(program, dialogue, retry.fruitless())? {
                Verdict::Answer(answer) => return Ok(answer),
                Verdict::Unknown if !program.repeats => return Err(Error::DamagedAnswer),
                Verdict::NotRun | Verdict::Unknown => retry.failed(self.driver.now())?,
            }
        }
    }

    /// Runs a program that may be talked to, once. Of a board that falls silent nothing is known.
    ///
    /// # Errors
    /// Those of the dialogue, when the board has been brought back to its prompt;
    /// [`Error::Exception`] for one of the program's own.
    pub(crate) fn try_to_converse(
        &mut self,
        program: &Program<'_>,
        dialogue: &mut dyn Dialogue,
        attempt: u32,
    ) -> Result<Verdict, Error> {
        self.begin(Retry::default())?;
        let flat = self.is_flat()?;
        let in_line = attempt == 0 && self.takes_lines(program);
        let code = if in_line {
            "None"
        } else if attempt >= ATTEMPTS_WHOLE && program.kind == Kind::Helper && !flat {
            if !self.send_pieces(program.code, Retry::default())? {
                return Ok(Verdict::NotRun);
            }
            "_belay"
        } else {
            ""
        };
        let line = in_line.then(|| as_line(program.code));
        let command = self.command(program, line.as_deref(), code)?;
        let finished = match line {
            Some(line) => self
                .driver
                .converse(command, &mut Reading::new(dialogue, line)),
            None => self.driver.converse(command, dialogue),
        };
        match finished {
            Ok((_, true)) => Err(Error::Interrupted),
            Ok((finished, false)) => match self.verdict(finished) {
                // The check of a line is damaged with it, and it takes more memory than raw-paste mode.
                Err(Error::Exception(exception)) if in_line && !exception.is_interrupt() => {
                    Ok(Verdict::NotRun)
                }
                other => other,
            },
            Err(Error::Timeout { .. } | Error::Violation { .. }) => {
                self.driver.enter(self.timeout)?;
                Ok(Verdict::Unknown)
            }
            Err(error @ (Error::Transport(_) | Error::Abandoned)) => Err(error),
            Err(error) => {
                // Nobody listens any more to what the program may still say.
                self.driver.enter(self.timeout)?;
                Err(error)
            }
        }
    }

    /// Runs a program of the user, as often as it takes to send it; what it prints goes to `receive`,
    /// and it is interrupted after `limit`.
    pub(crate) fn execute(
        &mut self,
        program: &Program<'_>,
        limit: Option<Duration>,
        receive: Receiver<'_>,
    ) -> Result<String, Error> {
        let mut retry = Retry::within(limit, self.driver.now());
        loop {
            self.begin(retry.anew())?;
            let command = self.command(program, None, "")?;
            let mut heard = false;
            let finished = self.run(command, limit, &mut |bytes| {
                heard = true;
                receive(bytes)
            })?;
            match self.verdict(finished)? {
                Verdict::Answer(answer) => return Ok(answer),
                // What has made the board say something may have been a part of the program.
                Verdict::NotRun if !heard => retry.failed(self.driver.now())?,
                Verdict::NotRun | Verdict::Unknown => return Err(Error::DamagedAnswer),
            }
        }
    }

    /// The command that runs a program, which goes as a literal unless `source` says where the board
    /// has it; `line` is what it reads, if it does. What the board can do must be known.
    pub(crate) fn command(
        &mut self,
        program: &Program<'_>,
        line: Option<&[u8]>,
        source: &str,
    ) -> Result<Command, Error> {
        let mark = self.driver.repl().next_mark();
        let known = self.known().ok_or(Error::NoResult)?;
        if known.flat {
            let code = board_code::flat(program.code, program.arguments, mark.as_str());
            return Ok(Command::marked(code, mark));
        }
        let check = known.check;
        let code = line.unwrap_or(program.code.as_bytes());
        let texts =
            std::iter::once(code).chain(program.arguments.iter().map(|text| text.as_bytes()));
        let seed = check.of(0, mark.as_str().as_bytes());
        let sum = texts.fold(seed, |seed, text| check.of(seed, text));
        let kind = program.kind as u8;
        let sum = u64::from(sum) + u64::from(kind);
        let mut text = format!("_belay_x({sum},'{mark}',");
        if !source.is_empty() {
            text.push_str(source);
        } else if program.kind == Kind::Helper && is_raw(program.code) {
            text.extend(["rb'''", program.code, "'''"]);
        } else {
            text.push_str(&Value::from(program.code).to_string());
        }
        if kind > 0 {
            text.extend([",", &kind.to_string()]);
        }
        for argument in program.arguments {
            text.extend([",", &Value::from(*argument).to_string()]);
        }
        text.push(')');
        Ok(Command::marked(text, mark))
    }

    /// What the end of an attempt says of it.
    ///
    /// # Errors
    /// [`Error::Exception`] for one of the code itself, and what ends a program otherwise.
    fn verdict(&mut self, finished: Finished) -> Result<Verdict, Error> {
        let known = self.known().ok_or(Error::NoResult)?;
        let (flat, check) = (known.flat, known.check);
        match finished.outcome {
            Outcome::Completed => {
                let Some(payload) = finished.payload else {
                    return Ok(Verdict::Unknown);
                };
                let payload = self.whole(payload)?;
                let text = if flat {
                    String::from_utf8(payload).ok()
                } else {
                    check.text(&payload, 0)
                };
                Ok(match text.as_deref() {
                    None => Verdict::Unknown,
                    Some("!") => Verdict::NotRun,
                    Some(text) => match bare(text) {
                        Some(text) => Verdict::Answer(text.to_owned()),
                        None => Verdict::Unknown,
                    },
                })
            }
            Outcome::Raised { traceback } => {
                let mut exception = Exception::parse(&traceback);
                match Origin::of(&exception) {
                    origin if flat || matches!(origin, Origin::Code) => {
                        exception.drop_helpers();
                        Err(Error::Exception(Box::new(exception)))
                    }
                    Origin::Restart => {
                        self.restarted();
                        Ok(Verdict::NotRun)
                    }
                    Origin::Text => Ok(Verdict::NotRun),
                    Origin::Unknown | Origin::Code => Ok(Verdict::Unknown),
                }
            }
            outcome => {
                self.judge(outcome)?;
                Ok(Verdict::Unknown)
            }
        }
    }

    /// Whether code should go as a line to the board's standard input. Where the link holds the sender
    /// back, it goes in one piece anyway.
    fn takes_lines(&mut self, program: &Program<'_>) -> bool {
        program.kind == Kind::Helper
            && program.code.len() > SHORT
            && program.code.is_ascii()
            && self
                .known()
                .is_some_and(|known| known.input == Input::Bytes)
            && self.driver.repl().raw_paste() != Some(false)
            && self.driver.properties().unacknowledged == 0
    }

    /// Sends code in pieces, each until it has arrived. False if the board has lost those before: a
    /// damaged byte may have restarted it.
    pub(super) fn send_pieces(&mut self, code: &str, limit: Retry) -> Result<bool, Error> {
        for (index, piece) in code.as_bytes().chunks(PIECE).enumerate() {
            let code = board_code::piece(piece, index * PIECE);
            let mut retry = limit.anew();
            loop {
                let mark = self.driver.repl().next_mark();
                let mut nothing = |_: &[u8]| Ok(());
                let patience = retry.patience(SILENCE, self.driver.now());
                let mut listener = Listener::within(&mut nothing, patience);
                let command = Command::exec(&code, mark);
                match self.driver.converse(command, &mut listener) {
                    Ok((_, true)) => return Err(Error::Interrupted),
                    Ok((finished, false)) => match self.judge(finished.outcome) {
                        Ok(()) => break,
                        Err(Error::Exception(e)) if is_missing(&e, "_belay") => return Ok(false),
                        Err(Error::Exception(e)) if e.kind == "MemoryError" => {
                            return Err(Error::Exception(e));
                        }
                        Err(Error::Exception(_)) => {}
                        Err(error) => return Err(error),
                    },
                    Err(Error::Timeout { .. } | Error::Violation { .. }) => {
                        self.driver.enter(self.timeout)?;
                    }
                    Err(error) => return Err(error),
                }
                retry.failed(self.driver.now())?;
            }
        }
        Ok(true)
    }
}

/// What an exception comes from.
enum Origin {
    /// The code that was sent.
    Code,
    /// The text around it, which was damaged; the code has not run.
    Text,
    /// The board has restarted: what checks the code is gone.
    Restart,
    /// Something was damaged; whether the code has run is not known.
    Unknown,
}

impl Origin {
    fn of(exception: &Exception) -> Self {
        let in_check = |frame: &Frame| frame.function.as_deref() == Some(CORE);
        if exception.frames.iter().any(in_check) {
            return Self::Code;
        }
        match (exception.kind.as_str(), exception.frames.as_slice()) {
            // Without memory for a traceback there is none.
            ("KeyboardInterrupt" | "MemoryError", _) => Self::Code,
            ("NameError", [_])
                if [CORE, "_belay"]
                    .iter()
                    .any(|name| is_missing(exception, name)) =>
            {
                Self::Restart
            }
            // The board could not compile the text around the code.
            ("SyntaxError" | "IndentationError", [only])
                if only.function.is_none() && only.file == "<stdin>" =>
            {
                Self::Text
            }
            _ => Self::Unknown,
        }
    }
}

/// Whether an exception says that the board does not know a name.
pub(crate) fn is_missing(exception: &Exception, name: &str) -> bool {
    exception.kind == "NameError" && exception.message.contains(&format!("'{name}'"))
}

/// Whether a literal without escapes may hold the code.
pub(super) fn is_raw(code: &str) -> bool {
    code.is_ascii() && !code.contains("'''") && !code.ends_with(['\'', '\\'])
}

/// Code as a line, without what ends lines: MicroPython takes CR for it, in strings as well.
fn as_line(code: &str) -> Vec<u8> {
    (code.trim_end().replace('\n', "\r") + "\n").into_bytes()
}

/// A repr without the square brackets that a result has around it.
pub(crate) fn bare(payload: &str) -> Option<&str> {
    payload.strip_prefix('[')?.strip_suffix(']')
}
