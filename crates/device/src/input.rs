//! What programs on the board read from the host.
//!
//! Nothing is sent that has not been asked for: what a program leaves unread would be taken for code at
//! the prompt. So `input()` on the board, and what stands there for `sys.stdin`, print a frame, and get
//! one line for it, which is a literal.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use belay_pylit::Value;
use belay_rawrepl::Mark;
use belay_transport::Waker;

use crate::frames::{Frames, Piece};

/// The longest frame that is kept, in bytes.
const LIMIT: usize = 256;
/// The most that one answer holds of what is read, in bytes; a program asks again for more.
const PIECE: usize = 256;

/// Where bytes come from; `None` at their end. It may block.
type Source = Box<dyn FnMut() -> Option<Vec<u8>> + Send>;

/// Takes the questions of programs out of what they print, and has the answers.
pub(crate) struct Input {
    source: Arc<Mutex<Source>>,
    /// What is being read. It may be for a later question than the one it is read for.
    next: Option<Receiver<Option<Vec<u8>>>>,
    /// What has been read, and nobody has asked for.
    unread: Vec<u8>,
    ended: bool,
    /// Finds the questions of the program that runs.
    frames: Option<Frames>,
    /// Those that are not answered yet.
    asked: VecDeque<Question>,
}

/// What a program wants, as `board/run.py` and `board/stdin.py` count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// A line without its end, for `input()`.
    Input,
    /// Up to so many characters, or bytes, no further than the end of a line if it is one.
    Some {
        text: bool,
        line: bool,
        count: usize,
    },
    /// Whether there is something.
    Poll,
}

impl Question {
    /// `KIND` or `KIND COUNT`; a negative count is no limit.
    fn parse(frame: &[u8]) -> Self {
        let text = String::from_utf8_lossy(frame);
        let mut words = text.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let count = words.next().and_then(|word| word.parse().ok());
        let count = count.unwrap_or(usize::MAX).min(PIECE);
        let some = |text, line| Self::Some { text, line, count };
        match kind {
            "1" => some(true, false),
            "2" => some(false, false),
            "3" => some(true, true),
            "4" => some(false, true),
            "5" => Self::Poll,
            _ => Self::Input,
        }
    }
}

impl Input {
    /// What programs read comes from `source`, which is called on a thread of its own.
    pub(crate) fn new(source: impl FnMut() -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self {
            source: Arc::new(Mutex::new(Box::new(source))),
            next: None,
            unread: Vec::new(),
            ended: false,
            frames: None,
            asked: VecDeque::new(),
        }
    }

    /// A program begins whose questions carry `mark`.
    pub(crate) fn begin(&mut self, mark: &Mark) {
        self.frames = Some(Frames::new(mark, LIMIT));
        self.asked.clear();
    }

    /// No program runs that asks.
    pub(crate) fn end(&mut self) {
        self.frames = None;
        self.asked.clear();
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
                Piece::Frame(frame) => self.asked.push_back(Question::parse(&frame)),
                Piece::TooLong(_) => self.asked.push_back(Question::Input),
            }
        }
        // What never ends is no question.
        if frames.pending() > LIMIT {
            rest.append(&mut frames.end());
        }
        rest
    }

    /// What goes to the program now, if there is something. `waker` is woken when there is.
    pub(crate) fn transmit(&mut self, waker: &Arc<Mutex<Waker>>) -> Option<Vec<u8>> {
        let question = *self.asked.front()?;
        if let Some(next) = &self.next {
            match next.try_recv() {
                Ok(Some(mut bytes)) => self.unread.append(&mut bytes),
                Ok(None) | Err(TryRecvError::Disconnected) => self.ended = true,
                Err(TryRecvError::Empty) if question != Question::Poll => return None,
                Err(TryRecvError::Empty) => {}
            }
            if self.ended || !self.unread.is_empty() {
                self.next = None;
            }
        }
        let answer = self.answer(question);
        let wants_more = answer.is_none() || answer == Some(Value::Bool(false));
        if wants_more && self.next.is_none() {
            let (sender, receiver) = channel();
            let (source, waker) = (Arc::clone(&self.source), Arc::clone(waker));
            thread::spawn(move || {
                let bytes = source.lock().unwrap_or_else(PoisonError::into_inner)();
                // Whoever has asked may be gone.
                let _ = sender.send(bytes);
                waker.lock().unwrap_or_else(PoisonError::into_inner).wake();
            });
            self.next = Some(receiver);
        }
        let answer = answer?;
        self.asked.pop_front();
        Some(format!("{answer}\n").into_bytes())
    }

    /// The answer, if enough has been read for one.
    fn answer(&mut self, question: Question) -> Option<Value> {
        let line = memchr::memchr(b'\n', &self.unread).map(|at| at + 1);
        match question {
            Question::Poll => Some(Value::Bool(self.ended || !self.unread.is_empty())),
            Question::Input => {
                let whole = self.ended.then_some(self.unread.len());
                let length = line.or(whole)?;
                if length == 0 {
                    return Some(Value::None);
                }
                let line: Vec<u8> = self.unread.drain(..length).collect();
                let line = String::from_utf8_lossy(&line);
                Some(Value::Str(line.trim_end_matches(['\r', '\n']).to_owned()))
            }
            Question::Some {
                text,
                line: wants_line,
                count,
            } => {
                let end = match line {
                    Some(end) if wants_line => end,
                    _ => self.unread.len(),
                };
                let length = if text {
                    characters(&self.unread[..end], count, self.ended)
                } else {
                    end.min(count)
                };
                if length == 0 && !self.ended && count > 0 {
                    return None;
                }
                let piece: Vec<u8> = self.unread.drain(..length).collect();
                Some(if text {
                    Value::Str(String::from_utf8_lossy(&piece).into_owned())
                } else {
                    Value::Bytes(piece)
                })
            }
        }
    }
}

