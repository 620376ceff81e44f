//! The programs that bring files to a board.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::Tools;
use super::super::environment::finish;
use super::project::{Project, RANDOM};
use crate::workspace;

/// A program that brings files to a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Ours,
    /// It copies the files as they are, those that the board has not got yet.
    Mpremote,
    Original,
}

/// How long a command took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// From its start to its end.
    pub(super) whole: Duration,
    /// The work itself, without the start of the program and the connection, if that is known.
    pub(super) session: Option<Duration>,
}

impl Client {
    pub(super) const ALL: [Self; 3] = [Self::Ours, Self::Mpremote, Self::Original];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => concat!("belay ", env!("CARGO_PKG_VERSION")),
            Self::Mpremote => "mpremote 1.29.0",
            Self::Original => "original Belay 0.30.1",
        }
    }

    /// Makes the board hold what the folder holds.
    pub(super) fn sync(self, tools: &Tools, port: &str, folder: &Path) -> Result<Time> {
        let place = folder.to_str().context("a path that is not UTF-8")?;
        match self {
            Self::Ours => ours(tools, &["sync", "--quiet", "--yes", port, place]),
            Self::Mpremote => {
                let contents = format!("{place}/.");
                mpremote(tools, &["connect", port, "fs", "cp", "-r", &contents, ":"])
            }
            Self::Original => original(tools, port, place),
        }
    }

    /// Copies the random data to a board without files.
    pub(super) fn copy(self, tools: &Tools, port: &str, project: &Project) -> Result<Time> {
        let file = project.random.join(RANDOM);
        let file = file.to_str().context("a path that is not UTF-8")?;
        match self {
            Self::Ours => ours(tools, &["fs", "cp", "--quiet", port, file, ":"]),
            Self::Mpremote => mpremote(tools, &["connect", port, "fs", "cp", file, ":"]),
            // It has no other way to bring a file to a board.
            Self::Original => self.sync(tools, port, &project.random),
        }
    }
}

/// How long the command takes that evaluates an expression in one round trip.
pub(super) fn call(tools: &Tools, port: &str) -> Result<Duration> {
    // With a restart of the interpreter, as before a synchronisation.
    Ok(ours(tools, &["eval", "--reset", port, "0"])?.whole)
}

fn ours(tools: &Tools, arguments: &[&str]) -> Result<Time> {
    let mut command = Command::new(&tools.belay);
    command.args(arguments);
    let start = Instant::now();
    finish(command)?;
    Ok(Time {
        whole: start.elapsed(),
        session: None,
    })
}

fn mpremote(tools: &Tools, arguments: &[&str]) -> Result<Time> {
    let start = Instant::now();
    tools
        .environment
        .run(&[&["-m", "mpremote"], arguments].concat())?;
    Ok(Time {
        whole: start.elapsed(),
        session: None,
    })
}

fn original(tools: &Tools, port: &str, folder: &str) -> Result<Time> {
    let script = workspace::root().join("xtask/bench/original_sync.py");
    let script = script.to_str().context("a path that is not UTF-8")?;
    let start = Instant::now();
    let printed = tools.environment.run(&[script, port, folder])?;
    let whole = start.elapsed();
    let line = printed.lines().last().unwrap_or_default();
    let session = line.parse().context("no session was timed")?;
    Ok(Time {
        whole,
        session: Some(Duration::from_nanos(session)),
    })
}
