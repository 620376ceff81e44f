//! Output of any size and content.

use std::io::Read;

use predicates::str::is_empty;

use super::board::Board;

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
    // Data, to whose line ends this stream of the board adds a CR: it arrives as the board sent it.
    let code = "import sys\nsys.stdout.write(bytes(range(256)))";
    let output = board
        .belay("exec", &[code])
        .success()
        .get_output()
        .stdout
        .clone();
    let all = (0..=9).chain([b'\r']).chain(10..=255);
    assert_eq!(output, all.collect::<Vec<u8>>());
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
