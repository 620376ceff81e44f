//! Tests on simulated boards.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod files;
mod kinds;
mod trouble;

use std::fs;
use std::path::Path;
use std::time::Duration;

use belay_device::{ConnectOptions, Device};
use belay_sim::{Board, Engine, Firmware};
use belay_testing::{Error, Event, Options, Outcome, Runner, TestFile, Verdict};
use belay_transport::Serial;
use tempfile::TempDir;

/// A board with nothing in its flash.
fn board(firmware: Firmware) -> Board {
    let engine =
        Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
    let builder = Board::builder().engine(engine).firmware(firmware);
    builder.start().unwrap()
}

fn connect(board: &Board) -> Device {
    let port = Serial::open(board.path().to_str().unwrap(), 115_200).unwrap();
    let options = ConnectOptions {
        // Even on a machine that does much else.
        timeout: Duration::from_secs(30),
        ..ConnectOptions::default()
    };
    Device::connect(Box::new(port), options).unwrap()
}

/// A folder here that holds these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    folder
}

/// Runs the file `test_a.py` of a folder.
fn run_in(runner: &mut Runner, folder: &Path) -> Vec<Outcome> {
    let file = TestFile::read(&folder.join("test_a.py")).unwrap();
    let mut outcomes = Vec::new();
    let result = runner.run(&file, &mut |event| {
        if let Event::Finished(outcome) = event {
            outcomes.push(outcome.clone());
        }
    });
    result.unwrap();
    outcomes
}

/// Runs a file on a new board.
fn run(source: &str, options: Options) -> Vec<Outcome> {
    let board = board(Firmware::default());
    let folder = folder(&[("test_a.py", source)]);
    let mut runner = Runner::new(connect(&board), options).unwrap();
    run_in(&mut runner, folder.path())
}

/// What has become of each test, in one line each.
fn told(outcomes: &[Outcome]) -> Vec<String> {
    let line = |outcome: &Outcome| {
        let id = outcome.id();
        let name = id.split_once("test_a.py").unwrap().1;
        let rest = match &outcome.verdict {
            Verdict::Failed(failure) => format!(": {}", failure.summary()),
            Verdict::Skipped { reason } => format!(": {reason}"),
            _ => String::new(),
        };
        format!("{name} {}{rest}", outcome.verdict.word())
    };
    outcomes.iter().map(line).collect()
}
