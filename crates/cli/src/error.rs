//! How a command fails.

use std::io;
use std::path::PathBuf;

use belay_device::{Exception, Reboot, Script};
use belay_minify::{ErrorKind, Position};
use belay_transport::SpecifierError;

/// A failure of a command. [`diagnose`](crate::diagnose) tells what it means for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What to run is not there.
    #[error("the argument <{argument}> is missing")]
    MissingArgument {
        /// The command.
        command: &'static str,
        /// Its argument.
        argument: &'static str,
    },
    /// The text that should name a device does not.
    #[error("{origin} does not name a device: {source}")]
    Specifier {
        /// Where the text comes from: `PORT`, or the name of a variable.
        origin: &'static str,
        /// The text.
        text: String,
        /// What is wrong with it.
        source: SpecifierError,
    },
    /// The device is a name that no configuration knows.
    #[error("there is no device called {name}")]
    UnknownName {
        /// The name.
        name: String,
    },
    /// No device was named, and which one to use is not clear.
    #[error(transparent)]
    NoDevice(belay_transport::Error),
    /// The device could not be opened.
    #[error(transparent)]
    Open(belay_transport::Error),
    /// No raw REPL answered at the device.
    #[error("{port}: {source}")]
    Connect {
        /// The device as the user named it.
        port: String,
        /// Why not.
        source: belay_device::Error,
    },
    /// Code on the board raised an exception and did not catch it.
    #[error("{}", exception.summary())]
    Raised {
        /// The exception.
        exception: Box<Exception>,
        /// The program, where it has lines that are worth showing.
        script: Option<Script>,
    },
    /// A source cannot be minified.
    #[error("{name}:{}:{}: {kind}", position.line, position.column)]
    Minify {
        /// The file as the user named it.
        name: String,
        /// Where in it the error is.
        position: Position,
        /// What is wrong.
        kind: ErrorKind,
    },
    /// A file on this computer cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's word.
        source: io::Error,
    },
    /// Several files would become one.
    #[error("{count} files would be written one behind the other")]
    SeveralToOne {
        /// How many.
        count: usize,
    },
    /// A file would be written over one of those that it is made from, or over another result.
    #[error("{} would be overwritten", path.display())]
    Overwrites {
        /// The file.
        path: PathBuf,
    },
    /// A file on this computer could not be written.
    #[error("{} was not written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The pins of a board that is not simulated cannot be seen.
    #[cfg(all(unix, feature = "sim"))]
    #[error("the pins of {port} cannot be seen from here")]
    NoPins {
        /// The device as the user named it.
        port: String,
    },
    /// The board cannot restart in this way.
    #[error("{port} cannot restart{}: {}", into(*reboot), exception.summary())]
    Reboot {
        /// The device as the user named it.
        port: String,
        /// The way.
        reboot: Reboot,
        /// What the board says.
        exception: Box<Exception>,
    },
    /// The link to the board failed.
    #[error(transparent)]
    Link(belay_transport::Error),
    /// The terminal, or what else the input comes from, does not do what it must.
    #[error("cannot read keys: {0}")]
    Terminal(#[source] io::Error),
    /// Ctrl-C came before a program ran on the board.
    #[error("interrupted")]
    Interrupted,
    /// A call on the board failed.
    #[error("{source}")]
    Call {
        /// The device as the user named it.
        port: String,
        /// Whether the board lives in this process and ends with it.
        simulated: bool,
        /// Why.
        source: belay_device::Error,
    },
    /// The script cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Script {
        /// The path; `-` for stdin.
        path: PathBuf,
        /// The operating system's word.
        source: io::Error,
    },
    /// The script is not text.
    #[error(
        "{} is not UTF-8: byte {byte:#04x} at offset {offset}, in line {line}",
        path.display()
    )]
    NotUtf8 {
        /// The path; `-` for stdin.
        path: PathBuf,
        /// How many bytes come before the first wrong one.
        offset: usize,
        /// Its line, from 1.
        line: usize,
        /// The first wrong byte.
        byte: u8,
    },
    /// The value has no counterpart in JSON.
    #[error("the value cannot be written as JSON: {0}")]
    Json(#[from] crate::json::Error),
    /// Standard output takes no more.
    #[error("the output could not be written: {0}")]
    Output(#[source] io::Error),
    /// The simulated board did not start.
    #[cfg(all(unix, feature = "sim"))]
    #[error(transparent)]
    Sim(#[from] belay_sim::Error),
    /// The options of a simulated board are wrong.
    #[cfg(all(unix, feature = "sim"))]
    #[error("sim:{text}: {source}")]
    SimOptions {
        /// What follows `sim:`.
        text: String,
        /// What is wrong.
        source: belay_sim::OptionsError,
    },
    /// A simulated board was asked for, and this `belay` has none.
    #[cfg(not(all(unix, feature = "sim")))]
    #[error("this belay has no simulator")]
    NoSimulator,
    /// Ctrl-C cannot be caught.
    #[error("cannot handle ctrl-C: {0}")]
    Signals(#[from] ctrlc::Error),
}

fn into(reboot: Reboot) -> &'static str {
    match reboot {
        Reboot::Bootloader => " into a bootloader",
        _ => "",
    }
}
