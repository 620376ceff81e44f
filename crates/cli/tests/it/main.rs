//! Whole commands, on simulated boards where they need one.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[cfg(all(unix, feature = "sim"))]
mod boards;
mod completions;
mod devices;
mod help;
mod minify;
mod packages;
#[cfg(all(target_os = "linux", feature = "sim"))]
#[path = "../../../transport/tests/it/ser2net.rs"]
mod ser2net;
mod support;
mod usage;
