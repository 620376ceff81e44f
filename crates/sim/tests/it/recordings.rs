//! The dialogues of real firmware, had again with the simulated board.

use std::fmt;
use std::marker::PhantomData;

use belay_sim::{Board, CircuitPython, Drive, Firmware};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::host::{Host, start};

/// Two scenarios of this recording end without an answer: QEMU's board did not hear ctrl-C.
const CORTEX: &str = include_str!("../data/micropython-1.29-cortex-m3.json");
const UNIX: &str = include_str!("../data/micropython-1.29-unix-x64.json");
const CIRCUITPYTHON_USB: &str = include_str!("../data/circuitpython-10.3-usb.json");
const CIRCUITPYTHON_UART: &str = include_str!("../data/circuitpython-10.3-uart.json");
const MICROBIT: &str = include_str!("../data/micropython-1.9.2-microbit.json");

struct Scenario {
    name: String,
    /// What the host sends, and what the board answers.
    turns: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A recording, with its scenarios in the order of the file.
#[derive(Deserialize)]
#[serde(bound = "S: Deserialize<'de>")]
struct Recording<S> {
    scenarios: Ordered<S>,
}

struct Ordered<S>(Vec<(String, Vec<S>)>);

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    Host(String),
    Board(String),
}

impl Step {
    /// The bytes, which are written in Python's string escapes.
    fn bytes(&self) -> Vec<u8> {
        let (Self::Host(text) | Self::Board(text)) = self;
        unescape(text)
    }
}

impl<'de, S: Deserialize<'de>> Deserialize<'de> for Ordered<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<S>(PhantomData<S>);

impl<'de, S: Deserialize<'de>> Visitor<'de> for Entries<S> {
    type Value = Ordered<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scenarios by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}

/// The scenarios of a recording, by name, in the order of the file.
pub(crate) fn ordered<'de, S: Deserialize<'de>>(recording: &'de str) -> Vec<(String, Vec<S>)> {
    let recording: Recording<S> = serde_json::from_str(recording).unwrap();
    recording.scenarios.0
}

fn scenarios(recording: &str) -> Vec<Scenario> {
    let recording = ordered::<Step>(recording);
    let turns = |steps: &[Step]| {
        steps
            .chunks(2)
            .map(|pair| {
                assert!(matches!(pair, [Step::Host(_), Step::Board(_)]));
                (pair[0].bytes(), pair[1].bytes())
            })
            .collect()
    };
    recording
        .iter()
        .map(|(name, steps)| Scenario {
            name: name.clone(),
            turns: turns(steps),
        })
        .collect()
}

pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let byte = if c == '\\' {
            match chars.next().unwrap() {
                'r' => b'\r',
                'n' => b'\n',
                't' => b'\t',
                'x' => {
                    let digits: String = chars.by_ref().take(2).collect();
                    u8::from_str_radix(&digits, 16).unwrap()
                }
                other => u8::try_from(other).unwrap(),
            }
        } else {
            u8::try_from(c).unwrap()
        };
        bytes.push(byte);
    }
    bytes
}

/// Puts the simulated board's name in the place of the recorded one.
fn rename(answer: &[u8], banner: &str) -> Vec<u8> {
    let Some(start) = find(answer, b"MicroPython v") else {
        return answer.to_vec();
    };
    let end = start + find(&answer[start..], b"\r\n").unwrap();
    [&answer[..start], banner.as_bytes(), &answer[end..]].concat()
}

