//! What goes wrong, on the board and on the way to it.

use std::os::fd::OwnedFd;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::board::Board;
use crate::support::belay;

/// A pty that nobody serves: its controlling end, and the path of the other.
pub(super) fn silent_pty() -> (OwnedFd, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let path = ptsname(&controller, Vec::new())
        .unwrap()
        .into_string()
        .unwrap();
    (controller, path)
}

#[test]
fn an_exception_names_the_line_of_the_script() {
    let board = Board::start();
    let code = "def half(x):\n    return x / 0\n\n\nprint('before')\nhalf(2)\n";
    let script = board.folder().file("half.py", code.as_bytes());
    board.belay("run", &[&script]).code(1).stdout("before\n").stderr(format!(
        "Traceback (most recent call last):\n  File \"{script}\", line 6, in <module>\n    half(2)\n  \
         File \"{script}\", line 2, in half\n    return x / 0\n\
         ZeroDivisionError: divide by zero\n"
    ));
    // The board is at its prompt again.
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn an_exception_in_code_from_the_command_line() {
    let board = Board::start();
    board
        .belay("exec", &["a = 1\nraise ValueError('no \\x1b[31m')"])
        .code(1)
        .stderr(contains("line 2, in <module>\n    raise ValueError"))
        .stderr(contains("ValueError: no \\x1b[31m\n"));
    board
        .belay("eval", &["nobody"])
        .code(1)
        .stderr(contains("NameError: name 'nobody' isn't defined"));
}

#[test]
fn a_syntax_error_names_the_line() {
    let board = Board::start();
    let script = board.folder().file("wrong.py", b"print(1)\nx = = 2\n");
    board
        .belay("run", &[&script])
        .code(1)
        .stdout("")
        .stderr(contains(format!("File \"{script}\", line 2")).and(contains("    x = = 2\n")))
        .stderr(contains("SyntaxError: invalid syntax\n"));
    board
        .belay("eval", &["1 +"])
        .code(1)
        .stderr(contains("SyntaxError"));
}

#[test]
fn the_program_chooses_the_exit_status() {
    let board = Board::start();
    let check = |code: &str, status, errors: &str| {
        board
            .belay("exec", &[&format!("import sys\nprint('out')\n{code}")])
            .code(status)
            .stdout("out\n")
            .stderr(errors.to_owned());
    };
    check("sys.exit()", 0, "");
    check("sys.exit(0)", 0, "");
    check("sys.exit(3)", 3, "");
    check("sys.exit('no sensor')", 1, "no sensor\n");
    check("sys.exit(['a'])", 1, "['a']\n");
    check("raise SystemExit(4)", 4, "");
}

#[test]
fn a_device_that_never_answers() {
    let (controller, path) = silent_pty();
    belay(&["info", &path, "--timeout", "0.5"])
        .assert()
        .code(1)
        .stdout("")
        .stderr(
            is_match(format!(
                "^error: {path}: no answer within 0.[5-9] s; the board said nothing"
            ))
            .unwrap(),
        )
        .stderr(contains("hint: press the board's reset button"));
    drop(controller);
}

#[test]
fn a_device_that_says_something_else() {
    let (controller, path) = silent_pty();
    let served = std::thread::spawn(move || {
        // Whatever comes is answered with the same line, until the port is closed.
        let mut buffer = [0; 256];
        while matches!(rustix::io::read(&controller, &mut buffer), Ok(1..)) {
            let _ = rustix::io::write(&controller, b"\x1b[31mlogin: ");
        }
    });
    belay(&["info", &path, "--timeout", "0.5"])
        .assert()
        .code(1)
        .stderr(contains("login: ").and(contains("\x1b[31m").not()));
    served.join().unwrap();
}

#[test]
fn a_port_in_use() {
    let board = Board::start();
    let mut first = board.start_script("print('on')\nwhile True:\n    pass\n");
    assert_eq!(first.line().as_deref(), Some("on"));
    board
        .belay("info", &[])
        .code(2)
        .stdout("")
        .stderr(contains(format!("{} is in use", board.path)))
        .stderr(contains(format!("process {}", first.id())))
        .stderr(contains("hint:"));
    first.interrupt();
    first.wait().code(1).says("KeyboardInterrupt");
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn a_board_that_dies_in_the_middle_of_a_call() {
    let mut board = Board::start();
    let mut call = board.start_script("print('on')\nwhile True:\n    pass\n");
    assert_eq!(call.line().as_deref(), Some("on"));
    board.kill();
    let port = board.path.clone();
    call.wait()
        .code(1)
        .says(&format!(
            "error: {port} was disconnected in the middle of the call"
        ))
        .says("hint:");
}

#[test]
fn a_program_that_restarts_the_board() {
    let board = Board::start();
    let code = "import machine; print('bye'); machine.reset()";
    board
        .belay("exec", &[code])
        .code(1)
        .stdout("bye\n")
        .stderr(contains("the board restarted while the program ran"))
        .stderr(contains(format!("belay reset --hard {}", board.path)));
    board.belay("eval", &["6 * 7"]).success().stdout("42\n");
}

/// Nobody is in time for that; the message says what was seen, and what helps.
#[test]
fn a_main_py_that_resets_the_board_at_once() {
    let board = Board::start();
    let text = b"print('up')\nimport machine\nmachine.reset()\n";
    let main = board.folder().file("main.py", text);
    let copy = ["fs", "cp", &board.path, &main, ":"];
    belay(&copy).assert().success();
    board.belay("reset", &["--hard"]).success();
    board
        .belay("eval", &["--timeout", "2", "1"])
        .code(1)
        .stderr(contains("it says the same again and again: \"up\\r\\n\""))
        .stderr(contains("safe mode or erase its flash"));
}
