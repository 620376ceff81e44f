//! What can go wrong in a session.

use std::io;
use std::time::Duration;

use belay_rawrepl::Phase;

use crate::Exception;

/// An error of a session with a board.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The byte stream to the board failed.
    #[error(transparent)]
    Transport(#[from] belay_transport::Error),
    /// The board said something that the protocol does not allow.
    #[error("expected {expected} while {phase}")]
    Violation {
        /// What the session was doing.
        phase: Phase,
        /// What should have come.
        expected: &'static str,
    },
    /// The board did not answer.
    #[error("no answer within {:.1} s while {phase}; {}", waited.as_secs_f64(), last(last_seen))]
    Timeout {
        /// What the session was doing.
        phase: Phase,
        /// How long it waited.
        waited: Duration,
        /// How often the board has been seen to restart meanwhile.
        restarts: u32,
        /// The last bytes from the board; empty when it never said anything.
        last_seen: Vec<u8>,
    },
    /// The board's memory has no room for the shortest command: a program has filled it.
    /// [`ConnectOptions::reset`](crate::ConnectOptions::reset) empties it.
    #[error("the board has no memory left for any command")]
    NoMemory,
    /// Code on the board raised an exception and did not catch it.
    #[error("{}", .0.summary())]
    Exception(Box<Exception>),
    /// Code on the board called `sys.exit()`; its interpreter has restarted and its state is gone.
    #[error("the program left the interpreter, which has restarted")]
    Exited,
    /// The board restarted while code ran on it: a reset of its own, a watchdog, a crash.
    #[error("the board restarted while the program ran")]
    Restarted,
    /// A result is no literal.
    #[error("the result is no literal: {text}")]
    NotALiteral {
        /// Its repr, as the board printed it.
        text: String,
    },
    /// A result is a literal, but not of the type that was asked for.
    #[error("the result {text} is not what was asked for: {source}")]
    WrongType {
        /// Its repr, as the board printed it.
        text: String,
        /// What does not fit.
        source: belay_pylit::Error,
    },
    /// A result is longer than the session keeps.
    #[error("the result is {length} bytes long, more than the {limit} that are kept")]
    ResultTooLong {
        /// Its length, in bytes.
        length: u64,
        /// The longest that is kept, in bytes.
        limit: usize,
    },
    /// Code is too large for the board's memory; it was not sent.
    #[error("{length} bytes of code are too much for a board with {free} bytes of free memory")]
    TooLarge {
        /// The length of the code, in bytes.
        length: usize,
        /// The board's free memory, in bytes.
        free: u64,
    },
    /// The board ended a call without giving its result.
    #[error("the call ended without a result")]
    NoResult,
    /// A command did not run: it was interrupted before the board had all of it, or the batch that
    /// it belongs to ended before its turn.
    #[error("given up before it began to run on the board")]
    Cancelled,
    /// An argument has no literal.
    #[error("the argument cannot be sent: {source}")]
    Argument {
        /// Why not.
        source: belay_pylit::Error,
    },
    /// An argument is of a kind that the board could not read.
    #[error("a value of type {kind} cannot be sent")]
    NotSendable {
        /// Its type, as Python calls it.
        kind: &'static str,
    },
    /// A name is kept for Python or for this library.
    #[error("the name {name} is reserved")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A text stands where a name is needed.
    #[error("{text:?} is not a name")]
    NotAName {
        /// The text.
        text: String,
    },
    /// A source should define one function.
    #[error("the source defines {found} functions, not one")]
    OneFunction {
        /// How many it defines.
        found: usize,
    },
    /// Code is meant for other implementations of Python than the board's.
    #[error("the code is for {wanted}, and the board runs {found}")]
    OtherImplementation {
        /// What it is meant for.
        wanted: String,
        /// What the board runs.
        found: String,
    },
    /// What a handle stands for is gone: the board's interpreter has restarted.
    #[error("{what} is gone: the board's interpreter has restarted")]
    Gone {
        /// What it is.
        what: String,
    },
    /// A value has come where an object was asked for that stays on the board.
    #[error("{text} is a value, not an object on the board")]
    NotAnObject {
        /// The value's repr.
        text: String,
    },
    /// The board's firmware lacks something.
    #[error("the board's firmware has no {feature}")]
    Unavailable {
        /// What it lacks.
        feature: &'static str,
    },
    /// The link broke during a call. Whether the call has run on the board is not known, and it is
    /// not run again.
    #[error("the link broke during the call: {source}")]
    ConnectionLost {
        /// How it broke.
        source: belay_transport::Error,
    },
    /// The board could not be connected anew.
    #[error("the board was not found again in {attempts} attempts{}", because(source.as_deref()))]
    NotReconnected {
        /// How often it was tried; zero without a way to do so.
        attempts: u32,
        /// What the last attempt failed with.
        source: Option<Box<Error>>,
    },
    /// The history of a session has no room for more; nothing was run.
    #[error("more than {limit} entries do not fit the session's history")]
    HistoryFull {
        /// How many entries it has room for.
        limit: usize,
    },
    /// What ended a batch came before the answer to this call: whether it ran is not known.
    #[error("no answer came; whether the call ran is not known")]
    Unanswered,
    /// The caller gave up waiting; the program may still run on the board.
    #[error("gave up waiting for the program")]
    Abandoned,
    /// An operation on a file or folder of the board failed.
    #[error("{path}: {fault}")]
    File {
        /// Its path on the board.
        path: String,
        /// What is wrong.
        fault: FileFault,
    },
    /// The caller's progress function asked to stop; the board is at its prompt.
    #[error("stopped on request")]
    Interrupted,
    /// The link damaged so much that a transfer did not get on.
    #[error("the link damages too much of what it carries: given up after {attempts} attempts")]
    Damaged {
        /// How often it was tried.
        attempts: u32,
    },
    /// What a board answered to a call was damaged on the way. The call has run, unless its code was
    /// damaged, too, and that could not be told.
    #[error("the answer was damaged on the way; whether the call ran is not known")]
    DamagedAnswer,
    /// Something that was to be done again on a board that has come back failed for a reason of its own.
    #[error(transparent)]
    Remembered(Box<dyn std::error::Error + Send + Sync>),
    /// A path that cannot be one on a board.
    #[error(transparent)]
    Path(#[from] belay_sync::PathError),
    /// The program's output could not be passed on.
    #[error("the output could not be written: {0}")]
    Output(#[source] io::Error),
}

/// What is wrong with a file or folder of a board.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// There is none.
    #[error("not found")]
    NotFound,
    /// There is one already.
    #[error("exists already")]
    Exists,
    /// A file is where a folder is needed.
    #[error("not a folder")]
    NotAFolder,
    /// A folder is where a file is needed.
    #[error("a folder is in the way")]
    IsAFolder,
    /// A folder cannot be moved to where it is itself. Some file systems would lose it that way.
    #[error("cannot be moved into itself")]
    IntoItself,
    /// A folder that is to be deleted holds something.
    #[error("the folder is not empty")]
    NotEmpty,
    /// The board has no room for it; nothing was changed.
    #[error("{needed} bytes are needed and {free} are free")]
    NoSpace {
        /// Bytes that it takes up, rounded to the file system's unit.
        needed: u64,
        /// Bytes that are free when its turn comes.
        free: u64,
    },
    /// The file system became full while writing.
    #[error("the file system is full")]
    Full,
    /// The file system cannot be written to. That of CircuitPython can be by its code only while no
    /// computer has the USB drive.
    #[error("the file system is read-only")]
    ReadOnly,
    /// The file system does not allow it.
    #[error("not allowed")]
    Denied,
    /// The file system does not take such a name.
    #[error("the file system does not take this name")]
    BadName,
    /// A name is longer than the file system allows.
    #[error("the name is too long")]
    NameTooLong,
    /// What was read back from the file system is not what was sent. The old contents are there
    /// still, except on a board without `os.rename`.
    #[error("what was read back is not what was written")]
    Unverified,
    /// The board has too little memory for the operation.
    #[error("the board has too little memory")]
    NoMemory,
    /// The board cannot do it at all: its firmware lacks the function.
    #[error("the board's firmware has no {function}")]
    Unsupported {
        /// What is missing.
        function: &'static str,
    },
    /// The web workflow through which it is changed fails.
    #[error("the board's web workflow: {reason}")]
    Web {
        /// What it says, or why it says nothing.
        reason: String,
    },
    /// What the board said of it makes no sense.
    #[error("the board's report cannot be understood")]
    BadReport,
    /// Another error number.
    #[error("error number {number}")]
    Other {
        /// The number, as MicroPython's `errno` has it.
        number: u32,
    },
}

impl From<belay_rawrepl::Error> for Error {
    fn from(error: belay_rawrepl::Error) -> Self {
        match error {
            belay_rawrepl::Error::Violation { phase, expected } => {
                Self::Violation { phase, expected }
            }
            belay_rawrepl::Error::Timeout {
                phase,
                waited,
                restarts,
                last_seen,
            } => Self::Timeout {
                phase,
                waited,
                restarts,
                last_seen,
            },
            belay_rawrepl::Error::NoMemory => Self::NoMemory,
            other => unreachable!("an unknown protocol error: {other}"),
        }
    }
}

fn because(source: Option<&Error>) -> String {
    source.map_or_else(String::new, |source| format!(": {source}"))
}

fn shown(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

fn last(seen: &[u8]) -> String {
    if seen.is_empty() {
        "the board said nothing".to_owned()
    } else {
        format!("last seen: {}", shown(seen))
    }
}
