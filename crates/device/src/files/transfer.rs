//! The steps of a transfer, as frames for `board/serve.py`.

mod room;

use std::collections::VecDeque;
use std::ops::ControlFlow;

use belay_sync::{Digest, DigestKind, Progress, RemotePath, Step};

use self::room::Board;
use super::fault;
use super::line::Encoding;
use super::stream::{Payload, Source, Tag};
use super::{digests, pack};
use crate::board_code::{self, prepare, quoted};
use crate::link::{Capabilities, Inflater};
use crate::{Error, FileFault};

/// Sends steps from a given one on, and hears how they go.
pub(super) struct Transfer<'a, 'p> {
    steps: &'a [Step<'a>],
    progress: &'p mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// How the board computes digests, and how it inflates.
    digest: DigestKind,
    inflater: Option<Inflater>,
    queue: VecDeque<Item<'a>>,
    /// How many frames have been handed out.
    frames: u32,
    phase: Phase,
    board: Option<Board>,
    /// The step that is handed out next.
    next: usize,
    /// The numbers of the first frame of each step that was begun, and of the one behind its last.
    spans: Vec<(usize, u32, u32)>,
    ledger: &'p mut Ledger,
    sizes: Vec<Option<u64>>,
    /// Whether the board has what inflates.
    inflates: bool,
    /// Why the transfer is to end.
    pub(super) stop: Option<Error>,
    /// Whether the board's program has failed and waits to be let go.
    pub(super) failed: bool,
}

/// How far the steps have come, over all programs that were needed for them.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Steps in front of this one are done, as the board has said in a message that was checked.
    pub(super) confirmed: usize,
    /// Steps in front of this one have been told of as done.
    done: usize,
    /// Steps in front of this one have been told of.
    begun: usize,
    /// Bytes on the link, by step.
    wire: Vec<u64>,
    /// The most that the board has had, so that what is sent again is told once.
    reached: Tag,
    /// Whether the board has run out of memory: what is free of it may be in pieces, and then a board that has
    /// much cannot hold a block of a file.
    ran_out: bool,
}

impl Ledger {
    /// For as many steps, none of which has begun.
    pub(super) fn new(steps: usize) -> Self {
        Self {
            confirmed: 0,
            done: 0,
            begun: 0,
            wire: vec![0; steps],
            reached: Tag::default(),
            ran_out: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Hello,
    Sizes,
    Steps,
    Ended,
}

enum Item<'a> {
    /// Code, which may need several frames.
    Code(Vec<u8>),
    /// Programs that the board inflates, with a `#` between two of them.
    Packed(Vec<u8>),
    /// One frame.
    Piece(Vec<u8>),
    /// A block.
    Data {
        bytes: std::borrow::Cow<'a, [u8]>,
        at: usize,
        /// Where in the content the block begins, and how long it is there.
        start: u64,
        length: u64,
        compressed: bool,
    },
}

impl Item<'_> {
    fn code(code: &str) -> Self {
        Self::Code(code.trim_end().as_bytes().to_vec())
    }
}

