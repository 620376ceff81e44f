//! The session: whatever a board says, in whatever pieces it comes, the events are the same, and what
//! goes out and is kept has bounds.
#![no_main]

use std::time::Duration;

use belay_rawrepl::{Command, Config, Event, Nonce, RawRepl};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Dialogue {
    held_back: bool,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Enter,
    Run { code: Code },
    SoftReset,
    Leave,
    Interrupt,
    GiveUp,
    Input(u8),
    Timeout,
    Receive { pieces: Vec<Piece>, cuts: Vec<u8> },
}

#[derive(Arbitrary, Debug)]
enum Code {
    Short,
    Long(u8),
}

/// What a board may say.
#[derive(Arbitrary, Debug)]
enum Piece {
    Bytes(Vec<u8>),
    Mark(u8),
    Ok,
    End,
    Prompt,
    Exception,
    Banner,
    Friendly,
    Reboot,
    PasteMode(u8),
    NoPasteMode,
    Credit,
    LineEnd,
}

impl Piece {
    fn write(&self, marks: &[String], bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes(text) => bytes.extend(text),
            Self::Mark(number) => bytes.extend(marks[usize::from(*number) % marks.len()].bytes()),
            Self::Ok => bytes.extend(b"OK"),
            Self::End => bytes.push(4),
            Self::Prompt => bytes.extend(b"\x04\x04>"),
            Self::Exception => bytes.extend(
                b"\x04Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\nKeyboardInterrupt: \r\n\x04>",
            ),
            Self::Banner => bytes.extend(b"raw REPL; CTRL-B to exit\r\n>"),
            Self::Friendly => bytes.extend(
                b"MicroPython v1.29.0 on 2026-01-01; x with y\r\nType \"help()\" for more information.\r\n>>> ",
            ),
            Self::Reboot => bytes.extend(b"MPY: soft reboot\r\n"),
            Self::PasteMode(window) => bytes.extend([b'R', 1, *window, 0, 1]),
            Self::NoPasteMode => bytes.extend(b"R\x00"),
            Self::Credit => bytes.push(1),
            Self::LineEnd => bytes.extend(b"\r\n"),
        }
    }
}

/// A session and all that it has done.
struct Side {
    repl: RawRepl,
    events: Vec<Event>,
    sent: Vec<u8>,
}

impl Side {
    fn new(held_back: bool) -> Self {
        let config = Config {
            largest_write: if held_back { 1 << 16 } else { 0 },
            unacknowledged: if held_back { 1 << 12 } else { 0 },
            max_payload: 1 << 10,
            ..Config::default()
        };
        Self {
            repl: RawRepl::new(Nonce::new(1), config),
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Takes everything that the session has to give. Output and stray bytes that come in a row are one.
    fn drain(&mut self) {
        while let Some(bytes) = self.repl.transmit() {
            assert!(!bytes.is_empty());
            self.sent.extend(bytes);
        }
        while let Some(event) = self.repl.next_event() {
            match (self.events.last_mut(), event) {
                (Some(Event::Output(before)), Event::Output(bytes))
                | (Some(Event::Stray(before)), Event::Stray(bytes)) => before.extend(bytes),
                (_, event) => self.events.push(event),
            }
        }
    }

    /// Takes what has come together, in pieces of these lengths. What is to go out goes when all has come:
    /// in between, it would find another board.
    fn receive(&mut self, bytes: &[u8], lengths: impl Iterator<Item = usize>, now: Duration) {
        let before = self.sent.len();
        let mut rest = bytes;
        for length in lengths {
            let (piece, later) = rest.split_at(length.clamp(1, rest.len()));
            self.repl.receive(piece, now);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        self.drain();
        // A board that talks much is not answered as much.
        let sent = self.sent.len() - before;
        assert!(sent <= 1 << 13, "{sent} bytes out");
    }
}

fuzz_target!(|dialogue: Dialogue| {
    let mut sides = [Side::new(dialogue.held_back), Side::new(dialogue.held_back)];
    let mut numbering = RawRepl::new(Nonce::new(1), Config::default());
    let marks: Vec<String> = (0..16)
        .map(|_| numbering.next_mark().as_str().to_owned())
        .collect();
    let mut now = Duration::ZERO;
    for step in &dialogue.steps {
        now += Duration::from_millis(1);
        for side in &mut sides {
            let repl = &mut side.repl;
            match step {
                Step::Enter if !repl.is_busy() => repl.enter(now, Duration::from_secs(10)),
                Step::Run { code } if repl.is_ready() => {
                    let text = match code {
                        Code::Short => "print(1)".to_owned(),
                        Code::Long(length) => "x=1\n".repeat(usize::from(*length) + 40),
                    };
                    let mark = repl.next_mark();
                    repl.start(Command::exec(&text, mark), now);
                }
                Step::SoftReset if repl.is_ready() => repl.soft_reset(now, Duration::from_secs(10)),
                Step::Leave if repl.is_ready() => repl.leave(now),
                Step::Interrupt if repl.is_busy() => repl.interrupt(now),
                Step::GiveUp if repl.is_busy() => repl.give_up(Duration::from_secs(1)),
                Step::Input(byte) if repl.is_busy() => repl.input(&[*byte]),
                _ => {}
            }
            side.drain();
        }
        match step {
            Step::Timeout => {
                // Both wait for the same: no time passes while bytes come.
                let deadline = sides[0].repl.deadline();
                assert_eq!(sides[1].repl.deadline(), deadline);
                if let Some(deadline) = deadline {
                    now = now.max(deadline);
                    for side in &mut sides {
                        side.repl.timeout(now);
                        side.drain();
                    }
                }
            }
            Step::Receive { pieces, cuts } => {
                let mut bytes = Vec::new();
                for piece in pieces {
                    piece.write(&marks, &mut bytes);
                }
                if bytes.is_empty() {
                    continue;
                }
                let cuts = cuts.iter().copied().map(usize::from);
                sides[0].receive(&bytes, std::iter::once(usize::MAX), now);
                sides[1].receive(&bytes, cuts.chain(std::iter::repeat(1)), now);
            }
            _ => {}
        }
        let [whole, pieces] = &sides;
        assert_eq!(whole.events, pieces.events);
        assert_eq!(whole.sent, pieces.sent);
        assert_eq!(whole.repl.is_ready(), pieces.repl.is_ready());
    }
});
