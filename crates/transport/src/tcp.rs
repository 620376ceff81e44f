//! A REPL over plain TCP.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::wait::{Stream, Wait};
use crate::{Error, FlowControl, Specifier, Transport, Waker};

/// A TCP connection whose bytes are the board's bytes.
pub struct Tcp {
    wait: Wait<TcpStream>,
}

impl Tcp {
    /// Connects to `port` on `host`, a name or an address of either kind, within `limit`.
    ///
    /// # Errors
    /// [`Error::HostNotFound`], [`Error::ConnectionRefused`] and [`Error::ConnectTimeout`].
    pub fn connect(host: &str, port: u16, limit: Duration) -> Result<Self, Error> {
        let name = Specifier::Tcp {
            host: host.to_owned(),
            port,
        }
        .to_string();
        Ok(Self {
            wait: connect(name, host, port, limit)?,
        })
    }
}

impl Transport for Tcp {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.wait.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.wait.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.wait.waker()
    }

    fn name(&self) -> &str {
        self.wait.name()
    }

    fn flow_control(&self) -> FlowControl {
        FlowControl::Backpressure
    }
}

impl std::fmt::Debug for Tcp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tcp")
            .field("name", &self.wait.name())
            .finish_non_exhaustive()
    }
}

/// Connects to the first address of `host` that answers, under the name `name`.
pub(crate) fn connect(
    name: String,
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<Wait<TcpStream>, Error> {
    let start = Instant::now();
    let addresses = resolve(&name, host, port, limit)?;
    let mut failure = io::Error::from(io::ErrorKind::TimedOut);
    for address in addresses {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, left).and_then(prepare) {
            Ok(stream) => return Wait::new(stream, name),
            Err(error) => failure = error,
        }
    }
    Err(match failure.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused { port: name },
        io::ErrorKind::TimedOut => Error::ConnectTimeout { port: name, limit },
        _ => Error::Io {
            port: name,
            source: failure,
        },
    })
}

/// The addresses of `host`.
///
/// The system's resolver knows no deadline, so it runs in a thread that is left behind when it
/// takes too long.
fn resolve(name: &str, host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, Error> {
    let (answer, answers) = mpsc::channel();
    let question = (host.to_owned(), port);
    thread::spawn(move || {
        let addresses = question.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody listens any more once the limit has passed.
        let _ = answer.send(addresses);
    });
    match answers.recv_timeout(limit) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(Error::HostNotFound {
            port: name.to_owned(),
            host: host.to_owned(),
        }),
        Err(_) => Err(Error::ConnectTimeout {
            port: name.to_owned(),
            limit,
        }),
    }
}

fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    // A REPL's messages are small and each waits for the answer to the one before: Nagle's
    // algorithm would hold them back for the delayed acknowledgement.
    stream.set_nodelay(true)?;
    #[cfg(unix)]
    stream.set_nonblocking(true)?;
    Ok(stream)
}

#[cfg(unix)]
impl Stream for TcpStream {
    fn input(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(self)
    }

    fn output(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(self)
    }

    // The standard library's calls do not raise SIGPIPE when the peer is gone.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::Read::read(self, buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(self, bytes)
    }
}

#[cfg(windows)]
impl Stream for TcpStream {
    fn read_for(&mut self, buffer: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(limit))?;
        io::Read::read(self, buffer)
    }

    fn write_for(&mut self, bytes: &[u8], limit: Duration) -> io::Result<usize> {
        self.set_write_timeout(Some(limit))?;
        io::Write::write(self, bytes)
    }
}
