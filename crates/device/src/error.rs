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
    #[error("expected {expected} while {phase}; last seen: {}", shown(last_seen))]
    Violation {
        /// What the session was doing.
        phase: Phase,
        /// What should have come.
        expected: &'static str,
        /// The last bytes from the board.
        last_seen: Vec<u8>,
    },
    /// The board did not answer.
    #[error("no answer within {:.1} s while {phase}; {}", waited.as_secs_f64(), last(last_seen))]
    Timeout {
        /// What the session was doing.
        phase: Phase,
        /// How long it waited.
        waited: Duration,
        /// The last bytes from the board; empty when it never said anything.
        last_seen: Vec<u8>,
    },
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
    /// A command was interrupted before the board had all of it; it did not run.
    #[error("interrupted before the board had the whole command")]
    Cancelled,
    /// The caller gave up waiting; the program may still run on the board.
    #[error("gave up waiting for the program")]
    Abandoned,
    /// The program's output could not be passed on.
    #[error("the output could not be written: {0}")]
    Output(#[source] io::Error),
}

impl From<belay_rawrepl::Error> for Error {
    fn from(error: belay_rawrepl::Error) -> Self {
        match error {
            belay_rawrepl::Error::Violation {
                phase,
                expected,
                last_seen,
            } => Self::Violation {
                phase,
                expected,
                last_seen,
            },
            belay_rawrepl::Error::Timeout {
                phase,
                waited,
                last_seen,
            } => Self::Timeout {
                phase,
                waited,
                last_seen,
            },
            other => unreachable!("an unknown protocol error: {other}"),
        }
    }
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
