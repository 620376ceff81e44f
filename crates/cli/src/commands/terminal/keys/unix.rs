//! The terminal of Unix: a file that is read.

use std::io::{self, IsTerminal, PipeReader, PipeWriter, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

use belay_transport::Waker;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::CHUNKS;

/// A terminal whose keys are read one by one for a while.
pub(in super::super::super) struct RawMode<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> RawMode<'a> {
    /// `None` if it is no terminal.
    pub(in super::super::super) fn of(
        terminal: &'a (impl AsFd + IsTerminal),
    ) -> io::Result<Option<Self>> {
        if !terminal.is_terminal() {
            return Ok(None);
        }
        let terminal = terminal.as_fd();
        let before = tcgetattr(terminal)?;
        Ok(Some(Self { terminal, before }))
    }

    /// Does `work` while every key, also ctrl-C, is a byte of the input that nobody echoes, and
    /// output is shown as it is. The settings are restored also when `work` panics.
    pub(in super::super::super) fn during<T>(self, work: impl FnOnce() -> T) -> io::Result<T> {
        let mut raw = self.before.clone();
        raw.make_raw();
        tcsetattr(self.terminal, OptionalActions::Now, &raw)?;
        let value = work();
        drop(self);
        Ok(value)
    }
}

impl Drop for RawMode<'_> {
    fn drop(&mut self) {
        // A terminal that has gone away needs no settings.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Standard input, read by a thread that ends with this value.
pub(in super::super::super) struct Keys {
    received: Option<Receiver<Vec<u8>>>,
    left: Arc<AtomicBool>,
    /// Its end is what the thread waits for besides input.
    quit: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// Begins to read, and wakes the board's reader for all that comes. The input ends at the byte
    /// `leave`.
    pub(in super::super::super) fn new(waker: Waker, leave: Option<u8>) -> io::Result<Self> {
        let (sender, received) = sync_channel(CHUNKS);
        let (quit_reader, quit) = pipe()?;
        let left = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            sender,
            left: Arc::clone(&left),
            waker: waker.clone(),
            quit: quit_reader,
            leave,
        };
        let thread = thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                reader.run();
                // Now that the channel has ended, which the board's reader finds when it is woken.
                waker.wake();
            })?;
        Ok(Self {
            received: Some(received),
            left,
            quit: Some(quit),
            thread: Some(thread),
        })
    }

    /// The next bytes; `Disconnected` after the last ones.
    pub(in super::super::super) fn receive(&self) -> Result<Vec<u8>, TryRecvError> {
        let received = self.received.as_ref();
        received.map_or(Err(TryRecvError::Disconnected), Receiver::try_recv)
    }

    /// Whether the byte that leaves has come.
    pub(in super::super::super) fn left(&self) -> bool {
        self.left.load(Ordering::SeqCst)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // These end the two waits of the thread.
        drop(self.received.take());
        drop(self.quit.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Reader {
    sender: SyncSender<Vec<u8>>,
    left: Arc<AtomicBool>,
    waker: Waker,
    quit: PipeReader,
    leave: Option<u8>,
}

impl Reader {
    fn run(self) {
        let input = io::stdin();
        let mut buffer = [0; 1024];
        while self.wait(input.as_fd()) {
            // Not through the standard library's buffer, in which `poll` sees nothing.
            let count = match rustix::io::read(&input, &mut buffer) {
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let bytes = &buffer[..count];
            let end = bytes.iter().position(|&byte| Some(byte) == self.leave);
            if let Some(end) = end {
                // A board that takes nothing does not keep anyone from leaving.
                let _ = self.sender.try_send(bytes[..end].to_vec());
                self.left.store(true, Ordering::SeqCst);
                return;
            }
            if self.sender.send(bytes.to_vec()).is_err() {
                return;
            }
            self.waker.wake();
        }
    }

    /// Waits for input; false means that nobody wants it any more.
    fn wait(&self, input: BorrowedFd<'_>) -> bool {
        loop {
            let mut events = [
                PollFd::from_borrowed_fd(input, PollFlags::IN),
                PollFd::new(&self.quit, PollFlags::IN),
            ];
            match poll(&mut events, None) {
                Err(Errno::INTR) => {}
                Err(_) => return false,
                Ok(_) if !events[1].revents().is_empty() => return false,
                Ok(_) => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    #[test]
    fn the_settings_are_restored_after_a_panic() {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap();
        let terminal = File::open(path.to_str().unwrap()).unwrap();
        let settings = || format!("{:?}", tcgetattr(&terminal).unwrap());
        let before = settings();
        let raw = RawMode::of(&terminal).unwrap().unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| {
            raw.during(|| {
                assert_ne!(settings(), before);
                panic!("in the middle of it");
            })
        }));
        assert!(caught.is_err());
        assert_eq!(settings(), before);
    }

    #[test]
    fn a_file_is_no_terminal() {
        let file = tempfile::tempfile().unwrap();
        assert!(RawMode::of(&file).unwrap().is_none());
    }
}
