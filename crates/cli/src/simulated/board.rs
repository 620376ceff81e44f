//! Boards of `belay-sim` from what users write.

use belay_sim::{Board, PinEvent, SimOptions};

use crate::Error;
use crate::context::Context;

/// A board for the time of one command.
#[derive(Debug)]
pub(crate) struct Simulated {
    path: String,
    /// The board ends when it is dropped.
    board: Board,
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
            board,
        })
    }

    /// The path of the board's pty.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What each pin did, a line for each change.
    pub(crate) fn pin_history(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for pin in self.board.pins() {
            for PinEvent {
                at, mode, level, ..
            } in self.board.pin_history(&pin)
            {
                let (mode, level) = (format!("{mode:?}"), format!("{level:?}"));
                let (mode, level) = (mode.to_lowercase(), level.to_lowercase());
                let seconds = at.as_secs_f64();
                lines.push(format!("pin {pin:<4} {seconds:>9.4} s  {mode:<6} {level}"));
            }
        }
        lines
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
