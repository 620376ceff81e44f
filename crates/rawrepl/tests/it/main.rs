//! The session against recordings of real firmware.

mod recordings;
mod replay;
