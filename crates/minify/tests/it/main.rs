//! The crate as a whole: fixtures, properties, and the standard library of CPython.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fixtures;
mod hostile;
mod library;
mod properties;
mod spacing;
