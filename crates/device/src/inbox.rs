//! What a board tells unasked, taken out of what it says.

use std::fmt;
use std::sync::mpsc::{SyncSender, TrySendError};

use belay_pylit::Value;
use belay_rawrepl::Mark;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::check::Check;
use crate::frames::{Frames, Piece};

/// How many events in a row may get lost on the way before the next one is not known as one.
const MOST_MISSED: u64 = 64;
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

/// Takes events out of what a board says and puts them into a queue.
///
/// It stands in front of the protocol: an event may come between any two words of the board, but it
/// comes in one piece.
pub(crate) struct Inbox {
    pub(crate) mark: Mark,
    frames: Frames,
    queue: SyncSender<Event>,
    pub(crate) lost: u64,
    /// How events are checked, if they are.
    pub(crate) check: Option<Check>,
    /// How many events the board has told, as far as is known here.
    pub(crate) told: u64,
}

impl Inbox {
    /// An inbox for events between two of `mark`, when `lost` have been lost before.
    pub(crate) fn new(
        mark: Mark,
        queue: SyncSender<Event>,
        lost: u64,
        check: Option<Check>,
    ) -> Self {
        Self {
            frames: Frames::of_lines(&mark, LIMIT),
            mark,
            queue,
            lost,
            check,
            told: 0,
        }
    }

    /// What of `bytes` is no event.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut rest = Vec::with_capacity(bytes.len());
        for piece in self.frames.receive(bytes) {
            match piece {
                Piece::Output(mut bytes) => rest.append(&mut bytes),
                Piece::Broken(mut bytes) => {
                    self.lose();
                    rest.append(&mut bytes);
                }
                Piece::TooLong(_) => self.lose(),
                Piece::Frame(bytes) => self.take(&bytes),
            }
        }
        if self.frames.pending() > LIMIT {
            self.lose();
            rest.append(&mut self.frames.end());
        }
        rest
    }

    /// The board has begun anew.
    pub(crate) fn forget(&mut self) {
        self.told = 0;
        self.frames.end();
    }

    /// Counts an event that has come to nothing. One with a checksum shows in the number of the next.
    fn lose(&mut self) {
        if self.check.is_none() {
            self.lost += 1;
        }
    }

    /// The text of an event with a checksum, which is begun with its number, and that number. The
    /// number is zero for what is no event.
    fn checked(&self, check: Check, text: &str) -> Option<(String, u64)> {
        let next = self.told + 1;
        let numbers = std::iter::once(0).chain(next..next + MOST_MISSED);
        let (number, text) =
            check.numbered(text.as_bytes(), numbers.map(|number| number as u32))?;
        let ahead = u64::from(number.wrapping_sub(next as u32));
        Some((text, if number == 0 { 0 } else { next + ahead }))
    }

    fn take(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        // With a line end that has got lost, two events are one frame.
        let text = match text.rsplit_once(&format!("{} ", self.mark)) {
            Some((_, text)) => {
                self.lose();
                text
            }
            None => &*text,
        };
        let checked;
        let text = if let Some(check) = self.check {
            let Some((text, number)) = self.checked(check, text) else {
                return;
            };
            checked = text;
            if number > 0 {
                self.lost += number - self.told - 1;
                self.told = number - 1;
            }
            &checked
        } else {
            text
        };
        let Ok(Value::Tuple(parts)) = belay_pylit::parse(text) else {
            self.lost += 1;
            return;
        };
        match parts.as_slice() {
            [Value::Str(name), Value::Str(repr)] => {
                self.told += 1;
                let event = Event {
                    name: name.clone(),
                    repr: repr.clone(),
                };
                // Where nobody takes events any more, none is missed.
                if let Err(TrySendError::Full(_)) = self.queue.try_send(event) {
                    self.lost += 1;
                }
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
