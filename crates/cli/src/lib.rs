//! The `belay` command: run code on MicroPython and CircuitPython boards.
//!
//! A command line goes through four stages: [`Cli`] is what the user typed, the settings are what it
//! means, a command does it, and the printer says it: data on stdout, everything else on stderr.
//! Errors keep their types to the end, where [`diagnose`] gives each its exit status and a hint.
//!
//! # Exit status
//!
//! | status | meaning |
//! |---|---|
//! | 0 | done; a reader of the output that goes away is no failure |
//! | 1 | the operation failed; an uncaught exception on the board counts as that, also the `KeyboardInterrupt` after ctrl-C |
//! | 2 | wrong usage or environment: no such board, flag or script |
//! | n | the program on the board called `sys.exit(n)` |
//!
//! Rust programs that talk to a board use `belay-device`; this crate is for whoever offers the
//! command itself, as a package for another language does.

mod args;
mod candidates;
mod commands;
mod completion;
mod connection;
mod context;
mod diagnosis;
mod diagnostics;
pub mod env;
mod error;
mod interrupts;
mod json;
mod password;
mod printer;
mod program;
mod progress;
mod script;
mod settings;
mod simulated;
mod text;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

#[cfg(all(unix, feature = "sim"))]
pub use args::Sim;
pub use args::{
    Add, CacheArgs, CacheClear, CacheCommand, CacheInfo, CacheList, Cat, CircuitPython,
    CircuitPythonCommand, Clean, Cli, Color, Command, Completions, Cp, Devices, Df, Edit, Eval,
    Exec, Fs, FsCommand, Global, Info, Init, Install, Latency, List, Lock, Ls, Man, Minify, Mkdir,
    Mv, Network, New, Outdated, PackageTree, Remount, Remove, Reset, Revert, Rm, Rmdir, Run,
    Search, Select, Sha256, Sync, Terminal, Test, Touch, Tree, Update,
};
pub use diagnosis::{Diagnosis, Explanation};
pub use diagnostics::diagnose;
pub use error::Error;
pub use json::Error as JsonError;

use context::Context;
use interrupts::Interrupts;
use printer::Printer;
use settings::{Settings, Verbosity};

/// The device that a name stands for in the project around the working directory, or in the file of the
/// user's own devices.
///
/// # Errors
/// What keeps these from being read, and a name that neither has.
pub fn named_device(name: &str) -> Result<belay_transport::Specifier, Error> {
    let workspace = workspace::Workspace::default();
    workspace.names()?.specifier(name.to_owned())
}

/// Does what a command line says and returns its exit status, see [`status`].
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(status(args))
}

/// Does what a command line says and returns its exit status as a number. The first argument is the
/// program.
///
/// Takes over ctrl-C for the whole process. Where a shell asks for words that complete a command line,
/// it answers and ends the process.
pub fn status(args: impl IntoIterator<Item = OsString>) -> u8 {
    // First of all: ctrl-C may come at any moment, and is to be answered.
    let printer = Printer::new(Verbosity::Normal, false);
    let interrupts = Interrupts::new(printer.clone());
    if let Err(error) = interrupts.install() {
        return fail(&error, &printer);
    }
    completion::answer();
    let args: Vec<_> = args.into_iter().collect();
    let workspace = workspace::Workspace::default();
    let cli = match Cli::read(&args, |text| program::find(&workspace, text).is_some()) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed stdout or stderr is no reason to say anything else.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let settings = Settings::new(&cli.global);
    let printer = Printer::new(settings.verbosity, settings.color);
    interrupts.speak_through(&printer);
    let context = Context {
        settings,
        workspace,
        printer,
        interrupts,
    };
    commands::dispatch(&cli, &context).unwrap_or_else(|error| fail(&error, &context.printer))
}

/// Says what has failed, and gives its exit status.
fn fail(error: &Error, printer: &Printer) -> u8 {
    let diagnosis = diagnose(error);
    printer.explain(&diagnosis.explanation);
    diagnosis.status
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
