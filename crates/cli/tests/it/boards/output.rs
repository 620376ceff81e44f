//! Output of any size and content.

use std::io::Read;

use predicates::str::is_empty;

use super::board::Board;
use crate::support::{Folder, belay};

#[test]
fn output_is_shown_while_the_program_runs() {
    let board = Board::start();
    let mut run = board.start_script("print('no end of line', end='')\nwhile True:\n    pass\n");
    assert_eq!(run.read(14), b"no end of line");
    run.interrupt();
    run.wait().code(1);
}

#[test]
fn what_looks_like_the_protocol_is_output() {
    let board = Board::start();
    let check = |text: &str| {
        let code = format!("print('{text}')\nprint('{text}', end='')");
        let expected = text
            .replace("\\x04", "\x04")
            .replace("\\x03", "\x03")
            .replace("\\r", "\r");
        board
            .belay("exec", &[&code])
            .success()
            .stdout(format!("{expected}\n{expected}"));
    };
    check("~0123456789a1~");
    check("~0123456789a1~[5]~0123456789a1~");
    check("\\x04");
    check("\\x04>");
    check("\\x04\\x04>");
    check("OK\\x04\\x04>OK");
    check("\\x04Traceback (most recent call last):\\r");
    check("raw REPL; CTRL-B to exit\\r");
    check("\\x03");
    board
        .belay(
            "eval",
            &["print('\\x04\\x04>', end='') or '~0123456789a1~'"],
        )
        .success()
        .stdout("\x04\x04>'~0123456789a1~'\n");
}

#[test]
fn any_bytes_are_output() {
    let board = Board::start();
    let said = |arguments: &[&str]| {
        let output = board.belay("exec", arguments).success();
        output.get_output().stdout.clone()
    };
    let write = |bytes: &str| format!("import sys\nsys.stdout.buffer.write({bytes})");
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(said(&[&write("bytes(range(256))")]), all);
    assert_eq!(said(&[&write("b'\\x00\\r\\n\\x01'")]), b"\x00\r\n\x01");
    assert_eq!(
        said(&["print('text')\nprint('is text')"]),
        b"text\nis text\n"
    );
    assert_eq!(said(&["--raw", "print('text')"]), b"text\r\n");
    assert_eq!(said(&["--raw", &write("b'a\\r\\n'")]), b"a\r\n");
}

/// Whoever says what speed a line has means one that may damage bytes, also where it is a pty.
#[test]
fn a_value_over_a_noisy_line_is_right_or_none() {
    let folder = Folder::new();
    let right = format!("{:?}\n", (0..100).collect::<Vec<_>>());
    let mut came = 0;
    for seed in 0..10 {
        let board = format!(
            "sim:?flash={}&baud=115200&flip=0.002&direction=to_host&seed={seed}",
            folder.path("flash")
        );
        let output = belay(&["eval", &board, "list(range(100))"])
            .output()
            .unwrap();
        if output.status.success() {
            assert_eq!(String::from_utf8(output.stdout).unwrap(), right, "{seed}");
            came += 1;
        }
    }
    assert!(came > 0);
    // Whoever trusts the line is not contradicted.
    let trusted = format!("sim:?flash={}&baud=115200", folder.path("flash"));
    let output = belay(&["eval", "--no-checked", &trusted, "6 * 7"]).output();
    assert_eq!(output.unwrap().stdout, b"42\n");
}

#[test]
fn a_hundred_megabytes_pass_through_bounded_memory() {
    const LINE: usize = 1024;
    const LINES: usize = 100 * 1024;

    let board = Board::start();
    let code = format!(
        "line = 'x' * {}\nfor i in range({LINES}):\n    print(line)\nprint('done')\n\
         while True:\n    pass\n",
        LINE - 1
    );
    let mut run = board.start_script(&code);
    for _ in 0..LINES {
        let line = run.read(LINE);
        assert!(line[..LINE - 1].iter().all(|&byte| byte == b'x') && line[LINE - 1] == b'\n');
    }
    assert_eq!(run.line().as_deref(), Some("done"));
    if cfg!(target_os = "linux") {
        let peak = peak_memory(run.id());
        assert!(peak < 64 << 10, "{peak} KiB");
    }
    run.interrupt();
    run.wait().code(1);
}

/// The most memory that a process has used, in KiB.
fn peak_memory(id: u32) -> u64 {
    let mut status = String::new();
    std::fs::File::open(format!("/proc/{id}/status"))
        .unwrap()
        .read_to_string(&mut status)
        .unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let board = Board::start();
    let mut run = board.start_script("i = 0\nwhile True:\n    print(i)\n    i += 1\n");
    assert_eq!(run.line().as_deref(), Some("0"));
    let ended = run.close_output();
    ended.code(0);
    assert_eq!(ended.errors, "");
    // The program has been stopped.
    board
        .belay("eval", &["1"])
        .success()
        .stdout("1\n")
        .stderr(is_empty());
}
