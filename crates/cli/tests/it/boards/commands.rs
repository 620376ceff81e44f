//! The commands when all is well.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty, is_match, starts_with};

use super::board::Board;
use crate::support::belay;

#[test]
fn info_tells_what_runs_on_the_board() {
    let board = Board::start();
    board
        .belay("info", &[])
        .success()
        .stdout(contains("name         micropython\n"))
        .stdout(is_match(r"version      1\.\d+\.\d+\n").unwrap())
        .stdout(contains(format!("port         {}\n", board.path)))
        .stderr(is_empty());
}

#[test]
fn info_as_json() {
    let board = Board::start();
    let output = board
        .belay("info", &["--json"])
        .success()
        .get_output()
        .stdout
        .clone();
    let facts: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(facts["name"], "micropython");
    assert_eq!(facts["port"], board.path.as_str());
    assert!(
        facts["emitters"].is_array() && facts["free_memory"].is_u64(),
        "{facts}"
    );
    assert!(
        facts["mpy"]
            .as_str()
            .is_some_and(|version| version.starts_with("6.")),
        "{facts}"
    );
}

#[test]
fn exec_runs_statements() {
    let board = Board::start();
    board
        .belay("exec", &["print(1); print('größer ✓')"])
        .success()
        .stdout("1\ngrößer ✓\n");
    // The interpreter is the same for the next command, unless a restart is asked for.
    board
        .belay("exec", &["x = 5"])
        .success()
        .stdout("")
        .stderr("");
    board.belay("eval", &["x"]).success().stdout("5\n");
    board
        .belay("eval", &["--reset", "'x' in globals()"])
        .success()
        .stdout("False\n");
}

#[test]
fn code_comes_from_stdin() {
    let board = Board::start();
    let path = board.path.as_str();
    let from_stdin = |arguments: &[&str], input: &str| {
        belay(arguments)
            .write_stdin(input.to_owned())
            .assert()
            .success()
    };
    from_stdin(&["exec", path, "-"], "for i in range(3):\n    print(i)\n").stdout("0\n1\n2\n");
    from_stdin(
        &["run", path, "-"],
        "print('from stdin')\r\nprint(__name__)\r\n",
    )
    .stdout("from stdin\n__main__\n");
    from_stdin(&["eval", path, "-"], "1 +\\\n 1\n").stdout("2\n");
}

#[test]
fn eval_prints_what_the_board_prints() {
    let board = Board::start();
    board
        .belay("eval", &["2 ** 70"])
        .success()
        .stdout("1180591620717411303424\n");
    board.belay("eval", &["-1"]).success().stdout("-1\n");
    board
        .belay("eval", &["print('é') or 'a\\n'"])
        .success()
        .stdout("é\n'a\\n'\n");
    // No literal, and no error without --json.
    board
        .belay("eval", &["len"])
        .success()
        .stdout("<function>\n");
}

#[test]
fn eval_as_json() {
    let board = Board::start();
    board
        .belay(
            "eval",
            &[
                "--json",
                "{'a': [1, 2.5, None, True], 'b': b'\\x00\\xff', 3: (float('inf'),)}",
            ],
        )
        .success()
        .stdout(contains(r#""a":[1,2.5,null,true]"#))
        .stdout(contains(r#""b":[0,255]"#))
        .stdout(contains(r#""3":[null]"#));
    // A flag may stand between the device and the expression.
    belay(&["eval", &board.path, "--json", "len"])
        .assert()
        .code(1)
        .stdout("")
        .stderr(contains("no form in JSON: <function>").and(contains("leave out --json")));
    board
        .belay("eval", &["--json", "{1: 2, '1': 3}"])
        .code(1)
        .stderr(contains("two keys of a dict become \"1\""));
}

#[test]
fn the_device_may_come_from_the_environment() {
    let board = Board::start();
    let script = board.folder().file("hello.py", b"print('hello')\n");
    let by_variable = |arguments: &[&str]| {
        belay(arguments)
            .env("BELAY_DEVICE", &board.path)
            .assert()
            .success()
    };
    by_variable(&["run", &script]).stdout("hello\n");
    by_variable(&["exec", "print(1)"]).stdout("1\n");
    by_variable(&["eval", "1 + 1"]).stdout("2\n");
    by_variable(&["info"]).stdout(contains("micropython"));
    // What is named on the command line counts.
    belay(&["eval", &board.path, "3"])
        .env("BELAY_DEVICE", "/dev/ttyNOSUCH9")
        .assert()
        .success()
        .stdout("3\n");
}

#[test]
fn run_restarts_the_interpreter_unless_told_otherwise() {
    let board = Board::start();
    let script = board
        .folder()
        .file("count.py", b"n = globals().get('n', 0) + 1\nprint(n)\n");
    for expected in ["1\n", "1\n"] {
        board.belay("run", &[&script]).success().stdout(expected);
    }
    board
        .belay("run", &["--no-reset", &script])
        .success()
        .stdout("2\n");
}

#[test]
fn a_script_of_any_size_runs_under_its_own_name() {
    let board = Board::start();
    let lines = "x = 1\r\n".repeat(2000);
    let code = format!("\u{feff}# größer\r\n{lines}print(x)\r\n1 / 0\r\n");
    let script = board.folder().file("large.py", code.as_bytes());
    board
        .belay("run", &[&script])
        .code(1)
        .stdout("1\n")
        .stderr(contains(format!(
            "File \"{script}\", line 2003, in <module>\n    1 / 0\n"
        )));
}

#[test]
fn steps_are_told_when_asked_for() {
    let board = Board::start();
    board
        .belay("exec", &["--verbose", "--timeout", "7.5", "pass"])
        .success()
        .stdout("")
        .stderr(contains(format!("opening {}", board.path)).and(contains("for up to 7.5 s")));
}

#[test]
fn latency_is_measured() {
    let board = Board::start();
    board
        .belay("latency", &["--count", "5"])
        .success()
        .stdout(starts_with(format!(
            "5 calls to {}, in milliseconds\nmin ",
            board.path
        )));
    let file = board.folder().path("calls.csv");
    let output = board
        .belay("latency", &["--json", "-c", "3", "-o", &file])
        .success()
        .get_output()
        .stdout
        .clone();
    let summary: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(summary["count"], 3);
    assert_eq!(summary["samples"].as_array().map(Vec::len), Some(3));
    let lines = std::fs::read_to_string(&file).unwrap();
    assert_eq!(lines.lines().next(), Some("call,milliseconds"));
    assert_eq!(lines.lines().count(), 4);
    let nowhere = board.folder().path("no/such/folder.csv");
    board
        .belay("latency", &["-c", "1", "-o", &nowhere])
        .code(2)
        .stderr(contains("folder.csv was not written"));
}
