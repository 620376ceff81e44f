//! Whole scripts, run under their own names.

use belay_pylit::Value;

use crate::board_code::{RUN, STDIN, prepare};
use crate::call::{CallOptions, Code};
use crate::{Device, Error, Exception};

/// Up to this size every board holds a script's text beside what compiling it takes, in bytes. A micro:bit
/// with 6.5 KB free runs out of memory with three times as much.
const TINY: usize = 512;

/// A program to run on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The name that tracebacks show, most often the path of the file on the host.
    pub name: String,
    /// The program's text.
    pub source: String,
    /// What stands behind the name in `sys.argv`.
    pub arguments: Vec<String>,
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// It ran to its end.
    Completed,
    /// It called `sys.exit()`, with this argument; `None` if it had none.
    Exited(Value),
    /// It called `sys.exit()`, which restarted the interpreter; what it was given is not known.
    Restarted,
}

impl Exit {
    /// The exit status as Python means it: `sys.exit()` and `sys.exit(0)` are success, another
    /// number is that status, and anything else is a failure.
    pub fn status(&self) -> u8 {
        match self {
            Self::Completed | Self::Restarted | Self::Exited(Value::None) => 0,
            // As the operating system takes it: the lowest eight bits.
            Self::Exited(Value::Int(number)) => number.to_le_bytes()[0],
            Self::Exited(Value::Bool(value)) => u8::from(*value),
            Self::Exited(_) => 1,
        }
    }
}

impl Device {
    /// Runs a script under its own name, and tells how it ended.
    ///
    /// Tracebacks carry the script's name and lines. What `sys.exit()` is given is reported, and the
    /// interpreter lives on; only where the board's memory is too small to hold the script's text
    /// beside the compiled code does `sys.exit()` restart it, as on the bare raw REPL.
    ///
    /// # Errors
    /// [`Error::Exception`] for an exception that the script does not catch, and [`Error::TooLarge`] for a script
    /// that does not fit into the board's memory even when it is minified.
    pub fn run(&mut self, script: &Script) -> Result<Exit, Error> {
        self.run_with(script, CallOptions::new())
    }

    /// As [`run`](Self::run), with options of its own.
    ///
    /// # Errors
    /// As [`run`](Self::run) and [`exec_with`](Self::exec_with).
    pub fn run_with(&mut self, script: &Script, options: CallOptions<'_>) -> Result<Exit, Error> {
        self.ready()?;
        let mut text = script.text();
        if let Err(error @ Error::TooLarge { .. }) = self.check_size(text.len()) {
            // What only people read may be what does not fit; every line keeps its number.
            let smaller = belay_minify::minify(&text, &belay_minify::Options::default());
            match smaller {
                Ok(smaller) if self.check_size(smaller.len()).is_ok() => text = smaller,
                _ => return Err(error),
            }
        }
        let wrapped = text.len() <= TINY || self.holds(text.len())?;
        let result = if wrapped {
            let mark = self.link.driver.repl().next_mark();
            let asks = match &mut self.link.driver.input {
                None => String::new(),
                Some(input) => {
                    input.begin(&mark);
                    mark.to_string()
                }
            };
            let mut helper = prepare(RUN, &[]);
            if !asks.is_empty() && text.contains("stdin") {
                helper += &prepare(STDIN, &[]);
            }
            let mut arguments = vec![&*text, &*asks, &*script.name];
            arguments.extend(script.arguments.iter().map(|text| &**text));
            let result = self.call(&Code::Helper(&helper, &arguments), options);
            if let Some(input) = &mut self.link.driver.input {
                input.end();
            }
            result.map(Some)
        } else {
            if !script.arguments.is_empty() {
                let argv = format!("import sys\nsys.argv[:]={}", script.argv());
                self.statements(&argv, CallOptions::new())?;
            }
            self.call(&Code::Bare(&text), options).map(|_| None)
        };
        let arguments = match result {
            Err(Error::Exited) => return Ok(Exit::Restarted),
            Err(Error::Exception(exception)) => {
                return Err(Error::Exception(Box::new(script.locate(*exception))));
            }
            other => other?,
        };
        let Some(arguments) = arguments.filter(|arguments| arguments != "None") else {
            return Ok(Exit::Completed);
        };
        // Anything that is no literal is an argument other than a number: a failure.
        Ok(Exit::Exited(match belay_pylit::parse(&arguments) {
            Ok(Value::Tuple(arguments)) => arguments.into_iter().next().unwrap_or(Value::None),
            _ => Value::Ellipsis,
        }))
    }
}

impl Script {
    /// A program without arguments.
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            source: source.into(),
            arguments: Vec::new(),
        }
    }

    /// What the program finds in `sys.argv`.
    pub(crate) fn argv(&self) -> Value {
        let all = std::iter::once(&self.name).chain(&self.arguments);
        Value::List(all.cloned().map(Value::Str).collect())
    }

    /// The text as it is sent: without a byte order mark, with LF at the ends of lines.
    pub(crate) fn text(&self) -> String {
        self.source
            .trim_start_matches('\u{feff}')
            .replace("\r\n", "\n")
            .replace('\r', "\n")
    }

    /// Takes the frames out of a traceback that belong to the code around the script, and gives the
    /// others the script's name.
    pub(crate) fn locate(&self, mut exception: Exception) -> Exception {
        let own = |file: &str| file == self.name;
        if exception
            .frames
            .iter()
            .any(|frame| own(&frame.file) || frame.file == "<string>")
        {
            exception.frames.retain(|frame| frame.file != "<stdin>");
        }
        let lines = u32::try_from(self.source.lines().count())
            .unwrap_or(u32::MAX)
            .max(1);
        for frame in &mut exception.frames {
            if frame.file == "<stdin>" || frame.file == "<string>" {
                frame.file.clone_from(&self.name);
            }
            if own(&frame.file) {
                // The end of the text may be found missing in a line behind it.
                frame.line = frame.line.min(lines);
            }
        }
        exception
    }
}
