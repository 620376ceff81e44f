//! The whole standard library of the machine's Python, minified and compared with itself by
//! CPython. Needs `python3` on the path.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use belay_minify::{Options, minify};
use serde_json::{Value, json};

/// The oracle is the slow part, so several run beside each other.
const SHARES: usize = 4;

/// Minifies a file in both ways, twice.
fn answer(source: &str) -> Value {
    let mut answer = json!({});
    for (name, strip) in [("lines", false), ("strip", true)] {
        let options = Options { strip };
        match minify(source, &options) {
            Err(error) => return json!({ "error": format!("{error} at {:?}", error.range) }),
            Ok(text) if minify(&text, &options).as_ref() != Ok(&text) => {
                return json!({ "error": format!("{name}: not the same when minified again") });
            }
            Ok(text) => answer[name] = json!(text),
        }
    }
    answer
}

fn compare(share: usize) {
    let mut python = Command::new("python3")
        .args(["-I", "-c", include_str!("library/oracle.py")])
        .args([share, SHARES].map(|number| number.to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the comparison with CPython needs python3 (3.11 or later) on the path");
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
    // A Python without its tests, as distributions ship it, has some 600 files.
    let compared = usize::try_from(result["compared"].as_u64().unwrap()).unwrap();
    assert!(
        compared >= 500 / SHARES,
        "only {compared} files were compared"
    );
    let refused = result["refused"].as_array().unwrap();
    assert!(refused.len() * 20 < compared, "{refused:#?}");
}

#[test]
fn first_share() {
    compare(0);
}

#[test]
fn second_share() {
    compare(1);
}

#[test]
fn third_share() {
    compare(2);
}

#[test]
fn fourth_share() {
    compare(3);
}
