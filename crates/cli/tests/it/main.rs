//! Whole commands, on simulated boards where they need one.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[cfg(all(unix, feature = "sim"))]
mod boards;
mod completions;
mod devices;
mod help;
mod minify;
mod packages;
mod support;
mod usage;
