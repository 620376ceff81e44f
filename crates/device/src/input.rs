//! What programs on the board read from the host.
//!
//! Nothing is sent that has not been asked for: what a program leaves unread would be taken for code at
//! the prompt. So `input()` on the board prints a frame, and gets one line for it.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use belay_pylit::Value;
use belay_rawrepl::Mark;
use belay_transport::Waker;

use crate::Device;
use crate::frames::{Frames, Piece};

/// The longest frame that is kept, in bytes.
const LIMIT: usize = 256;

/// Where lines come from; `None` at their end. It may block.
type Lines = Box<dyn FnMut() -> Option<String> + Send>;

/// Takes the questions of programs out of what they print, and has the answers.
pub(crate) struct Input {
    lines: Arc<Mutex<Lines>>,
    /// The line that is being read. It may be for a later question than the one it is read for.
    next: Option<Receiver<Option<String>>>,
    /// Finds the questions of the program that runs.
    frames: Option<Frames>,
    /// How many are not answered yet.
    asked: u32,
}

impl Device {
    /// Takes the lines that scripts read with `input()` from `lines`, which is called on a thread of its
    /// own, once for each line, when a script asks for it; after its end, `input()` raises `EOFError`.
    ///
    /// Holds for [`run`](Self::run) on boards that have `sys.stdin.readline`. What programs read in
    /// another way, or without this, comes from the board's own standard input, to which nothing is
    /// sent.
    pub fn set_input(&mut self, lines: impl FnMut() -> Option<String> + Send + 'static) {
        self.link.driver.input = Some(Input {
            lines: Arc::new(Mutex::new(Box::new(lines))),
            next: None,
            frames: None,
            asked: 0,
        });
    }
}

impl Input {
    /// A program begins whose questions carry `mark`.
    pub(crate) fn begin(&mut self, mark: &Mark) {
        self.frames = Some(Frames::new(mark, LIMIT));
        self.asked = 0;
    }

    /// No program runs that asks.
    pub(crate) fn end(&mut self) {
        self.frames = None;
        self.asked = 0;
    }

    /// What of `bytes` is no question.
    pub(crate) fn receive(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let Some(frames) = &mut self.frames else {
            return bytes;
        };
        let mut rest = Vec::with_capacity(bytes.len());
        for piece in frames.receive(&bytes) {
            match piece {
                Piece::Output(mut bytes) | Piece::Broken(mut bytes) => rest.append(&mut bytes),
                Piece::Frame(_) | Piece::TooLong(_) => self.asked += 1,
            }
        }
        rest
    }

    /// What goes to the program now, if there is something. `waker` is woken when there is.
    pub(crate) fn transmit(&mut self, waker: &Arc<Mutex<Waker>>) -> Option<Vec<u8>> {
        if self.asked == 0 {
            return None;
        }
        let next = self.next.get_or_insert_with(|| {
            let (sender, receiver) = channel();
            let (lines, waker) = (Arc::clone(&self.lines), Arc::clone(waker));
            thread::spawn(move || {
                let line = lines.lock().unwrap_or_else(PoisonError::into_inner)();
                // Whoever has asked may be gone.
                let _ = sender.send(line);
                waker.lock().unwrap_or_else(PoisonError::into_inner).wake();
            });
            receiver
        });
        let line = match next.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => None,
        };
        self.next = None;
        self.asked -= 1;
        let answer = line.map_or(Value::None, Value::Str);
        Some(format!("{answer}\n").into_bytes())
    }
}
