//! Boards of `belay-sim` from what users write.

use belay_sim::{Board, SimOptions};

use crate::Error;
use crate::commands::Context;

/// A board for the time of one command.
#[derive(Debug)]
pub(crate) struct Simulated {
    path: String,
    /// The board ends when it is dropped.
    _board: Board,
}

impl Simulated {
    /// Starts the board that `sim:` and `text` name.
    pub(crate) fn start(context: &Context, text: &str) -> Result<Self, Error> {
        let mut options = parse(text)?;
        options.baud = options.baud.or(context.settings.baud);
        context.printer.step("starting a simulated board");
        let board = options.builder()?.start()?;
        Ok(Self {
            path: path(&board),
            _board: board,
        })
    }

    /// The path of the board's pty.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// The options in `text`, which is what follows `sim:`.
pub(crate) fn parse(text: &str) -> Result<SimOptions, Error> {
    text.parse().map_err(|source| Error::SimOptions {
        text: text.to_owned(),
        source,
    })
}

/// The path of a board's pty.
pub(crate) fn path(board: &Board) -> String {
    board.path().to_string_lossy().into_owned()
}
