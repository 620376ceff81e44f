//! What the threads of servers do between two requests.

use std::io::PipeReader;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};

/// Waits for something to read; false when the server stops.
pub(crate) fn wait(fd: impl AsFd, stopped: &PipeReader) -> bool {
    loop {
        let mut fds = [
            PollFd::new(stopped, PollFlags::IN),
            PollFd::new(&fd, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return false,
        }
        if !fds[0].revents().is_empty() {
            return false;
        }
        if !fds[1].revents().is_empty() {
            return true;
        }
    }
}