impl<'a, 'p> Transfer<'a, 'p> {
    /// Sends the `steps` that are not done yet; the programs for them `packed`, if the board can inflate programs.
    pub(super) fn new(
        steps: &'a [Step<'a>],
        ledger: &'p mut Ledger,
        progress: &'p mut dyn FnMut(Progress) -> ControlFlow<()>,
        capabilities: &Capabilities,
        packed: bool,
    ) -> Self {
        let rest = &steps[ledger.confirmed..];
        let puts = |step: &Step<'_>| matches!(step, Step::Put { .. });
        let mut programs = Vec::new();
        if rest.iter().any(puts) {
            programs.push(prepare(board_code::PUT, &[("$PART", belay_sync::PART)]));
            programs.push(prepare(digests::program(capabilities.digest), &[]));
        }
        if !rest.iter().all(puts) {
            programs.push(prepare(board_code::FOLDERS, &[]));
        }
        programs.push(prepare(board_code::HELLO, &[]));
        let texts: Vec<&str> = programs.iter().map(String::as_str).collect();
        let queue = match pack::programs(&texts).filter(|_| packed) {
            Some(bytes) => VecDeque::from([Item::Packed(bytes)]),
            None => texts.into_iter().map(Item::code).collect(),
        };
        Self {
            steps,
            progress,
            digest: capabilities.digest,
            inflater: capabilities.inflater,
            queue,
            frames: 0,
            phase: Phase::Hello,
            board: None,
            next: ledger.confirmed,
            spans: Vec::new(),
            ledger,
            sizes: vec![None; steps.len()],
            inflates: false,
            stop: None,
            failed: false,
        }
    }

    /// Whether the board has little memory for lines.
    pub(super) fn little_memory(&self) -> bool {
        self.board.is_some_and(|board| board.little_memory)
    }

    /// Counts the steps that a program which has run to its end has done.
    pub(super) fn finish(&mut self) {
        self.confirm(self.next);
    }

    fn report(&mut self, progress: Progress) {
        if self.stop.is_none() && (self.progress)(progress).is_break() {
            self.stop = Some(Error::Interrupted);
        }
    }

    fn begin_step(&mut self, step: usize) {
        while self.ledger.begun <= step && self.ledger.begun < self.steps.len() {
            // A step is told of once, and not before the one in front of it is done.
            let step = self.ledger.begun;
            self.ledger.begun += 1;
            self.report(Progress::Started { step });
        }
    }

    fn confirm(&mut self, end: usize) {
        self.ledger.confirmed = self.ledger.confirmed.max(end);
        self.steps_done(end);
    }

    fn steps_done(&mut self, end: usize) {
        while self.ledger.done < end {
            let step = self.ledger.done;
            self.begin_step(step);
            self.ledger.done += 1;
            let wire = self.ledger.wire[step];
            self.report(Progress::Done { step, wire });
        }
    }

    /// Puts what comes next in the queue; false when there is nothing.
    fn refill(&mut self) -> bool {
        match self.phase {
            Phase::Hello | Phase::Sizes | Phase::Ended => false,
            Phase::Steps if self.next < self.steps.len() => {
                let step = self.next;
                self.next += 1;
                let start = self.frames + 1;
                self.spans.push((step, start, u32::MAX));
                self.queue_step(step);
                true
            }
            Phase::Steps => {
                self.end();
                true
            }
        }
    }

    fn close_span(&mut self) {
        if let Some((_, _, end)) = self.spans.last_mut()
            && *end == u32::MAX
        {
            *end = self.frames + 1;
        }
    }

    fn end(&mut self) {
        self.phase = Phase::Ended;
        self.queue
            .push_back(Item::Code(b"raise StopIteration".to_vec()));
    }

    fn queue_step(&mut self, step: usize) {
        match self.steps[step] {
            Step::Put { path, content } => self.queue_put(path.as_str(), content),
            Step::CreateFolder(path) => self.queue_call("create_folder", &[path]),
            Step::Delete(path) => self.queue_call("delete", &[path]),
            Step::DeleteFolder(path) => self.queue_call("delete_folder", &[path]),
            Step::Rename { from, to } => self.queue_call("rename", &[from, to]),
        }
    }

    fn queue_call(&mut self, function: &str, paths: &[&RemotePath]) {
        let paths: Vec<_> = paths.iter().map(|path| quoted(path.as_str())).collect();
        self.queue_code(&format!("{function}({})", paths.join(",")));
    }

    fn queue_put(&mut self, path: &str, content: &'a [u8]) {
        let Some(board) = self.board else { return };
        let inflater = self.inflater.filter(|_| !board.little_memory);
        let blocks = pack::blocks(content, board.piece, inflater.is_some());
        if blocks.iter().any(|block| block.bits != 0)
            && !std::mem::replace(&mut self.inflates, true)
        {
            let code = match inflater {
                Some(Inflater::Module(name)) => {
                    prepare(board_code::INFLATE_ZLIB, &[("$MODULE", name)])
                }
                _ => prepare(board_code::INFLATE_DEFLATE, &[]),
            };
            self.queue_code(&code);
        }
        let mut call = format!("put({}", quoted(path));
        for block in &blocks {
            let number = (block.bytes.len() as u64) << 4 | u64::from(block.bits);
            call.extend([",", &number.to_string()]);
        }
        call.push(')');
        self.queue_code(&call);
        let digest = match Digest::of(self.digest, content) {
            Digest::Sha256(digest) => digest[..8].to_vec(),
            Digest::Crc32(digest) | Digest::Fnv1a(digest) => digest.to_le_bytes().to_vec(),
        };
        let mut start = 0;
        self.queue.push_back(Item::Piece(digest));
        for block in blocks {
            let length = block.content as u64;
            self.queue.push_back(Item::Data {
                bytes: block.bytes,
                at: 0,
                start,
                length,
                compressed: block.bits != 0,
            });
            start += length;
        }
    }

    fn queue_code(&mut self, code: &str) {
        self.queue.push_back(Item::code(code));
    }

    fn path(&self, step: usize) -> String {
        let step = self.steps.get(step);
        step.map_or("/", |step| step.path().as_str()).to_owned()
    }

    fn failure(&mut self, taken: u32, text: &str) {
        if self.failed {
            return;
        }
        let last = taken.saturating_sub(1);
        let step = self
            .spans
            .iter()
            .rev()
            .find(|&&(_, start, _)| start <= last)
            .map_or(self.next, |&(step, ..)| step);
        self.confirm(step);
        let error = fault::from_repr(text, &self.path(step));
        let no_memory = FileFault::NoMemory;
        let again = matches!(&error, Error::File { fault, .. } if *fault == no_memory)
            && !std::mem::replace(&mut self.ledger.ran_out, true);
        if self.stop.is_none() && !again {
            self.stop = Some(error);
        }
        self.failed = true;
        self.phase = Phase::Ended;
        self.queue.clear();
    }
}

