//! Gets frames to `board/serve.py` in order, and its messages back, over a link that may lose,
//! repeat or change bytes.
//!
//! The board answers each line with a letter when it is about to read the next one. That one is read
//! as it comes, however long it is; what follows it waits in the board's input buffer while the board
//! works, which bounds how much may be on the way. A line that the board does not take is sent again,
//! with all behind it.

use std::collections::VecDeque;
use std::time::Duration;

use super::line::Encoding;
use crate::check::Check;

/// Where frames come from and messages go to.
pub(super) trait Source {
    /// The next payload that goes into a line of `length` bytes, if there is one now.
    fn next(&mut self, encoding: Encoding, length: usize) -> Option<Payload>;
    /// The board has taken frame `number`.
    fn taken(&mut self, tag: Tag);
    /// More bytes are on the link.
    fn sent(&mut self, tag: Tag, bytes: u64);
    /// The board says something; it had taken `taken` frames when it did.
    fn message(&mut self, taken: u32, body: &str);
    /// The board has all frames, has answered them, and is silent.
    fn silent(&mut self);
    /// Whether the board's program ends with the last frame that was handed out.
    fn has_ended(&self) -> bool;
}

/// What a frame belongs to, as its source knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// The step.
    pub(super) step: usize,
    /// How much of the step's content the board has with this frame.
    pub(super) content: u64,
}

/// One frame's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) bytes: Vec<u8>,
    pub(super) tag: Tag,
}

/// How much may be on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The longest line, in bytes.
    pub(super) line: usize,
    /// Bytes that the board has not answered.
    pub(super) window: usize,
}

/// The conversation has come to a standstill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standstill {
    /// How long the board has been silent.
    pub(super) silent: Duration,
}

/// Frames that the board has taken and that are kept, in case a damaged answer said so wrongly.
const KEPT: usize = 10;
/// Lines on the way; the letters of the answers tell 20 apart.
const MAX_LINES: usize = 9;
/// The first time-out, until it is known how long the board and the link take for an answer. From
/// then on it is several times as long as that, at least `LEAST_TIMEOUT` and no longer than this.
const FIRST_TIMEOUT: Duration = Duration::from_millis(500);
const LEAST_TIMEOUT: Duration = Duration::from_millis(200);
const LAST_TIMEOUT: Duration = Duration::from_secs(4);
/// How many time-outs there may be without getting on, with answers in between or not.
const MAX_TRIES: u32 = 9;
/// How many in a row there may be without a word from the board, once it has been sent the last frame
/// and its program should have ended.
const MAX_LAST_TRIES: u32 = 2;
/// How often a frame may be refused: a link may change some bytes every time.
const MAX_REFUSALS: u32 = 24;
const MAX_MESSAGE: usize = 1024;
/// How many bytes without meaning may come in a row; a program's timers may print some.
const MOST_STRANGE: usize = 512;

#[derive(Debug)]
struct Frame {
    line: Vec<u8>,
    tag: Tag,
}

#[derive(Debug)]
struct OnTheWay {
    number: u32,
    length: usize,
    /// Sent before a frame in front of it had to be sent again: the board will not take it.
    stale: bool,
}

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The board has not said a word yet.
    Unheard,
    Talking,
    /// The board has not answered the line end that it was sent after a silence. It may still have
    /// what was sent before, so it gets nothing else.
    Asked,
    /// The board only waits for the line that ends the transfer.
    Closing,
}

#[derive(Debug)]
pub(super) struct Stream<S> {
    pub(super) source: S,
    encoding: Encoding,
    limits: Limits,
    /// What is safe where the link turns out to lose bytes.
    safe: Limits,
    /// The frames from number `first` on.
    frames: VecDeque<Frame>,
    first: u32,
    /// The frame that the board expects.
    base: u32,
    /// The frame to be sent next.
    next: u32,
    unanswered: VecDeque<OnTheWay>,
    /// The frame of which a part has been sent, and how much.
    partial: Option<(u32, usize)>,
    /// How many of the lines that are not answered the board reads as they come: one, once it has
    /// said so, or none.
    being_read: usize,
    message: Option<Vec<u8>>,
    /// Bytes since the last message that mean nothing.
    strange: usize,
    state: State,
    last_heard: Duration,
    /// The longest that the board has taken for an answer.
    slowest: Option<Duration>,
    /// Time-outs since the board last got on.
    tries: u32,
    /// Time-outs since the board was last heard.
    silences: u32,
    /// Frames refused since the board last got on.
    refusals: u32,
    extra: Vec<u8>,
    /// Whether anything went wrong, so that bytes may be left in the board's input buffer.
    pub(super) disturbed: bool,
}

