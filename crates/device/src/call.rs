//! One call: what goes to the board, and the value that comes back.

use std::io::Write;

use belay_pylit::Value;
use belay_rawrepl::{Command, Finished, Outcome, Payload};
use belay_transport::FlowControl;
use crc32fast::Hasher;

use crate::board_code::{CHECKED, DAMAGED, guarded, prepare};
use crate::files::lacks_checks;
use crate::output::TextOutput;
use crate::{Device, Error, Exception, Script};

/// How often code is sent that is damaged each time before it runs.
const ATTEMPTS: u32 = 4;

/// What takes the bytes that a call prints.
pub(crate) type Receiver<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

impl Device {
    /// Runs `code`, whole lines or nothing, evaluates `value` behind it, and gives its repr.
    pub(crate) fn call(&mut self, code: &str, value: &str) -> Result<String, Error> {
        self.with_output(|device, output| device.call_to(code, value, output))
    }

    /// As [`call`](Self::call), with the output written to `output`.
    pub(crate) fn call_to(
        &mut self,
        code: &str,
        value: &str,
        output: &mut dyn Write,
    ) -> Result<String, Error> {
        let mut text = TextOutput::new(output);
        let result = self.call_raw(code, Some(value), &mut |bytes| text.write(bytes));
        text.end()?;
        result?.ok_or(Error::NoResult)
    }

    /// Runs statements.
    pub(crate) fn statements(&mut self, code: &str) -> Result<(), Error> {
        self.with_output(|device, output| device.statements_to(code, output))
    }

    /// As [`statements`](Self::statements), with the output written to `output`.
    pub(crate) fn statements_to(
        &mut self,
        code: &str,
        output: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut text = TextOutput::new(output);
        let result = self.call_raw(code, None, &mut |bytes| text.write(bytes));
        text.end()?;
        result.map(|_| ())
    }

    /// Runs `code`, evaluates `value` behind it, and gives its repr; what is printed goes to
    /// `receive`. If that fails, the program on the board is stopped.
    pub(crate) fn call_raw(
        &mut self,
        code: &str,
        value: Option<&str>,
        receive: Receiver<'_>,
    ) -> Result<Option<String>, Error> {
        self.ready()?;
        let length = code.len() + value.map_or(0, str::len);
        if self.prepare_checks(receive)? && self.has_room_for(length)? {
            return self.call_checked(code, value, receive).map(Some);
        }
        let mark = self.driver.repl().next_mark();
        let command = match value {
            None => Command::exec(code, mark),
            Some(value) => {
                let command = Command::eval(value, mark.clone());
                if code.is_empty() {
                    command
                } else {
                    let text = [lines(code).as_bytes(), command.code()].concat();
                    Command::marked(text, mark)
                }
            }
        };
        let Finished { outcome, payload } = self.run_to_end(command, receive)?;
        if let Outcome::Raised { traceback } = &outcome {
            return Err(self.raised_in_call(Exception::parse(traceback)));
        }
        self.judge(outcome)?;
        let Some(payload) = payload else {
            return Ok(None);
        };
        let payload = self.whole(payload)?;
        let text = String::from_utf8_lossy(&payload);
        Ok(Some(bare(&text).ok_or(Error::NoResult)?.to_owned()))
    }

    /// Whether this session's calls carry checksums.
    pub(crate) fn is_checked(&mut self) -> Result<bool, Error> {
        self.prepare_checks(&mut |_| Ok(()))
    }

    /// Makes the board able to check calls, if that is wanted, and tells whether it is. What the board
    /// prints meanwhile goes to `receive`.
    fn prepare_checks(&mut self, receive: Receiver<'_>) -> Result<bool, Error> {
        let wanted = self.options.checked;
        let lossy = || self.driver.flow_control() != FlowControl::Backpressure;
        if !wanted.unwrap_or_else(lossy) {
            return Ok(false);
        }
        if !self.unchecked {
            self.load_checks(receive)?;
        }
        if self.unchecked && wanted == Some(true) {
            let feature = "binascii.crc32";
            return Err(Error::Unavailable { feature });
        }
        Ok(!self.unchecked)
    }

    /// Gives the board what it needs to check calls, or finds that it cannot.
    fn load_checks(&mut self, receive: Receiver<'_>) -> Result<(), Error> {
        if self.session.has_loaded(CHECKED) {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            self.ready()?;
            let mark = self.driver.repl().next_mark();
            let code = prepare(CHECKED, &[]);
            let code = guarded(&format!("{code}del _belay\nprint('{mark}',1,'{mark}')"));
            let finished = self.run_to_end(Command::marked(code, mark), receive)?;
            match finished.outcome {
                // Nothing but the last line of the code makes a payload.
                Outcome::Completed if finished.payload.is_some() => {
                    self.session.set_loaded(CHECKED);
                    return Ok(());
                }
                Outcome::Completed => {}
                Outcome::Raised { traceback } => {
                    let exception = Exception::parse(&traceback);
                    if lacks_checks(&exception) {
                        self.unchecked = true;
                        return Ok(());
                    }
                    if exception.is_interrupt() || exception.kind == "MemoryError" {
                        return Err(Error::Exception(Box::new(exception)));
                    }
                }
                outcome => self.judge(outcome)?,
            }
        }
        Err(Error::Damaged { attempts: ATTEMPTS })
    }

