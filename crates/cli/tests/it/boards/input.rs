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
