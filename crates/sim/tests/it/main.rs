//! The simulated board, seen from its link. Every test needs a MicroPython engine, by the
//! rules of `Engine::find`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod abilities;
mod boot;
mod buses;
mod circuitpython;
mod clocks;
mod control;
mod engine;
mod faults;
mod flash;
mod host;
mod interrupts;
mod link;
mod modules;
mod peripherals;
mod pins;
mod recordings;
mod repl;
mod sockets;
mod webrepl;
