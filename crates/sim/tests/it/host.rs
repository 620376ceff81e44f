//! A client with no knowledge of the protocol, and boards for it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use belay_sim::{Board, Builder};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// Where no answer takes that long, also on a machine with much else to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// What the friendly REPL says when it is ready.
pub(crate) const PROMPT: &str = "\r\n>>> ";

/// What the raw REPL says when it is ready.
pub(crate) const RAW: &str = "raw REPL; CTRL-B to exit\r\n>";

pub(crate) fn start(builder: Builder) -> Board {
    builder
        .start()
        .unwrap_or_else(|error| panic!("the board does not start: {error}"))
}

/// A board and a client that has it in its raw REPL.
pub(crate) fn raw_board() -> (Board, Host) {
    raw(Board::builder())
}

pub(crate) fn raw(builder: Builder) -> (Board, Host) {
    let board = start(builder);
    let mut host = Host::open(board.path());
    host.enter_raw();
    (board, host)
}

/// One end of a link to a board.
pub(crate) struct Host {
    stream: File,
    seen: Vec<u8>,
}

impl Host {
    pub(crate) fn open(path: &Path) -> Self {
        let stream = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let mut settings = tcgetattr(&stream).unwrap();
        settings.make_raw();
        tcsetattr(&stream, OptionalActions::Now, &settings).unwrap();
        Self::over(stream)
    }

    pub(crate) fn tcp(board: &Board) -> Self {
        let stream = TcpStream::connect(board.tcp_address().unwrap()).unwrap();
        Self::over(File::from(OwnedFd::from(stream)))
    }

    fn over(stream: File) -> Self {
        Self {
            stream,
            seen: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads once; how much came before the deadline.
    fn read(&mut self, deadline: Instant) -> usize {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap();
        let mut fds = [PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN)];
        if poll(&mut fds, Some(&timeout)).unwrap() == 0 {
            return 0;
        }
        let mut buffer = vec![0; 65_536];
        let count = self.stream.read(&mut buffer).unwrap();
        self.seen.extend_from_slice(&buffer[..count]);
        count
    }

    /// Reads what comes until the board hangs up.
    pub(crate) fn until_hangup(&mut self) -> Vec<u8> {
        assert!(!self.until_hangup_or("\0"), "an end before the hangup");
        std::mem::take(&mut self.seen)
    }

    /// Reads until `end` comes, or the board hangs up; whether it was the first.
    pub(crate) fn until_hangup_or(&mut self, end: &str) -> bool {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).unwrap();
            let mut fds = [PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN)];
            assert_ne!(poll(&mut fds, Some(&timeout)).unwrap(), 0, "no hangup");
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return false,
                Ok(count) => self.seen.extend_from_slice(&buffer[..count]),
            }
            if self
                .seen
                .windows(end.len())
                .any(|part| part == end.as_bytes())
            {
                return true;
            }
        }
    }

    /// Demands that nothing comes for that time.
    pub(crate) fn says_nothing(&mut self, time: Duration) {
        let count = self.read(Instant::now() + time);
        let seen = String::from_utf8_lossy(&self.seen);
        assert_eq!(count, 0, "{seen:?} came");
    }

    /// Reads up to and with `end`; gives all of it.
    pub(crate) fn until(&mut self, end: &str) -> String {
        let bytes = self.until_bytes(end.as_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn until_bytes(&mut self, end: &[u8]) -> Vec<u8> {
        let deadline = Instant::now() + LIMIT;
        let mut searched = 0;
        loop {
            let found = self.seen[searched..]
                .windows(end.len())
                .position(|window| window == end);
            if let Some(at) = found {
                return self.seen.drain(..searched + at + end.len()).collect();
            }
            searched = self.seen.len().saturating_sub(end.len());
            if self.read(deadline) == 0 {
                let seen = String::from_utf8_lossy(&self.seen);
                let end = String::from_utf8_lossy(end);
                panic!("{end:?} did not come, but {seen:?}");
            }
        }
    }

    /// Reads exactly that many bytes.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        let deadline = Instant::now() + LIMIT;
        while self.seen.len() < count {
            if self.read(deadline) == 0 {
                let seen = String::from_utf8_lossy(&self.seen);
                panic!("{count} bytes did not come, but {seen:?}");
            }
        }
        self.seen.drain(..count).collect()
    }

    /// Sends bytes and demands exactly this answer next.
    pub(crate) fn check(&mut self, bytes: impl AsRef<[u8]>, answer: &str) {
        let bytes = bytes.as_ref();
        self.send(bytes);
        let got = self.take(answer.len());
        assert_eq!(
            String::from_utf8_lossy(&got),
            answer,
            "the answer to {:?}",
            String::from_utf8_lossy(bytes)
        );
    }

    pub(crate) fn enter_raw(&mut self) {
        self.send(b"\r\x03\x03\r\x01");
        self.until(RAW);
    }

    /// Runs a program in the raw REPL; gives what it printed.
    pub(crate) fn exec(&mut self, source: &str) -> String {
        let (output, error) = self.try_exec(source);
        assert_eq!(error, "", "the error of {source:?} after {output:?}");
        output
    }

    /// Runs a program in the raw REPL; gives what it printed and its traceback. The program
    /// must not print an end mark.
    pub(crate) fn try_exec(&mut self, source: &str) -> (String, String) {
        self.send(format!("{source}\x04"));
        assert_eq!(self.take(2), b"OK", "the answer to {source:?}");
        self.finish()
    }

    /// Waits for the end of a program that has begun.
    pub(crate) fn finish(&mut self) -> (String, String) {
        let output = self.until("\x04");
        let error = self.until("\x04");
        assert_eq!(self.take(1), b">");
        let trim = |text: String| text.trim_end_matches('\x04').to_owned();
        (trim(output), trim(error))
    }
}
