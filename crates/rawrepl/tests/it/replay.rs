//! A board that says what was recorded, and answers the session's own marks.

use std::collections::VecDeque;
use std::time::Duration;

use belay_rawrepl::{Config, Event, Nonce, RawRepl};
use serde_json::Value;

/// One recorded exchange: what the host wrote, and what the board answered.
pub(crate) type Step = (Vec<u8>, Vec<u8>);

/// The recordings under `tests/data`, by firmware.
pub(crate) const FIRMWARES: [&str; 5] = [
    "micropython-1.29-cortex-m3",
    "micropython-1.29-unix-x64",
    "micropython-1.9.2-microbit",
    "circuitpython-10.3-usb",
    "circuitpython-10.3-uart",
];

pub(crate) fn recorded(firmware: &str) -> Vec<(String, Vec<Step>)> {
    let path = format!("{}/tests/data/{firmware}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let recording: Value = serde_json::from_str(&text).unwrap();
    let scenarios = recording["scenarios"].as_object().unwrap();
    scenarios
        .iter()
        .map(|(name, turns)| {
            let turns = turns.as_array().unwrap();
            let bytes = |turn: &Value, side: &str| unescape(turn[side].as_str().unwrap());
            let steps = turns
                .chunks(2)
                .map(|t| (bytes(&t[0], "host"), bytes(&t[1], "board")));
            (name.clone(), steps.collect())
        })
        .collect()
}

pub(crate) fn scenario(firmware: &str, name: &str) -> Vec<Step> {
    let all = recorded(firmware);
    all.into_iter()
        .find(|(n, _)| n == name)
        .unwrap_or_else(|| panic!("no {name:?}"))
        .1
}

/// The recordings hold bytes as latin-1 text with Python's escapes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.push(u8::try_from(u32::from(c)).unwrap());
            continue;
        }
        bytes.push(match rest.next().unwrap() {
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            other => u8::try_from(u32::from(other)).unwrap(),
        });
    }
    bytes
}

/// A session, and the board's answers on their way to it in pieces of the given sizes.
pub(crate) struct Replay {
    pub(crate) repl: RawRepl,
    pub(crate) written: Vec<u8>,
    events: Vec<Event>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Replay {
    /// A session at the raw REPL's prompt that believes in `burst` bytes of input buffer.
    pub(crate) fn ready(burst: usize, sizes: &[usize]) -> Self {
        let config = Config {
            burst,
            ..Config::default()
        };
        let mut replay = Self {
            repl: RawRepl::new(Nonce::new(0x00ab_cdef), config),
            written: Vec::new(),
            events: Vec::new(),
            sizes: sizes.to_vec(),
            turn: 0,
        };
        replay.repl.enter(Duration::ZERO, Duration::from_secs(1));
        replay.play(&mut VecDeque::new());
        assert_eq!(replay.take_events(), [Event::Entered]);
        replay.written.clear();
        replay
    }

    /// Gives the board's `answers` one after the other, each when the session has said all it has to
    /// say; a command that prints a mark is answered as a board would.
    pub(crate) fn play(&mut self, answers: &mut VecDeque<Vec<u8>>) {
        loop {
            let said = self.repl.transmit();
            if let Some(said) = &said {
                self.written.extend_from_slice(said);
            }
            let mark = said.as_deref().and_then(marker_command);
            let answer = match mark {
                Some(mark) => format!("OK{mark}\r\n\x04\x04>").into_bytes(),
                None => match answers.pop_front() {
                    Some(answer) => answer,
                    None if said.is_none() => return,
                    None => continue,
                },
            };
            self.feed(&answer);
        }
    }

    /// Hands over what the board says, piece by piece.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let size = self.sizes[self.turn % self.sizes.len()].clamp(1, rest.len());
            self.turn += 1;
            self.repl.receive(&rest[..size], Duration::ZERO);
            rest = &rest[size..];
        }
    }

    /// The events so far; neighbours that carry bytes are joined, since only their sum is promised.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        while let Some(event) = self.repl.next_event() {
            match (self.events.last_mut(), event) {
                (Some(Event::Output(joined)), Event::Output(more))
                | (Some(Event::Stray(joined)), Event::Stray(more)) => joined.extend(more),
                (_, event) => self.events.push(event),
            }
        }
        std::mem::take(&mut self.events)
    }
}

/// The mark of `print('MARK')\x04` at the end of what the host wrote.
fn marker_command(written: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(written);
    let (_, mark) = text.strip_suffix("')\x04")?.rsplit_once("print('")?;
    mark.starts_with('~').then(|| mark.to_owned())
}
