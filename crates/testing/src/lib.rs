//! Run Python tests on MicroPython and CircuitPython boards.
//!
//! [`find`] looks for test files, and [`Runner`] runs them on a board: functions `test…`, classes
//! `Test…` and the cases of `unittest`, of which the board gets one of ours. Files of the host are
//! in the board's memory only; what they import is taken from the host as well
//! ([`Options::folders`]), and nothing is written to the board's flash.
//!
//! Each file begins in an interpreter that has been restarted. So does the test behind one that
//! hangs, restarts the board or leaves no memory: such a test is one failure, and the others run. What
//! tests do to the board's files is undone.
//!
//! Assertions report the values of their parts, and lines that they ran: `belay-instrument` rewrites
//! the files. [`Coverage::lcov`] and [`junit`] write what other programs read.
//!
//! It decides nothing for a user and talks to none: outcomes are handed back as they come.

mod board_code;
mod coverage;
mod error;
mod find;
mod imports;
mod junit;
mod outcome;
mod runner;
mod snapshot;

pub use board_code::runner as board_code;
pub use coverage::{Coverage, FileCoverage};
pub use error::Error;
pub use find::{TestFile, find};
pub use imports::{Module, modules};
pub use junit::junit;
pub use outcome::{Failure, Outcome, Verdict};
pub use runner::{Event, Options, Runner};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