impl Source for Transfer<'_, '_> {
    fn next(&mut self, encoding: Encoding, length: usize) -> Option<Payload> {
        while self.queue.is_empty() {
            if !self.refill() {
                return None;
            }
        }
        // Long lines have less around them. Where the board works between two lines, short ones keep
        // the link busy meanwhile.
        let length = match self.queue.front() {
            Some(Item::Data {
                compressed: false, ..
            }) => length,
            _ => length / 3 * 2,
        };
        let step = self.spans.last().map_or(self.next, |&(step, ..)| step);
        if self.phase == Phase::Steps && self.is_last_frame(encoding, length) {
            // A step is not finished before those in front of it are done and the caller has heard
            // that it begins.
            if self.ledger.done < step {
                return None;
            }
            self.begin_step(step);
            if self.stop.is_some() {
                return None;
            }
        }
        let mut tag = Tag { step, content: 0 };
        let bytes = match self.queue.pop_front()? {
            Item::Code(code) => {
                let count = encoding.fit(&code, length);
                if count < code.len() {
                    let pieces = self.split(&code, encoding, length);
                    format!("exec({pieces})").into_bytes()
                } else {
                    code
                }
            }
            Item::Packed(bytes) => {
                let pieces = self.split(&bytes, encoding, length);
                format!("for p in z({pieces}).split(b'#'):exec(p)").into_bytes()
            }
            Item::Piece(piece) => piece,
            Item::Data {
                bytes,
                at,
                start,
                length: content,
                compressed,
            } => {
                let count = encoding.fit(&bytes[at..], length);
                let part = bytes[at..at + count].to_vec();
                let at = at + count;
                tag.content = start + content * at as u64 / bytes.len() as u64;
                if at < bytes.len() {
                    self.queue.push_front(Item::Data {
                        bytes,
                        at,
                        start,
                        length: content,
                        compressed,
                    });
                }
                part
            }
        };
        self.frames += 1;
        if self.queue.is_empty() {
            self.close_span();
        }
        Some(Payload { bytes, tag })
    }

    fn taken(&mut self, tag: Tag) {
        if tag.step >= self.steps.len() || tag.step < self.ledger.done {
            return;
        }
        // The frames of a step are taken only when those in front of it have run.
        self.steps_done(tag.step);
        if self.phase != Phase::Hello && self.phase != Phase::Sizes {
            self.begin_step(tag.step);
        }
        let reached = self.ledger.reached;
        if tag.content == 0 || (tag.step, tag.content) <= (reached.step, reached.content) {
            return;
        }
        self.ledger.reached = tag;
        let (step, content, wire) = (tag.step, tag.content, self.ledger.wire[tag.step]);
        self.report(Progress::Sent {
            step,
            content,
            wire,
        });
    }

    fn sent(&mut self, tag: Tag, bytes: u64) {
        if let Some(wire) = self.ledger.wire.get_mut(tag.step) {
            *wire += bytes;
        }
    }

    fn message(&mut self, taken: u32, body: &str) {
        let Some((kind, text)) = body.split_at_checked(1) else {
            return;
        };
        match kind {
            "H" if self.phase == Phase::Hello => self.hello(text),
            "S" => self.size(text),
            "D" => {
                let done = self
                    .spans
                    .iter()
                    .rev()
                    .find(|&&(.., end)| end <= taken)
                    .map(|&(step, ..)| step + 1);
                if let Some(end) = done {
                    self.confirm(end);
                }
            }
            "E" => self.failure(taken, text),
            _ => {}
        }
    }

    fn silent(&mut self) {
        match self.phase {
            Phase::Hello => self.queue_code(&prepare(board_code::HELLO, &[])),
            Phase::Sizes => self.ask_sizes(),
            // The message that the step in front is done may have been lost.
            Phase::Steps if self.holds_all() => {
                self.queue.push_front(Item::Code(b"tell('D')".to_vec()));
            }
            Phase::Steps | Phase::Ended => {}
        }
    }

    fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }
}

impl Transfer<'_, '_> {
    /// Whether the next frame is the last of its step.
    fn is_last_frame(&self, encoding: Encoding, length: usize) -> bool {
        let rest = match self.queue.front() {
            Some(Item::Code(code)) => &code[..],
            Some(Item::Data { bytes, at, .. }) => &bytes[*at..],
            Some(Item::Piece(_)) => &[],
            Some(Item::Packed(_)) | None => return false,
        };
        self.queue.len() == 1 && encoding.fit(rest, length) >= rest.len()
    }

    /// Whether a step waits of which the board has no frame yet.
    fn holds_all(&self) -> bool {
        let first = self.spans.last().map_or(0, |&(_, start, _)| start);
        self.queue.len() == 1 && first == self.frames + 1
    }

    /// Queues what is too long for one frame in pieces, and gives the expression that puts them together.
    fn split(&mut self, code: &[u8], encoding: Encoding, length: usize) -> String {
        let mut pieces = Vec::new();
        let mut rest = code;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(encoding.fit(rest, length));
            pieces.push(piece.to_vec());
            rest = behind;
        }
        let count = pieces.len();
        for piece in pieces.into_iter().rev() {
            self.queue.push_front(Item::Piece(piece));
        }
        match count {
            1 => "take()".to_owned(),
            count => format!("b''.join([take()for _ in range({count})])"),
        }
    }
}
