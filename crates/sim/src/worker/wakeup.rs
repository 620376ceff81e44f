//! Waking at an instant instead of some time after it.

use std::time::{Duration, Instant};

/// How much earlier than asked for the system is to wake this thread: about as long as it
/// takes when the processor has gone to sleep.
const EARLY: Duration = Duration::from_micros(60);

/// Asks the system not to put off the wake-ups of this thread, which it does by 50
/// microseconds otherwise.
#[cfg(target_os = "linux")]
pub(super) fn minimize_slack() {
    // A system that refuses makes the link less exact.
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

/// Only Linux puts them off.
#[cfg(not(target_os = "linux"))]
pub(super) fn minimize_slack() {}

/// When to wake for something that is due at that instant.
pub(super) fn before(due: Instant) -> Instant {
    due.checked_sub(EARLY).unwrap_or(due)
}

/// Waits the rest of the time, if it is no more than the thread was woken early.
pub(super) fn spin_until(due: Instant) {
    let begin = Instant::now();
    if due.saturating_duration_since(begin) > EARLY {
        return;
    }
    while Instant::now() < due {
        std::thread::yield_now();
    }
}
