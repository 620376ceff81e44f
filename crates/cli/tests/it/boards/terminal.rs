//! `belay terminal`, with the test at the keys.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::tcgetattr;

use super::board::Board;
use super::failures::silent_pty;
use crate::support::{Backend, Folder};

/// No answer takes nearly as long; a terminal that hangs fails its test.
const HANG: Duration = Duration::from_secs(120);

/// The command, with a terminal of its own.
pub(super) struct Session {
    child: Child,
    keys: File,
    /// The terminal as the command sees it, kept open so that its settings stay.
    terminal: File,
    before: String,
    seen: String,
}

impl Session {
    pub(super) fn start(board: &Board, arguments: &[&str]) -> Self {
        Self::of("terminal", board, arguments)
    }

    /// Another command that has the keys.
    pub(super) fn of(command: &str, board: &Board, arguments: &[&str]) -> Self {
        let arguments = board.arguments(command, arguments);
        let mut session = Self::spawn(&arguments, ".", board.folder());
        // Keys typed before this are read line by line.
        session.wait_for(" leaves");
        let start = Instant::now();
        while settings(&session.terminal) == session.before {
            assert!(start.elapsed() < HANG, "the terminal's settings stay");
            std::thread::yield_now();
        }
        session
    }

    /// Starts a command at a terminal, with the settings of a user who has none.
    pub(super) fn spawn(arguments: &[&str], working: &str, home: &Folder) -> Self {
        let (controller, path) = silent_pty();
        let terminal = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let stream = || Stdio::from(OwnedFd::from(terminal.try_clone().unwrap()));
        let before = settings(&terminal);
        let child = Command::new(assert_cmd::cargo::cargo_bin!("belay"))
            .args(arguments)
            .current_dir(working)
            .env_remove("BELAY_DEVICE")
            .env("HOME", home.path("home"))
            .env("XDG_CONFIG_HOME", home.path("config"))
            .env("XDG_DATA_HOME", home.path("data"))
            .envs(Backend::get().password())
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap();
        Self {
            child,
            keys: controller.into(),
            terminal,
            before,
            seen: String::new(),
        }
    }

    pub(super) fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads the screen up to `text`, which is not looked for again.
    pub(super) fn wait_for(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            if let Some(index) = self.seen.find(text) {
                self.seen.drain(..index + text.len());
                return;
            }
            let limit = Timespec::try_from(HANG.saturating_sub(start.elapsed())).unwrap();
            let mut events = [PollFd::new(&self.keys, PollFlags::IN)];
            let count = poll(&mut events, Some(&limit)).unwrap();
            assert!(count > 0, "no {text:?} in {:?}", self.seen);
            let mut buffer = [0; 4096];
            let count = self.keys.read(&mut buffer).unwrap();
            self.seen += &String::from_utf8_lossy(&buffer[..count]);
        }
    }

    /// Waits for the end, after which the terminal is as it was.
    #[track_caller]
    pub(super) fn ends_with(mut self, code: i32) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(code), "{:?}", self.seen);
        assert_eq!(settings(&self.terminal), self.before);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}

#[test]
fn another_key_leaves_where_one_is_named() {
    let board = Board::start();
    for (name, key) in [("ctrl-x", "\x18"), ("~", "~")] {
        let mut session = Session::start(&board, &["--exit-key", name]);
        session.type_keys("\r6 * 7\r");
        session.wait_for("42");
        session.type_keys(key);
        session.ends_with(0);
    }
}

#[test]
fn keys_reach_the_board_and_answers_the_screen() {
    let board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\r6 * 7\r");
    session.wait_for("42\r\n>>> ");
    session.type_keys("\x1d");
    session.wait_for("left ");
    session.ends_with(0);
    board.belay("eval", &["1"]).success().stdout("1\n");
}

#[test]
fn keys_before_the_one_that_leaves_are_sent() {
    let board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\r");
    session.wait_for(">>> ");
    session.type_keys("kept = 5\r\x1dlost = 6\r");
    session.ends_with(0);
    board.belay("eval", &["kept"]).success().stdout("5\n");
}

#[test]
fn ctrl_c_interrupts_the_program_on_the_board() {
    let board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\rwhile True: print('o' + 'n')\r\r");
    session.wait_for("on\r\non\r\n");
    session.type_keys("\x03");
    session.wait_for("KeyboardInterrupt: \r\n>>> ");
    session.type_keys("\x1d");
    session.ends_with(0);
}

#[test]
fn a_running_program_is_not_disturbed() {
    let board = Board::start();
    let main = "while True:\n    print('main.py has', input())\n";
    let code = format!("with open('main.py', 'w') as file:\n    file.write({main:?})");
    board.belay("exec", &[&code]).success();
    board.belay("reset", &[]).success();
    for word in ["one", "two"] {
        let mut session = Session::start(&board, &[]);
        session.type_keys(&format!("{word}\r"));
        session.wait_for(&format!("main.py has {word}"));
        session.type_keys("\x1d");
        session.ends_with(0);
    }
}

#[test]
fn a_board_that_goes_away_leaves_the_terminal_in_order() {
    let mut board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\r");
    session.wait_for(">>> ");
    board.kill();
    session.wait_for("error:");
    session.wait_for("hint:");
    session.ends_with(1);
}

#[test]
fn a_request_to_terminate_leaves_the_terminal_in_order() {
    let board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\r");
    session.wait_for(">>> ");
    kill_process(Pid::from_child(&session.child), Signal::TERM).unwrap();
    session.wait_for("interrupted");
    session.ends_with(1);
}

#[test]
fn what_is_printed_is_captured() {
    let board = Board::start();
    let path = board.folder().path("captured.txt");
    let mut session = Session::start(&board, &["--capture", &path]);
    session.type_keys("\rprint('cap' + 'tured')\r");
    session.wait_for("captured\r\n>>> ");
    session.type_keys("\x1d");
    session.ends_with(0);
    let captured = std::fs::read_to_string(path).unwrap();
    assert!(captured.contains("\r\ncaptured\r\n>>> "), "{captured:?}");
    assert!(!captured.contains("ctrl-]"), "{captured:?}");
}

#[test]
fn input_that_is_no_terminal_is_sent() {
    let board = Board::start();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("belay"))
        .args(board.arguments("terminal", &[]))
        .envs(Backend::get().password())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    input.write_all(b"\r'a' + 'b'\r").unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("'ab'\r\n>>> ") {
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A look for news every 20 ms would be a hundred of them while the board sleeps.
#[cfg(target_os = "linux")]
#[test]
fn an_idle_terminal_sleeps() {
    let board = Board::start();
    let mut session = Session::start(&board, &[]);
    session.type_keys("\rimport time\r");
    session.wait_for("import time\r\n>>> ");
    session.type_keys("time.sleep(2); print('a' + 'wake')\r");
    session.wait_for("'wake')\r\n");
    let before = wakes(session.child.id());
    session.wait_for("awake");
    let count = wakes(session.child.id()) - before;
    assert!(count < 50, "woke up {count} times");
    session.type_keys("\x1d");
    session.ends_with(0);
}

/// How often the threads of a process went to sleep, so far.
#[cfg(target_os = "linux")]
fn wakes(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let counts = tasks.map(|task| {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse::<u64>().unwrap()
    });
    counts.sum()
}
