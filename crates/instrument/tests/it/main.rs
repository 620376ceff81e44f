//! The crate as a whole.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod assertions;
mod library;
mod lines;
#[cfg(unix)]
mod micropython;
mod properties;
