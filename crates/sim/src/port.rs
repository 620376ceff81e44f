//! The host's ends of the link.

mod pty;
mod tcp;
#[cfg(target_os = "linux")]
mod watch;
mod webrepl;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

pub(crate) use pty::Pty;
pub(crate) use tcp::Tcp;
pub(crate) use webrepl::WebRepl;

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

    /// Says whether a client may come. A plug without a server of its own always takes one.
    fn accept(&mut self, _accepts: bool) {}

    /// The address of the client, if it has one.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// Ends the connection of the client.
    fn hang_up(&mut self) {}

    /// Forgets the client, whose connection stays open.
    fn set_aside(&mut self) {}

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
    /// The server at the board's end, where clients are not at the REPL itself.
    pub(crate) webrepl: Option<Box<WebRepl>>,
    /// Whether there is something that is not in the line yet.
    pub(crate) holds: bool,
    /// What has come through the outgoing line and waits for the client to read.
    arrived: Vec<u8>,
    connected: bool,
    /// Whether the client has been given something since it last sent something.
    answered: bool,
    /// How often the client has sent something for the first time or after it was given something.
    pub(crate) round_trips: u64,
}

/// The most that a frame has in front of its payload.
const FRAME_HEADER: usize = 4;

/// How much may wait for a client that does not read.
const UNREAD: usize = 4096;

impl Port {
    pub(crate) fn new(plug: Box<dyn Plug>, incoming: Wire, outgoing: Wire) -> Self {
        Self {
            plug,
            incoming,
            outgoing,
            webrepl: None,
            holds: false,
            arrived: Vec::new(),
            connected: false,
            answered: true,
            round_trips: 0,
        }
    }

    /// A port whose clients speak to a WebREPL server.
    pub(crate) fn with_webrepl(mut self, webrepl: WebRepl) -> Self {
        self.webrepl = Some(Box::new(webrepl));
        self
    }

    /// Whether a client is there that gets what the board says.
    pub(crate) fn is_connected(&self) -> bool {
        let webrepl = self.webrepl.as_ref();
        self.connected && webrepl.is_none_or(|webrepl| webrepl.server.is_logged_in())
    }

    /// Whether the client may be given so many bytes, or is given whatever it is because nothing else
    /// is on the way.
    pub(crate) fn has_room(&self, count: usize) -> bool {
        let room = self.outgoing.room();
        count + FRAME_HEADER <= room || self.outgoing.next().is_none()
    }

    /// Sends the client what the board says: bytes on a line, or a frame.
    pub(crate) fn say(&mut self, bytes: &[u8], leaves: Instant) {
        let Some(webrepl) = &mut self.webrepl else {
            self.outgoing.push(bytes, leaves);
            return;
        };
        if !bytes.is_empty() {
            webrepl.server.say(bytes);
        }
        let frame = webrepl.server.take_replies();
        self.outgoing.push(&frame, leaves);
    }

    /// Whether the server has the board wait for a request.
    pub(crate) fn blocks(&self) -> bool {
        self.webrepl
            .as_ref()
            .is_some_and(|webrepl| webrepl.blocks())
    }

    /// The client stays connected to a board that no longer knows it.
    pub(crate) fn set_aside(&mut self) {
        self.plug.set_aside();
        self.forget();
    }

    /// Begins anew without a client.
    fn forget(&mut self) {
        self.incoming.clear();
        self.outgoing.clear();
        self.arrived.clear();
        self.connected = false;
        self.answered = true;
        if let Some(webrepl) = &mut self.webrepl {
            webrepl.server.reset();
        }
    }

    /// Lets the server take its next client, when all that the last one sent has been taken, and
    /// hang up, when its client has got all that was said.
    pub(crate) fn settle(&mut self) {
        let Some(webrepl) = &mut self.webrepl else {
            return;
        };
        let said = self.arrived.is_empty() && self.outgoing.next().is_none() && !self.holds;
        if webrepl.server.has_ended() && said {
            self.plug.hang_up();
            self.forget();
        } else if !self.connected && self.incoming.next().is_none() {
            webrepl.server.reset();
        }
        let accepts = self.webrepl.as_ref().is_some_and(|w| w.server.accepts());
        self.plug.accept(accepts);
    }

    /// What to wait for. `read` tells whether the board could take bytes.
    pub(crate) fn interest(&self, read: bool) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let ended = self.webrepl.as_ref().is_some_and(|w| w.server.has_ended());
        let mut all = self.plug.interest(read && !ended, self.is_full());
        if let Some(webrepl) = &self.webrepl {
            all.extend(webrepl.interest());
        }
        all
    }

    /// Whether bytes wait for the client to take them.
    pub(crate) fn is_full(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// Pulls the cable. What is on the way is lost.
    pub(crate) fn unplug(&mut self) {
        self.plug.unplug();
        self.forget();
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
        if let Some(webrepl) = &mut self.webrepl {
            if connected && !self.connected {
                webrepl.server.connected();
            }
            webrepl.look(connected);
        }
        self.connected = connected;
        self.deliver(now);
    }

    /// Moves bytes from the client into the line.
    pub(crate) fn read_on(&mut self, now: Instant) {
        if self.webrepl.as_ref().is_some_and(|w| w.server.has_ended()) {
            return;
        }
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
            // Of a connection the end counts, too: with it the next client is none too many.
            if count == 0 || count < room && self.webrepl.is_none() {
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
