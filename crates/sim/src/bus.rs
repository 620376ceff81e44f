//! The thread that answers the calls of the board's peripherals; `board/bus.py` is their other
//! end.
//!
//! It serves one call after the other, as they come complete, and keeps the time of the
//! watchdog.

mod answer;
mod i2c;
mod request;
mod spi;

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tempfile::TempDir;

use crate::hardware::Hardware;
use crate::opcodes::{self, Call as Opcode};
use request::{Refusal, Request};

/// The longest request; a program with a longer one is cut off.
const REQUEST: usize = 16 << 20;

/// The longest path that every system takes as the address of a socket.
const ADDRESS: usize = 100;

/// How long a program may take to take its answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the interpreter finds the other end.
#[derive(Debug)]
pub(crate) struct Bus {
    listener: UnixListener,
    path: PathBuf,
    /// Which start of the board may call. What an earlier one has sent is not answered.
    start: AtomicU32,
    /// A folder for the socket where the board's own has too long a name.
    _folder: Option<TempDir>,
}

impl Bus {
    pub(crate) fn new(home: &Path) -> io::Result<Self> {
        let mut folder = None;
        let mut path = home.join("socket");
        if path.as_os_str().len() > ADDRESS {
            let short = tempfile::Builder::new()
                .prefix("belay-sim-")
                .tempdir_in("/tmp")?;
            path = short.path().join("socket");
            folder = Some(short);
        }
        let listener = UnixListener::bind(&path)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            path,
            start: AtomicU32::new(0),
            _folder: folder,
        })
    }

    /// Makes the next start of the board the one that may call, and leaves for it what it has
    /// to know in the file `note`.
    pub(crate) fn begin(&self, note: &Path) -> io::Result<()> {
        let start = self.start.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut text = start.to_le_bytes().to_vec();
        text.extend_from_slice(self.path.as_os_str().as_encoded_bytes());
        fs::write(note, text)
    }
}

/// Starts the thread, which ends when the other end of `wake` is closed. `expired` is called
/// when the watchdog bites.
pub(crate) fn serve(
    bus: Arc<Bus>,
    hardware: Arc<Hardware>,
    wake: io::PipeReader,
    expired: impl Fn() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("belay-sim-bus".to_owned())
        .spawn(move || {
            let mut calls: Vec<Call> = Vec::new();
            while let Ok(ready) = wait(&bus, &hardware, &wake, &calls) {
                if ready.stop {
                    return;
                }
                for index in ready.calls.into_iter().rev() {
                    if !calls[index].advance(&bus, &hardware) {
                        calls.swap_remove(index);
                    }
                }
                if ready.listener {
                    while let Ok((stream, _)) = bus.listener.accept() {
                        calls.extend(Call::new(stream));
                    }
                }
                if hardware.lock().watchdog.expired(Instant::now()) {
                    expired();
                }
            }
        })
}

/// What there is to do.
struct Ready {
    stop: bool,
    listener: bool,
    /// In rising order.
    calls: Vec<usize>,
}

fn wait(
    bus: &Bus,
    hardware: &Hardware,
    wake: &io::PipeReader,
    calls: &[Call],
) -> io::Result<Ready> {
    let mut fds = vec![
        PollFd::new(wake, PollFlags::IN),
        PollFd::new(&bus.listener, PollFlags::IN),
    ];
    let streams = calls.iter().map(|call| call.stream.as_fd());
    fds.extend(streams.map(|stream| PollFd::from_borrowed_fd(stream, PollFlags::IN)));
    let deadline = hardware.lock().watchdog.deadline();
    let timeout = deadline.and_then(|deadline| {
        Timespec::try_from(deadline.saturating_duration_since(Instant::now())).ok()
    });
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
    Ok(Ready {
        stop: ready[0],
        listener: ready[1],
        calls: (0..calls.len()).filter(|index| ready[index + 2]).collect(),
    })
}

/// A connection, on which a program makes one call.
struct Call {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Call {
    fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Reads on, and answers when the request is complete; whether there is more to come.
    fn advance(&mut self, bus: &Bus, hardware: &Hardware) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        let Some((length, rest)) = self.received.split_first_chunk() else {
            return true;
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > REQUEST {
            return false;
        }
        let Some(request) = rest.get(..length) else {
            return true;
        };
        // A program that was interrupted or ended has no use for its answer.
        let _ = self.answer(request, bus, hardware);
        false
    }

    fn answer(&self, request: &[u8], bus: &Bus, hardware: &Hardware) -> io::Result<()> {
        let (start, request) = request
            .split_first_chunk()
            .ok_or(io::ErrorKind::InvalidData)?;
        if u32::from_le_bytes(*start) != bus.start.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (&code, fields) = request.split_first().ok_or(io::ErrorKind::InvalidData)?;
        self.stream.set_nonblocking(false)?;
        self.stream.set_write_timeout(Some(PATIENCE))?;
        let call = opcodes::decode(Opcode::ALL, code);
        match call {
            Some(Opcode::IrqListen) => {
                return self.listen(|line| hardware.pins.subscribe(line));
            }
            Some(Opcode::FilesListen) => {
                return self.listen(|line| hardware.files.subscribe(line));
            }
            _ => {}
        }
        let done = call.ok_or(Refusal::Invalid);
        let done = done.and_then(|call| answer::answer(hardware, call, Request::new(fields)));
        let (error, bytes) = match done {
            Ok(bytes) => (0, bytes),
            Err(error) => (error.number(), Vec::new()),
        };
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut answer = length.to_le_bytes().to_vec();
        answer.push(error);
        answer.extend_from_slice(&bytes);
        (&self.stream).write_all(&answer)
    }

    /// Makes the connection the one on which the program hears of what changes.
    fn listen(&self, subscribe: impl FnOnce(UnixStream)) -> io::Result<()> {
        let mut stream = self.stream.try_clone()?;
        stream.write_all(&[0])?;
        stream.set_nonblocking(true)?;
        subscribe(stream);
        Ok(())
    }
}
