//! The REPL beyond what was recorded.

use belay_sim::Board;

use crate::host::{Host, PROMPT, raw_board, start};

fn friendly() -> (Board, Host) {
    let board = start(Board::builder());
    let mut host = Host::open(board.path());
    host.send(b"\r\x03'rea' + 'dy'\r");
    host.until("'ready'\r\n>>> ");
    (board, host)
}

#[test]
fn blocks_are_indented_and_end_with_a_blank_line() {
    let (_board, mut host) = friendly();
    host.check(b"for i in range(2):\r", "for i in range(2):\r\n...     ");
    host.check(b"print(i)\r", "print(i)\r\n...     ");
    host.check(b"\x7f\r", "\x08\x08\x08\x08\x1b[K\r\n0\r\n1\r\n>>> ");
    host.check(b"x = (1,\r", "x = (1,\r\n... ");
    host.check(b"2)\r", "2)\r\n>>> ");
    host.check(b"x\r", "x\r\n(1, 2)\r\n>>> ");
    host.check(b"if x:\r", "if x:\r\n...     ");
    host.check(b"\x03", "\r\n>>> ");
}

#[test]
fn names_are_completed() {
    let (_board, mut host) = friendly();
    host.check(b"import sys\r", "import sys\r\n>>> ");
    host.check(b"sys.imp\t", "sys.implementation");
    host.check(b"\x03", "\r\n>>> ");
    host.send(b"sys.std\t");
    host.until("stderr");
    host.until("stdin");
    host.until("\r\n>>> sys.std");
    host.check(b"nothing_like_it.a\tb\x03", "nothing_like_it.ab\r\n>>> ");
}

#[test]
fn history_is_recalled() {
    let (_board, mut host) = friendly();
    host.check(b"1+1\r", "1+1\r\n2\r\n>>> ");
    host.check(b"\x1b[A\r", "1+1\r\n2\r\n>>> ");
}

#[test]
fn errors_and_exits_show_at_the_prompt() {
    let (_board, mut host) = friendly();
    host.send(b"1/0\r");
    let shown = host.until(PROMPT);
    assert_eq!(
        shown,
        "1/0\r\nTraceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\n\
         ZeroDivisionError: divide by zero\r\n>>> "
    );
    host.send(b"import sys; x = 5; sys.exit()\r");
    host.until("sys.exit()\r\nMPY: soft reboot\r\nMicroPython v");
    host.until(PROMPT);
    host.send(b"x\r");
    assert!(
        host.until(PROMPT).contains("NameError"),
        "memory outlived the reset"
    );
}

#[test]
fn typing_ahead_keeps_its_order() {
    let (_board, mut host) = raw_board();
    let mut all = String::new();
    let mut answers = String::new();
    for n in 0..50 {
        all.extend(["print(", &n.to_string(), ")\x04"]);
        answers.extend(["OK", &n.to_string(), "\r\n\x04\x04>"]);
    }
    host.check(all, &answers);
}

#[test]
fn a_program_reads_what_follows_it_and_leaves_the_rest() {
    let (_board, mut host) = raw_board();
    host.check(
        b"import sys\nprint(sys.stdin.read(3), sys.stdin.readline())\x04abcde\nprint('rest')\x04",
        "OKabc de\r\n\r\n\x04\x04>OKrest\r\n\x04\x04>",
    );
}

#[test]
fn input_edits_its_line() {
    let (_board, mut host) = raw_board();
    host.check(b"print([input('name? ')])\x04", "OKname? ");
    host.check(b"xyz\x7fw\r", "xyz\x08\x1b[Kw\r\n['xyw']\r\n\x04\x04>");
    let (_, error) = {
        host.send(b"input()\x04\x04");
        host.take(2);
        host.finish()
    };
    assert!(error.ends_with("EOFError: \r\n"), "{error:?}");
    host.send(b"try:\n    input('? ')\nexcept KeyboardInterrupt:\n    print('stopped')\n\x04");
    host.until("? ");
    host.send(b"a\x03");
    host.until("stopped\r\n\x04\x04>");
}

#[test]
fn raw_paste_takes_any_length() {
    let (_board, mut host) = raw_board();
    let mut program = String::new();
    for n in 0..500 {
        let number = n.to_string();
        program.extend([
            "total = ",
            &number,
            "  # a comment that makes the line longer\n",
        ]);
    }
    program.push_str("print('total', total)\n");
    host.check(b"\x05A\x01", "R\x01\u{0}"[..2].trim_end());
    assert_eq!(host.take(3), [128, 0, 1]);
    let mut credit = 256;
    let mut left = program.as_bytes();
    while !left.is_empty() {
        if credit == 0 {
            assert_eq!(host.take(1), b"\x01");
            credit += 128;
        }
        let (piece, rest) = left.split_at(left.len().min(credit));
        host.send(piece);
        credit -= piece.len();
        left = rest;
    }
    host.send(b"\x04");
    let answer = host.until("\x04");
    assert!(
        answer
            .trim_end_matches('\x04')
            .bytes()
            .all(|byte| byte == 1),
        "{answer:?}"
    );
    assert_eq!(host.finish(), ("total 499\r\n".to_owned(), String::new()));
}

#[test]
fn raw_paste_is_cancelled_by_ctrl_c() {
    let (_board, mut host) = raw_board();
    host.send(b"\x05A\x01print(");
    assert_eq!(host.take(5), b"R\x01\x80\x00\x01");
    host.check(b"\x03", "\x04\x04KeyboardInterrupt: \r\n\x04>");
    host.check(b"print(2)\x04", "OK2\r\n\x04\x04>");
}

#[test]
fn an_unfinished_block_is_no_error_in_raw_paste() {
    let (_board, mut host) = raw_board();
    host.send(b"\x05A\x01");
    host.take(5);
    // Each of these ends where a parser that saw no more would complain.
    for part in [
        "if 1:\n",
        "    x = '''a\n",
        "b'''\n    try:\n",
        "        y = (\n",
    ] {
        host.send(part);
    }
    host.send(b"    1)\n    finally:\n        print(x, y)\n\x04");
    assert_eq!(host.take(1), b"\x04");
    assert_eq!(host.finish(), ("a\r\nb 1\r\n".to_owned(), String::new()));
}

#[test]
fn a_line_feed_always_gets_its_carriage_return() {
    let (_board, mut host) = raw_board();
    host.check(b"print('a\\r\\nb')\x04", "OKa\r\r\nb\r\n\x04\x04>");
    host.check(
        b"import sys\nsys.stdout.buffer.write(b'a\\nb\\r\\n')\nprint()\x04",
        "OKa\nb\r\n\r\n\x04\x04>",
    );
    host.check(
        b"import sys\nprint(1)\nsys.stdout.buffer.write(b'\\n2')\nprint(3)\nprint(4, file=sys.stdout)\x04",
        "OK1\r\n\n23\r\n4\r\n\x04\x04>",
    );
}
