//! Boards without a cable.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};

use super::board::Running;
use crate::support::{Folder, PASSWORD, belay};

/// A simulated board with WebREPL.
struct Board {
    address: String,
    // Ends before its folder goes.
    _process: Running,
    folder: Folder,
}

impl Board {
    fn start(options: &[&str]) -> Self {
        let folder = Folder::new();
        let arguments = ["sim", "--webrepl", "127.0.0.1:0", "--password", PASSWORD];
        let mut process = Running::start(&[&arguments, options].concat(), &folder);
        process.line().expect("the path of the pty");
        let address = process.line().expect("the address of WebREPL");
        assert!(address.starts_with("ws://127.0.0.1:"), "{address}");
        Self {
            address,
            _process: process,
            folder,
        }
    }

    fn belay(&self, command: &str, arguments: &[&str]) -> Assert {
        let arguments = [&[command, &self.address], arguments].concat();
        belay(&arguments).env("BELAY_PASSWORD", PASSWORD).assert()
    }
}

#[test]
fn every_command_works_without_a_cable() {
    let board = Board::start(&[]);
    board.belay("eval", &["6 * 7"]).success().stdout("42\n");
    let long = format!("len({:?})", "x".repeat(5000));
    board.belay("eval", &[&long]).success().stdout("5000\n");
    // Frames need not be text.
    let bytes = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 200)";
    let all: Vec<u8> = (0..=255).cycle().take(256 * 200).collect();
    board.belay("exec", &["--raw", bytes]).success().stdout(all);
    let write = "import sys; sys.stdout.write('x' * 65536)";
    board
        .belay("exec", &[write])
        .code(1)
        .stderr(contains("64 KiB at once"));
    board
        .belay("info", &[])
        .success()
        .stdout(contains("micropython").and(contains(&*board.address)));
    // Whatever state the last one has left, the next one finds out.
    board.belay("reset", &[]).success();
    board.belay("exec", &["x = 5"]).success();
    board.belay("eval", &["x"]).success().stdout("5\n");
    let script = board
        .folder
        .file("script.py", b"print('run', 'x' in globals())\n");
    board
        .belay("run", &[&script])
        .success()
        .stdout("run False\n");
}

#[test]
fn folders_are_synchronised_under_the_ring_of_the_board() {
    let board = Board::start(&["--latency", "2ms"]);
    let content: Vec<u8> = (0..40_000_u32).map(|n| ((n * n) >> 3) as u8).collect();
    std::fs::create_dir(board.folder.path("app")).unwrap();
    for name in ["a.bin", "b.bin", "c.bin"] {
        board.folder.file(&format!("app/{name}"), &content);
    }
    let app = board.folder.path("app");
    board
        .belay("sync", &[&app])
        .success()
        .stderr(contains("3 sent"));
    board
        .belay("sync", &[&app])
        .success()
        .stderr(contains("3 unchanged"));
    board.belay("fs", &[]).code(2);
    belay(&["fs", "cat", &board.address, ":b.bin"])
        .env("BELAY_PASSWORD", PASSWORD)
        .assert()
        .success()
        .stdout(content);
}

#[test]
fn each_trouble_has_its_own_words_and_advice() {
    let board = Board::start(&[]);
    let address = &*board.address;
    let trouble = |password: Option<&str>, address: &str, says: &str, advice: &str| {
        let mut command = belay(&["eval", address, "1", "--timeout", "1"]);
        if let Some(password) = password {
            command.env("BELAY_PASSWORD", password);
        }
        let secret = password.unwrap_or("never").to_owned();
        command
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(says).and(contains("hint:")).and(contains(advice)))
            .stderr(contains(secret).not());
    };
    trouble(
        None,
        address,
        "asks for a password",
        "BELAY_PASSWORD=PASSWORD",
    );
    trouble(
        Some("wr0ng"),
        address,
        "refused the password",
        "webrepl_cfg.py",
    );
    trouble(
        Some("tenletters"),
        address,
        "at most 9 bytes",
        "four to nine",
    );

    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    trouble(
        Some(PASSWORD),
        &format!("ws://{closed}"),
        "refused the connection",
        "port number",
    );

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("ws://{}", silent.local_addr().unwrap());
    trouble(Some(PASSWORD), &at, "said nothing for 1s", "another client");

    let page = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("ws://{}", page.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = page.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<html>").unwrap();
    });
    trouble(
        Some(PASSWORD),
        &at,
        "is no WebREPL; it answered \"HTTP/1.1 200 OK\"",
        "8266",
    );
    server.join().unwrap();

    let script = board
        .folder
        .file("waits.py", b"print('on')\nwhile True: pass\n");
    let arguments = ["run", address, &script, "--password", PASSWORD];
    let mut first = Running::start(&arguments, &board.folder);
    assert_eq!(first.line().as_deref(), Some("on"));
    trouble(Some(PASSWORD), address, "is in use", "one client at a time");
    first.interrupt();
    first.wait().code(1);
}

#[test]
fn a_device_with_a_name_has_its_password_in_a_variable_of_its_own() {
    let board = Board::start(&[]);
    let project = format!(
        "[tool.belay.devices]\nkitchen = {{ uri = \"{}\", password_env = \"KITCHEN\" }}\n",
        board.address
    );
    board.folder.file("pyproject.toml", project.as_bytes());
    let eval = |device: &str| {
        let mut command = belay(&["-v", "eval", device, "1 + 1"]);
        command
            .current_dir(board.folder.path(""))
            .env("KITCHEN", PASSWORD);
        command
            .assert()
            .success()
            .stdout("2\n")
            .stderr(contains(PASSWORD).not());
    };
    eval("kitchen");
    eval(&board.address);
}

#[test]
fn a_simulated_board_can_be_had_without_a_cable_at_once() {
    let folder = Folder::new();
    let sim = format!("sim:?webrepl={PASSWORD}");
    Running::start(&["eval", &sim, "[1, 'two']"], &folder)
        .wait()
        .code(0);
}