impl<S: Source> Stream<S> {
    pub(super) fn new(source: S, encoding: Encoding) -> Self {
        let none = Limits { line: 0, window: 0 };
        Self {
            source,
            encoding,
            limits: none,
            safe: none,
            frames: VecDeque::new(),
            // As `taken` begins in `board/serve.py`.
            first: 1,
            base: 1,
            next: 1,
            unanswered: VecDeque::new(),
            partial: None,
            being_read: 0,
            message: None,
            strange: 0,
            state: State::Unheard,
            last_heard: Duration::ZERO,
            slowest: None,
            tries: 0,
            silences: 0,
            refusals: 0,
            extra: Vec::new(),
            disturbed: false,
        }
    }

    /// Whether the board has ever said a word that makes sense.
    pub(super) fn is_heard(&self) -> bool {
        self.state != State::Unheard
    }

    /// From now on no more is on the way than the board surely takes in.
    pub(super) fn be_careful(&mut self) {
        self.limits = self.safe;
    }

    /// The program runs on a board that is known to take `safe` in, over a link on which `limits` may
    /// be on the way as long as nothing is lost.
    pub(super) fn begin(&mut self, limits: Limits, safe: Limits, now: Duration) {
        self.limits = limits;
        self.safe = safe;
        self.last_heard = now;
    }

    /// The board has failed and waits for the line that ends the transfer.
    pub(super) fn close(&mut self) {
        self.state = State::Closing;
        self.disturbed = true;
        self.unanswered.clear();
        self.extra = b"\n".to_vec();
        self.extra.extend(self.encoding.end());
    }

    /// Takes bytes from the board.
    pub(super) fn receive(&mut self, bytes: &[u8], now: Duration) {
        for &byte in bytes {
            match &mut self.message {
                Some(text) if byte == b'\n' => {
                    let text = std::mem::take(text);
                    self.message = None;
                    self.take_message(&text, now);
                    continue;
                }
                // A number, an exclamation mark and what may be anything.
                Some(text)
                    if text.len() < MAX_MESSAGE
                        && (text.contains(&b'!') || byte == b'!' || byte.is_ascii_digit()) =>
                {
                    text.push(byte);
                    continue;
                }
                _ => {}
            }
            if let Some(text) = self.message.take() {
                self.strange += text.len();
            }
            match byte {
                b'0'..=b'9' => self.message = Some(vec![byte]),
                b'G'..=b'Z' => self.answer(byte - b'G', true, now),
                b'g'..=b'z' => self.answer(byte - b'g', false, now),
                b'.' => self.hear(now),
                _ => self.strange += usize::from(!byte.is_ascii_whitespace()),
            }
        }
    }

    /// Whether the board takes a frame no more, or something else than its program answers. A damaged byte may end the program;
    /// a friendly REPL then echoes the lines, whose letters look like answers, so that ever more
    /// would be sent.
    pub(super) fn is_lost(&self) -> bool {
        self.strange > MOST_STRANGE || self.refusals > MAX_REFUSALS
    }

