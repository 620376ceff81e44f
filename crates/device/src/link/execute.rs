//! Runs code on the board only as it was sent, and takes its answer only as it was given.

use std::collections::BTreeMap;
use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::{Command, Finished, Outcome};

use super::capabilities::{ABILITIES, Capabilities};

use super::listen::{Listener, Reading, SILENCE};
use super::{BUILTINS, CORE, Input, Link, Receiver, Retry};
use crate::board_code::{self, prepare};
use crate::check::Check;
use crate::driver::Dialogue;
use crate::{Error, Exception, Frame};

/// How often code is sent in one before it is sent in pieces, and the bytes of a piece: on a bad link a
/// program of a kilobyte rarely arrives whole.
const ATTEMPTS_WHOLE: u32 = 2;
const PIECE: usize = 96;
/// A program that is longer than this takes more round trips in raw-paste mode than in a line.
const SHORT: usize = 256;
/// How often the same exception of the first question is believed not to come from damage.
const SAME: u32 = 3;

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
    /// What the board's firmware can do. Asked once after each start of the board, in one round trip.
    pub(crate) fn capabilities(&mut self) -> Result<&Capabilities, Error> {
        self.begin(Retry::default())?;
        self.capabilities.as_ref().ok_or(Error::NoResult)
    }

    /// Asks the board what it can do, if that is not known, for as long as `limit`.
    pub(crate) fn prepare(&mut self, limit: Option<Duration>) -> Result<(), Error> {
        self.begin(Retry::within(limit, self.driver.now()))
    }

    /// What is known of the board's firmware without asking.
    pub(crate) fn known(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// Whether the board has a flat file system, and no memory for `board/core.py`.
    pub(crate) fn is_flat(&mut self) -> Result<bool, Error> {
        Ok(self.capabilities()?.flat)
    }

    /// How the board checks what it says.
    pub(crate) fn check(&mut self) -> Result<Check, Error> {
        Ok(self.capabilities()?.check)
    }

    /// Runs a helper that says something as long as it works.
    pub(crate) fn report(&mut self, code: &str, receive: Receiver<'_>) -> Result<(), Error> {
        let mut heard = |bytes: &[u8]| receive(bytes);
        self.converse(&Program::helper(code), &mut Listener::to_report(&mut heard))
            .map(drop)
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
            "_belay_l()"
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

    /// Does `code`, which may run twice, with the first question to the board, if that is still to come,
    /// and gives what it has printed: nothing of that need have come whole, or at all.
    pub(crate) fn ride(&mut self, code: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ready()?;
        if self.has_begun() {
            return Ok(None);
        }
        let mut output = Vec::new();
        let limit = self.max_result;
        self.begin_with(code, Retry::default(), &mut |bytes| {
            output.extend_from_slice(bytes);
            output.truncate(limit);
            Ok(())
        })?;
        // A board with a flat file system has other programs.
        Ok((!self.is_flat()?).then_some(output))
    }

    /// As [`ask`](Self::ask) for a helper that may run twice, with the first question to the board; nothing
    /// if that is over.
    pub(crate) fn ask_riding(&mut self, code: &str) -> Result<Option<Value>, Error> {
        let Some(output) = self.ride(&format!("{code}\nsay(0,repr(_belay_v))"))? else {
            return Ok(None);
        };
        let mut facts = BTreeMap::new();
        self.check()?.facts(&output, &mut facts);
        Ok(facts.get(&0).and_then(|fact| belay_pylit::parse(fact).ok()))
    }

    /// Whether the first question has been answered.
    fn has_begun(&self) -> bool {
        self.has_loaded(CORE) || self.known().is_some_and(|known| known.flat)
    }

    /// Brings `board/core.py` to the board, and asks what the board can do.
    fn begin(&mut self, retry: Retry) -> Result<(), Error> {
        self.ready()?;
        if self.has_begun() {
            return Ok(());
        }
        self.begin_with("", retry, &mut |_| Ok(()))
    }

    /// Brings `board/core.py` to the board, has it run `rider` and asks what the board can do.
    fn begin_with(
        &mut self,
        rider: &str,
        mut retry: Retry,
        receive: Receiver<'_>,
    ) -> Result<(), Error> {
        let base = in_parts(&prepare(board_code::CORE, &[]));
        let fits = is_raw(rider) && !rider.contains("\"\"\"") && !rider.contains('#');
        let rider = if fits && !rider.is_empty() {
            // What it raises, it raises again when it is asked for by itself.
            format!("try:\n exec(r\"\"\"{rider}\n\"\"\",space.copy())\nexcept Exception:\n pass\n")
        } else {
            String::new()
        };
        let abilities = in_parts(&prepare(
            board_code::ABILITIES,
            &[("$ABILITIES", ABILITIES)],
        ));
        let mut code = format!("{base}\n#{rider}#{abilities}");
        // A board without raw-paste mode may have no memory for so much text. Those are behind a UART, most
        // often, where a command that it refuses would cost as much as the question.
        let raw_paste = self.driver.repl().raw_paste();
        let mut small = !raw_paste.unwrap_or(!self.may_damage());
        // Whether a board that has to hold the whole text is known to have the memory for it.
        let mut asked = false;
        let mut seen: Option<(Exception, u32)> = None;
        loop {
            self.ready()?;
            let mark = self.driver.repl().next_mark();
            let question = if small && !asked {
                let flat = Check::Sum.of(0, b"flat").to_string();
                let values = [("$FLAT", &*flat), ("$MARK", mark.as_str())];
                Command::marked(prepare(board_code::FLAT_ASK, &values), mark)
            } else if retry.fruitless() < ATTEMPTS_WHOLE {
                self.beginning(&format!("rb'''{code}'''"), &code, small)
            } else if self.send_pieces(&code, retry.anew())? {
                self.beginning("_belay", &code, small)
            } else {
                retry.failed(self.driver.now())?;
                continue;
            };
            let payload = match self.ask_begin(question, retry, receive) {
                Ok(payload) => payload,
                Err(Error::Cancelled)
                    if self.driver.repl().raw_paste() == Some(false) && !small =>
                {
                    small = true;
                    continue;
                }
                // Damaged code raises anything, but hardly the same each time.
                Err(Error::Exception(exception)) => {
                    let times = match &seen {
                        Some((before, times)) if *before == *exception => times + 1,
                        _ => 1,
                    };
                    if exception.kind == "MemoryError" {
                        return Err(Error::NoMemory);
                    }
                    if times >= SAME || exception.is_interrupt() {
                        return Err(Error::Exception(exception));
                    }
                    seen = Some((*exception, times));
                    None
                }
                Err(error) => return Err(error),
            };
            let payload = payload.unwrap_or_default();
            let passed = |check: Check| Some((check.text(&payload, 0)?, check));
            let answer = passed(Check::Crc32).or_else(|| passed(Check::Sum));
            let found = answer
                .as_ref()
                .and_then(|(text, check)| Capabilities::from_report(text, *check));
            match answer {
                _ if found.is_some() => {
                    self.capabilities = found;
                    self.set_loaded(CORE);
                    self.set_loaded(BUILTINS);
                    return Ok(());
                }
                Some((text, Check::Sum)) if text == "flat" => {
                    self.capabilities = Some(Capabilities::flat());
                    return Ok(());
                }
                Some(_) if small && !asked => asked = true,
                _ => {
                    retry.failed(self.driver.now())?;
                    // What is shorter is damaged less often.
                    code = format!("{base}\n#{abilities}");
                }
            }
        }
    }

    /// The first question, with `source` as the text that stands for `code`.
    fn beginning(&mut self, source: &str, code: &str, small: bool) -> Command {
        let mark = self.driver.repl().next_mark();
        let sum = Check::Sum.of(0, code.as_bytes()).to_string();
        let values = [("$SUM", &*sum), ("$MARK", mark.as_str()), ("$CODE", source)];
        let command = Command::marked(prepare(board_code::BEGIN, &values), mark);
        if small {
            command
        } else {
            command.only_pasted()
        }
    }

    /// Asks once; what comes between the marks is the answer, if it has come whole.
    fn ask_begin(
        &mut self,
        question: Command,
        retry: Retry,
        receive: Receiver<'_>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let patience = retry.patience(SILENCE, self.driver.now());
        let mut heard = |bytes: &[u8]| receive(bytes);
        let mut listener = Listener::within(&mut heard, patience);
        match self.driver.converse(question, &mut listener) {
            Ok((_, true)) => Err(Error::Interrupted),
            Ok((finished, false)) => {
                self.judge(finished.outcome)?;
                finished
                    .payload
                    .map(|payload| self.whole(payload))
                    .transpose()
            }
            Err(Error::Timeout { .. } | Error::Violation { .. }) => {
                self.driver.enter(self.timeout)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends code in pieces, each until it has arrived. False if the board has lost those before: a
    /// damaged byte may have restarted it.
    fn send_pieces(&mut self, code: &str, limit: Retry) -> Result<bool, Error> {
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
                if [CORE, "_belay_l", "_belay"]
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

/// The core's text with a mark in front of each function, where `board/begin.py` takes it apart.
fn in_parts(code: &str) -> String {
    code.trim_end().replace("\ndef ", "\n#def ")
}

/// Whether a literal without escapes may hold the code.
fn is_raw(code: &str) -> bool {
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
