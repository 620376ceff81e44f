//! The clock that `time.ticks_us` of the unix port reads.

use rustix::time::{ClockId, clock_gettime};

/// Its reading in microseconds.
pub(crate) fn microseconds() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let micros = u64::try_from(now.tv_nsec / 1000).unwrap_or(0);
    seconds * 1_000_000 + micros
}
