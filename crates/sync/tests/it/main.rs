//! Tests of the whole way from a local folder to a board.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose folder or board cannot be set up must fail"
)]

mod apply;
mod local;
mod plan;
mod properties;

#[cfg(unix)]
mod git;
#[cfg(unix)]
mod mpy;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use belay_sync::{
    Event, LocalTree, MemoryRemote, Plan, RelativePath, RemotePath, Summary, Wanted, apply,
};

fn remote(path: &str) -> RemotePath {
    RemotePath::new(path).unwrap()
}

fn relative(path: &str) -> RelativePath {
    RelativePath::new(path).unwrap()
}

/// What is wanted: paths and contents; a path that ends with `/` is a folder.
fn wanted(entries: &[(&str, &str)]) -> Wanted {
    let mut wanted = Wanted::new();
    for (path, content) in entries {
        match path.strip_suffix('/') {
            Some(folder) => wanted.add_folder(relative(folder)).unwrap(),
            None => wanted.add_file(relative(path), (*content).into()).unwrap(),
        }
    }
    wanted
}

/// A board that holds the entries, written as for [`wanted`].
fn board(entries: &[(&str, &str)]) -> MemoryRemote {
    let mut board = MemoryRemote::new();
    for (path, content) in entries {
        if path.ends_with('/') {
            board.insert_folder(remote(path));
        } else {
            board.insert(remote(path), (*content).into());
        }
    }
    board
}

/// What a board holds, a line each, folders with a `/` at the end.
fn listing(board: &MemoryRemote) -> Vec<String> {
    let mut lines: Vec<String> = board
        .files()
        .map(|(path, content)| format!("{path}: {}", String::from_utf8_lossy(content)))
        .chain(board.folders().map(|path| format!("{path}/")))
        .collect();
    lines.sort();
    lines
}

/// Writes files below a folder; a path that ends with `/` is a folder.
fn write(folder: &Path, entries: &[(&str, &str)]) {
    for (path, content) in entries {
        let full = folder.join(path);
        if path.ends_with('/') {
            fs::create_dir_all(full).unwrap();
        } else {
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, content).unwrap();
        }
    }
}

/// Reads a tree without changing anything.
fn load(tree: &LocalTree) -> Wanted {
    tree.load(&mut |file| Ok(file)).unwrap()
}

fn carry_out(plan: &Plan, board: &mut MemoryRemote) -> Summary {
    apply(plan, board, &mut go_on).unwrap()
}

fn go_on(_event: Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn the_board_in_memory_is_a_board() {
    for root in ["/", "/deep/down"] {
        let mut board = MemoryRemote::new();
        board.insert(remote("/outside.py"), b"1".to_vec());
        board.insert_folder(remote(root));
        if root == "/" {
            board = MemoryRemote::new();
        }
        belay_sync::check_remote(&mut board, &remote(root));
    }
}
