//! The package as its users have it: built as a wheel, installed, and used by Python programs on
//! simulated boards.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod engine;
mod environment;
mod examples;
mod judge;
mod package;
mod paths;
mod plugin;
mod suite;
