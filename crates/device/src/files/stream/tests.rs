use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;

use super::super::line::{frame, numbered_crc32};
use super::*;

const WINDOW: usize = 256;

/// Hands out the payloads, and notes which of them it is told are taken.
struct List {
    payloads: Vec<Vec<u8>>,
    next: usize,
    believed: Rc<RefCell<Vec<usize>>>,
}

impl Source for List {
    fn next(&mut self, _encoding: Encoding, _length: usize) -> Option<Payload> {
        let bytes = self.payloads.get(self.next)?.clone();
        let tag = Tag {
            step: self.next,
            content: 0,
        };
        self.next += 1;
        Some(Payload { bytes, tag })
    }

    fn taken(&mut self, tag: Tag) {
        self.believed.borrow_mut().push(tag.step);
    }

    fn sent(&mut self, _tag: Tag, _bytes: u64) {}

    fn message(&mut self, _taken: u32, _body: &str) {}

    fn silent(&mut self) {}

    fn has_ended(&self) -> bool {
        self.next == self.payloads.len()
    }
}

/// What `board/serve.py` does.
#[derive(Default)]
struct Board {
    /// Bytes that it has not read.
    input: VecDeque<u8>,
    line: Vec<u8>,
    taken: Vec<Vec<u8>>,
    output: Vec<u8>,
}

impl Board {
    fn new() -> Self {
        let mut board = Self::default();
        let check = Check::Crc32.of(0, b"1!R");
        board.output.extend(format!("1!R!{check}\r\n").bytes());
        board.answer(b'G');
        board
    }

    fn expected(&self) -> u32 {
        u32::try_from(self.taken.len()).unwrap() + 1
    }

    fn answer(&mut self, first: u8) {
        let digit = u8::try_from(self.expected() % 20).unwrap();
        self.output.push(first + digit);
    }

    /// Reads up to the end of one line; false if it has not come.
    fn read(&mut self) -> bool {
        while let Some(byte) = self.input.pop_front() {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let frame = frame(&std::mem::take(&mut self.line));
            let (check, payload) = frame.split_at(frame.len().min(3));
            let right = numbered_crc32(self.expected(), payload).to_le_bytes();
            if !payload.is_empty() && check == &right[..3] {
                self.taken.push(payload.to_vec());
                self.answer(b'G');
            } else {
                self.answer(b'g');
            }
            return true;
        }
        false
    }
}

/// Nothing is lost, but the host has asked too early: the line end is refused, and all behind it is taken.
#[test]
fn what_is_behind_a_line_end_of_a_timeout_counts() {
    let list = List {
        payloads: (0..14).map(|number| vec![number; 50]).collect(),
        next: 0,
        believed: Rc::default(),
    };
    let limits = |line, window| Limits { line, window };
    let mut stream = Stream::new(list, Encoding::Binary);
    stream.begin(limits(1000, 10_000), limits(192, 256), Duration::ZERO);
    let mut board = Board::new();
    let now = Duration::from_millis(1);
    stream.receive(&std::mem::take(&mut board.output), now);
    board.input.extend(stream.transmit());
    stream.timeout(stream.deadline()).unwrap();
    board.input.extend(stream.transmit());
    while stream.base < 15 {
        // Some are answered before the line end is, and the others with it.
        let reads = if board.taken.is_empty() { 4 } else { 100 };
        let read = (0..reads).filter(|_| board.read()).count();
        assert!(read > 0, "a standstill after {}", board.taken.len());
        stream.receive(&std::mem::take(&mut board.output), now);
        board.input.extend(stream.transmit());
    }
    assert_eq!(board.taken.len(), 14);
}

/// What happens to some bytes, and behind how many good ones.
#[derive(Debug, Clone)]
struct Fault {
    behind: usize,
    length: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Lost,
    Twice,
    Flipped(u8),
    /// In front of as many that come before them.
    Swapped,
}

fn faults(count: usize, length: usize, most: usize) -> impl Strategy<Value = Vec<Fault>> {
    let kind = prop_oneof![
        Just(Kind::Lost),
        Just(Kind::Twice),
        (1_u8..).prop_map(Kind::Flipped),
        Just(Kind::Swapped),
    ];
    let fault = (0..length, 1..most, kind).prop_map(|(behind, length, kind)| Fault {
        behind,
        length,
        kind,
    });
    prop::collection::vec(fault, 0..=count)
}

/// A link in one direction.
struct Link {
    faults: std::vec::IntoIter<Fault>,
    next: Option<Fault>,
    seen: usize,
    pending: Vec<u8>,
}