    /// The bytes to send now.
    pub(super) fn transmit(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.extra);
        if self.state != State::Talking {
            return bytes;
        }
        loop {
            let behind = self.unanswered.iter().skip(self.being_read);
            let waiting: usize = behind.map(|line| line.length).sum();
            let (number, from) = match self.partial.take() {
                Some((number, sent)) => (number, sent),
                None if self.unanswered.len() >= MAX_LINES || waiting >= self.limits.window => {
                    return bytes;
                }
                None if !self.have_next() => return bytes,
                None => (self.next, 0),
            };
            if from > 0
                && self
                    .unanswered
                    .back()
                    .is_none_or(|line| line.number != number)
            {
                // A damaged answer has counted it as taken.
                self.unanswered.push_back(OnTheWay {
                    number,
                    length: from,
                    stale: false,
                });
            }
            let frame = &self.frames[(number - self.first) as usize];
            let length = frame.line.len();
            let tag = frame.tag;
            let in_front = self.unanswered.len() - usize::from(from > 0);
            let room = if in_front < self.being_read {
                length
            } else {
                self.limits.window.saturating_sub(waiting)
            };
            let until = length.min(from + room);
            bytes.extend_from_slice(&frame.line[from..until]);
            self.source.sent(tag, (until - from) as u64);
            if from == 0 {
                self.unanswered.push_back(OnTheWay {
                    number,
                    length: 0,
                    stale: false,
                });
                self.next = self.next.max(number + 1);
            }
            if let Some(line) = self.unanswered.back_mut() {
                line.length = until;
            }
            if until < length {
                self.partial = Some((number, until));
                return bytes;
            }
        }
    }

    /// Until when the board may be silent.
    pub(super) fn deadline(&self) -> Duration {
        let first = self.slowest.map_or(FIRST_TIMEOUT, |slowest| {
            (slowest * 3).clamp(LEAST_TIMEOUT, FIRST_TIMEOUT)
        });
        self.last_heard + (first * (1 << self.tries.min(5))).min(LAST_TIMEOUT)
    }

    /// Says that nothing came until the deadline.
    pub(super) fn timeout(&mut self, now: Duration) -> Result<(), Standstill> {
        if now < self.deadline() {
            return Ok(());
        }
        self.tries += 1;
        self.silences += 1;
        let silent = now.saturating_sub(self.last_heard);
        let all_taken = self.unanswered.is_empty() && self.base == self.next;
        // The last frame of all is not answered.
        let ended = self.source.has_ended() && self.base + 1 >= self.next && !self.have_next();
        if self.tries > MAX_TRIES || ended && self.silences > MAX_LAST_TRIES {
            return Err(Standstill { silent });
        }
        self.last_heard = now;
        self.disturbed = true;
        // What has begun like a message may have been something else.
        self.message = None;
        if self.state == State::Closing {
            self.close();
            return Ok(());
        }
        self.unanswered.clear();
        self.partial = None;
        self.being_read = 0;
        if self.is_heard() && all_taken {
            self.source.silent();
        }
        // Ends whatever line the board may be reading; the answer says what it expects.
        self.extra = b"\n".to_vec();
        if self.is_heard() {
            self.state = State::Asked;
        }
        Ok(())
    }

    fn hear(&mut self, now: Duration) {
        if !self.unanswered.is_empty() && self.silences == 0 {
            let silent = now.saturating_sub(self.last_heard);
            self.slowest = Some(self.slowest.map_or(silent, |slowest| slowest.max(silent)));
        }
        self.silences = 0;
        if self.state != State::Closing {
            self.state = State::Talking;
        }
        self.last_heard = now;
    }

    fn have_next(&mut self) -> bool {
        if self.next < self.first + self.frames.len() as u32 {
            return true;
        }
        let Some(Payload { bytes, tag }) = self.source.next(self.encoding, self.limits.line) else {
            return false;
        };
        let line = self.encoding.line(self.next, &bytes);
        self.frames.push_back(Frame { line, tag });
        true
    }

    fn take_message(&mut self, text: &[u8], now: Duration) {
        let Some((taken, body)) = Check::Crc32.fact(text) else {
            self.strange += text.len();
            return;
        };
        self.hear(now);
        self.tries = 0;
        self.strange = 0;
        self.source.message(taken as u32, &body);
    }

    fn answer(&mut self, letter: u8, taken: bool, now: Duration) {
        self.hear(now);
        if self.state == State::Closing {
            return;
        }
        let Some(number) = self.number(letter) else {
            return;
        };
        self.being_read = 1;
        if taken {
            // The board has read all that was sent before this frame.
            while self
                .unanswered
                .front()
                .is_some_and(|line| line.stale || line.number < number)
            {
                self.unanswered.pop_front();
            }
            self.advance(number);
            return;
        }
        self.disturbed = true;
        self.refusals += 1;
        let fresh = match self.unanswered.pop_front() {
            None => true,
            Some(line) => !line.stale,
        };
        self.advance(number);
        if fresh && number <= self.next {
            self.rewind(number);
        }
    }

    /// The number of the frame that the board expects, from its last digit to the base of 20.
    fn number(&self, letter: u8) -> Option<u32> {
        let lowest = self.base.saturating_sub(KEPT as u32).max(self.first);
        // What was on its way when frames in front of it were to be sent again may be taken after all.
        let highest = self.first + self.frames.len() as u32;
        (lowest..=highest).find(|number| number % 20 == u32::from(letter))
    }

    fn advance(&mut self, number: u32) {
        if number > self.base {
            self.tries = 0;
            self.refusals = 0;
        }
        while self.base < number {
            let frame = &self.frames[(self.base - self.first) as usize];
            let tag = frame.tag;
            self.base += 1;
            self.source.taken(tag);
        }
        self.next = self.next.max(self.base);
        while self.first + (KEPT as u32) < self.base {
            self.frames.pop_front();
            self.first += 1;
        }
        if self.partial.is_some_and(|(number, _)| number < self.first) {
            self.partial = None;
            self.extra.push(b'\n');
        }
    }

    /// Sends all again from frame `number` on.
    fn rewind(&mut self, number: u32) {
        // Whatever was lost, less on the way is safer.
        self.be_careful();
        if self.partial.take().is_some() {
            self.extra.push(b'\n');
        }
        for line in &mut self.unanswered {
            line.stale = true;
        }
        self.base = number;
        self.next = number;
    }
}

#[cfg(test)]
mod tests;
