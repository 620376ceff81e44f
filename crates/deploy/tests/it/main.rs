//! Folders, files and packages on simulated boards.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod install;
mod sync;

use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

use belay_device::{ConnectOptions, Device};
use belay_sim::{Board, Engine};
use belay_sync::{Event, RelativePath, Wanted};
use belay_transport::Serial;
use tempfile::TempDir;

/// A board with a session, and nothing in its flash.
fn board() -> (Board, Device) {
    let engine =
        Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
    let board = Board::builder().engine(engine).start().unwrap();
    let device = connect(&board);
    (board, device)
}

fn connect(board: &Board) -> Device {
    let port = Serial::open(board.path().to_str().unwrap(), 115_200).unwrap();
    let options = ConnectOptions {
        reset: false,
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

fn wanted(files: &[(&str, &str)]) -> Wanted {
    let mut wanted = Wanted::new();
    for (path, content) in files {
        let path = RelativePath::new(path).unwrap();
        wanted.add_file(path, (*content).into()).unwrap();
    }
    wanted
}

/// What the files on the board hold.
fn contents(device: &mut Device) -> Vec<(String, String)> {
    let entries = device.files().walk("/").unwrap().entries;
    let files = entries
        .iter()
        .filter(|entry| entry.kind != belay_sync::EntryKind::Folder);
    let mut contents: Vec<_> = files
        .map(|entry| {
            let path = entry.path.as_str();
            let content = device.files().read(path).unwrap();
            (path.to_owned(), String::from_utf8(content).unwrap())
        })
        .collect();
    contents.sort();
    contents
}

fn go_on(_: Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
