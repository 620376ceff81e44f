//! A simulated board of its own for a round of measurements.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::micropython;

/// `belay sim` in a process of its own; it ends with this value.
pub(super) struct Board {
    process: Child,
    /// The path of its pty.
    pub(super) port: String,
}

impl Board {
    /// Starts a board with an empty flash on a link of this round-trip time.
    pub(super) fn start(
        belay: &Path,
        engine: &Path,
        data: &Path,
        round_trip: &str,
    ) -> Result<Self> {
        let mut process = Command::new(belay)
            .args(["sim", "--quiet", "--fresh", "--latency", round_trip])
            .env(micropython::VARIABLE, engine)
            .env("XDG_DATA_HOME", data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", belay.display()))?;
        let output = process.stdout.take();
        // From here on the process is ended when something fails.
        let mut board = Self {
            process,
            port: String::new(),
        };
        let output = output.context("the board's output is not piped")?;
        BufReader::new(output).read_line(&mut board.port)?;
        board.port.truncate(board.port.trim_end().len());
        ensure!(!board.port.is_empty(), "the simulated board did not start");
        Ok(board)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Ctrl-C lets the board end its engine and remove its files.
        let _ = kill_process(Pid::from_child(&self.process), Signal::INT);
        let _ = self.process.wait();
    }
}
