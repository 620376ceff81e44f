//! Calls: what goes to the board, and the value that comes back.

mod options;

use std::io::Write;
use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::{Command, Outcome};
use serde::de::DeserializeOwned;

pub use self::options::CallOptions;
use crate::board_code::prepare;
use crate::link::{BUILTINS, Kind, Link, Program, Receiver, bare, is_missing};
use crate::output::Output;
use crate::{Device, Error, Exception};

/// Up to this size every board takes in the text of a command, in bytes.
const SMALL: usize = 2048;

/// What a call runs.
pub(crate) enum Code<'a> {
    /// Whole lines or nothing, and an expression behind them.
    Value(&'a str, &'a str),
    /// Statements.
    Statements(&'a str),
    /// A helper of ours with its arguments, which runs the user's code.
    Helper(&'a str, &'a [&'a str]),
    /// Statements that go as they are, because the board has no memory for their text.
    Bare(&'a str),
}

/// How a call goes to the board.
pub(crate) struct Manner {
    /// Whether it carries checks.
    verified: bool,
    /// When it is interrupted.
    timeout: Option<Duration>,
}

impl Device {
    /// Runs statements in the board's global name space. Takes one round trip.
    ///
    /// # Errors
    /// [`Error::Exception`] for an exception that the code does not catch, [`Error::Exited`] if it
    /// calls `sys.exit()`.
    pub fn exec(&mut self, code: &str) -> Result<(), Error> {
        self.exec_with(code, CallOptions::new())
    }

    /// As [`exec`](Self::exec), with options of its own.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::Timeout`] when the call has taken longer than it may, and
    /// [`Error::Output`] when the writer fails: then the program on the board is stopped.
    pub fn exec_with(&mut self, code: &str, options: CallOptions<'_>) -> Result<(), Error> {
        let recorded = !options.unrecorded;
        if recorded {
            self.admit()?;
        }
        self.statements(code, options)?;
        if recorded {
            let code = code.to_owned();
            self.record(|| Box::new(move |device| device.statements(&code, CallOptions::new())));
        }
        Ok(())
    }

    /// Runs statements that are not to be run again on a board that has come back.
    pub(crate) fn statements(&mut self, code: &str, options: CallOptions<'_>) -> Result<(), Error> {
        self.ready()?;
        self.check_size(code.len())?;
        self.call(&Code::Statements(code), options).map(drop)
    }

    /// Evaluates an expression and gives its value. Takes one round trip.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::NotALiteral`] and [`Error::WrongType`] for a value that is
    /// not one of `T`.
    pub fn eval<T: DeserializeOwned>(&mut self, expression: &str) -> Result<T, Error> {
        self.eval_with(expression, CallOptions::new())
    }

    /// As [`eval`](Self::eval), with options of its own.
    ///
    /// # Errors
    /// As [`eval`](Self::eval) and [`exec_with`](Self::exec_with).
    pub fn eval_with<T: DeserializeOwned>(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<T, Error> {
        let text = self.eval_repr_with(expression, options)?;
        self.parse_as(text)
    }

    /// Evaluates an expression and gives its value as Python has it, with its type.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::NotALiteral`] for one that has no literal.
    pub fn eval_value(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let text = self.eval_repr_with(expression, options)?;
        self.parse_value(&text)
    }

    /// Evaluates an expression and gives the repr of its value, which need not be a literal.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::ResultTooLong`] for one of more than
    /// [`ConnectOptions::max_result`](crate::ConnectOptions::max_result) bytes.
    pub fn eval_repr(&mut self, expression: &str) -> Result<String, Error> {
        self.eval_repr_with(expression, CallOptions::new())
    }

    /// As [`eval_repr`](Self::eval_repr), with options of its own.
    ///
    /// # Errors
    /// As [`eval_repr`](Self::eval_repr) and [`exec_with`](Self::exec_with).
    pub fn eval_repr_with(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        self.ready()?;
        self.check_size(expression.len())?;
        self.evaluate(expression, options)
    }

    /// Makes sure that helper code is in the board's memory, which costs a round trip the first time, and
    /// gives the repr of what it leaves in `_belay_v` then.
    pub(crate) fn load(&mut self, code: &'static str) -> Result<Option<String>, Error> {
        self.ready()?;
        if self.link.has_loaded(code) {
            return Ok(None);
        }
        let text = prepare(code, &[]);
        let value = self.call(&Code::Helper(&text, &[]), CallOptions::new())?;
        self.link.set_loaded(code);
        Ok(Some(value))
    }

    /// Evaluates an expression and gives the repr of its value. What handles have released goes along.
    pub(crate) fn evaluate(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        self.ready()?;
        let handles = self.session.handles.clone();
        let (released, code) = handles.take_released();
        let generation = handles.generation();
        let result = self.call(&Code::Value(&code, expression), options);
        // A board that has restarted has forgotten it all.
        if result.is_err() && handles.generation() == generation {
            handles.restore(released);
        }
        result
    }

    /// Runs `code`, with what it prints written as the options say, and gives the repr of its value:
    /// `None` for statements. If the writer fails, the program on the board is stopped.
    pub(crate) fn call(
        &mut self,
        code: &Code<'_>,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        let manner = self.manner(code, options.timeout)?;
        let writer: &mut dyn Write = match options.output {
            Some(output) => output,
            None => &mut *self.output,
        };
        let mut output = Output::new(writer, options.raw);
        let result = code.run(&mut self.link, &manner, &mut |bytes| output.write(bytes));
        let ended = output.end();
        let result = self.settled(result);
        ended?;
        result
    }

    /// Makes sure that the board is at its prompt, and says how code goes there.
    pub(crate) fn manner(
        &mut self,
        code: &Code<'_>,
        timeout: Option<Duration>,
    ) -> Result<Manner, Error> {
        self.ready()?;
        let timeout = timeout.or(self.options.call_timeout);
        let wanted = self.options.checked;
        let helper = matches!(code, Code::Helper(..));
        if helper || wanted.unwrap_or_else(|| self.link.may_damage()) {
            self.link
                .prepare(timeout)
                .map_err(|error| self.lost(error))?;
        }
        let verified = match code {
            Code::Helper(..) => true,
            Code::Bare(_) => false,
            // Code that goes without checks is compiled as it comes.
            _ => self.is_checked()? && (code.length() <= SMALL || self.holds(code.length())?),
        };
        Ok(Manner { verified, timeout })
    }

    /// What has come of a call, as the session sees it.
    pub(crate) fn settled<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.session.follow(self.link.generation());
        result.map_err(|error| self.explained(error))
    }

    /// Whether this session's calls carry checks. A board without memory for them has none.
    pub(crate) fn is_checked(&mut self) -> Result<bool, Error> {
        let wanted = self.options.checked;
        Ok(wanted.unwrap_or_else(|| self.link.may_damage()) && !self.link.is_flat()?)
    }

    /// Whether the board has memory for a script's text of `length` bytes beside what compiling it
    /// takes, which is several times as much.
    pub(crate) fn holds(&mut self, length: usize) -> Result<bool, Error> {
        let free = self.implementation()?.free_memory;
        Ok(free.is_none_or(|free| free / 10 >= length as u64))
    }

    /// Refuses code that the board's memory cannot take in.
    ///
    /// Raw-paste mode compiles code as it comes and reports `MemoryError`. The plain raw REPL keeps
    /// the whole text first, in a buffer that doubles as it grows, and a board whose memory ends
    /// there stops for good (seen on a micro:bit).
    pub(crate) fn check_size(&mut self, length: usize) -> Result<(), Error> {
        if length <= SMALL {
            return Ok(());
        }
        let free = self.implementation()?.free_memory.unwrap_or(u64::MAX);
        if self.link.driver.repl().raw_paste() == Some(false) && length as u64 > free / 4 {
            return Err(Error::TooLarge { length, free });
        }
        Ok(())
    }
}

impl Code<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Value(code, value) => code.len() + value.len(),
            Self::Statements(code) | Self::Bare(code) => code.len(),
            Self::Helper(_, arguments) => arguments.iter().map(|text| text.len()).sum(),
        }
    }

    /// Runs the code, with what is printed handed to `receive`. If that fails, the program on the board
    /// is stopped.
    pub(crate) fn run(
        &self,
        link: &mut Link,
        manner: &Manner,
        receive: Receiver<'_>,
    ) -> Result<String, Error> {
        if manner.verified {
            self.run_verified(link, manner.timeout, receive)
        } else {
            self.run_plain(link, manner.timeout, receive)
        }
    }

    fn run_verified(
        &self,
        link: &mut Link,
        timeout: Option<Duration>,
        receive: Receiver<'_>,
    ) -> Result<String, Error> {
        let text;
        let (kind, code, arguments) = match self {
            Self::Value("", value) => {
                text = enclosed(value);
                (Kind::Expression, &*text, [].as_slice())
            }
            Self::Value(code, value) => {
                text = format!("{}_belay_v={}", lines(code), enclosed(value));
                (Kind::Statements, &*text, [].as_slice())
            }
            Self::Statements(code) | Self::Bare(code) => (Kind::Statements, *code, [].as_slice()),
            Self::Helper(code, arguments) => (Kind::Helper, *code, *arguments),
        };
        let program = Program {
            kind,
            code,
            arguments,
            repeats: false,
        };
        link.execute(&program, timeout, receive)
    }

    /// A call over a link that sees to its bytes, without a copy of the code in the board's memory.
    fn run_plain(
        &self,
        link: &mut Link,
        timeout: Option<Duration>,
        receive: Receiver<'_>,
    ) -> Result<String, Error> {
        loop {
            let mark = link.driver.repl().next_mark();
            let known = link.has_loaded(BUILTINS);
            let command = match self {
                Self::Value(code, value) => {
                    // The name that the user's programs may have given another meaning is not used.
                    let import = if known {
                        ""
                    } else {
                        "import builtins as _belay_b\n"
                    };
                    let (code, value) = (lines(code), enclosed(value));
                    let text = format!("{import}{code}_belay_b.print('{mark}',[{value}],'{mark}')");
                    Command::marked(text, mark)
                }
                Self::Statements(code) | Self::Bare(code) | Self::Helper(code, _) => {
                    Command::exec(code, mark)
                }
            };
            let mut heard = false;
            let finished = link.run(command, timeout, &mut |bytes| {
                heard = true;
                receive(bytes)
            })?;
            if let Outcome::Raised { traceback } = &finished.outcome {
                let mut exception = Exception::parse(traceback);
                if known
                    && !heard
                    && exception.frames.len() == 1
                    && is_missing(&exception, BUILTINS)
                {
                    // The board has restarted while nobody was looking, and has not run it.
                    link.restarted();
                    continue;
                }
                exception.drop_helpers();
                return Err(Error::Exception(Box::new(exception)));
            }
            link.judge(finished.outcome)?;
            let Self::Value(..) = self else {
                return Ok("None".to_owned());
            };
            link.set_loaded(BUILTINS);
            let payload = finished.payload.ok_or(Error::NoResult)?;
            let payload = link.whole(payload)?;
            let text = String::from_utf8_lossy(&payload);
            return Ok(bare(&text).ok_or(Error::NoResult)?.to_owned());
        }
    }
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
