//! How starting or driving a simulated board fails.

use std::io;
use std::path::PathBuf;

use crate::running::RunningBoard;

/// A failure around a simulated board.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no MicroPython to run boards on.
    #[error("no MicroPython engine found; {advice}")]
    EngineMissing {
        /// The files that were looked for, in order.
        looked: Vec<PathBuf>,
        /// How this system provides one, in one sentence.
        advice: String,
    },
    /// The engine does not start.
    #[error("the engine {} does not start", path.display())]
    EngineSpawn {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program is no MicroPython: it did not answer with a version.
    #[error("{} did not answer as MicroPython does: {answer:?}", path.display())]
    EngineAnswer {
        /// The program.
        path: PathBuf,
        /// The first 200 bytes of what it said.
        answer: String,
    },
    /// The engine is too old for a board.
    #[error(
        "the engine {} is MicroPython {}.{}.{}; 1.20 is the oldest that works",
        path.display(), version.0, version.1, version.2
    )]
    EngineTooOld {
        /// The program.
        path: PathBuf,
        /// Its version.
        version: (u32, u32, u32),
    },
    /// The interpreter ended, or complained, before the board was up.
    #[error("the board does not come up: {text}")]
    Boot {
        /// What the interpreter said last; its exit status when it said nothing.
        text: String,
    },
    /// Another board runs on this flash image.
    #[error("the flash image {} is in use by {}", path.display(), user(running.as_ref()))]
    FlashInUse {
        /// The image.
        path: PathBuf,
        /// The other board, if that has told where it is.
        running: Option<RunningBoard>,
    },
    /// No board has this name.
    #[error("there is no simulated board {name}")]
    UnknownBoard {
        /// What was asked for.
        name: String,
    },
    /// The image has another size than the geometry asked for.
    #[error("the flash image {} has {found} bytes instead of {expected}", path.display())]
    FlashSize {
        /// The image.
        path: PathBuf,
        /// Blocks times block size, in bytes.
        expected: u64,
        /// The length of the file in bytes.
        found: u64,
    },
    /// The flash image cannot be opened, made or locked.
    #[error("cannot use the flash image {}", path.display())]
    Flash {
        /// The image.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The TCP port of the board cannot be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// A password of WebREPL is empty or too long.
    #[error("a password of WebREPL has one to nine bytes")]
    WebReplPassword,
    /// The pseudo-terminal cannot be set up.
    #[error("cannot make a pseudo-terminal")]
    Pty {
        /// Why.
        source: io::Error,
    },
    /// Something of the system failed underneath the board.
    #[error("{doing} failed")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The board would have to be off for that.
    #[error("the board has power")]
    Powered,
    /// The user has no data folder, so a named board has no place for its flash.
    #[error("this user has no data folder to keep the flash image in")]
    NoDataFolder,
    /// The board has stopped: its interpreter is gone for good.
    #[error("the board has stopped: {reason}")]
    Stopped {
        /// The last words of the interpreter or the failure underneath.
        reason: String,
    },
}

/// A part of a `sim:` device name that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// No option has this name.
    #[error("unknown option {key:?}; known are {}", known.join(", "))]
    UnknownKey {
        /// What was written.
        key: String,
        /// Every name there is.
        known: &'static [&'static str],
    },
    /// The value does not fit the option.
    #[error("option {key} does not take {value:?}, but {expected}")]
    BadValue {
        /// The option.
        key: &'static str,
        /// What was written.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
    /// The option is written twice.
    #[error("option {key} is given twice")]
    Repeated {
        /// The option.
        key: &'static str,
    },
    /// The name of the board would not be a plain file name.
    #[error("{name:?} is no name of a board: letters, digits, '-', '_' and '.' make one")]
    BadName {
        /// What was written.
        name: String,
    },
}

fn user(running: Option<&RunningBoard>) -> String {
    running.map_or_else(
        || "another process".to_owned(),
        |board| {
            format!(
                "process {}, whose board is at {}",
                board.process,
                board.path.display()
            )
        },
    )
}

impl Error {
    pub(crate) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
