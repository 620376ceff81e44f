//! How a command fails.

use std::io;
use std::path::{Path, PathBuf};

use belay_device::{Exception, Reboot, Script};
use belay_pkgmgr::{ConfigError, FileError, ProjectError};
use belay_sync::RemotePath;
use belay_tokenize::{ErrorKind, Position};
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
    /// A device is named, and nothing to be done with it.
    #[error("{port} names a device, and <{argument}> is missing")]
    OnlyDevice {
        /// The command.
        command: &'static str,
        /// Its argument.
        argument: &'static str,
        /// The device.
        port: String,
    },
    /// A device is named behind what is to be done with it.
    #[error("{port} names a device and comes too late")]
    DeviceBehind {
        /// The device.
        port: String,
        /// The command line that was meant.
        meant: String,
    },
    /// Tests could not be run.
    #[error(transparent)]
    Tests(belay_testing::Error),
    /// There is no expression.
    #[error("the expression is empty")]
    NoExpression,
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
        /// The names that the project and the user have given.
        known: Vec<String>,
        /// What is said of a key in the project's file that was probably meant to give names.
        misspelt: Option<String>,
    },
    /// What a name stands for is no device.
    #[error("the device {name} cannot be {text:?}: {source}")]
    NamedDevice {
        /// The name.
        name: String,
        /// What the configuration has for it.
        text: String,
        /// What is wrong with that.
        source: SpecifierError,
    },
    /// A configuration file has mistakes.
    #[error("{}", mistakes(path, source))]
    Config {
        /// The file.
        path: PathBuf,
        /// All of them.
        source: ConfigError,
    },
    /// An operation on a project failed.
    #[error("{}", project(.0))]
    Project(#[source] ProjectError),
    /// The cache of downloads cannot be used.
    #[error("{}", with_causes(.0))]
    Cache(#[source] FileError),
    /// There is no place for the cache, since the user has no home.
    #[error("there is no folder for the cache")]
    NoCache,
    /// Something would be deleted from the cache, and nobody has agreed.
    #[error("{count} items would be deleted from the cache, such as {name}")]
    CacheUnconfirmed {
        /// How many.
        count: usize,
        /// One of them.
        name: String,
    },
    /// A new project has no place where it was to be.
    #[error("{} is there already", path.display())]
    ProjectExists {
        /// The file or folder.
        path: PathBuf,
    },
    /// There are more arguments than the command takes.
    #[error("the argument {argument:?} is one too many")]
    ExtraArgument {
        /// The command.
        command: &'static str,
        /// The first that is too many.
        argument: String,
    },
    /// A folder was not mounted on a board.
    #[error("{0}")]
    Mount(#[source] belay_mount::Error),
    /// A program of this computer could not be started.
    #[error("cannot start {}: {source}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What to add is not there.
    #[error("the argument <URI> is missing")]
    MissingUri,
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
    /// Something is to be chosen where nobody can see it.
    #[error("a board is chosen at a terminal, and this is none")]
    NoScreen,
    /// There is no folder for the settings of the user.
    #[error("the user has no folder for settings: HOME is not set")]
    NoUserFolder,
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
    /// An operand that must be a path on the board is none.
    #[error("{text} is no path on the board")]
    NotOnBoard {
        /// The operand.
        text: String,
    },
    /// What the board is to be told is not UTF-8.
    #[error("{text} is not UTF-8")]
    NotText {
        /// It, as far as it can be shown.
        text: String,
    },
    /// Some sources of a copy are on the board and others are not.
    #[error("some sources are on the board and some are not")]
    MixedSources,
    /// Neither the sources of a copy nor its destination are on the board.
    #[error("nothing of this is on the board")]
    NothingOnBoard,
    /// Files were not brought onto a board, or from it.
    #[error("{}{}", place(port.as_deref()), with_causes(source))]
    Deploy {
        /// The device as the user named it, where what went wrong is about the whole board.
        port: Option<String>,
        /// Why not.
        source: Box<belay_deploy::Error>,
    },
    /// More than one file where only one is possible.
    #[error("belay {command} takes one file")]
    OneFile {
        /// The command.
        command: &'static str,
    },
    /// Files on the board would be deleted, and nobody has agreed.
    #[error("{count} files or folders on the board would be deleted, such as :{path}")]
    Unconfirmed {
        /// How many.
        count: usize,
        /// One of them.
        path: RemotePath,
    },
    /// `boot.py` would be changed, and nobody has agreed.
    #[error("boot.py on the board would be changed")]
    BootUnconfirmed,
    /// Code still may not write after `boot.py` has run, which has its old contents again.
    #[error(
        "code on the board still may not write; boot.py has been made what it was{}",
        if said.is_empty() { String::new() } else { format!("; it said: {said}") }
    )]
    BootNoHelp {
        /// What `boot.py` printed.
        said: String,
    },
    /// The firmware has no file system that a computer sees as a drive.
    #[error("{port} does not run CircuitPython: its code may write as it is")]
    NoDrive {
        /// The device as the user named it.
        port: String,
    },
    /// The board does not tell how large its file system is.
    #[error("{port} does not tell how much room it has")]
    NoSpaceFigures {
        /// The device as the user named it.
        port: String,
    },
    /// No editor is configured.
    #[error("no editor is set")]
    NoEditor,
    /// The editor could not be started.
    #[error("cannot start {editor}: {source}")]
    EditorStart {
        /// The editor.
        editor: String,
        /// The operating system's word.
        source: io::Error,
    },
    /// The editor ended with an error.
    #[error("{editor} failed, and the file on the board is as it was")]
    EditorFailed {
        /// The editor.
        editor: String,
    },
    /// The file for the editor could not be exchanged with it.
    #[error("cannot exchange a file with the editor: {0}")]
    Editor(#[source] io::Error),
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
    #[error("{}", with_causes(.0))]
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
    Signals(std::io::Error),
}

impl Error {
    /// Whether the command line, a file of the user or the computer is to be changed, rather than
    /// something has gone wrong.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Project(source) => source.is_usage(),
            Self::Deploy { source, .. } => source.is_usage(),
            Self::Tests(source) => !matches!(
                source,
                belay_testing::Error::Device(_) | belay_testing::Error::Interrupted
            ),
            #[cfg(all(unix, feature = "sim"))]
            Self::Sim(source) => !matches!(
                source,
                belay_sim::Error::Boot { .. }
                    | belay_sim::Error::System { .. }
                    | belay_sim::Error::Stopped { .. }
            ),
            Self::Cache(_)
            | Self::Mount(belay_mount::Error::Unsupported { .. })
            | Self::Connect { .. }
            | Self::Call { .. }
            | Self::Raised { .. }
            | Self::Json(_)
            | Self::Reboot { .. }
            | Self::Link(_)
            | Self::Minify { .. }
            | Self::NoSpaceFigures { .. }
            | Self::BootNoHelp { .. }
            | Self::EditorFailed { .. }
            | Self::Editor(_)
            | Self::Output(_)
            | Self::Interrupted
            | Self::Signals(_)
            | Self::Terminal(_) => false,
            _ => true,
        }
    }
}

impl From<belay_deploy::Error> for Error {
    fn from(source: belay_deploy::Error) -> Self {
        Self::Deploy {
            port: None,
            source: Box::new(source),
        }
    }
}

fn place(port: Option<&str>) -> String {
    port.map_or_else(String::new, |port| format!("{port}: "))
}

/// An error with what led to it, unless its text has that already.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |error| error.source()) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn project(error: &ProjectError) -> String {
    match error {
        ProjectError::Config { path, source } => mistakes(path, source),
        error => with_causes(error),
    }
}

/// A line for each mistake, in the form in which editors find their way to it.
pub(crate) fn mistakes(path: &Path, error: &ConfigError) -> String {
    let lines = error.mistakes.iter();
    let lines: Vec<_> = lines
        .map(|mistake| format!("{}:{mistake}", path.display()))
        .collect();
    lines.join("\n")
}

fn into(reboot: Reboot) -> &'static str {
    match reboot {
        Reboot::Bootloader => " into a bootloader",
        Reboot::SafeMode => " into safe mode",
        _ => "",
    }
}
