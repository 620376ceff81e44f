//! `belay sim`, and `sim:` as a device.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};
use rustix::process::Signal;

use super::board::{Board, Running, engine};
use crate::support::{Folder, belay};

/// `belay` with a data folder.
fn belay_in(folder: &Folder, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = belay(arguments);
    command
        .env("XDG_DATA_HOME", folder.path("data"))
        .env("BELAY_MICROPYTHON", engine());
    command
}

#[test]
fn sim_is_a_device_everywhere() {
    let folder = Folder::new();
    let script = folder.file("hello.py", b"print('hello')\n");
    let success = |arguments: &[&str]| belay_in(&folder, arguments).assert().success();
    success(&["run", "sim:", &script])
        .stdout("hello\n")
        .stderr("");
    success(&["exec", "sim:", "print(1)"]).stdout("1\n");
    success(&["eval", "sim:other?latency=1ms", "1 + 1"]).stdout("2\n");
    success(&["info", "sim:", "--json"]).stdout(contains("\"port\":\"sim:\""));
    belay_in(&folder, &["eval", "2"])
        .env("BELAY_DEVICE", "sim:")
        .assert()
        .success()
        .stdout("2\n");
}

#[test]
fn the_flash_of_sim_stays() {
    let folder = Folder::new();
    let code = "with open('kept.txt', 'w') as file:\n    file.write('abc')";
    belay_in(&folder, &["exec", "sim:", code])
        .assert()
        .success();
    let check = |port: &str, expression: &str, expected: &'static str| {
        belay_in(&folder, &["eval", port, expression])
            .assert()
            .success()
            .stdout(expected);
    };
    let listed = "'kept.txt' in __import__('os').listdir()";
    check("sim:", "open('kept.txt').read()", "'abc'\n");
    check("sim:other", listed, "False\n");
    check("sim:?fresh", listed, "False\n");
}

