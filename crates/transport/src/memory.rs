//! A connected pair of transports in memory.

use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::{Error, Properties, Transport, Waker};

/// One end of a connected pair; see [`pair`].
#[derive(Debug)]
pub struct Memory {
    name: String,
    incoming: Arc<Lane>,
    outgoing: Arc<Lane>,
}

/// Two connected transports: what is written to one is read from the other.
///
/// Neither ever holds its writer back. Dropping one end disconnects the other, once that has read
/// what was on its way.
///
/// ```
/// use std::time::{Duration, Instant};
/// use belay_transport::{Transport, pair};
///
/// # fn main() -> Result<(), belay_transport::Error> {
/// let (mut host, mut board) = pair();
/// let deadline = Instant::now() + Duration::from_secs(1);
/// host.write(b"\x03", deadline)?;
///
/// let mut buffer = [0; 16];
/// assert_eq!(board.read(&mut buffer, deadline)?, 1);
/// assert_eq!(buffer[0], b'\x03');
/// # Ok(())
/// # }
/// ```
pub fn pair() -> (Memory, Memory) {
    pair_with_capacity(usize::MAX)
}

/// Two connected transports that hold at most `capacity` unread bytes in each direction.
///
/// A writer waits for room until its deadline, as it would for a board that does not read.
pub fn pair_with_capacity(capacity: usize) -> (Memory, Memory) {
    let lanes = [(); 2].map(|()| Arc::new(Lane::new(capacity)));
    let [left, right] = [(0, 1), (1, 0)].map(|(incoming, outgoing)| Memory {
        name: "memory".to_owned(),
        incoming: Arc::clone(&lanes[incoming]),
        outgoing: Arc::clone(&lanes[outgoing]),
    });
    (left, right)
}

/// One direction of a pair.
#[derive(Debug)]
struct Lane {
    state: Mutex<LaneState>,
    changed: Condvar,
}

#[derive(Debug)]
struct LaneState {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// One of the two ends was dropped.
    closed: bool,
    /// The reader was woken and has not noticed yet.
    woken: bool,
}

impl Transport for Memory {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        let mut state = self.incoming.lock();
        loop {
            if !state.bytes.is_empty() || buffer.is_empty() {
                // Reading from a queue in memory cannot fail.
                let length = state.bytes.read(buffer).unwrap_or_default();
                self.incoming.changed.notify_all();
                return Ok(length);
            }
            if state.closed {
                return Err(self.disconnected());
            }
            if state.woken {
                state.woken = false;
                return Ok(0);
            }
            match self.incoming.wait(state, deadline) {
                Some(guard) => state = guard,
                None => return Ok(0),
            }
        }
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        let mut state = self.outgoing.lock();
        loop {
            if state.closed {
                return Err(self.disconnected());
            }
            let length = bytes.len().min(state.capacity - state.bytes.len());
            if length > 0 || bytes.is_empty() {
                state.bytes.extend(&bytes[..length]);
                self.outgoing.changed.notify_all();
                return Ok(length);
            }
            match self.outgoing.wait(state, deadline) {
                Some(guard) => state = guard,
                None => return Ok(0),
            }
        }
    }

    fn waker(&self) -> Waker {
        let lane = Arc::clone(&self.incoming);
        Waker::new(move || {
            lane.lock().woken = true;
            lane.changed.notify_all();
        })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn properties(&self) -> Properties {
        Properties::RELIABLE
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        for lane in [&self.incoming, &self.outgoing] {
            lane.lock().closed = true;
            lane.changed.notify_all();
        }
    }
}

impl Memory {
    /// The same end under another name, for messages.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    fn disconnected(&self) -> Error {
        Error::Disconnected {
            port: self.name.clone(),
        }
    }
}

impl Lane {
    fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(LaneState {
                bytes: VecDeque::new(),
                capacity,
                closed: false,
                woken: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, LaneState> {
        // No code that holds the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change; nothing once the deadline has come.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, LaneState>,
        deadline: Instant,
    ) -> Option<MutexGuard<'a, LaneState>> {
        let left = deadline.checked_duration_since(Instant::now())?;
        if left.is_zero() {
            return None;
        }
        let (state, _) = self
            .changed
            .wait_timeout(state, left)
            .unwrap_or_else(PoisonError::into_inner);
        Some(state)
    }
}
