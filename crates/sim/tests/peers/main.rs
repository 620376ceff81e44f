//! Programs written by others use a simulated board as theirs: mpremote, a client of
//! WebREPL, and the Belay that this one follows. They come from PyPI, in the versions that `environment` names.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod environment;
mod mpremote;
mod original;
mod repl;
mod support;
mod timers;
mod webrepl;
