//! A simulated board of its own for a round of measurements.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::ops::Sub;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::micropython;

/// `belay sim` in a process of its own; it ends with this value.
pub(super) struct Board {
    process: Child,
    /// The path of its pty.
    pub(super) port: String,
    /// Where it serves WebREPL, if it does.
    pub(super) webrepl: Option<String>,
    /// Where its controls are.
    control: String,
}

/// How much of a flash has been used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wear {
    /// Bytes programmed.
    pub(super) bytes: u64,
    /// Blocks erased.
    pub(super) erases: u64,
}

impl Board {
    /// Starts a board with options as they stand behind `sim:`. It keeps its flash in the data
    /// folder, for the next one.
    pub(super) fn start(belay: &Path, engine: &Path, data: &Path, options: &str) -> Result<Self> {
        let mut process = Command::new(belay)
            .args(["sim", "--quiet", "--control", "127.0.0.1:0"])
            .arg(format!("?{options}"))
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
            webrepl: None,
            control: String::new(),
        };
        let mut output = BufReader::new(output.context("the board's output is not piped")?);
        let mut line = || -> Result<String> {
            let mut line = String::new();
            output.read_line(&mut line)?;
            Ok(line.trim_end().to_owned())
        };
        board.port = line()?;
        ensure!(!board.port.is_empty(), "the simulated board did not start");
        let mut control = line()?;
        if control.starts_with("ws://") {
            board.webrepl = Some(control);
            control = line()?;
        }
        let control = control.strip_prefix("control ");
        control
            .context("the simulated board has no controls")?
            .clone_into(&mut board.control);
        Ok(board)
    }

    /// How much of the flash has been used since the board was started.
    pub(super) fn wear(&self) -> Result<Wear> {
        let counters = self.ask("flash_counters")?;
        let counter = |name: &str| {
            let value = counters[name].as_u64();
            value.with_context(|| format!("the board's controls answered {counters}"))
        };
        Ok(Wear {
            bytes: counter("programmed_bytes")?,
            erases: counter("erases")?,
        })
    }

    /// How many round trips its hosts have made.
    pub(super) fn round_trips(&self) -> Result<u64> {
        let trips = self.ask("round_trips")?;
        let number = trips.as_u64();
        number.with_context(|| format!("the board's controls answered {trips}"))
    }

    fn ask(&self, question: &str) -> Result<Value> {
        let mut control = TcpStream::connect(&self.control)?;
        writeln!(control, "{{\"cmd\": \"{question}\"}}")?;
        let mut answer = String::new();
        BufReader::new(control).read_line(&mut answer)?;
        let mut answer: Value = serde_json::from_str(&answer)?;
        Ok(answer["result"].take())
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Ctrl-C lets the board end its engine and remove its files.
        let _ = kill_process(Pid::from_child(&self.process), Signal::INT);
        let _ = self.process.wait();
    }
}

impl Sub for Wear {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            bytes: self.bytes - earlier.bytes,
            erases: self.erases - earlier.erases,
        }
    }
}
