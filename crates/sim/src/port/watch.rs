//! Tells when clients open and close a terminal.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

/// Counts the clients of a terminal by inotify. The event of an open is there before the
/// client can write, so whoever reads the events after the bytes knows all they come from.
pub(super) struct Watch {
    events: OwnedFd,
    clients: usize,
}

impl Watch {
    /// Begins to count; who has opened the terminal before does not.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        inotify::add_watch(
            &events,
            path,
            WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE,
        )?;
        Ok(Self { events, clients: 0 })
    }

    /// Reads the events; whether the last client has left.
    pub(super) fn update(&mut self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut reader = Reader::new(&self.events, &mut buffer);
        let mut left = false;
        while let Ok(event) = reader.next() {
            if event.events().contains(ReadFlags::OPEN) {
                self.clients += 1;
            } else {
                self.clients = self.clients.saturating_sub(1);
                left |= self.clients == 0;
            }
        }
        left
    }

    pub(super) fn is_open(&self) -> bool {
        self.clients > 0
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }
}
