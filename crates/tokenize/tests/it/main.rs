//! The crate as a whole: what cannot be split, and properties.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod invalid;
mod properties;
