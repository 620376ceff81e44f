//! The raw REPL and raw-paste mode of MicroPython and CircuitPython as a sans-IO state machine.
//!
//! [`RawRepl`] never reads, writes or waits. Bytes from the board and the time go in; bytes for the
//! board, events and the next deadline come out. The caller owns the port and the clock, so the same
//! machine drives a serial port, a socket or a test with virtual time.
//!
//! Three decisions shape it:
//!
//! * **A marker ends every command.** The protocol's own end mark, `\x04…\x04>`, may just as well be
//!   printed by the program. Each command therefore prints a [`Mark`] that nobody else knows as its
//!   last word; where it fails before that, a second command that prints another mark settles what
//!   was the end. Any bytes in the output leave the session in step.
//! * **One write, one round trip.** A command that fits the board's input buffer goes out in one
//!   write, and a longer one starts raw-paste mode and its first bytes in one write.
//! * **No fixed sleeps.** Entering the raw REPL means being answered by a marker; what is not
//!   answered is tried again, until the caller's deadline.
//!
//! Who should not use it: a program that wants values from a board and not a protocol wants the
//! session type of `belay-device`, which is built on this crate.
//!
//! The facts are those of MicroPython's documentation, "MicroPython Interactive Interpreter Mode
//! (aka REPL)", and of the recorded dialogues under `tests/data`.

mod command;
mod error;
mod mark;
mod scanner;
mod search;
mod session;

pub use command::Command;
pub use error::Error;
pub use mark::{Mark, Nonce};
pub use scanner::{Console, Payload, Scan, Scanner};
pub use session::{Config, Event, Finished, Outcome, Phase, RawRepl};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
