//! What a board prints after its restart.

use std::io::Write as _;
use std::time::{Duration, Instant};

use belay_transport::{Cancel, Transport, write_all};

use crate::Error;
use crate::connection::Session;
use crate::context::Context;

/// What restarts the interpreter at its prompt.
const CTRL_D: &[u8] = b"\x04";
/// What interrupts a program.
const CTRL_C: &[u8] = b"\x03";
/// How a board at its prompt ends what it prints.
const PROMPT: &[u8] = b">>> ";
/// How long a wait for bytes from the board lasts; ctrl-C ends it.
const IDLE: Duration = Duration::from_secs(3600);

/// Restarts the interpreter, so that `main.py` runs, and shows what the board prints until ctrl-C. That
/// interrupts the program on the board, too.
pub(super) fn follow(session: Session, context: &Context) -> Result<(), Error> {
    let limit = context.settings.timeout;
    let stop = Cancel::default();
    let (transport, _simulated) = session.into_stream()?.into_parts();
    context.interrupts.to_connection(&stop);
    let mut line = stop.guard(transport);
    context
        .printer
        .note("restarting the board; ctrl-C ends its program and this command");
    let deadline = Instant::now() + limit;
    let mut shown = Shown::new(context);
    let mut result = write_all(&mut line, CTRL_D, deadline).map_err(Error::Link);
    while result.is_ok() {
        result = shown.next(&mut line, Instant::now() + IDLE);
    }
    if !stop.is_cancelled() {
        return result;
    }
    // What is printed from here on is the program's last word.
    context.interrupts.hold_off();
    let mut line = line.into_inner();
    let deadline = Instant::now() + limit;
    write_all(line.as_mut(), CTRL_C, deadline).map_err(Error::Link)?;
    shown.last.clear();
    while !shown.last.ends_with(PROMPT) && Instant::now() < deadline {
        shown.next(line.as_mut(), deadline)?;
    }
    Ok(())
}

/// What has been shown.
struct Shown {
    output: crate::printer::Output,
    /// The last few bytes.
    last: Vec<u8>,
}

impl Shown {
    fn new(context: &Context) -> Self {
        Self {
            output: context.printer.output(),
            last: Vec::new(),
        }
    }

    /// Shows what comes next, if anything comes in time.
    fn next(&mut self, line: &mut dyn Transport, deadline: Instant) -> Result<(), Error> {
        let mut buffer = [0; 4096];
        let count = line.read(&mut buffer, deadline).map_err(Error::Link)?;
        let bytes = &buffer[..count];
        self.last.extend(bytes);
        let extra = self.last.len().saturating_sub(PROMPT.len());
        self.last.drain(..extra);
        let written = self.output.write_all(bytes);
        written
            .and_then(|()| self.output.flush())
            .map_err(Error::Output)
    }
}
