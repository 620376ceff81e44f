//! The pty whose path a command prints.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use crate::child::{Running, spawn};
use crate::{
    Cancel, Error, OnCancel, OpenOptions, Properties, Serial, SerialControl, Specifier, Transport,
    Waker,
};

/// How many lines may come before the one with the path.
const LINES: usize = 20;
/// How long a line may be, in bytes; a longer one counts as several.
const LINE_LENGTH: u64 = 4096;

/// A command that makes a pty, prints its path and is a board at the other end: an emulator, a
/// simulator, `socat`.
///
/// The path may stand anywhere in one of the first twenty lines of the command's standard output;
/// the first word that is the path of a terminal counts. The rest of the output is read and thrown
/// away, its input is kept open, and its standard error is that of this process. Dropping this ends
/// the command as [`Exec`](crate::Exec) does.
pub struct Pty {
    // The port closes before the child is asked to end.
    serial: Serial,
    _stdin: ChildStdin,
    _child: Running,
}

impl Pty {
    /// Starts `command`, split into words as a POSIX shell would, waits for the path and opens it.
    ///
    /// # Errors
    /// [`Error::BadCommand`], [`Error::CommandNotFound`], [`Error::NoPtyPath`] when the command
    /// ended or printed too much without one, [`Error::ConnectTimeout`], [`Error::Cancelled`], and
    /// those of [`Serial::open`].
    pub fn spawn(command: &str, options: &OpenOptions) -> Result<Self, Error> {
        let name = Specifier::Pty(command.to_owned()).to_string();
        let (child, stdin, stdout) = spawn(&name, command)?;
        let path = wait_for_path(&name, stdout, options)?;
        Ok(Self {
            serial: Serial::open_as(&name, &path, options.baud_rate)?,
            _stdin: stdin,
            _child: child,
        })
    }
}

impl Transport for Pty {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.serial.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.serial.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.serial.waker()
    }

    fn name(&self) -> &str {
        self.serial.name()
    }

    fn properties(&self) -> Properties {
        self.serial.properties()
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        self.serial.serial()
    }
}

impl std::fmt::Debug for Pty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pty")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

fn wait_for_path(name: &str, stdout: ChildStdout, options: &OpenOptions) -> Result<String, Error> {
    let limit = options.connect_timeout;
    let deadline = Instant::now() + limit;
    let (lines, _on_cancel) = read_lines(stdout, &options.cancel);
    let mut output = Vec::new();
    while output.len() < LINES {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(Some(line)) => {
                if let Some(path) = path_in(&line, is_terminal) {
                    return Ok(path.to_owned());
                }
                output.push(line);
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(Error::ConnectTimeout {
                    port: name.to_owned(),
                    limit,
                });
            }
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                options.cancel.check(name)?;
                break;
            }
        }
    }
    Err(Error::NoPtyPath {
        port: name.to_owned(),
        output,
    })
}

/// Reads lines in a thread, which goes on when nobody listens any more: a command whose output is
/// not read would stop one day, and one whose output is closed would end. Nothing comes at the end,
/// and when it is cancelled.
fn read_lines(stdout: ChildStdout, cancel: &Cancel) -> (mpsc::Receiver<Option<String>>, OnCancel) {
    let (sender, receiver) = mpsc::channel();
    let on_cancel = cancel.on_cancel(Waker::new({
        let sender = sender.clone();
        move || {
            // Nobody waits for lines any more.
            let _ = sender.send(None);
        }
    }));
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while let Ok(1..) = reader
            .by_ref()
            .take(LINE_LENGTH)
            .read_until(b'\n', &mut line)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let _ = sender.send(Some(text));
            line.clear();
        }
        let _ = sender.send(None);
    });
    (receiver, on_cancel)
}

/// The first word of `line` that is the path of a terminal.
fn path_in(line: &str, is_terminal: impl Fn(&str) -> bool) -> Option<&str> {
    line.split_whitespace()
        .filter_map(|word| word.find('/').map(|start| &word[start..]))
        .map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric()))
        .find(|word| is_terminal(word))
}

fn is_terminal(path: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_char_device())
}

#[cfg(test)]
mod tests {
    use super::path_in;

    #[test]
    fn a_path_is_found_anywhere_in_a_line() {
        let is_terminal = |path: &str| path.starts_with("/dev/pts/");
        for (line, expected) in [
            ("/dev/pts/3", Some("/dev/pts/3")),
            (
                "char device redirected to /dev/pts/3 (label serial0)",
                Some("/dev/pts/3"),
            ),
            ("PTY is /dev/pts/12.", Some("/dev/pts/12")),
            ("listening on '/dev/pts/4'", Some("/dev/pts/4")),
            ("port=/dev/pts/5, log=/tmp/log", Some("/dev/pts/5")),
            ("log in /tmp/log, pty /dev/pts/6", Some("/dev/pts/6")),
            ("no path here", None),
            ("/tmp/log", None),
            ("", None),
        ] {
            assert_eq!(path_in(line, is_terminal), expected, "{line}");
        }
    }
}
