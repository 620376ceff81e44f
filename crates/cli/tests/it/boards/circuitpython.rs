//! Commands with a board of CircuitPython. No computer has its drive.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use crate::support::{Folder, belay};

/// On USB, and as the smallest builds are on a UART.
fn boards() -> [Board; 2] {
    [
        "sim:cp?personality=circuitpython&drive=hidden",
        "sim:cp?personality=circuitpython&drive=hidden&build=small&line_end=crcrlf",
    ]
    .map(|name| Board::with(&[name]))
}

#[test]
fn commands_work() {
    for board in boards() {
        board
            .belay("info", &[])
            .success()
            .stdout(contains("circuitpython").and(contains("10.3.0")));
        board
            .belay("eval", &["[1, 2.5, b'x']"])
            .success()
            .stdout("[1, 2.5, b'x']\n");
        board
            .belay("exec", &["print('a')\n1/0"])
            .code(1)
            .stdout("a\n")
            .stderr(contains("ZeroDivisionError: division by zero"));
        board
            .belay("latency", &["--count", "10"])
            .success()
            .stdout(contains("median"));
        let folder = Folder::new();
        let script = folder.file(
            "prog.py",
            b"import sys\nprint('ran', __name__)\nsys.exit(4)\n",
        );
        board
            .belay("run", &[&script])
            .code(4)
            .stdout("ran __main__\n");
    }
}

#[test]
fn folders_are_synchronised() {
    for board in boards() {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path("src/lib")).unwrap();
        folder.file("src/code.py", b"# Says hello.\nprint('hello')\n");
        folder.file("src/lib/mod.py", "x = 1\n".repeat(2000).as_bytes());
        let src = folder.path("src");
        board
            .belay("sync", &["--yes", &src])
            .success()
            .stderr(contains("2 sent"));
        board
            .belay("sync", &["--yes", &src])
            .success()
            .stderr(contains("0 sent, 2 unchanged"));
        board
            .belay("exec", &["import mod\nprint(mod.x)"])
            .success()
            .stdout("1\n");
        let back = folder.path("back.py");
        belay(&["fs", "cp", &board.path, ":lib/mod.py", &back])
            .assert()
            .success();
        assert!(std::fs::read_to_string(&back).unwrap().starts_with("x=1\n"));
    }
}

#[test]
fn a_board_restarts_in_every_way() {
    for board in boards() {
        let safe = "__import__('supervisor').runtime.safe_mode_reason";
        let reason = |expected: &str| {
            board
                .belay("exec", &[&format!("print({safe})")])
                .success()
                .stdout(format!("supervisor.SafeModeReason.{expected}\n"));
        };
        for way in ["--soft", "--hard"] {
            board.belay("reset", &[way]).success().stdout("").stderr("");
            reason("NONE");
        }
        board
            .belay("reset", &["--safe-mode"])
            .success()
            .stdout("")
            .stderr("");
        reason("PROGRAMMATIC");
        board.belay("reset", &["--hard"]).success();
        reason("NONE");
        // The bootloader does not speak this protocol: the port is gone.
        board
            .belay("reset", &["--bootloader"])
            .success()
            .stdout("")
            .stderr("");
        board.belay("eval", &["1"]).code(2);
    }
}

#[test]
fn the_web_workflow_is_a_device() {
    let mut board = Board::with(&["sim:cp?personality=circuitpython&drive=hidden&web=0"]);
    let address = board.line().unwrap();
    let ask = |password: Option<&str>, arguments: &[&str]| {
        let (command, rest) = arguments.split_first().unwrap();
        let mut belay = belay(&[&[command, address.as_str()], rest].concat());
        belay.env_remove("BELAY_PASSWORD");
        if let Some(password) = password {
            belay.env("BELAY_PASSWORD", password);
        }
        belay.assert()
    };
    // A board without a password lets nobody in.
    ask(Some("pass"), &["eval", "1"])
        .code(2)
        .stderr(contains("lets nobody in").and(contains("hint:")));
    let settings = "with open('settings.toml', 'w') as f:\n    f.write('CIRCUITPY_WEB_API_PASSWORD = \"pass\"\\n')";
    board.belay("exec", &[settings]).success();
    ask(None, &["eval", "1"])
        .code(2)
        .stderr(contains("asks for a password"));
    ask(Some("wrong"), &["eval", "1"])
        .code(2)
        .stderr(contains("refused the password"));
    let password = Some("pass");
    ask(password, &["eval", "6 * 7"]).success().stdout("42\n");
    ask(password, &["info"])
        .success()
        .stdout(contains("circuitpython"));
    // Longer than any input buffer, and over a soft reset.
    let folder = Folder::new();
    let mut text = String::new();
    for n in 0..500 {
        text += "def f";
        text += &n.to_string();
        text += "(x):\n    return x + 1\n";
    }
    std::fs::create_dir(folder.path("src")).unwrap();
    folder.file("src/mod.py", text.as_bytes());
    let src = folder.path("src");
    ask(password, &["sync", "--yes", &src])
        .success()
        .stderr(contains("1 sent"));
    ask(password, &["exec", "import mod\nprint(mod.f499(1))"])
        .success()
        .stdout("2\n");
    ask(password, &["reset", "--soft"]).success();
    ask(password, &["exec", "print('é' * 3)\n1/0"])
        .code(1)
        .stdout("ééé\n")
        .stderr(contains("ZeroDivisionError"));
}