#[test]
fn a_board_in_another_process_is_busy() {
    let folder = Folder::new();
    let script = folder.file("loop.py", b"print('on')\nwhile True:\n    pass\n");
    let mut first = Running::start(&["run", "sim:", &script], &folder);
    assert_eq!(first.line().as_deref(), Some("on"));
    belay_in(&folder, &["info", "sim:"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("in use").and(contains("hint:")));
    // Another board is not.
    belay_in(&folder, &["eval", "sim:other", "1"])
        .assert()
        .success()
        .stdout("1\n");
    first.interrupt();
    first.wait().code(1).says("KeyboardInterrupt");
    belay_in(&folder, &["eval", "sim:", "1"])
        .assert()
        .success()
        .stdout("1\n");
}

#[test]
fn a_board_that_belay_sim_runs_is_joined() {
    let folder = Folder::new();
    let mut sim = Running::start(&["sim", "kitchen"], &folder);
    let path = sim.line().unwrap();
    belay_in(&folder, &["exec", "sim:kitchen", "x = 5"])
        .assert()
        .success();
    let joined = ["eval", "sim:kitchen?heap=256k", "x"];
    belay_in(&folder, &joined)
        .assert()
        .success()
        .stdout("5\n")
        .stderr(contains("warning: the board runs already"));
    belay_in(&folder, &["eval", &path, "x"])
        .assert()
        .success()
        .stdout("5\n");
    // The process that runs it tells what its pins did, of each command that wants to know.
    for (pin, other) in [("7", "8"), ("8", "7")] {
        let code = format!("from machine import Pin\nPin({pin}, Pin.OUT, value=1)\n");
        let script = folder.file("pin.py", code.as_bytes());
        belay_in(&folder, &["run", "--pins", "sim:kitchen", &script])
            .assert()
            .success()
            .stderr(
                contains(format!("pin {pin} "))
                    .and(contains("output high"))
                    .and(contains(format!("pin {other} ")).not()),
            );
    }
    // A second one says who has the board, and where.
    let id = sim.id().to_string();
    belay_in(&folder, &["sim", "kitchen"])
        .assert()
        .code(2)
        .stderr(contains(format!("process {id}, whose board is at /")));
    sim.interrupt();
    sim.wait().code(0);
    belay_in(&folder, &["eval", "sim:kitchen", "'x' in globals()"])
        .assert()
        .success()
        .stdout("False\n");
}

/// The line's speed is known to the process that has the board, and calls carry checks all the same.
#[test]
fn a_board_that_is_joined_is_checked_if_its_line_may_damage_bytes() {
    let folder = Folder::new();
    for options in [&["--baud", "115200"][..], &[]] {
        let arguments = [&["sim", "hall"], options].concat();
        let mut sim = Running::start(&arguments, &folder);
        sim.line().unwrap();
        // What checks calls is on the board after one that has been checked.
        let checked = if options.is_empty() {
            "False\n"
        } else {
            "True\n"
        };
        belay_in(&folder, &["eval", "sim:hall", "'_belay_x' in globals()"])
            .assert()
            .success()
            .stdout(checked);
        sim.interrupt();
        sim.wait().code(0);
    }
}

#[test]
fn boards_with_names_are_listed_and_deleted() {
    let folder = Folder::new();
    belay_in(&folder, &["sim", "--list"])
        .assert()
        .success()
        .stdout("");
    for name in ["sim:", "sim:b"] {
        belay_in(&folder, &["eval", name, "1"]).assert().success();
    }
    let mut sim = Running::start(&["sim", "b"], &folder);
    sim.line().unwrap();
    let id = sim.id().to_string();
    let running = contains("sim:b ").and(contains(&*id));
    belay_in(&folder, &["sim", "--list"])
        .assert()
        .success()
        .stdout(running.and(contains("sim:default ")));
    let expected = format!("\"process\":{id},");
    belay_in(&folder, &["sim", "--list", "--json"])
        .assert()
        .success()
        .stdout(contains(expected).and(contains("\"process\":null,")));
    belay_in(&folder, &["sim", "b", "--delete"])
        .assert()
        .code(2)
        .stderr(contains("in use"));
    sim.interrupt();
    sim.wait().code(0);
    belay_in(&folder, &["sim", "sim:b", "--delete"])
        .assert()
        .success()
        .stderr(contains("deleted sim:b"));
    belay_in(&folder, &["sim", "b", "--delete"])
        .assert()
        .code(2)
        .stderr(contains("no simulated board b").and(contains("belay sim --list")));
    belay_in(&folder, &["sim", "--list"])
        .assert()
        .success()
        .stdout(contains("sim:default").and(contains("sim:b").not()));
}

#[test]
fn a_board_ends_with_its_parent_if_asked_to() {
    let folder = Folder::new();
    // The shell ends when its input does, and leaves the board.
    let mut parent = std::process::Command::new("sh")
        .args(["-c", "\"$0\" sim --with-parent <&- 2>&- & read _"])
        .arg(env!("CARGO_BIN_EXE_belay"))
        .env("XDG_DATA_HOME", folder.path("data"))
        .env("BELAY_MICROPYTHON", engine())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(parent.stdout.take().unwrap());
    let mut path = String::new();
    output.read_line(&mut path).unwrap();
    assert!(path.starts_with("/dev/"), "{path:?}");
    drop(parent.stdin.take());
    parent.wait().unwrap();
    // The board has the other end of this until it ends.
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    belay_in(&folder, &["sim", "--list", "--json"])
        .assert()
        .success()
        .stdout(contains("\"process\":null,"));
}

#[test]
fn a_program_on_sim_ends_with_the_command() {
    let folder = Folder::new();
    let code = "while True:\n    try:\n        print('ready')\n        while True:\n            pass\n    \
                except KeyboardInterrupt:\n        pass\n";
    let script = folder.file("stubborn.py", code.as_bytes());
    let mut run = Running::start(&["run", "sim:", &script], &folder);
    for _ in 0..2 {
        assert_eq!(run.line().as_deref(), Some("ready"));
        run.interrupt();
    }
    assert_eq!(run.line().as_deref(), Some("ready"));
    run.wait_for_error("a third ctrl-C");
    run.interrupt();
    run.wait().code(1).says("ended with the simulated board");
}

#[test]
fn options_that_are_wrong() {
    let folder = Folder::new();
    belay_in(&folder, &["info", "sim:?speed=9600"])
        .assert()
        .code(2)
        .stderr(contains("unknown option \"speed\""));
    belay_in(&folder, &["sim", "--latency", "soon"])
        .assert()
        .code(2)
        .stderr(contains("latency"));
}

#[test]
fn without_an_engine_it_says_how_to_get_one() {
    let folder = Folder::new();
    belay_in(&folder, &["eval", "sim:", "1"])
        .env("BELAY_MICROPYTHON", folder.path("none"))
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("BELAY_MICROPYTHON").or(contains("micropython")));
}

