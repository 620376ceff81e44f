//! The TCP port by which a board is reached.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

use super::Plug;

/// A listener and the one client it has. Further clients are not accepted before that one
/// has gone: their connection is made by the system, and waits.
pub(crate) struct Tcp {
    listener: TcpListener,
    client: Option<TcpStream>,
    /// Clients that the board no longer knows, and that do not know.
    aside: Vec<TcpStream>,
    /// Whether a client may come.
    accepts: bool,
    /// Connections are made by the system and ended at once.
    unplugged: bool,
}

impl Tcp {
    pub(crate) fn new(listener: TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            client: None,
            aside: Vec::new(),
            accepts: true,
            unplugged: false,
        })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn next_client(&mut self) -> io::Result<()> {
        let (client, _) = self.listener.accept()?;
        if self.unplugged {
            return Ok(());
        }
        client.set_nonblocking(true)?;
        client.set_nodelay(true)?;
        self.client = Some(client);
        Ok(())
    }

    /// The result of a transfer; the client is gone when it failed for good.
    fn settle(&mut self, result: &io::Result<usize>, ends: bool) -> usize {
        match result {
            Ok(0) if ends => self.client = None,
            Ok(count) => return *count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(_) => self.client = None,
        }
        0
    }
}

impl Plug for Tcp {
    fn interest(&self, read: bool, write: bool) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let Some(client) = &self.client else {
            let listens = self.accepts || self.unplugged;
            let listener = listens.then(|| (self.listener.as_fd(), PollFlags::IN));
            return listener.into_iter().collect();
        };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, read);
        flags.set(PollFlags::OUT, write);
        if flags.is_empty() {
            return Vec::new();
        }
        vec![(client.as_fd(), flags)]
    }

    fn update(&mut self) -> bool {
        if self.client.is_none() && (self.accepts || self.unplugged) {
            // An accept that fails leaves no client, which is what is reported.
            let _ = self.next_client();
        }
        self.client.is_some()
    }

    fn accept(&mut self, accepts: bool) {
        self.accepts = accepts;
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.client.as_ref()?.peer_addr().ok()
    }

    fn hang_up(&mut self) {
        self.client = None;
    }

    fn set_aside(&mut self) {
        self.aside.extend(self.client.take());
    }

    fn unplug(&mut self) {
        self.client = None;
        self.aside.clear();
        self.unplugged = true;
    }

    fn plug_in(&mut self) -> io::Result<()> {
        self.unplugged = false;
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let Some(client) = &mut self.client else {
            return 0;
        };
        let result = client.read(buffer);
        self.settle(&result, true)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let Some(client) = &mut self.client else {
            return bytes.len();
        };
        let result = client.write(bytes);
        self.settle(&result, false)
    }
}