impl Link {
    fn new(faults: Vec<Fault>) -> Self {
        let mut faults = faults.into_iter();
        Self {
            next: faults.next(),
            faults,
            seen: 0,
            pending: Vec::new(),
        }
    }

    fn carry(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(bytes);
        let mut out = Vec::new();
        while let Some(fault) = self.next.clone() {
            let good = (fault.behind - self.seen).min(self.pending.len());
            self.seen += good;
            out.extend(self.pending.drain(..good));
            if self.seen < fault.behind || self.pending.is_empty() {
                return out;
            }
            let length = fault.length.min(self.pending.len());
            let mut part: Vec<u8> = self.pending.drain(..length).collect();
            match fault.kind {
                Kind::Lost => part.clear(),
                Kind::Twice => part.extend_from_within(..),
                Kind::Flipped(mask) => part.iter_mut().for_each(|byte| *byte ^= mask),
                Kind::Swapped => {
                    let behind = length.min(self.pending.len());
                    let mut first: Vec<u8> = self.pending.drain(..behind).collect();
                    first.append(&mut part);
                    part = first;
                }
            }
            out.append(&mut part);
            self.seen = 0;
            self.next = self.faults.next();
        }
        out.append(&mut self.pending);
        out
    }
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..40),
        prop::collection::vec(any::<u8>(), 1..700),
    ];
    prop::collection::vec(payload, 1..60)
}

struct Outcome {
    /// The most that waited behind the line that the board was reading.
    waiting: usize,
    standstill: bool,
    disturbed: bool,
}

/// Sends all. What the board takes are the payloads in order, each once, and where the answers come as
/// they were sent, the host believes no more than that.
fn transfer(payloads: &[Vec<u8>], to_board: Vec<Fault>, to_host: Vec<Fault>) -> Outcome {
    let honest = to_host.is_empty();
    let (mut to_board, mut to_host) = (Link::new(to_board), Link::new(to_host));
    let believed = Rc::<RefCell<Vec<usize>>>::default();
    let source = List {
        payloads: payloads.to_vec(),
        next: 0,
        believed: Rc::clone(&believed),
    };
    let mut stream = Stream::new(source, Encoding::Binary);
    let limits = |line| Limits {
        line,
        window: WINDOW,
    };
    let mut now = Duration::ZERO;
    stream.begin(limits(1000), limits(192), now);
    let mut board = Board::new();
    let mut outcome = Outcome {
        waiting: 0,
        standstill: false,
        disturbed: false,
    };
    while board.taken.len() < payloads.len() {
        let answers = std::mem::take(&mut board.output);
        stream.receive(&to_host.carry(&answers), now);
        if honest {
            let count = believed.borrow().len();
            assert!(count <= board.taken.len());
            assert!(believed.borrow().iter().copied().eq(0..count));
        }
        let bytes = stream.transmit();
        board.input.extend(to_board.carry(&bytes));
        if board.read() {
            outcome.waiting = outcome.waiting.max(board.input.len());
            continue;
        }
        if bytes.is_empty() && board.output.is_empty() {
            now = stream.deadline();
            if stream.timeout(now).is_err() {
                outcome.standstill = true;
                break;
            }
        }
    }
    assert_eq!(board.taken, payloads[..board.taken.len()]);
    outcome.disturbed = stream.disturbed;
    outcome
}

proptest! {
    #[test]
    fn a_good_link_is_never_overrun(payloads in payloads()) {
        let outcome = transfer(&payloads, Vec::new(), Vec::new());
        prop_assert!(!outcome.standstill && !outcome.disturbed);
        prop_assert!(outcome.waiting <= WINDOW, "{}", outcome.waiting);
    }

    #[test]
    fn what_is_damaged_on_its_way_is_sent_again(
        payloads in payloads(),
        faults in faults(12, 3000, 600),
    ) {
        prop_assert!(!transfer(&payloads, faults, Vec::new()).standstill);
    }

    #[test]
    fn damaged_answers_do_no_harm(
        payloads in payloads(),
        to_board in faults(12, 3000, 600),
        to_host in faults(MAX_LAST_TRIES as usize, 40, 4),
    ) {
        prop_assert!(!transfer(&payloads, to_board, to_host).standstill);
    }

    #[test]
    fn the_board_has_nothing_wrong_whatever_is_damaged(
        payloads in payloads(),
        to_board in faults(30, 1000, 600),
        to_host in faults(60, 10, 4),
    ) {
        transfer(&payloads, to_board, to_host);
    }
}
