//! A board that takes no changes, as one of CircuitPython while a computer has its drive.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use crate::support::{Folder, belay};

#[test]
fn a_board_that_takes_no_changes_says_what_to_do() {
    let board = Board::start();
    let folder = Folder::new();
    let boot = folder.file("boot.py", include_bytes!("../../data/read_only.py"));
    let fs = |command: &str, operands: &[&str]| {
        belay(&[&["fs", command, &board.path], operands].concat()).assert()
    };
    fs("cp", &[&boot, ":"]).success();
    board.belay("reset", &[]).success();
    fs("ls", &[]).success().stdout("9  code.txt\n");

    std::fs::create_dir(folder.path("src")).unwrap();
    let code = folder.file("src/code.txt", b"as it is to be");
    let src = folder.path("src");
    let told = || contains("the file system is read-only").and(contains("circuitpython remount"));
    board
        .belay("sync", &[&src])
        .code(1)
        .stdout("")
        .stderr(contains("file system is read-only").and(contains("circuitpython remount")));
    for (command, operands) in [
        ("cp", &[&code[..], ":new.txt"][..]),
        ("cp", &["--force", &code, ":"]),
        ("cp", &[":code.txt", ":copy.txt"]),
        ("mkdir", &[":lib"]),
        ("touch", &[":new.txt"]),
        ("mv", &[":code.txt", ":other.txt"]),
        ("rm", &[":code.txt"]),
        ("rm", &["-r", ":*"]),
    ] {
        fs(command, operands)
            .code(1)
            .stderr(contains("read-only").and(contains("circuitpython remount")));
    }
    belay(&["fs", "edit", &board.path, ":code.txt"])
        .env("VISUAL", "sh -c 'echo more >> \"$0\"'")
        .assert()
        .code(1)
        .stderr(told().and(contains("what you wrote is in ")));
    fs("cat", &[":code.txt"]).success().stdout("as it was");
    // What is there already needs no change.
    folder.file("src/code.txt", b"as it was");
    board
        .belay("sync", &[&src])
        .success()
        .stderr(contains("0 sent, 1 unchanged"));
}