/// Puts the number of the recorded line in the place of another one.
fn same_line(got: &mut [u8], answer: &[u8]) {
    let line = b"\"<stdin>\", line ";
    if let (Some(here), Some(there)) = (find(got, line), find(answer, line))
        && got[here + line.len()].is_ascii_digit()
    {
        got[here + line.len()] = answer[there + line.len()];
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn walk(firmware: Firmware, scenarios: &[Scenario]) {
    let board = start(Board::builder().firmware(firmware));
    let mut host = Host::open(board.path());
    host.send(b"\x02\x03\r\x02");
    let greeting = host.until("\"help()\" for more information.\r\n>>> ");
    let banner = greeting
        .lines()
        .find(|line| line.starts_with("MicroPython"))
        .unwrap()
        .to_owned();
    // Whatever else the greeting brought is over when this comes back.
    host.send(b"'ready' + ' now'\r");
    host.until("\r\n'ready now'\r\n>>> ");
    replay(&mut host, scenarios, &banner);
    // Nothing more than recorded has been said.
    host.check(b"\x02", &format!("\r\n{banner}\r\n"));
}

/// Has a recorded dialogue again, which is to be the same byte for byte.
fn replay(host: &mut Host, scenarios: &[Scenario], banner: &str) {
    for scenario in scenarios {
        for (sent, answer) in &scenario.turns {
            host.send(sent);
            let answer = rename(answer, banner);
            let mut got = host.take(answer.len());
            if sent == b"\x03" && !scenario.name.starts_with("interrupt") {
                // How far a program has come after its last word is not for the host to know.
                same_line(&mut got, &answer);
            }
            assert_eq!(
                String::from_utf8_lossy(&got),
                String::from_utf8_lossy(&answer),
                "{:?} in {:?}",
                String::from_utf8_lossy(sent),
                scenario.name
            );
        }
    }
}

#[test]
fn current_firmware_is_matched() {
    let unix = scenarios(UNIX);
    let mut cortex = scenarios(CORTEX);
    assert_eq!(cortex.len(), 27);
    for (scenario, other) in cortex.iter_mut().zip(unix) {
        assert_eq!(scenario.name, other.name);
        if scenario.name.starts_with("ctrl-c stops") {
            *scenario = other;
        }
    }
    walk(Firmware::default(), &cortex);
}

#[test]
fn old_firmware_is_matched() {
    let mut microbit = scenarios(MICROBIT);
    assert_eq!(microbit.len(), 27);
    for scenario in &mut microbit {
        let (_, answer) = &mut scenario.turns[0];
        // What is not the REPL's comes from the engine, which is a newer one.
        match scenario.name.as_str() {
            "exception" => {
                let at = find(answer, b"division by").unwrap();
                answer.splice(at..at + 8, *b"divide");
            }
            "output that is not text" => *answer = b"OK\xc3\xbf\x00\x01\x04\x04>".to_vec(),
            _ => {}
        }
    }
    walk(Firmware::old(), &microbit);
}

#[test]
fn firmware_can_refuse_raw_paste() {
    let board = start(Board::builder().firmware(Firmware::refusing()));
    let mut host = Host::open(board.path());
    host.enter_raw();
    host.check(b"\x05A\x01", "R\0>");
    host.check(b"print(1)\x04", "OK1\r\n\x04\x04>");
}

/// The recorded board, whose program says what it has said there.
fn walk_circuitpython(recording: &str, line_end: &str) {
    let firmware = Firmware {
        line_end: line_end.to_owned(),
        interrupt_discards: line_end == "\r\n",
        circuitpython: Some(CircuitPython {
            version: "10.3.0-alpha.4-53-gcd3da4a5d8-dirty".to_owned(),
            date: "2026-11-27".to_owned(),
            machine: Some("Renode Cortex-M0+ with cortex-m0+".to_owned()),
            drive: Drive::Hidden,
            ..CircuitPython::default()
        }),
        ..Firmware::circuitpython()
    };
    let board = start(Board::builder().firmware(firmware));
    let mut host = Host::open(board.path());
    crate::circuitpython::enter(&mut host);
    host.exec("with open('code.py', 'w') as file:\n    file.write(\"print('hello from renode')\")");
    host.send(b"\x02");
    host.until(">>> ");
    let scenarios = scenarios(recording);
    assert_eq!(scenarios.len(), 27);
    replay(&mut host, &scenarios, "");
    // Nothing more than recorded has been said.
    host.check(b"print('over')\x04", &format!("OKover{line_end}\x04\x04>"));
}

#[test]
fn circuitpython_is_matched_on_usb() {
    walk_circuitpython(CIRCUITPYTHON_USB, "\r\n");
}

#[test]
fn circuitpython_is_matched_on_a_uart() {
    walk_circuitpython(CIRCUITPYTHON_UART, "\r\r\n");
}