#[test]
fn sim_serves_a_pty_until_it_is_told_to_end() {
    let board = Board::with(&["--baud", "115200", "--latency", "1ms"]);
    board.belay("eval", &["1"]).success().stdout("1\n");
    // One client after the other.
    board.belay("eval", &["2"]).success().stdout("2\n");
    drop(board);
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Folder::new();
        let mut sim = Running::start(&["sim"], &folder);
        assert!(sim.line().is_some_and(|path| path.starts_with("/dev/")));
        sim.signal(signal);
        sim.wait().code(0);
    }
}

#[test]
fn sim_says_what_to_try() {
    let folder = Folder::new();
    let mut sim = Running::start(&["sim"], &folder);
    let path = sim.line().unwrap();
    sim.interrupt();
    sim.wait().code(0).says(&format!("belay exec {path} "));
}

#[test]
fn sim_serves_tcp_as_well() {
    let folder = Folder::new();
    let mut sim = Running::start(&["sim", "--tcp", "127.0.0.1:0"], &folder);
    let path = sim.line().unwrap();
    let address = sim.line().unwrap();
    assert!(address.starts_with("tcp://127.0.0.1:"), "{address}");
    belay(&["eval", &address, "1 + 1"])
        .assert()
        .success()
        .stdout("2\n");
    belay(&["eval", &path, "1 + 2"])
        .assert()
        .success()
        .stdout("3\n");
    let mut stream = TcpStream::connect(address.trim_start_matches("tcp://")).unwrap();
    sim.interrupt();
    sim.wait().code(0);
    // The end of the board is the end of its connections.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
}

#[test]
fn sim_opens_its_controls() {
    let folder = Folder::new();
    let socket = folder.path("control.sock");
    for address in ["127.0.0.1:0", &socket] {
        let mut sim = Running::start(&["sim", "--control", address], &folder);
        let path = sim.line().unwrap();
        let line = sim.line().unwrap();
        let control = line.strip_prefix("control ").unwrap();
        let ask = b"{\"cmd\": \"hello\"}\n";
        let mut answer = String::new();
        if let Ok(address) = control.parse::<std::net::SocketAddr>() {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(ask).unwrap();
            BufReader::new(stream).read_line(&mut answer).unwrap();
        } else {
            let mut stream = UnixStream::connect(control).unwrap();
            stream.write_all(ask).unwrap();
            BufReader::new(stream).read_line(&mut answer).unwrap();
        }
        assert!(
            answer.contains(&path) && answer.contains("\"protocol\":1"),
            "{answer}"
        );
        sim.interrupt();
        sim.wait().code(0);
    }
    assert!(
        !std::path::Path::new(&socket).exists(),
        "the socket goes with the board"
    );
    belay(&["sim", "--control", "nowhere"])
        .assert()
        .code(2)
        .stderr(contains("neither an IP address with a port"));
}

#[test]
fn the_pins_of_sim_are_shown() {
    let folder = Folder::new();
    let code =
        b"from machine import Pin\nled = Pin(25, Pin.OUT)\nled.on()\nled.off()\nprint('done')\n";
    let script = folder.file("blink.py", code);
    belay_in(&folder, &["run", "--pins", "sim:", &script])
        .assert()
        .success()
        .stdout("done\n")
        .stderr(is_match(r"pin 25 .* s  output high\npin 25 .* s  output low\n$").unwrap());
    let board = Board::start();
    board
        .belay("run", &["--pins", &script])
        .code(2)
        .stderr(contains("cannot be seen from here").and(contains("sim:")));
}
