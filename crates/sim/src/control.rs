//! The controls of a board for programs in any language: JSON over a socket.
//!
//! A client writes one request a line and reads one answer a line, in the same order. What can
//! be asked is in `docs/simulator.md`, and in [`request::Request`].

mod address;
mod devices;
mod facts;
mod faults;
mod request;
mod respond;

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use crate::readable::wait;
use crate::{Board, Error, running};
use devices::Devices;

pub use address::{AddressError, ControlAddress};

/// The version of the requests and answers, which `hello` tells. It rises when one of them
/// changes its meaning; new ones leave it as it is.
pub const CONTROL_PROTOCOL: u32 = 1;

/// The longest request, in bytes.
const REQUEST: usize = 4 << 20;

/// Serves a board's controls until it is dropped.
#[derive(Debug)]
pub struct ControlServer {
    address: ControlAddress,
    /// All threads end when this is closed.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl ControlServer {
    /// Opens the controls of a board at an address. The board ends when its last owner drops
    /// it; requests are then answered with an error.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had.
    pub fn start(board: &Arc<Board>, address: &ControlAddress) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            address: address.to_string(),
            source,
        };
        let (listener, address) = Listener::open(address).map_err(failed)?;
        let (stopped, stop) =
            io::pipe().map_err(Error::system("making the thread of the controls"))?;
        let shared = Arc::new(Shared {
            board: Arc::downgrade(board),
            devices: Devices::default(),
        });
        let thread = std::thread::Builder::new()
            .name("belay-sim-control".to_owned())
            .spawn(move || accept(&listener, &stopped, &shared))
            .map_err(Error::system("making the thread of the controls"))?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Opens the controls of a [shared](crate::Builder::shared) board where other processes of this user
    /// look for them: [`crate::RunningBoard::pin_history`].
    ///
    /// # Errors
    /// [`Error::Listen`], where the path is too long for a socket, for example.
    pub fn beside(board: &Arc<Board>) -> Result<Self, Error> {
        let path = running::control(board.stable_path());
        Self::start(board, &ControlAddress::Unix(path))
    }

    /// Where it listens; the port is the one that the system chose if it was to.
    pub fn address(&self) -> &ControlAddress {
        &self.address
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let ControlAddress::Unix(path) = &self.address {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    board: Weak<Board>,
    devices: Devices,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn open(address: &ControlAddress) -> io::Result<(Self, ControlAddress)> {
        match address {
            ControlAddress::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                let address = ControlAddress::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), address))
            }
            ControlAddress::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                listener.set_nonblocking(true)?;
                Ok((Self::Unix(listener), address.clone()))
            }
        }
    }

    fn accept(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                // Some systems hand the listener's setting on.
                stream.set_nonblocking(false)?;
                Ok(stream.into())
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(false)?;
                Ok(stream.into())
            }
        }
    }
}

/// Removes a socket that a process has left behind. Whatever else is there stays, and so does a
/// socket that is listened to.
fn remove_stale(path: &Path) -> io::Result<()> {
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            use std::os::unix::fs::FileTypeExt;
            if std::fs::symlink_metadata(path)?.file_type().is_socket() {
                std::fs::remove_file(path)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn accept(listener: &Listener, stopped: &PipeReader, shared: &Arc<Shared>) {
    let fd = match listener {
        Listener::Tcp(listener) => listener.as_fd(),
        Listener::Unix(listener) => listener.as_fd(),
    };
    while wait(fd, stopped) {
        let Ok(stream) = listener.accept() else {
            continue;
        };
        let Ok(stopped) = stopped.try_clone() else {
            continue;
        };
        let shared = Arc::clone(shared);
        // A client that gets no thread sees its connection closed.
        let _ = std::thread::Builder::new()
            .name("belay-sim-client".to_owned())
            .spawn(move || serve(stream, &stopped, &shared));
    }
}

/// Answers one client until it or the server ends.
fn serve(stream: OwnedFd, stopped: &PipeReader, shared: &Shared) {
    // Reads and writes of a socket are those of any file.
    let mut stream = std::fs::File::from(stream);
    let mut received = Vec::new();
    let mut buffer = vec![0; 65_536];
    while wait(&stream, stopped) {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        }
        while let Some(end) = memchr::memchr(b'\n', &received) {
            let line: Vec<u8> = received.drain(..=end).collect();
            if line.trim_ascii().is_empty() {
                continue;
            }
            let mut answer = respond::answer(&line, shared, stopped);
            answer.push('\n');
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
        if received.len() > REQUEST {
            let answer = respond::refusal("too_long", "the request is longer than 4 MiB");
            let _ = stream.write_all(format!("{answer}\n").as_bytes());
            return;
        }
    }
}
