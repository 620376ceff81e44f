//! Ctrl-C. It is sent only once the program's output shows that the program runs.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::board::{Board, Running};
use super::failures::silent_pty;
use crate::support::Folder;

#[test]
fn a_program_that_never_ends_is_interrupted() {
    let board = Board::start();
    let mut run = board.start_script("print('on')\nwhile True:\n    pass\n");
    assert_eq!(run.line().as_deref(), Some("on"));
    run.interrupt();
    run.wait()
        .code(1)
        .says("script.py\", line ")
        .says("\nKeyboardInterrupt");
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn a_request_to_terminate_interrupts_as_well() {
    let board = Board::start();
    let mut run = board.start_script("print('on')\nwhile True:\n    pass\n");
    assert_eq!(run.line().as_deref(), Some("on"));
    run.signal(Signal::TERM);
    run.wait().code(1).says("KeyboardInterrupt");
    board.belay("eval", &["1"]).success().stdout("1\n");
}

/// The program catches every ctrl-C, and takes no time to handle one.
#[test]
fn a_request_to_terminate_ends_every_command_within_two_seconds() {
    const SWALLOWS: &str = "print('on')\nwhile True:\n    try:\n        while True:\n            pass\n    \
                            except BaseException:\n        pass\n";
    for signal in [Signal::TERM, Signal::HUP] {
        let board = Board::start();
        let mut run = board.start_script(SWALLOWS);
        assert_eq!(run.line().as_deref(), Some("on"));
        ends_soon(run, signal);
        let board = Board::start();
        let arguments = ["exec", &board.path, SWALLOWS];
        let mut exec = Running::start(&arguments, &Folder::new());
        assert_eq!(exec.line().as_deref(), Some("on"));
        ends_soon(exec, signal);
        // A program that is being looked for, and one of this computer.
        let (_controller, path) = silent_pty();
        let mut info = Running::start(&["info", &path, "--verbose"], &Folder::new());
        info.wait_for_error("connecting");
        ends_soon(info, signal);
        let project = Folder::new();
        project.file("pyproject.toml", b"[tool.belay]\n");
        let host = ["run", "sh", "-c", "echo on; exec sleep 600"];
        let mut host = Running::start_in(&host, &project, &project.path(""));
        assert_eq!(host.line().as_deref(), Some("on"));
        ends_soon(host, signal);
    }
}

fn ends_soon(run: Running, signal: Signal) {
    let begun = Instant::now();
    run.signal(signal);
    let ended = run.wait();
    assert!(ended.status.code() != Some(0), "{ended:?}");
    // The rest is for a machine that does much else.
    assert!(
        begun.elapsed() < Duration::from_millis(2500),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn one_line_without_end_is_shown_and_interrupted() {
    let board = Board::start();
    let mut run = board.start_script("while True:\n    print('x', end='')\n");
    assert_eq!(run.read(100_000), vec![b'x'; 100_000]);
    run.interrupt();
    let ended = run.wait();
    ended.code(1).says("KeyboardInterrupt");
    assert!(ended.output.bytes().all(|byte| byte == b'x'));
    board.belay("eval", &["1"]).success().stdout("1\n");
}

/// A program that catches so many interrupts. It says so when it is ready to catch one, so that the
/// next one comes neither too early nor while it deals with the last.
fn stubborn(board: &Board, times: u32) -> Running {
    let mut run = board.start_script(&format!(
        "n = 0\nwhile n < {times}:\n    try:\n        print('ready', n)\n        while True:\n            \
         pass\n    except KeyboardInterrupt:\n        n += 1\nprint('enough')\nwhile True:\n    pass\n"
    ));
    assert_eq!(run.line().as_deref(), Some("ready 0"));
    run
}

#[test]
fn a_second_interrupt_reaches_a_program_that_caught_the_first() {
    let board = Board::start();
    let mut run = stubborn(&board, 1);
    run.interrupt();
    assert_eq!(run.line().as_deref(), Some("enough"));
    run.interrupt();
    run.wait()
        .code(1)
        .says("a third ctrl-C stops waiting")
        .says("KeyboardInterrupt");
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn a_third_interrupt_gives_up() {
    let board = Board::start();
    let mut run = stubborn(&board, 1000);
    run.interrupt();
    assert_eq!(run.line().as_deref(), Some("ready 1"));
    run.interrupt();
    assert_eq!(run.line().as_deref(), Some("ready 2"));
    run.wait_for_error("a third ctrl-C");
    run.interrupt();
    run.wait()
        .code(1)
        .says(&format!(
            "stopped waiting; the program may still run on {}",
            board.path
        ))
        .says("hint: stop it with the board's reset button");
}

#[test]
fn an_interrupt_while_connecting_ends_at_once() {
    let (_controller, path) = silent_pty();
    let arguments = ["info", &path, "--timeout", "600", "--verbose"];
    let mut info = Running::start(&arguments, &Folder::new());
    info.wait_for_error("connecting");
    info.interrupt();
    info.wait().code(1).says("interrupted");
}

#[test]
fn an_interrupt_while_a_device_is_opened_leaves_no_command_behind() {
    let folder = Folder::new();
    let fifo = folder.path("pid");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(status.unwrap().success());
    let device = format!("pty:sh -c 'echo $$ >{fifo}; exec cat'");
    let info = Running::start(&["info", &device, "--timeout", "600"], &folder);
    let pid = std::fs::read_to_string(&fifo).unwrap();
    info.interrupt();
    info.wait().code(1).says("interrupted");
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    assert!(rustix::process::test_kill_process(pid).is_err());
}

#[test]
fn an_interrupt_while_a_simulated_board_starts_says_so() {
    let folder = Folder::new();
    let script = folder.file("script.py", b"while True:\n    pass\n");
    let mut run = Running::start(&["run", "--verbose", "sim:", &script], &folder);
    run.wait_for_error("starting a simulated board");
    run.interrupt_group();
    let ended = run.wait();
    ended.code(1);
    let last = ended.errors.trim_end().lines().last().map(str::to_owned);
    // The program may run by then.
    assert!(
        matches!(
            last.as_deref(),
            Some("error: interrupted" | "KeyboardInterrupt")
        ),
        "{ended:?}"
    );
}