    /// Whether the board has memory for so many bytes of code beside what it is compiled to. Code that goes
    /// without checks is compiled as it comes.
    fn has_room_for(&mut self, length: usize) -> Result<bool, Error> {
        Ok(length <= Script::SMALL || self.holds(length)?)
    }

    fn call_checked(
        &mut self,
        code: &str,
        value: Option<&str>,
        receive: Receiver<'_>,
    ) -> Result<String, Error> {
        let (text, run) = match value {
            Some(value) if code.is_empty() => (enclosed(value), ""),
            Some(value) => (
                format!("{}_belay_v={}", lines(code), enclosed(value)),
                ",exec",
            ),
            None => (code.to_owned(), ",exec"),
        };
        let literal = Value::Str(text.clone()).to_string();
        for _ in 0..ATTEMPTS {
            self.load_checks(receive)?;
            let mark = self.driver.repl().next_mark();
            let mut hasher = Hasher::new();
            hasher.update(mark.as_str().as_bytes());
            hasher.update(text.as_bytes());
            let check = u64::from(hasher.finalize()) + u64::from(!run.is_empty());
            let call = format!("_belay_x({check},'{mark}',{literal}{run})");
            let mut heard = false;
            let finished = self.run_to_end(Command::marked(call, mark), &mut |bytes| {
                heard = true;
                receive(bytes)
            })?;
            match finished.outcome {
                Outcome::Completed => {
                    let payload = finished.payload.ok_or(Error::DamagedAnswer)?;
                    let payload = self.whole(payload)?;
                    let text = checked_text(&payload, 0).ok_or(Error::DamagedAnswer)?;
                    return Ok(bare(&text).ok_or(Error::NoResult)?.to_owned());
                }
                Outcome::Raised { traceback } => {
                    let exception = Exception::parse(&traceback);
                    match Struck::by(&exception) {
                        // What has made the board say something may have been a part of the call.
                        Struck::Restart | Struck::Code if heard => {
                            return Err(Error::DamagedAnswer);
                        }
                        Struck::Restart => self.session.restarted(),
                        Struck::Code => {}
                        Struck::Unknown => return Err(Error::DamagedAnswer),
                        Struck::Nothing => return Err(self.raised_in_call(exception)),
                    }
                }
                outcome => self.judge(outcome)?,
            }
        }
        Err(Error::Damaged { attempts: ATTEMPTS })
    }

    fn raised_in_call(&mut self, mut exception: Exception) -> Error {
        exception.drop_helpers();
        self.raised(exception)
    }

    fn whole(&self, payload: Payload) -> Result<Vec<u8>, Error> {
        match payload {
            Payload::Whole(bytes) => Ok(bytes),
            Payload::TooLong { length } => Err(Error::ResultTooLong {
                length,
                limit: self.options.max_result,
            }),
        }
    }
}

/// What an exception of a checked call comes from.
enum Struck {
    /// The call itself.
    Nothing,
    /// Its code was damaged, and has not run.
    Code,
    /// The board has restarted: what the calls are checked with is gone.
    Restart,
    /// Something was damaged; whether the call has run is not known.
    Unknown,
}

impl Struck {
    fn by(exception: &Exception) -> Self {
        let is_check = |function: &Option<String>| function.as_deref() == Some("_belay_x");
        let innermost = exception.frames.last();
        if exception.kind == "ValueError" && innermost.is_some_and(|f| is_check(&f.function)) {
            // The word may have been damaged on its way back.
            return if exception.message == DAMAGED {
                Self::Code
            } else {
                Self::Unknown
            };
        }
        let mut frames = exception.frames.iter();
        if frames.any(|frame| is_check(&frame.function)) {
            return Self::Nothing;
        }
        match (exception.kind.as_str(), exception.frames.as_slice()) {
            // Without memory for a traceback there is none.
            ("KeyboardInterrupt" | "MemoryError", _) => Self::Nothing,
            ("NameError", [_]) if exception.message.contains("'_belay_x'") => Self::Restart,
            // The board could not compile the text around the code.
            ("SyntaxError" | "IndentationError", [only])
                if only.function.is_none() && only.file == "<stdin>" =>
            {
                Self::Code
            }
            _ => Self::Unknown,
        }
    }
}

/// The repr of a value, from its text between brackets and the checksum behind it, which is begun
/// with `seed`.
pub(crate) fn checked_text(payload: &[u8], seed: u32) -> Option<String> {
    let text = std::str::from_utf8(payload).ok()?;
    let (text, check) = text.rsplit_once(' ')?;
    let mut hasher = Hasher::new_with_initial(seed);
    hasher.update(text.as_bytes());
    (check.parse() == Ok(hasher.finalize())).then(|| text.to_owned())
}

/// A repr without the square brackets that a result has around it.
pub(crate) fn bare(payload: &str) -> Option<&str> {
    payload.strip_prefix('[')?.strip_suffix(']')
}

/// An expression that may have several lines and end with a comment.
fn enclosed(expression: &str) -> String {
    let expression = expression.trim();
    if expression.contains(['#', '\n', '\r']) {
        format!("({expression}\n)")
    } else {
        format!("({expression})")
    }
}

/// Code that other code can follow.
fn lines(code: &str) -> String {
    let mut code = code.to_owned();
    if !code.is_empty() && !code.ends_with('\n') {
        code.push('\n');
    }
    code
}
