//! How a session fails.

use std::time::Duration;

use crate::Phase;

/// A failure of the protocol. After one the board's state is unknown and the session has to
/// [`enter`](crate::RawRepl::enter) again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The board did not answer in time.
    #[error("no answer within {waited:?} while {phase}{}", seen(last_seen))]
    Timeout {
        /// What the session was doing.
        phase: Phase,
        /// How long it waited.
        waited: Duration,
        /// How often the board has been seen to restart meanwhile.
        restarts: u32,
        /// The last bytes from the board, 200 at most; empty when it never said anything.
        last_seen: Vec<u8>,
    },
    /// The board said something that the protocol does not allow there.
    #[error("expected {expected} while {phase}")]
    Violation {
        /// What the session was doing.
        phase: Phase,
        /// What should have come.
        expected: &'static str,
    },
    /// The board is at the raw REPL's prompt, and its memory has no room for the shortest command: a
    /// program has filled it. A soft reset empties it.
    #[error("the board has no memory left for any command")]
    NoMemory,
}

fn seen(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "; the board said nothing".to_owned()
    } else {
        format!("; last seen: {:?}", String::from_utf8_lossy(bytes))
    }
}
