//! The standard library of the machine's Python, rewritten, compiled by CPython, and its lines
//! compared with those that CPython's coverage would count. Needs `python3` (3.10 or later) on the
//! path.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use belay_instrument::{Options, instrument};
use serde_json::{Value, json};

/// A third of the files is compared: CPython takes most of the time.
const SHARES: usize = 6;

fn answer(source: &str) -> Value {
    let options = Options {
        assertions: true,
        lines: true,
        ..Options::default()
    };
    match instrument(source, &options) {
        Err(error) => json!({ "error": format!("{error} at {:?}", error.range) }),
        Ok(result) => json!({ "text": result.text, "lines": result.lines }),
    }
}

fn compare(share: usize) {
    let mut python = Command::new("python3")
        .args(["-I", "-c", include_str!("library/oracle.py")])
        .args([share, SHARES].map(|number| number.to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the comparison with CPython needs python3 (3.10 or later) on the path");
    let mut requests = python.stdin.take().unwrap();
    let answers = BufReader::new(python.stdout.take().unwrap());
    let mut result = None;
    for line in answers.lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        match message["source"].as_str() {
            Some(source) => writeln!(requests, "{}", answer(source)).unwrap(),
            None => result = Some(message),
        }
    }
    assert!(python.wait().unwrap().success());
    let result = result.unwrap();
    let failures = result["failures"].as_array().unwrap();
    assert!(failures.is_empty(), "{failures:#?}");
    let count = |name: &str| result[name].as_u64().unwrap();
    assert!(count("compared") >= 70, "only {} files", count("compared"));
    // A function that is all there is behind a condition may have no place for a mark, and CPython
    // sees some more of what cannot be reached.
    let different = result["different"].as_array().unwrap();
    assert!(
        different.len() as u64 * 4000 < count("lines"),
        "{different:#?}"
    );
}

#[test]
fn first_share() {
    compare(0);
}

#[test]
fn second_share() {
    compare(1);
}