/// How many bytes the first `count` characters have, those that are not whole left out unless this is the
/// end. Each piece that is no UTF-8 stands for one.
fn characters(bytes: &[u8], count: usize, is_end: bool) -> usize {
    let mut length = 0;
    let mut left = count;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars().take(left) {
            length += character.len_utf8();
            left -= 1;
        }
        let invalid = chunk.invalid();
        let at_end = length + invalid.len() == bytes.len();
        // The beginning of a character may go on with the next bytes.
        let begun = at_end
            && !is_end
            && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if left == 0 || invalid.is_empty() || begun {
            return length;
        }
        length += invalid.len();
        left -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], ended: bool, frame: &[u8], expected: Option<&Value>, left: &[u8]) {
        let mut input = Input::new(|| None);
        input.unread = bytes.to_vec();
        input.ended = ended;
        let question = Question::parse(frame);
        assert_eq!(
            input.answer(question).as_ref(),
            expected,
            "{bytes:?} {question:?}"
        );
        assert_eq!(input.unread, left, "{bytes:?} {question:?}");
    }

    fn text(text: &str) -> Value {
        Value::from(text)
    }

    fn bytes(bytes: &[u8]) -> Value {
        Value::Bytes(bytes.to_vec())
    }

    #[test]
    fn each_question_has_its_answer() {
        check(b"a\r\nb", false, b"0", Some(&text("a")), b"b");
        check(b"a", false, b"0", None, b"a");
        check(b"a", true, b"0", Some(&text("a")), b"");
        check(b"", true, b"0", Some(&Value::None), b"");
        check(b"ab\nc", false, b"1 2", Some(&text("ab")), b"\nc");
        check(b"ab\nc", false, b"3 -1", Some(&text("ab\n")), b"c");
        check(b"ab\nc", false, b"4 1", Some(&bytes(b"a")), b"b\nc");
        check(b"\xff\n", false, b"2 -1", Some(&bytes(b"\xff\n")), b"");
        check(b"", false, b"2 5", None, b"");
        check(b"", true, b"2 5", Some(&bytes(b"")), b"");
        check(b"", false, b"5 0", Some(&Value::Bool(false)), b"");
        check(b"a", false, b"5 0", Some(&Value::Bool(true)), b"a");
        let long = vec![b'x'; PIECE + 1];
        check(&long, false, b"4 -1", Some(&bytes(&long[..PIECE])), b"x");
    }

    #[test]
    fn characters_are_not_taken_apart() {
        check(
            "\u{e9}\u{20ac}".as_bytes(),
            false,
            b"1 1",
            Some(&text("\u{e9}")),
            "\u{20ac}".as_bytes(),
        );
        check(b"\xe2\x82", false, b"1 1", None, b"\xe2\x82");
        check(b"\xe2\x82", true, b"1 1", Some(&text("\u{fffd}")), b"");
        check(b"\xffa", false, b"1 2", Some(&text("\u{fffd}a")), b"");
    }
}
