//! A child's pipes, each served by a thread, since Windows cannot wait for them with a limit.

use std::io::{Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Memory, Transport as _, Waker, pair_with_capacity, write_all};

/// As much as a pipe holds by itself.
const CAPACITY: usize = 64 * 1024;
/// A wait without end, in pieces that any clock can add.
const LONG: Duration = Duration::from_secs(3600);

pub(super) struct Pipes {
    incoming: Memory,
    outgoing: Memory,
}

impl Pipes {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "on Unix, setting the pipes up can fail"
    )]
    pub(super) fn open(
        name: String,
        mut stdin: ChildStdin,
        mut stdout: ChildStdout,
    ) -> Result<Self, Error> {
        let (incoming, mut from_child) = pair_with_capacity(CAPACITY);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                while let Err(Error::WriteTimeout { unsent, .. }) =
                    write_all(&mut from_child, &buffer[..length], Instant::now() + LONG)
                {
                    buffer.copy_within(length - unsent..length, 0);
                }
            }
        });
        let (outgoing, mut to_child) = pair_with_capacity(CAPACITY);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = to_child.read(&mut buffer, Instant::now() + LONG) {
                if stdin.write_all(&buffer[..length]).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            incoming: incoming.named(name.clone()),
            outgoing: outgoing.named(name),
        })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.incoming.read(buffer, deadline)
    }

    pub(super) fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.outgoing.write(bytes, deadline)
    }

    pub(super) fn waker(&self) -> Waker {
        self.incoming.waker()
    }

    pub(super) fn name(&self) -> &str {
        self.incoming.name()
    }
}
