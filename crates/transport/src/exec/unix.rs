//! A child's pipes, waited on with `poll`.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::process::{ChildStdin, ChildStdout};

use crate::Error;
use crate::wait::{Stream, Wait};

pub(super) type Pipes = Wait<ChildPipes>;

/// This process's ends of a child's pipes, in non-blocking mode.
pub(super) struct ChildPipes {
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Pipes {
    pub(super) fn open(
        name: String,
        stdin: ChildStdin,
        stdout: ChildStdout,
    ) -> Result<Self, Error> {
        for end in [stdin.as_fd(), stdout.as_fd()] {
            if let Err(errno) = rustix::io::ioctl_fionbio(end, true) {
                return Err(Error::Io {
                    port: name,
                    source: errno.into(),
                });
            }
        }
        Wait::new(ChildPipes { stdin, stdout }, name)
    }
}

impl Stream for ChildPipes {
    fn input(&self) -> BorrowedFd<'_> {
        self.stdout.as_fd()
    }

    fn output(&self) -> BorrowedFd<'_> {
        self.stdin.as_fd()
    }
}
