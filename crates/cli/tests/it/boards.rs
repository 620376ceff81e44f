//! Commands on simulated boards.

mod board;
mod circuitpython;
mod commands;
mod drive;
mod failures;
mod files;
mod guide;
mod input;
mod install;
mod interrupts;
mod library;
mod matrix;
mod minify;
mod mount;
mod output;
mod read_only;
mod reset;
mod select;
mod simulator;
mod sync;
mod terminal;
mod testing;
mod webrepl;
