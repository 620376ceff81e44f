//! Boards of `belay-sim` from what users write.

use std::net::SocketAddr;

use belay_sim::{
    Board, Error as SimError, LinkFaults, NamedBoard, PinEvent, RunningBoard, SimOptions,
};

use crate::Error;
use crate::context::Context;

/// A board for the time of one command.
#[derive(Debug)]
pub(crate) struct Simulated {
    path: String,
    /// The address of its WebREPL server, and the password, if it has one.
    webrepl: Option<(SocketAddr, String)>,
    may_damage: bool,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// The board, which ends when it is dropped.
    Own(Box<Board>),
    /// That of a `belay sim`, and what its pins had done before.
    Joined(RunningBoard, History),
}

/// What each pin did.
type History = Vec<(String, Vec<PinEvent>)>;

impl Simulated {
    /// Starts the board that `sim:` and `text` name, or takes the one that `belay sim` runs.
    pub(crate) fn start(context: &Context, text: &str) -> Result<Self, Error> {
        let mut options = parse(text)?;
        options.baud = options.baud.or(context.settings.baud);
        let printer = &context.printer;
        printer.step("starting a simulated board");
        let may_damage = options.baud.is_some() || options.link_faults != LinkFaults::default();
        match options.builder()?.start() {
            Ok(board) => Ok(Self {
                path: path(&board),
                webrepl: board.webrepl_address().zip(options.webrepl),
                may_damage,
                source: Source::Own(Box::new(board)),
            }),
            Err(SimError::FlashInUse {
                running: Some(running),
                ..
            }) if running.shared => {
                let path = running.path.to_string_lossy().into_owned();
                printer.step(&format!(
                    "process {} runs this board, at {path}",
                    running.process
                ));
                if text.contains('?') {
                    printer.warn("the board runs already, with the options it was started with");
                }
                // Without them, all that the pins did is told.
                let before = running.pin_history().unwrap_or_default();
                Ok(Self {
                    path,
                    webrepl: None,
                    may_damage: running.may_damage,
                    source: Source::Joined(running, before),
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The path of the board's pty.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The address of its WebREPL server, by which it is to be reached, and the password.
    pub(crate) fn webrepl(&self) -> Option<(SocketAddr, &str)> {
        let (address, password) = self.webrepl.as_ref()?;
        Some((*address, password))
    }

    /// Presses the reset button, if the board has one here.
    pub(crate) fn press_reset(&self) -> bool {
        match &self.source {
            Source::Own(board) => board.press_reset().is_ok(),
            Source::Joined(..) => false,
        }
    }

    /// Whether the board's line has a speed or faults, and may damage bytes.
    pub(crate) fn may_damage(&self) -> bool {
        self.may_damage
    }

    /// What each pin did during the command, a line for each change; `None` for a board whose process does
    /// not tell.
    pub(crate) fn pin_history(&self) -> Option<Vec<String>> {
        let history = match &self.source {
            Source::Own(board) => {
                let pins = board.pins().into_iter();
                pins.map(|pin| (board.pin_history(&pin), pin))
                    .map(|(events, pin)| (pin, events))
                    .collect()
            }
            Source::Joined(running, before) => since(running.pin_history().ok()?, before),
        };
        let mut lines = Vec::new();
        for (pin, events) in history {
            for PinEvent {
                at, mode, level, ..
            } in events
            {
                let (mode, level) = (format!("{mode:?}"), format!("{level:?}"));
                let (mode, level) = (mode.to_lowercase(), level.to_lowercase());
                let seconds = at.as_secs_f64();
                lines.push(format!("pin {pin:<4} {seconds:>9.4} s  {mode:<6} {level}"));
            }
        }
        Some(lines)
    }
}

/// What is not in `before`. A board forgets the oldest.
fn since(mut history: History, before: &History) -> History {
    for (pin, events) in &mut history {
        let known = before.iter().find(|(name, _)| name == pin);
        if let Some(last) = known.and_then(|(_, events)| events.last()) {
            events.retain(|event| event.at > last.at);
        }
    }
    history
}

/// The boards with names: a line for each, or all as JSON.
pub(crate) fn list(context: &Context, json: bool) -> Result<(), Error> {
    let boards = NamedBoard::all()?;
    let as_json = |board: &NamedBoard| {
        let running = board.running.as_ref();
        serde_json::json!({
            "name": board.name,
            "image": board.image,
            "process": running.map(|running| running.process),
            "path": running.map(|running| &running.path),
            "shared": running.map(|running| running.shared),
        })
    };
    let row = |board: &NamedBoard| {
        let running = board.running.as_ref();
        let process = running.map(|running| running.process.to_string());
        let path = running.map(|running| running.path.display().to_string());
        let (name, image) = (&board.name, board.image.display());
        [
            format!("sim:{name}"),
            process.unwrap_or_default(),
            path.unwrap_or_default(),
            image.to_string(),
        ]
    };
    let headings = ["BOARD", "PROCESS", "PATH", "IMAGE"];
    context
        .printer
        .list(json, &boards, as_json, headings, row)?;
    if boards.is_empty() && !json {
        context
            .printer
            .note("there is no simulated board yet: the first command on sim: makes one");
    }
    Ok(())
}

/// Deletes a board with a name.
pub(crate) fn delete(context: &Context, name: &str) -> Result<(), Error> {
    let name = parse(name)?.name;
    NamedBoard::find(&name)?.delete()?;
    context.printer.note(&format!("deleted sim:{name}"));
    Ok(())
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
