//! The connection under a WebSocket: TCP, or TLS on top of it, with a deadline for each call.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use rustls::{ClientConnection, StreamOwned};

use crate::Error;
use crate::wait::Wait;

/// TCP whose reads and writes end with [`io::ErrorKind::WouldBlock`] at the deadline.
pub(super) struct Line {
    wait: Wait<TcpStream>,
    deadline: Instant,
}

/// The connection.
pub(super) enum Stream {
    Plain(Line),
    Tls(Box<StreamOwned<ClientConnection, Line>>),
}

impl Line {
    pub(super) fn new(wait: Wait<TcpStream>, deadline: Instant) -> Self {
        Self { wait, deadline }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.wait.read(buffer, self.deadline) {
            Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            Ok(count) => Ok(count),
            Err(Error::Io { source, .. }) => Err(source),
            Err(_) => Ok(0),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.wait.write(bytes, self.deadline) {
            Ok(0) if !bytes.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            Ok(count) => Ok(count),
            Err(Error::Io { source, .. }) => Err(source),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream {
    /// Sets when the next calls end at the latest.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.line().deadline = deadline;
    }

    /// Ends the connection, whatever the other end thinks of it.
    pub(super) fn close(&mut self) {
        // One that has ended cannot be ended again.
        let _ = self.line().wait.stream.shutdown(Shutdown::Both);
    }

    fn line(&mut self) -> &mut Line {
        match self {
            Self::Plain(line) => line,
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(line) => line.read(buffer),
            Self::Tls(stream) => match stream.read(buffer) {
                // A server that ends without saying so has ended.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                result => result,
            },
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(line) => line.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(line) => line.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
