//! `mpremote repl`, as a person at a terminal uses it.

use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, tcgetattr};

use crate::environment::Environment;
use crate::support::{Bench, HANG, variables};

/// A terminal with a program at its other end.
struct Terminal {
    near: OwnedFd,
    /// The program's end, which stays open so that its settings can be looked at.
    far: OwnedFd,
    seen: Vec<u8>,
}

impl Terminal {
    fn new() -> Self {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap();
        let far = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        Self {
            near,
            far,
            seen: Vec::new(),
        }
    }

    fn start(&self, command: &mut Command) -> Child {
        let end = || self.far.try_clone().unwrap();
        command
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap()
    }

    fn settings(&self) -> Termios {
        tcgetattr(&self.far).unwrap()
    }

    fn press(&self, keys: &str) {
        assert_eq!(
            rustix::io::write(&self.near, keys.as_bytes()),
            Ok(keys.len())
        );
    }

    /// Reads until `text` is there, and forgets everything up to its end.
    fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + HANG;
        loop {
            let all = String::from_utf8_lossy(&self.seen).into_owned();
            if let Some(at) = all.find(text) {
                self.seen = all[at + text.len()..].into();
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = Timespec::try_from(left).unwrap();
            let ready = poll(&mut [PollFd::new(&self.near, PollFlags::IN)], Some(&wait)).unwrap();
            assert_ne!(ready, 0, "{text:?} did not come: {all:?}");
            let mut buffer = [0; 4096];
            let count = rustix::io::read(&self.near, &mut buffer).unwrap();
            self.seen.extend_from_slice(&buffer[..count]);
        }
    }
}

/// Waits for the end of a program, which is ended if it hangs.
fn wait(mut child: Child) -> ExitStatus {
    let pid = Pid::from_child(&child);
    let (ended, end) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || ended.send(child.wait().unwrap()));
        end.recv_timeout(HANG).unwrap_or_else(|_| {
            kill_process(pid, Signal::KILL).unwrap();
            panic!("the program did not end")
        })
    })
}

#[test]
fn a_person_types_and_leaves() {
    let bench = Bench::new();
    let mut terminal = Terminal::new();
    let before = terminal.settings();
    let mut command = Command::new(Environment::get().program("mpremote"));
    command
        .args(["connect", bench.port(), "exec", "name = 'board'", "repl"])
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH")
        .envs(variables(&bench.path("")));
    let child = terminal.start(&mut command);

    terminal.expect("Use Ctrl-] or Ctrl-x to exit this shell");
    terminal.expect(">>> ");
    terminal.press("6 * 7\r");
    terminal.expect("6 * 7\r\n42\r\n>>> ");
    terminal.press("'hello, ' + name\r");
    terminal.expect("'hello, board'\r\n>>> ");
    // The line editor of the board: indentation, history, completion, ctrl-C.
    terminal.press("for i in range(2):\rprint(i, 'round')\r\r\r\r");
    terminal.expect("0 round\r\n1 round\r\n>>> ");
    terminal.press("na\t\r");
    terminal.expect("name\r\n'board'\r\n>>> ");
    terminal.press("import time; print('a', 'nap') or time.sleep(1000)\r");
    terminal.expect("a nap\r\n");
    terminal.press("\x03");
    terminal.expect("KeyboardInterrupt");
    terminal.expect(">>> ");
    terminal.press("\x04");
    terminal.expect("MPY: soft reboot");
    terminal.expect(">>> ");
    terminal.press("name\r");
    terminal.expect("NameError: name 'name' isn't defined");
    terminal.expect(">>> ");
    assert_ne!(
        format!("{before:?}"),
        format!("{:?}", terminal.settings()),
        "a terminal whose settings nobody changes needs no restoring"
    );
    terminal.press("\x1d");
    assert_eq!(wait(child).code(), Some(0));
    assert_eq!(format!("{before:?}"), format!("{:?}", terminal.settings()));

    assert_eq!(bench.mpremote(&["resume", "eval", "1 + 1"]), "2\n");
}
