//! `belay terminal`.

pub(super) mod keys;

use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use self::keys::{Keys, RawMode};
use crate::Error;
use crate::args::Terminal;
use crate::connection::ByteStream;
use crate::context::Context;
use crate::settings::Port;

/// How long a wait for bytes from the board lasts; a key ends it.
const IDLE: Duration = Duration::from_secs(3600);
/// When a board that did not take all keys is offered the rest.
const RETRY: Duration = Duration::from_millis(20);
/// How many bytes wait here at most for a board that does not take them.
const AHEAD: usize = 4096;

/// Passes keys to the board and shows what it prints, until the key that leaves or the end of the input.
pub(crate) fn terminal(args: &Terminal, context: &Context) -> Result<u8, Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    let mut screen = Screen::new(context, args.capture.as_deref())?;
    let mut line = ByteStream::open(context, &port)?;
    let name = line.name().to_owned();
    let input = io::stdin();
    let Some(raw) = RawMode::of(&input).map_err(Error::Terminal)? else {
        let keys = Keys::new(line.waker(), None).map_err(Error::Terminal)?;
        exchange(&mut line, &keys, &mut Vec::new(), &mut |bytes| {
            screen.show(bytes)
        })?;
        return Ok(0);
    };
    context.printer.note(&format!(
        "connected to {name}; {} leaves",
        keys::name(args.exit_key)
    ));
    let result = raw.during(|| {
        let keys = Keys::new(line.waker(), Some(args.exit_key)).map_err(Error::Terminal)?;
        exchange(&mut line, &keys, &mut Vec::new(), &mut |bytes| {
            screen.show(bytes)
        })
    });
    result.map_err(Error::Terminal)??;
    context.printer.note(&format!("left {name}"));
    Ok(0)
}

/// Takes what a board has printed.
type Show<'a> = &'a mut dyn FnMut(&[u8]) -> Result<ControlFlow<()>, Error>;

/// Passes keys to the board, and what it prints to `show`, until that says that it has seen enough or the
/// user has. Says whether it was the user. What the board has not taken of the keys stays in `ahead`.
pub(super) fn exchange(
    line: &mut ByteStream,
    keys: &Keys,
    ahead: &mut Vec<u8>,
    show: Show<'_>,
) -> Result<bool, Error> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        // Asked first: the last keys before it are in the channel by then.
        let left = keys.left();
        let mut at_end = false;
        while ahead.len() < AHEAD && !at_end {
            match keys.receive() {
                Ok(bytes) => ahead.extend(bytes),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => at_end = true,
            }
        }
        if !ahead.is_empty() {
            let count = line.write(ahead, Instant::now())?;
            ahead.drain(..count);
        }
        // Whoever leaves does not wait for a board that takes nothing.
        if left || (at_end && ahead.is_empty()) {
            return Ok(true);
        }
        let wait = if ahead.is_empty() { IDLE } else { RETRY };
        let count = line.read(&mut buffer, Instant::now() + wait)?;
        if show(&buffer[..count])?.is_break() {
            return Ok(false);
        }
    }
}

/// Where the board's output goes.
pub(super) struct Screen<'a> {
    output: crate::printer::Output,
    capture: Option<(&'a Path, File)>,
}

impl<'a> Screen<'a> {
    pub(super) fn new(context: &Context, capture: Option<&'a Path>) -> Result<Self, Error> {
        let capture = match capture {
            Some(path) => Some((path, File::create(path).map_err(|e| failed(path, e))?)),
            None => None,
        };
        let output = context.printer.output();
        Ok(Self { output, capture })
    }

    /// Shows what has come. Nothing of that is enough.
    pub(super) fn show(&mut self, bytes: &[u8]) -> Result<ControlFlow<()>, Error> {
        if bytes.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some((path, file)) = &mut self.capture {
            file.write_all(bytes).map_err(|e| failed(path, e))?;
        }
        self.output
            .write_all(bytes)
            .and_then(|()| self.output.flush())
            .map_err(Error::Output)?;
        Ok(ControlFlow::Continue(()))
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        source,
    }
}
