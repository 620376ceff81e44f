//! Calls: what goes to the board, and the value that comes back.

use std::io::Write;
use std::time::Duration;

use belay_rawrepl::{Command, Outcome};

use crate::link::{BUILTINS, Kind, Program, bare, is_missing};
use crate::output::Output;
use crate::{Device, Error, Exception, Script};

/// Where the output of a call goes, and what bounds it. Each field is of one call only.
///
/// ```no_run
/// # fn measure(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
/// use std::time::Duration;
///
/// use belay_device::CallOptions;
///
/// let mut printed = Vec::new();
/// let options = CallOptions::new()
///     .output(&mut printed)
///     .timeout(Duration::from_secs(2));
/// let sum: i32 = device.eval_with("measure()", options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct CallOptions<'a> {
    /// What takes the output of the code while it runs; `None` for that of the session.
    pub output: Option<&'a mut dyn Write>,
    /// How long the call may take, from its first byte to its last. `None` for what
    /// [`ConnectOptions::call_timeout`](crate::ConnectOptions::call_timeout) says.
    pub timeout: Option<Duration>,
    /// Whether the output comes byte by byte as the board sends it. Otherwise it is text, with LF at the ends
    /// of lines where a board says CR LF.
    pub raw: bool,
    /// Whether the call is left out of the history of [`Device::set_reconnect`].
    pub unrecorded: bool,
}

impl<'a> CallOptions<'a> {
    /// Those of a session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the output to `output`.
    #[must_use]
    pub fn output(mut self, output: &'a mut dyn Write) -> Self {
        self.output = Some(output);
        self
    }

    /// Interrupts the program after `timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Leaves the output as the board sends it.
    #[must_use]
    pub fn raw(mut self) -> Self {
        self.raw = true;
        self
    }

    /// Leaves the call out of the history.
    #[must_use]
    pub fn unrecorded(mut self) -> Self {
        self.unrecorded = true;
        self
    }
}

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

impl Code<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Value(code, value) => code.len() + value.len(),
            Self::Statements(code) | Self::Bare(code) => code.len(),
            Self::Helper(_, arguments) => arguments.iter().map(|text| text.len()).sum(),
        }
    }
}

impl Device {
    /// Runs `code`, with what it prints written as the options say, and gives the repr of its value:
    /// `None` for statements.
    pub(crate) fn call(
        &mut self,
        code: &Code<'_>,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        let CallOptions {
            output,
            timeout,
            raw,
            ..
        } = options;
        let mut own = None;
        let writer: &mut dyn Write = match output {
            Some(output) => output,
            None => &mut **own.insert(std::mem::replace(
                &mut self.output,
                Box::new(std::io::sink()),
            )),
        };
        let mut output = Output::new(writer, raw);
        let result = self.call_raw(code, timeout, &mut |bytes| output.write(bytes));
        let ended = output.end();
        if let Some(own) = own {
            self.output = own;
        }
        ended?;
        result
    }

    /// As [`call`](Self::call), with what is printed handed to `receive`. If that fails, the program on
    /// the board is stopped.
    pub(crate) fn call_raw(
        &mut self,
        code: &Code<'_>,
        timeout: Option<Duration>,
        receive: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<String, Error> {
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
            _ => self.is_checked()? && self.has_room_for(code.length())?,
        };
        let result = if verified {
            self.call_verified(code, timeout, receive)
        } else {
            self.call_plain(code, timeout, receive)
        };
        self.session.follow(self.link.generation());
        result.map_err(|error| self.explained(error))
    }

    fn call_verified(
        &mut self,
        code: &Code<'_>,
        timeout: Option<Duration>,
        receive: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<String, Error> {
        let text;
        let (kind, code, arguments) = match code {
            Code::Value("", value) => {
                text = enclosed(value);
                (Kind::Expression, &*text, [].as_slice())
            }
            Code::Value(code, value) => {
                text = format!("{}_belay_v={}", lines(code), enclosed(value));
                (Kind::Statements, &*text, [].as_slice())
            }
            Code::Statements(code) | Code::Bare(code) => (Kind::Statements, *code, [].as_slice()),
            Code::Helper(code, arguments) => (Kind::Helper, *code, *arguments),
        };
        let program = Program {
            kind,
            code,
            arguments,
            repeats: false,
        };
        self.link.execute(&program, timeout, receive)
    }

    /// A call over a link that sees to its bytes, without a copy of the code in the board's memory.
    fn call_plain(
        &mut self,
        code: &Code<'_>,
        timeout: Option<Duration>,
        receive: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<String, Error> {
        loop {
            let mark = self.link.driver.repl().next_mark();
            let known = self.link.has_loaded(BUILTINS);
            let command = match code {
                Code::Value(code, value) => {
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
                Code::Statements(code) | Code::Bare(code) | Code::Helper(code, _) => {
                    Command::exec(code, mark)
                }
            };
            let mut heard = false;
            let finished = self.link.run(command, timeout, &mut |bytes| {
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
                    self.link.restarted();
                    continue;
                }
                exception.drop_helpers();
                return Err(Error::Exception(Box::new(exception)));
            }
            self.link.judge(finished.outcome)?;
            let Code::Value(..) = code else {
                return Ok("None".to_owned());
            };
            self.link.set_loaded(BUILTINS);
            let payload = finished.payload.ok_or(Error::NoResult)?;
            let payload = self.link.whole(payload)?;
            let text = String::from_utf8_lossy(&payload);
            return Ok(bare(&text).ok_or(Error::NoResult)?.to_owned());
        }
    }

    /// Whether this session's calls carry checks. A board without memory for them has none.
    pub(crate) fn is_checked(&mut self) -> Result<bool, Error> {
        let wanted = self.options.checked;
        Ok(wanted.unwrap_or_else(|| self.link.may_damage()) && !self.link.is_flat()?)
    }

    /// Whether the board has memory for so many bytes of code beside what it is compiled to. Code that goes
    /// without checks is compiled as it comes.
    fn has_room_for(&mut self, length: usize) -> Result<bool, Error> {
        Ok(length <= Script::SMALL || self.holds(length)?)
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
