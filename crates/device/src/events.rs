//! What a board tells unasked.

use std::fmt;
use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::Mark;
use serde::de::DeserializeOwned;

use crate::board_code::{EVENTS, prepare};
use crate::call::{CallOptions, Code};
use crate::frames::{Frames, Piece};
use crate::link::Check;
use crate::{Device, Error};

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

/// Takes events out of what a board says and hands them on.
///
/// It stands in front of the protocol: an event may come between any two words of the board, but it
/// comes in one piece.
pub(crate) struct Inbox {
    mark: Mark,
    frames: Frames,
    handler: Box<dyn FnMut(&Event) + Send>,
    lost: u64,
    /// How events are checked, if they are.
    check: Option<Check>,
    /// How many events the board has told, as far as is known here.
    told: u64,
}

impl Inbox {
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
    /// by [`lost_events`](Self::lost_events).
    ///
    /// Takes one round trip; after a restart of the board it has to be called again.
    pub fn on_event(&mut self, handler: impl FnMut(&Event) + Send + 'static) -> Result<(), Error> {
        self.ready()?;
        let check = if self.is_checked()? {
            Some(self.link.check()?)
        } else {
            None
        };
        let mark = self.link.driver.repl().next_mark();
        let inbox = Inbox {
            frames: Frames::of_lines(&mark, LIMIT),
            mark,
            handler: Box::new(handler),
            lost: self.lost_events(),
            check,
            told: 0,
        };
        let earlier = self.link.driver.inbox.replace(inbox);
        let result = self.send_emitter();
        if result.is_err() {
            self.link.driver.inbox = earlier;
        }
        result
    }

    /// Gives a board that has come back what it needs to tell events.
    pub(crate) fn restore_events(&mut self) -> Result<(), Error> {
        let Some(inbox) = &mut self.link.driver.inbox else {
            return Ok(());
        };
        inbox.forget();
        self.send_emitter()
    }

    fn send_emitter(&mut self) -> Result<(), Error> {
        let Some(inbox) = &self.link.driver.inbox else {
            return Ok(());
        };
        let checked = if inbox.check.is_some() { "1" } else { "0" };
        let values = [("$MARK", inbox.mark.as_str()), ("$CHECKED", checked)];
        let code = prepare(EVENTS, &values);
        self.call(&Code::Helper(&code, &[]), CallOptions::new())
            .map(drop)
    }

    /// Waits until the board has told something that the handler has not been called with yet, for at
    /// most `wait`, and says whether it has. The board's main program does nothing else meanwhile; its threads and interrupts do.
    ///
    /// # Errors
    /// [`Error::Gone`] if the board has no `belay_emit`.
    pub fn listen(&mut self, wait: Duration) -> Result<bool, Error> {
        let limit = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let known = self
            .link
            .driver
            .inbox
            .as_ref()
            .map_or(0, |inbox| inbox.told);
        // The wait itself is no part of what a call may take.
        let options = CallOptions {
            timeout: self
                .options
                .call_timeout
                .map(|limit| limit.saturating_add(wait)),
            ..CallOptions::new()
        };
        let told: u64 = self.eval_with(&format!("_belay_listen({known},{limit})"), options)?;
        if let Some(inbox) = &mut self.link.driver.inbox {
            // What was damaged on the way has been told, too.
            if inbox.check.is_some() {
                inbox.lost += told.saturating_sub(inbox.told);
            }
            inbox.told = told;
        }
        Ok(told != known)
    }

    /// How many events have been lost: for lack of room on the board, or damaged on the way.
    pub fn lost_events(&self) -> u64 {
        self.link
            .driver
            .inbox
            .as_ref()
            .map_or(0, |inbox| inbox.lost)
    }
}
