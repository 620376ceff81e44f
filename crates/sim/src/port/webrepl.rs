//! The WebREPL server behind a TCP port, and the clients that it turns away.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

use crate::webrepl::{Answer, Request, Server};

/// A server whose clients come through a [`super::Tcp`] with the same listener.
pub(crate) struct WebRepl {
    pub(crate) server: Server,
    listener: TcpListener,
    /// A client that came while one is there, with its request.
    second: Option<(TcpStream, Request)>,
    /// The addresses of those that have been turned away since [`WebRepl::rejected`].
    rejected: Vec<SocketAddr>,
}

impl WebRepl {
    pub(crate) fn new(server: Server, listener: &TcpListener) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            server,
            listener,
            second: None,
            rejected: Vec::new(),
        })
    }

    /// Sets whether new clients are accepted.
    pub(crate) fn listen(&mut self, listens: bool) {
        self.server.listen(listens);
        if !listens {
            self.second = None;
        }
    }

    /// Whether the board waits for a request, of this client or that.
    pub(super) fn blocks(&self) -> bool {
        self.server.blocks() || self.second.is_some()
    }

    pub(super) fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match &self.second {
            Some((client, _)) => Some((client.as_fd(), PollFlags::IN)),
            None if self.server.refuses() => Some((self.listener.as_fd(), PollFlags::IN)),
            None => None,
        }
    }

    /// Deals with a client that comes while one is there: it gets its answer, and the end.
    pub(super) fn look(&mut self, connected: bool) {
        if connected && self.second.is_none() && self.server.refuses() {
            let client = self.listener.accept();
            let client = client.and_then(|(client, _)| {
                client.set_nonblocking(true)?;
                Ok(client)
            });
            self.second = client.ok().map(|client| (client, Request::default()));
        }
        let Some((client, request)) = &mut self.second else {
            return;
        };
        let mut buffer = [0; 1024];
        let count = match client.read(&mut buffer) {
            Ok(count @ 1..) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Ok(_) | Err(_) => {
                self.second = None;
                return;
            }
        };
        let mut bytes = VecDeque::from(buffer[..count].to_vec());
        let Some(answer) = request.take(&mut bytes) else {
            return;
        };
        if let Answer::Accepted(reply) | Answer::Page(reply) = &answer {
            // Whoever does not take it does not want it.
            let _ = client.write_all(reply);
        }
        if let (Answer::Accepted(_), Ok(address)) = (&answer, client.peer_addr()) {
            self.rejected.push(address);
        }
        self.second = None;
    }

    /// The clients that have been turned away since the last call.
    pub(crate) fn rejected(&mut self) -> Vec<SocketAddr> {
        std::mem::take(&mut self.rejected)
    }
}
