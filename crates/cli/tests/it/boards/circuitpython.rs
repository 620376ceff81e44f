//! Commands with a board of CircuitPython. No computer has its drive.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use super::terminal::Session;
use crate::support::{Folder, belay};

/// On USB, and as the smallest builds are on a UART.
fn boards() -> [Board; 2] {
    [
        "sim:cp?personality=circuitpython&drive=hidden",
        "sim:cp?personality=circuitpython&drive=hidden&build=small&line_end=crcrlf",
    ]
    .map(|name| Board::with(&[name]))
}

/// What a board may be, with what `belay info` says of its files.
const STATES: [(&str, &str); 4] = [
    ("build=full", "takes its drive"),
    ("build=small", "takes its drive"),
    (
        "build=small&line_end=crcrlf&storage=old&drive=ejected",
        "no computer has its drive",
    ),
    ("line_end=crcrlf&drive=hidden", "the board may write"),
];

/// A command, what it is given, its exit status, and what it says.
type Row<'a> = (&'a [&'a str], &'a str, i32, &'a str);

#[test]
fn every_command_works_in_every_state() {
    let folder = Folder::new();
    let script = folder.file(
        "prog.py",
        b"import sys\nprint('ran', __name__, input('name? '), sys.argv[1:])\nsys.exit(4)\n",
    );
    std::fs::create_dir_all(folder.path("project/app")).unwrap();
    folder.file("project/pyproject.toml", b"[tool.belay]\nname = \"app\"\n");
    folder.file("project/app/__init__.py", b"VALUE = 3\n");
    let main = folder.file(
        "project/start.py",
        b"import app\nprint('started', app.VALUE)\n",
    );
    let data = folder.file("data.txt", b"some data");
    let back = folder.path("back.txt");
    let project = folder.path("project");
    for (state, files) in STATES {
        let board = Board::with(&[&format!("sim:cp?personality=circuitpython&{state}")]);
        let port = board.path.as_str();
        let rows: [Row<'_>; 19] = [
            (&["info", port], "", 0, "circuitpython"),
            (&["info", port], "", 0, files),
            (&["eval", port, "[1, 2.5, b'x']"], "", 0, "[1, 2.5, b'x']\n"),
            (
                &["exec", port, "print('a')\n1/0"],
                "",
                1,
                "ZeroDivisionError: division by zero",
            ),
            (
                &["exec", port, "-"],
                "print('from stdin')",
                0,
                "from stdin\n",
            ),
            (
                &["run", port, &script, "b"],
                "me\n",
                4,
                "ran __main__ me ['b']\n",
            ),
            (&["latency", port, "--count", "10"], "", 0, "median"),
            (&["fs", "cp", port, &data, ":data.txt"], "", 0, ""),
            (&["fs", "cp", port, ":data.txt", &back], "", 0, ""),
            (&["fs", "cat", port, ":data.txt"], "", 0, "some data"),
            (
                &["fs", "sha256", port, ":data.txt"],
                "",
                0,
                "1307990e6ba5ca145eb35e99182a9bec46531bc54ddf656a602c780fa0240dee",
            ),
            (&["fs", "df", port], "", 0, "free"),
            (&["fs", "mkdir", port, ":d"], "", 0, ""),
            (&["fs", "mv", port, ":data.txt", ":d/data.txt"], "", 0, ""),
            (&["fs", "rm", "-r", port, ":d"], "", 0, ""),
            (&["install", port, "--main", &main], "", 0, "3 sent"),
            (&["install", port, "--main", &main], "", 0, "3 unchanged"),
            (&["fs", "tree", port], "", 0, "code.py"),
            (
                &["exec", port, "import app\nprint(app.VALUE)"],
                "",
                0,
                "3\n",
            ),
        ];
        for (arguments, input, status, says) in rows {
            let mut command = belay(arguments);
            let output = command
                .current_dir(&project)
                .write_stdin(input)
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(
                output.status.code() == Some(status) && said.contains(says),
                "{state}: {arguments:?}: {:?} {said}",
                output.status
            );
        }
        assert_eq!(std::fs::read(&back).unwrap(), b"some data");
        let mut terminal = Session::start(&board, &[]);
        terminal.type_keys("\r\x03");
        terminal.wait_for(">>> ");
        terminal.type_keys("import app\rprint(app.VALUE + 40000)\r");
        terminal.wait_for("40003\r");
        // Ctrl-D has the program of the board run.
        terminal.type_keys("\x04");
        terminal.wait_for("started 3");
        terminal.wait_for("Press any key");
        terminal.type_keys("\r");
        terminal.wait_for(">>> ");
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
