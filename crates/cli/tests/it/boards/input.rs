//! What a script is given: arguments, and lines of stdin.

use super::board::Board;
use crate::support::belay;

/// What a script prints with these arguments, when stdin has these lines.
fn check(arguments: &[&str], lines: &str, source: &str, expected: &str) {
    let board = Board::start();
    let script = board.folder().file("script.py", source.as_bytes());
    let all = [&["run", board.path.as_str(), &script], arguments].concat();
    belay(&all)
        .write_stdin(lines)
        .assert()
        .success()
        .stdout(expected.to_owned());
    // Nothing was left for the prompt.
    board.belay("eval", &["6 * 7"]).success().stdout("42\n");
}

#[test]
fn a_script_has_arguments() {
    check(
        &["1", "it's", "\u{e9}", "-5", "--", "--fast"],
        "",
        "import sys\nprint(sys.argv[0][-9:], *sys.argv[1:])\n",
        "script.py 1 it's \u{e9} -5 --fast\n",
    );
    check(&[], "", "import sys\nprint(len(sys.argv))\n", "1\n");
}

#[test]
fn a_script_reads_lines_of_stdin() {
    check(
        &[],
        "J\u{f6}rg\r\nprint(1)\x03\x04\n\nunread\nprint('prompt')\n",
        "print('hello', input('name? '))\nprint(repr(input()), repr(input()))\n",
        "name? hello J\u{f6}rg\n'print(1)\\x03\\x04' ''\n",
    );
}

#[test]
fn a_script_reads_sys_stdin() {
    // As text, in every way there is.
    check(
        &[],
        "one\ntw\u{f6}\nthree\nfour\nlast",
        "import sys\nprint(repr(sys.stdin.readline()), repr(input()))\n\
         print(repr(sys.stdin.read(3)), repr(sys.stdin.readline(9)))\n\
         print([line for line in sys.stdin], repr(sys.stdin.read()))\n",
        "'one\\n' 'tw\\xf6'\n'thr' 'ee\\n'\n['four\\n', 'last'] ''\n",
    );
    // As bytes, those of the protocol among them; what is left does not reach the prompt.
    check(
        &[],
        "\x00\x03\x04\nprint(1)\x04\x02",
        "from sys import stdin\nbuffer = bytearray(2)\n\
         print(stdin.buffer.readinto(buffer), buffer, stdin.buffer.read(1))\n",
        "2 bytearray(b'\\x00\\x03') b'\\x04'\n",
    );
    // A module of the board may take all names that `sys` has, which only a true module gives.
    check(
        &[],
        "one\ntwo\n",
        "import sys\nwith open('all_names.py', 'w') as file:\n    file.write('from sys import *\\n')\n\
         import all_names\nfrom sys import*\nprint(all_names.platform == platform, sys.stdin.readline())\n",
        "True one\n\n",
    );
    // More than any buffer holds.
    let line = "x".repeat(3000);
    check(
        &[],
        &format!("{line}\n{line}"),
        "import sys\nprint(len(sys.stdin.readline()), len(sys.stdin.buffer.read()))\n",
        "3001 3000\n",
    );
}

#[test]
fn a_script_polls_sys_stdin() {
    check(
        &[],
        "abc",
        "import sys, select\npoll = select.poll()\npoll.register(sys.stdin, select.POLLIN)\ntext = ''\n\
         while len(text) < 3:\n    if poll.poll(10):\n        text += sys.stdin.read(1)\nprint(text)\n",
        "abc\n",
    );
}

#[test]
fn the_end_of_stdin_is_an_eof_error() {
    let source =
        "try:\n    while True:\n        print(input())\nexcept EOFError:\n    print('end')\n";
    check(&[], "one\ntwo", source, "one\ntwo\nend\n");
    check(&[], "", source, "end\n");
}

#[test]
fn a_program_that_waits_for_a_line_is_interrupted() {
    let board = Board::start();
    let script = board
        .folder()
        .file("script.py", b"print('on')\ninput('? ')\n");
    let mut run = board.start_waiting("run", &[&script]);
    assert_eq!(run.line().as_deref(), Some("on"));
    assert_eq!(run.read(2), b"? ");
    run.interrupt();
    run.wait().code(1).says("KeyboardInterrupt");
    board.belay("eval", &["1"]).success().stdout("1\n");
}
