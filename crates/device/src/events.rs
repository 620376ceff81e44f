//! What a board tells unasked.

use std::fmt;
use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::Mark;
use memchr::memmem;
use serde::de::DeserializeOwned;

use crate::board_code::{EVENTS, prepare};
use crate::frames::{Frames, Piece};
use crate::{Device, Error};

/// The longest event that is kept, in bytes.
const LIMIT: usize = 1 << 20;

/// Something that code on the board has told by `belay_emit(name, value)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The repr of its value.
    pub repr: String,
}

impl Event {
    /// The value as a Rust type.
    ///
    /// # Errors
    /// [`Error::WrongType`] for a value that is not one of `T`, or that is no literal.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, Error> {
        belay_pylit::from_str(&self.repr).map_err(|source| Error::WrongType {
            text: self.repr.clone(),
            source,
        })
    }
}

/// Takes events out of what a board prints and hands them on.
pub(crate) struct Inbox {
    mark: Mark,
    frames: Frames,
    handler: Box<dyn FnMut(&Event) + Send>,
    lost: u64,
    /// How many events the board has told, as far as is known here.
    told: u64,
    /// The mark of the command that runs.
    command: String,
}

impl Inbox {
    /// A command that prints `mark` begins.
    pub(crate) fn begin(&mut self, mark: &Mark) {
        self.command.clear();
        self.command.push_str(mark.as_str());
    }

    /// What of `bytes` is no event.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut rest = Vec::with_capacity(bytes.len());
        for piece in self.frames.receive(bytes) {
            self.sort(piece, &mut rest);
        }
        if self.frames.pending() > LIMIT {
            rest.append(&mut self.frames.end());
        }
        // An event that is told behind a command's mark makes it look like output.
        if let Some(at) = memmem::find(&rest, self.command.as_bytes())
            && !self.command.is_empty()
        {
            let end = at + self.command.len();
            let line_end = rest[end..]
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'));
            let end = end + line_end.count().min(2);
            rest.drain(at..end);
        }
        rest
    }

    /// Takes events out of a payload, into which one may have been printed.
    pub(crate) fn clean(&mut self, payload: &mut Vec<u8>) {
        if memmem::find(payload, self.mark.as_str().as_bytes()).is_some() {
            let mut frames = Frames::new(&self.mark, LIMIT);
            let mut rest = Vec::with_capacity(payload.len());
            for piece in frames.receive(payload) {
                self.sort(piece, &mut rest);
            }
            rest.append(&mut frames.end());
            *payload = rest;
        }
        // With an event behind it, the command's last mark is not taken for the end.
        if let Some(at) = memmem::find(payload, format!(" {}", self.command).as_bytes()) {
            payload.truncate(at);
        }
    }

    /// What was held back at the end of a command.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        self.command.clear();
        self.frames.end()
    }

    fn sort(&mut self, piece: Piece, rest: &mut Vec<u8>) {
        let text = match piece {
            Piece::Output(bytes) => return rest.extend_from_slice(&bytes),
            Piece::TooLong(_) => return self.lost += 1,
            Piece::Frame(bytes) => bytes,
        };
        let Ok(Value::Tuple(parts)) = belay_pylit::parse(&String::from_utf8_lossy(&text)) else {
            self.lost += 1;
            return;
        };
        match parts.as_slice() {
            [Value::Str(name), Value::Str(repr)] => {
                self.told += 1;
                (self.handler)(&Event {
                    name: name.clone(),
                    repr: repr.clone(),
                });
            }
            [Value::None, Value::Str(count)] => self.lost += count.parse().unwrap_or(1),
            _ => self.lost += 1,
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Device {
    /// Hands events to `handler` from now on, and gives the board a function
    /// `belay_emit(name, value=None)` that makes them.
    ///
    /// Code on the board may call it anywhere: in a task, in a thread, in an interrupt handler, even
    /// one that may not allocate memory. The handler is called while the session reads what the
    /// board prints, so during calls; what is told between calls is handed over by the next one, or
    /// by [`listen`](Self::listen). Up to 32 events wait on the board; what does not fit is counted
    /// by [`lost_events`](Self::lost_events). While files are transferred events are not looked for.
    /// An event that a thread or an interrupt causes in the very moment in which a call ends may be
    /// taken for output of that call, or be missed.
    ///
    /// Takes one round trip; after a restart of the board it has to be called again.
    pub fn on_event(&mut self, handler: impl FnMut(&Event) + Send + 'static) -> Result<(), Error> {
        self.ready()?;
        let mark = self.driver.repl().next_mark();
        self.send_emitter(&mark)?;
        let lost = self.lost_events();
        self.driver.inbox = Some(Inbox {
            frames: Frames::new(&mark, LIMIT),
            mark,
            handler: Box::new(handler),
            lost,
            told: 0,
            command: String::new(),
        });
        Ok(())
    }

    /// Gives a board that has come back what it needs to tell events.
    pub(crate) fn restore_events(&mut self) -> Result<(), Error> {
        let Some(inbox) = &mut self.driver.inbox else {
            return Ok(());
        };
        inbox.told = 0;
        inbox.frames.end();
        let mark = inbox.mark.clone();
        self.send_emitter(&mark)
    }

    fn send_emitter(&mut self, mark: &Mark) -> Result<(), Error> {
        self.statements(&prepare(EVENTS, &[("$MARK", mark.as_str())]))
    }

    /// Waits until the board has told something that the handler has not been called with yet, for at
    /// most `limit`, and says whether it has. The board's main program does nothing else meanwhile; its threads and interrupts do.
    ///
    /// # Errors
    /// [`Error::Gone`] if the board has no `belay_emit`.
    pub fn listen(&mut self, limit: Duration) -> Result<bool, Error> {
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let known = self.driver.inbox.as_ref().map_or(0, |inbox| inbox.told);
        let told: u64 = self.eval(&format!("_belay_listen({known},{limit})"))?;
        if let Some(inbox) = &mut self.driver.inbox {
            // What was damaged on the way has been told, too.
            inbox.told = told;
        }
        Ok(told != known)
    }

    /// How many events have been lost: for lack of room on the board, or damaged on the way.
    pub fn lost_events(&self) -> u64 {
        self.driver.inbox.as_ref().map_or(0, |inbox| inbox.lost)
    }
}
