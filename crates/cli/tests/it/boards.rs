//! Commands on simulated boards.

mod board;
mod commands;
mod failures;
mod interrupts;
mod output;
mod reset;
mod simulator;
mod terminal;
