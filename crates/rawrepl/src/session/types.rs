//! What goes into a session and what comes out of it.

use std::fmt;
use std::time::Duration;

use crate::{Error, Payload};

/// The settings of a session.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many bytes any board takes in at once, before it has been asked. The smallest input
    /// buffer of MicroPython's ports holds 128 (SAMD).
    pub burst: usize,
    /// How long a board at its prompt may take to answer.
    pub response_timeout: Duration,
    /// How long a soft reset may take before the board is looked for at other prompts. `boot.py`
    /// runs in that time.
    pub reset_timeout: Duration,
    /// After how long without an answer the board is called again; later calls wait longer.
    pub retry: Duration,
    /// The pause between two bursts to a board without raw-paste mode, which cannot hold the sender
    /// back. mpremote's 10 ms after 256 bytes has proved itself.
    pub pace: Duration,
    /// The longest payload that is kept, in bytes.
    pub max_payload: usize,
    /// How long a command may be that goes to a board with raw-paste mode in one write, as plain code;
    /// zero for a link that loses what the board has no room for. The board keeps its whole text.
    pub largest_write: usize,
    /// How many bytes may be on the way beyond what raw-paste mode has granted.
    pub unacknowledged: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            burst: 128,
            response_timeout: Duration::from_secs(5),
            reset_timeout: Duration::from_secs(3),
            retry: Duration::from_millis(300),
            pace: Duration::from_millis(10),
            max_payload: 64 << 20,
            largest_write: 0,
            unacknowledged: 0,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The board is at the raw REPL's prompt.
    Entered,
    /// The board has taken a command and runs it.
    Started,
    /// Output of the running command, as it came: text with CR LF, or any bytes at all.
    Output(Vec<u8>),
    /// The command has ended.
    Finished(Finished),
    /// The board has restarted. It is at the raw REPL's prompt if the session is ready.
    Restarted,
    /// The board is at the friendly REPL's prompt.
    Left,
    /// Bytes that belong to no command: echoes, banners, the output of a program that was running.
    Stray(Vec<u8>),
    /// The operation failed; the board's state is unknown.
    Failed(Error),
}

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// What the command printed between its two marks, if it printed two.
    pub payload: Option<Payload>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It ran to its end.
    Completed,
    /// An exception was not caught.
    Raised {
        /// The exception as the board printed it, lines ended by CR LF.
        traceback: Vec<u8>,
    },
    /// The program called `sys.exit()` and the interpreter has restarted. If the session is not
    /// ready afterwards, the board did not come back to the raw REPL.
    Exited,
    /// The board restarted under the program and is at the friendly REPL's prompt.
    Restarted,
    /// It was interrupted before the board had all of it, and did not run.
    Cancelled,
}

impl Outcome {
    /// An exception in the line that prints the mark means that the user's code ran to its end and
    /// made something else of `print`.
    pub(super) fn without_epilogue(self, line: Option<usize>) -> Self {
        let (Self::Raised { traceback }, Some(line)) = (&self, line) else {
            return self;
        };
        let text = String::from_utf8_lossy(traceback);
        let mut frames = text.lines().filter(|line| line.starts_with("  File "));
        let here = format!("  File \"<stdin>\", line {line}, in <module>");
        let interrupted = text.contains("\nKeyboardInterrupt");
        if frames.next() == Some(&here) && frames.next().is_none() && !interrupted {
            return Self::Completed;
        }
        self
    }
}

/// What a session is doing, for its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Looking for the raw REPL's prompt.
    Entering,
    /// Sending a command to the plain raw REPL.
    Sending,
    /// Sending a command in raw-paste mode.
    Pasting,
    /// Running a command.
    Running,
    /// Restarting the interpreter.
    Resetting,
    /// Going back to the friendly REPL.
    Leaving,
    /// Exchanging data with a program that runs on the board.
    Transferring,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entering => "entering the raw REPL",
            Self::Sending => "sending a command",
            Self::Pasting => "sending a command in raw-paste mode",
            Self::Running => "running a command",
            Self::Resetting => "restarting the interpreter",
            Self::Leaving => "leaving the raw REPL",
            Self::Transferring => "transferring data",
        })
    }
}
