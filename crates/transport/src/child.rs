//! Child processes that serve as a board, or provide one.

use std::env;
use std::io;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Error;

/// How long a child may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

/// A running child, which is ended and reaped when this is dropped.
pub(crate) struct Running {
    child: Child,
}

/// Starts the command `text`, split into words as a POSIX shell would, without a shell's other
/// abilities. Its standard error stays that of this process.
pub(crate) fn spawn(port: &str, text: &str) -> Result<(Running, ChildStdin, ChildStdout), Error> {
    let bad_command = || Error::BadCommand {
        port: port.to_owned(),
    };
    let words = shell_words::split(text).map_err(|_| bad_command())?;
    let (program, arguments) = words.split_first().ok_or_else(bad_command)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // In a process group of its own, the child does not get the Ctrl-C that is meant for the
    // program on the board, and can be ended together with the children that it starts itself.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let not_found = || Error::CommandNotFound {
        port: port.to_owned(),
        program: program.clone(),
    };
    let mut child = command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => not_found(),
        // Unix says so when it may not look into one of the folders.
        io::ErrorKind::PermissionDenied if !is_on_path(program) => not_found(),
        _ => Error::Io {
            port: port.to_owned(),
            source,
        },
    })?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        unreachable!("both were asked for as pipes");
    };
    Ok((Running { child }, stdin, stdout))
}

/// Whether `program` is a path, or is in a folder where the system looks for programs.
fn is_on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    program.contains('/') || env::split_paths(&folders).any(|folder| folder.join(program).exists())
}

impl Drop for Running {
    fn drop(&mut self) {
        let child = &mut self.child;
        let id = child.id();
        ask_to_end(id, child);
        // No call waits for a child with a limit, so a thread waits and a channel has the limit.
        let (ended, end) = mpsc::channel();
        thread::scope(|scope| {
            let waiter = thread::Builder::new().spawn_scoped(scope, || {
                let _ = child.wait();
                let _ = ended.send(());
            });
            if waiter.is_err() || end.recv_timeout(GRACE).is_err() {
                force_to_end(id);
            }
        });
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn ask_to_end(id: u32, _child: &mut Child) {
    signal(id, rustix::process::Signal::TERM);
}

#[cfg(unix)]
fn force_to_end(id: u32) {
    signal(id, rustix::process::Signal::KILL);
}

/// Signals the child's process group, which has the child's number. The child has not been reaped
/// yet, so the number is still its own.
#[cfg(unix)]
fn signal(id: u32, signal: rustix::process::Signal) {
    let pid = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It fails when the group ended by itself in the meantime.
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

/// Windows has no polite way; the child has ended when this returns.
#[cfg(windows)]
fn ask_to_end(_id: u32, child: &mut Child) {
    let _ = child.kill();
}

#[cfg(windows)]
fn force_to_end(_id: u32) {}
