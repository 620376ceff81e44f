//! The session against recordings of real firmware.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod recordings;
mod replay;
