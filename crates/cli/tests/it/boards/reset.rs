//! `belay reset`.

use std::time::{Duration, Instant};

use belay_transport::{OpenOptions, Specifier, write_all};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use crate::support::belay;

/// A board with a program that answers what it is sent, and does so only while it runs.
fn with_main() -> Board {
    let board = Board::start();
    let main = "while True:\n    print('main.py has', input())\n";
    let code = format!("with open('main.py', 'w') as file:\n    file.write({main:?})");
    board.belay("exec", &[&code]).success();
    board
}

/// Talks to the program as it runs, without a word to the interpreter.
fn check_main(board: &Board) {
    let port: Specifier = board.path.parse().unwrap();
    let mut port = belay_transport::open(&port, &OpenOptions::default()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    write_all(port.as_mut(), b"heard\r", deadline).unwrap();
    let (mut seen, mut buffer) = (String::new(), [0; 256]);
    while !seen.contains("main.py has heard") {
        assert!(Instant::now() < deadline, "no main.py in {seen:?}");
        let count = port.read(&mut buffer, deadline).unwrap();
        seen += &String::from_utf8_lossy(&buffer[..count]);
    }
}

#[test]
fn a_soft_reset_restarts_the_program() {
    let board = with_main();
    for arguments in [&[][..], &["--soft"]] {
        board
            .belay("reset", arguments)
            .success()
            .stdout("")
            .stderr("");
        check_main(&board);
    }
}

#[test]
fn a_hard_reset_restarts_the_board() {
    let board = with_main();
    board
        .belay("reset", &["--hard"])
        .success()
        .stdout("")
        .stderr("");
    check_main(&board);
    board
        .belay("eval", &["__import__('machine').reset_cause()"])
        .success()
        .stdout("2\n");
}

#[test]
fn a_board_without_a_bootloader_says_so() {
    let board = Board::start();
    board
        .belay("reset", &["--bootloader"])
        .code(1)
        .stdout("")
        .stderr(
            contains("cannot restart into a bootloader: AttributeError").and(contains("hint:")),
        );
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn a_bootloader_is_entered() {
    let board = Board::start();
    // A board in its bootloader does not answer, and a simulated one has none: this one restarts.
    let code = "import machine\nmachine.bootloader = machine.reset";
    board.belay("exec", &[code]).success();
    board.belay("reset", &["--bootloader"]).success().stderr("");
    board
        .belay("eval", &["__import__('machine').reset_cause()"])
        .success()
        .stdout("2\n");
}

#[test]
fn a_board_without_a_safe_mode_says_so() {
    let board = Board::start();
    board
        .belay("reset", &["--safe-mode"])
        .code(1)
        .stdout("")
        .stderr(
            contains("cannot restart into safe mode: NotImplementedError").and(contains("hint:")),
        );
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn only_one_way_is_taken() {
    belay(&["reset", "sim:", "--hard", "--soft"])
        .assert()
        .code(2)
        .stderr(contains("cannot be used with"));
}
