//! The host's ends of the link.

mod pty;
mod tcp;
#[cfg(target_os = "linux")]
mod watch;

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

pub(crate) use pty::Pty;
pub(crate) use tcp::Tcp;

use crate::wire::Wire;

/// A way into the board that a client can open and close.
pub(crate) trait Plug: Send {
    /// What to wait for, and how; `None` when there is nothing now. `read` and `write` tell
    /// whether the board could take and would give bytes.
    fn interest(&self, read: bool, write: bool) -> Vec<(BorrowedFd<'_>, PollFlags)>;

    /// Notices clients that came or went since the last call. The answer is whether one is
    /// there; what the board says to nobody is lost, as on a serial line.
    fn update(&mut self) -> bool;

    /// Reads what the client sent, without waiting.
    fn read(&mut self, buffer: &mut [u8]) -> usize;

    /// Writes to the client what there is room for, without waiting.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// Whether the client has taken all that was written, as far as that can be seen.
    fn is_drained(&self) -> bool {
        true
    }

    /// Pulls the cable: the client notices, and no other can come.
    fn unplug(&mut self);

    /// Puts the cable back.
    fn plug_in(&mut self) -> io::Result<()>;
}

/// A plug with the shaped lines behind it.
pub(crate) struct Port {
    pub(crate) plug: Box<dyn Plug>,
    /// From the host to the board.
    pub(crate) incoming: Wire,
    /// From the board to the host.
    pub(crate) outgoing: Wire,
    /// What has come through the outgoing line and waits for the client to read.
    arrived: Vec<u8>,
    connected: bool,
    /// Whether the client has been given something since it last sent something.
    answered: bool,
    /// How often the client has sent something for the first time or after it was given something.
    pub(crate) round_trips: u64,
}

/// How much may wait for a client that does not read.
const UNREAD: usize = 4096;

impl Port {
    pub(crate) fn new(plug: Box<dyn Plug>, incoming: Wire, outgoing: Wire) -> Self {
        Self {
            plug,
            incoming,
            outgoing,
            arrived: Vec::new(),
            connected: false,
            answered: true,
            round_trips: 0,
        }
    }

    /// Whether a client is there that gets what the board says.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Whether bytes wait for the client to take them.
    pub(crate) fn is_full(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// Pulls the cable. What is on the way is lost.
    pub(crate) fn unplug(&mut self) {
        self.plug.unplug();
        self.incoming.clear();
        self.outgoing.clear();
        self.arrived.clear();
        self.connected = false;
    }

    /// Whether all that the board said has reached the client, if there is one.
    pub(crate) fn is_drained(&self) -> bool {
        let empty = self.arrived.is_empty() && self.outgoing.next().is_none();
        !self.connected || (empty && self.plug.is_drained())
    }

    /// Moves bytes from the client into the line, and from the line to the client.
    pub(crate) fn transfer(&mut self, now: Instant) {
        // Whoever wrote what is read here is known afterwards to be there.
        self.read_on(now);
        let connected = self.plug.update();
        if self.connected && !connected {
            self.outgoing.clear();
            self.arrived.clear();
            self.answered = true;
        }
        self.connected = connected;
        self.deliver(now);
    }

    /// Moves bytes from the client into the line.
    pub(crate) fn read_on(&mut self, now: Instant) {
        let mut buffer = [0; 4096];
        loop {
            let room = self.incoming.room().min(buffer.len());
            if room == 0 {
                return;
            }
            let count = self.plug.read(&mut buffer[..room]);
            self.incoming.push(&buffer[..count], now);
            if count > 0 && std::mem::take(&mut self.answered) {
                self.round_trips += 1;
            }
            if count < room {
                return;
            }
        }
    }

    /// Moves bytes that have arrived to the client.
    pub(crate) fn deliver(&mut self, now: Instant) {
        loop {
            let room = UNREAD.saturating_sub(self.arrived.len());
            self.outgoing.pop(now, room, &mut self.arrived);
            if self.arrived.is_empty() {
                return;
            }
            let written = self.plug.write(&self.arrived);
            self.arrived.drain(..written);
            self.answered |= written > 0;
            if written == 0 {
                return;
            }
        }
    }

    /// When something arrives at either end, if the board can `take` bytes at its own, which
    /// it does so much `ahead` of time.
    pub(crate) fn next(&self, take: bool, ahead: Duration) -> Option<Instant> {
        let outgoing = if self.arrived.is_empty() {
            self.outgoing.next()
        } else {
            None
        };
        let incoming = if take { self.incoming.next() } else { None };
        let incoming = incoming.map(|due| due.checked_sub(ahead).unwrap_or(due));
        [incoming, outgoing].into_iter().flatten().min()
    }
}
