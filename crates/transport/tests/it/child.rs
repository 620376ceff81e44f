//! Commands as boards: how they start, and that none is left behind.

use std::time::Duration;

use belay_transport::{Error, Exec, OpenOptions, Pty, Transport as _};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::connect::open_pty;
use crate::far;

fn read_line(exec: &mut Exec) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while exec.read(&mut byte, far()).unwrap() == 1 && byte != *b"\n" {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

fn is_running(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    test_kill_process(pid) != Err(Errno::SRCH)
}

#[test]
fn words_are_split_as_a_shell_does() {
    let mut exec = Exec::spawn(r#"printf '%s|' "a b" c\ d '$HOME' ''"#).unwrap();
    let mut output = Vec::new();
    let mut buffer = [0; 100];
    while let Ok(length) = exec.read(&mut buffer, far()) {
        assert_ne!(length, 0);
        output.extend(&buffer[..length]);
    }
    assert_eq!(String::from_utf8(output).unwrap(), "a b|c d|$HOME||");
}

#[test]
fn a_command_that_cannot_start_says_why() {
    for command in ["'cat", "", "  "] {
        match Exec::spawn(command) {
            Err(Error::BadCommand { port }) => assert_eq!(port, format!("exec:{command}")),
            other => panic!("{other:?}"),
        }
    }
    match Exec::spawn("no-such-program-anywhere --flag") {
        Err(Error::CommandNotFound { program, .. }) => {
            assert_eq!(program, "no-such-program-anywhere");
        }
        other => panic!("{other:?}"),
    }
    match Exec::spawn("/dev/null") {
        Err(Error::Io { port, .. }) => assert_eq!(port, "exec:/dev/null"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dropped_command_is_gone() {
    let mut exec = Exec::spawn("sh -c 'echo $$; exec cat'").unwrap();
    let pid = read_line(&mut exec);
    assert!(is_running(&pid));
    drop(exec);
    assert!(!is_running(&pid));
}

#[test]
fn a_command_that_does_not_want_to_end_is_killed() {
    let script = "trap '' TERM; echo $$; while :; do read line; done";
    let mut exec = Exec::spawn(&format!("sh -c {}", shell_words::quote(script))).unwrap();
    let pid = read_line(&mut exec);
    drop(exec);
    assert!(!is_running(&pid));
}

#[test]
fn a_command_that_has_ended_is_reaped() {
    let mut exec = Exec::spawn("sh -c 'echo $$'").unwrap();
    let pid = read_line(&mut exec);
    let end = exec.read(&mut [0; 16], far());
    assert!(matches!(end, Err(Error::Disconnected { .. })), "{end:?}");
    drop(exec);
    assert!(!is_running(&pid));
}

#[test]
fn a_dropped_pty_command_is_gone() {
    let (_master, path) = open_pty();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = format!("echo $$ >{}; echo {path}; exec cat", file.display());
    let command = format!("sh -c {}", shell_words::quote(&script));
    let pty = Pty::spawn(&command, &OpenOptions::default()).unwrap();
    let pid = std::fs::read_to_string(file).unwrap();
    assert!(is_running(&pid));
    drop(pty);
    assert!(!is_running(&pid));
}

#[test]
fn a_pty_command_may_print_before_and_after_the_path() {
    let (_master, path) = open_pty();
    // More than a pipe holds, so the command ends only if somebody reads it.
    let script = format!(
        "echo hello; echo path: /tmp; echo \"[pty at {path}]\"; \
         head -c 200000 /dev/zero; exec cat",
    );
    let command = format!("sh -c {}", shell_words::quote(&script));
    Pty::spawn(&command, &OpenOptions::default()).unwrap();
}

#[test]
fn a_pty_command_without_a_path_is_an_error() {
    for (command, lines) in [("true", 0), ("echo hello", 1), ("yes", 20)] {
        match Pty::spawn(command, &OpenOptions::default()) {
            Err(Error::NoPtyPath { output, .. }) => assert_eq!(output.len(), lines, "{command}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_pty_command_that_keeps_silent_is_a_timeout() {
    let limit = Duration::from_millis(20);
    let options = OpenOptions {
        connect_timeout: limit,
        ..OpenOptions::default()
    };
    match Pty::spawn("cat", &options) {
        Err(Error::ConnectTimeout { limit: passed, .. }) => assert_eq!(passed, limit),
        other => panic!("{other:?}"),
    }
}
