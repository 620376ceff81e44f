//! A REPL over plain TCP.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::wait::{Stream, Wait};
use crate::{Error, OpenOptions, Properties, Specifier, Transport, Waker};

/// A TCP connection whose bytes are the board's bytes.
pub struct Tcp {
    wait: Wait<TcpStream>,
}

impl Tcp {
    /// Connects to `port` on `host`, a name or an address of either kind.
    ///
    /// # Errors
    /// [`Error::HostNotFound`], [`Error::ConnectionRefused`], [`Error::ConnectTimeout`] and
    /// [`Error::Cancelled`].
    pub fn connect(host: &str, port: u16, options: &OpenOptions) -> Result<Self, Error> {
        let name = Specifier::Tcp {
            host: host.to_owned(),
            port,
        }
        .to_string();
        Ok(Self {
            wait: connect(name, host, port, options)?,
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

    fn properties(&self) -> Properties {
        Properties::RELIABLE
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
///
/// The system's resolver knows no deadline and its connecting no waker, so both run in a thread that
/// is left behind when it takes too long, or is cancelled.
pub(crate) fn connect(
    name: String,
    host: &str,
    port: u16,
    options: &OpenOptions,
) -> Result<Wait<TcpStream>, Error> {
    let limit = options.connect_timeout;
    let (answer, answers) = mpsc::channel();
    let _on_cancel = options.cancel.on_cancel(Waker::new({
        let answer = answer.clone();
        move || {
            let _ = answer.send(None);
        }
    }));
    let host_name = host.to_owned();
    thread::spawn(move || {
        // Nobody listens any more once the limit has passed.
        let _ = answer.send(Some(dial((&host_name, port), limit)));
    });
    let failure = match answers.recv_timeout(limit) {
        Ok(Some(Ok(stream))) => return Wait::new(stream, name),
        Ok(Some(Err(Some(failure)))) => failure,
        Ok(Some(Err(None))) => {
            let host = host.to_owned();
            return Err(Error::HostNotFound { port: name, host });
        }
        Ok(None) => return Err(Error::Cancelled { port: name }),
        Err(_) => io::ErrorKind::TimedOut.into(),
    };
    Err(match failure.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused { port: name },
        io::ErrorKind::TimedOut => Error::ConnectTimeout { port: name, limit },
        _ => Error::Io {
            port: name,
            source: failure,
        },
    })
}

/// Looks up a host and connects to it. There is no error of one that is not found.
fn dial(address: (&str, u16), limit: Duration) -> Result<TcpStream, Option<io::Error>> {
    let start = Instant::now();
    let mut failure = None;
    for address in address.to_socket_addrs().into_iter().flatten() {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(Some(io::ErrorKind::TimedOut.into()));
        }
        match TcpStream::connect_timeout(&address, left).and_then(prepare) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure)
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
