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
        /// The last bytes from the board, 200 at most; empty when it never said anything.
        last_seen: Vec<u8>,
    },
    /// The board said something that the protocol does not allow there.
    #[error("expected {expected} while {phase}{}", seen(last_seen))]
    Violation {
        /// What the session was doing.
        phase: Phase,
        /// What should have come.
        expected: &'static str,
        /// The last bytes from the board, 200 at most.
        last_seen: Vec<u8>,
    },
}

fn seen(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "; the board said nothing".to_owned()
    } else {
        format!("; last seen: {:?}", String::from_utf8_lossy(bytes))
    }
}
