//! The frames of the real server, had again.

use belay_sim::Board;
use serde::Deserialize;

use super::client::Client;
use super::webrepl_board;
use crate::recordings::{ordered, unescape};

const RECORDING: &str = include_str!("../../data/webrepl-1.29.json");

#[derive(Deserialize)]
enum Step {
    #[serde(rename = "http")]
    Http(String),
    #[serde(rename = "host")]
    Host((u8, String)),
    #[serde(rename = "board")]
    Board(Vec<Said>),
    #[serde(rename = "first client")]
    FirstClient(Vec<Said>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Frame(u8, String),
    End(String),
}

/// A frame in words, or the end.
fn told(frame: Option<&(u8, Vec<u8>)>) -> String {
    match frame {
        Some((opcode, payload)) => format!("{opcode} {}", payload.escape_ascii()),
        None => "EOF".to_owned(),
    }
}

fn expect(client: &mut Client, said: &[Said], scenario: &str) {
    for said in said {
        let mut expected = match said {
            Said::Frame(opcode, payload) => Some((*opcode, unescape(payload))),
            Said::End(end) => {
                assert_eq!(end, "EOF");
                None
            }
        };
        let mut frame = client.frame();
        // These are the engine's, or the test's.
        for either in [&mut expected, &mut frame] {
            let Some((opcode, payload)) = either else {
                continue;
            };
            let text = String::from_utf8_lossy(payload);
            let port = text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_digit());
            if text.starts_with("MicroPython v") || text.starts_with("; ") || port {
                payload.clear();
            } else if *opcode == 2 && payload.len() == 3 {
                payload.truncate(1);
            }
        }
        assert_eq!(
            told(frame.as_ref()),
            told(expected.as_ref()),
            "in {scenario:?}"
        );
    }
}

fn walk(board: &Board, scenario: &str, steps: &[Step]) {
    let mut first = (scenario == "second client").then(|| Client::logged_in(board));
    let (mut client, answer) = Client::upgraded(board);
    for step in steps {
        match step {
            Step::Http(expected) => {
                assert_eq!(answer.as_bytes(), unescape(expected), "in {scenario:?}");
            }
            Step::Host((opcode, payload)) => client.send(*opcode, unescape(payload)),
            Step::Board(said) => expect(&mut client, said, scenario),
            Step::FirstClient(said) => expect(first.as_mut().unwrap(), said, scenario),
        }
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux keeps writes apart")]
fn frames_are_those_of_the_real_server() {
    let board = webrepl_board(Board::builder());
    let scenarios = ordered::<Step>(RECORDING);
    assert_eq!(scenarios.len(), 26);
    for (name, steps) in &scenarios {
        walk(&board, name, steps);
    }
}
