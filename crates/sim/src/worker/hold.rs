//! Time on a line that waits for the interpreter.

use std::time::{Duration, Instant};

use crate::interpreter::Activity;

/// In steps of this the system counts how long a process has computed.
const TICK: Duration = Duration::from_millis(4);

/// A lossy line that waits for the interpreter.
///
/// A chip's program has its processor to itself. The interpreter shares this computer's, and while
/// it waits for its turn no time passes on the board: the line goes on by as much as the
/// interpreter has computed or slept since the input buffer was full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    pub(super) port: usize,
    /// When the first byte was due that found no room.
    pub(super) line: Instant,
    slept: Duration,
    /// What the interpreter had computed by then.
    computed: Duration,
    looked: Instant,
    sleeping: bool,
}

impl Hold {
    pub(super) fn new(port: usize, line: Instant, activity: Activity, now: Instant) -> Self {
        Self {
            port,
            line,
            slept: Duration::ZERO,
            computed: activity.computed,
            looked: now,
            sleeping: activity.sleeping,
        }
    }

    /// How far the line has got on.
    pub(super) fn look(&mut self, activity: Activity, now: Instant) -> Duration {
        // A call of the system that takes a moment is no sleep.
        if self.sleeping && activity.sleeping {
            self.slept += now.saturating_duration_since(self.looked);
        }
        self.sleeping = activity.sleeping;
        self.looked = now;
        let computed = activity.computed.saturating_sub(self.computed);
        self.slept + computed.saturating_sub(TICK)
    }
}
