//! The original as judge: one program of uses of the API runs under both, on boards of the same kind.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::thread;

use belay_sim::Board;
use serde_json::Value;

use crate::environment::{Environment, beside, run};

/// What each use gave, in order.
type Account = Vec<(String, Value)>;

#[test]
fn what_programs_see_is_what_the_original_shows_them() {
    let recorded = read(&fs::read_to_string(beside("data/original-0.30.1.jsonl")).unwrap());
    assert!(recorded.len() > 300, "{} uses", recorded.len());
    let original = thread::spawn(|| play(Environment::original()));
    let ours = play(Environment::ours());
    compare(
        "the original now",
        &recorded,
        &original.join().unwrap(),
        &BTreeMap::new(),
    );
    compare("this package", &recorded, &ours, &exceptions());
}

fn play(environment: &Environment) -> Account {
    let board = Board::builder().start().unwrap();
    let mut command = environment.command("python");
    read(&run(command.arg(beside("judge")).arg(board.path())))
}

fn read(lines: &str) -> Account {
    lines
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            (entry["use"].as_str().unwrap().to_owned(), entry)
        })
        .collect()
}

/// The uses that may differ, each with what they give and why.
fn exceptions() -> BTreeMap<String, (Value, String)> {
    let text = fs::read_to_string(beside("data/exceptions.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    entries
        .into_iter()
        .map(|entry| {
            let name = entry["use"].as_str().unwrap().to_owned();
            let reason = entry["reason"].as_str().unwrap();
            assert!(reason.len() > 20, "{name} has no reason");
            (name, (entry["ours"].clone(), reason.to_owned()))
        })
        .collect()
}

fn compare(
    who: &str,
    recorded: &Account,
    played: &Account,
    exceptions: &BTreeMap<String, (Value, String)>,
) {
    let names = |account: &Account| {
        account
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(recorded), names(played), "{who} makes other uses");
    let mut wrong = String::new();
    for ((name, expected), (_, found)) in recorded.iter().zip(played) {
        let mut found = found.clone();
        if let Some((ours, _)) = exceptions.get(name) {
            found.as_object_mut().unwrap().remove("use");
            if &found != ours {
                let _ = writeln!(
                    wrong,
                    "{name}: {found}, but listed as an exception with {ours}"
                );
            } else if expected["gave"] == found["gave"]
                && expected["raised"] == found["raised"]
                && expected["printed"] == found["printed"]
            {
                let _ = writeln!(
                    wrong,
                    "{name} is as in the original and listed as an exception"
                );
            }
        } else if expected != &found {
            let _ = writeln!(wrong, "{name}:\n  {expected}\n  {found}");
        }
    }
    assert!(wrong.is_empty(), "{who} differs:\n{wrong}");
}
