//! The watchdog timer.

use std::time::{Duration, Instant};

/// A timer that, once started, resets the board unless it is fed.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    running: Option<(Duration, Instant)>,
}

impl Watchdog {
    pub(crate) fn start(&mut self, timeout: Duration, now: Instant) {
        self.running = Some((timeout, now + timeout));
    }

    pub(crate) fn feed(&mut self, now: Instant) {
        if let Some((timeout, deadline)) = &mut self.running {
            *deadline = now + *timeout;
        }
    }

    /// When the board has to be reset unless there is food before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.running.map(|(_, deadline)| deadline)
    }

    /// Whether the time is up; it is only once.
    pub(crate) fn expired(&mut self, now: Instant) -> bool {
        let expired = self.deadline().is_some_and(|deadline| deadline <= now);
        if expired {
            self.running = None;
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Watchdog;

    #[test]
    fn food_puts_off_the_end() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut watchdog = Watchdog::default();
        watchdog.feed(start);
        assert_eq!(watchdog.deadline(), None);
        watchdog.start(Duration::from_millis(10), start);
        assert!(!watchdog.expired(ms(9)));
        watchdog.feed(ms(9));
        assert!(!watchdog.expired(ms(18)));
        assert!(watchdog.expired(ms(19)));
        assert!(!watchdog.expired(ms(30)));
    }
}
