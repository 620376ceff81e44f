//! Whole scripts, run under their own names.

use belay_pylit::Value;

use crate::Exception;

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

    /// Up to this size every board holds the text beside what compiling it takes, in bytes. A
    /// micro:bit with 6.5 KB free runs out of memory with three times as much.
    pub(crate) const TINY: usize = 512;
    /// Up to this size every board takes in the text of a command, in bytes.
    pub(crate) const SMALL: usize = 2048;

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
