//! Where programs look for names: what the original has somewhere is there, or is known not to be.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::environment::{Environment, beside, run};

/// Whether a path is one of a pattern, in which `*` stands for anything.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
            ends.into_iter().any(|at| matches(rest, &path[at..]))
        }),
    }
}

#[test]
fn what_the_original_has_somewhere_is_there_or_listed() {
    let script = beside("paths.py");
    let list = run(Environment::original()
        .command("python")
        .arg(&script)
        .arg("list"));
    let paths: Vec<String> = serde_json::from_str(&list).unwrap();
    assert!(paths.len() > 400, "{} paths", paths.len());

    let mut ours = Environment::ours()
        .command("python")
        .arg(&script)
        .arg("missing")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = ours.stdin.take().unwrap();
    input.write_all(list.as_bytes()).unwrap();
    drop(input);
    let output = ours.wait_with_output().unwrap();
    assert!(output.status.success());
    let missing: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();

    let known = std::fs::read_to_string(beside("data/paths.json")).unwrap();
    let known: Vec<Value> = serde_json::from_str(&known).unwrap();
    let known: Vec<&str> = known
        .iter()
        .map(|entry| {
            assert!(entry["reason"].as_str().is_some_and(|text| text.len() > 10));
            entry["path"].as_str().unwrap()
        })
        .collect();
    for path in &missing {
        let listed = known.iter().any(|pattern| matches(pattern, path));
        assert!(listed, "{path} is neither there nor listed");
    }
    for pattern in known {
        let needed = missing.iter().any(|path| matches(pattern, path));
        assert!(needed, "{pattern} is listed and not missing");
    }
}
