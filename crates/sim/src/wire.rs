//! One direction of a link: bytes go in, and come out later.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Longest wait for bytes that could be handed over together.
const BATCH: Duration = Duration::from_millis(1);

/// How many bytes may be on the way: what a driver of a serial port buffers at a baud rate,
/// and what a fast link holds without one.
const IN_FLIGHT_AT_BAUD: usize = 1024;
const IN_FLIGHT: usize = 65_536;

/// A line with a rate and a delay.
#[derive(Debug)]
pub(crate) struct Wire {
    byte_time: Duration,
    delay: Duration,
    /// When the last byte has left the sender.
    free_at: Option<Instant>,
    runs: VecDeque<Run>,
    length: usize,
}

/// Bytes that left the sender one after the other.
#[derive(Debug)]
struct Run {
    /// When the first byte has arrived; the others follow at the rate of the line.
    first: Instant,
    bytes: VecDeque<u8>,
}

impl Wire {
    /// A line of `baud` bits per second, ten for each byte, where every byte also takes
    /// `delay`. Without a baud rate it is as fast as its ends.
    pub(crate) fn new(baud: Option<u32>, delay: Duration) -> Self {
        let byte_time = baud.map_or(Duration::ZERO, |baud| {
            Duration::from_nanos(10_000_000_000 / u64::from(baud.max(1)))
        });
        Self {
            byte_time,
            delay,
            free_at: None,
            runs: VecDeque::new(),
            length: 0,
        }
    }

    /// How many more bytes the sender may put in now.
    pub(crate) fn room(&self) -> usize {
        let limit = if self.byte_time.is_zero() {
            IN_FLIGHT
        } else {
            IN_FLIGHT_AT_BAUD
        };
        limit.saturating_sub(self.length)
    }

    pub(crate) fn push(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() {
            return;
        }
        let start = self.free_at.map_or(now, |free| free.max(now));
        let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.free_at = Some(start + self.byte_time * count);
        self.length += bytes.len();
        self.runs.push_back(Run {
            first: start + self.byte_time + self.delay,
            bytes: bytes.iter().copied().collect(),
        });
    }

    /// Takes out up to `limit` bytes that have arrived.
    pub(crate) fn pop(&mut self, now: Instant, limit: usize, into: &mut Vec<u8>) {
        let mut left = limit;
        while let Some(run) = self.runs.front_mut() {
            if run.first > now || left == 0 {
                return;
            }
            let arrived = if self.byte_time.is_zero() {
                run.bytes.len()
            } else {
                let passed = (now - run.first).as_nanos() / self.byte_time.as_nanos();
                usize::try_from(passed).map_or(usize::MAX, |passed| passed.saturating_add(1))
            };
            let count = arrived.min(run.bytes.len()).min(left);
            into.extend(run.bytes.drain(..count));
            left -= count;
            self.length -= count;
            run.first += self.byte_time * u32::try_from(count).unwrap_or(u32::MAX);
            if run.bytes.is_empty() {
                self.runs.pop_front();
            }
        }
    }

    /// When the first byte arrives that has not been taken out.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.runs.front().map(|run| run.first)
    }

    /// When it is worth calling [`Wire::pop`] next: when the first run is through, but no
    /// later than a millisecond after its first byte.
    pub(crate) fn next(&self) -> Option<Instant> {
        let run = self.runs.front()?;
        let others = u32::try_from(run.bytes.len() - 1).unwrap_or(u32::MAX);
        Some(run.first + (self.byte_time * others).min(BATCH))
    }

    /// Drops what is on the way.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.length = 0;
        self.free_at = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Wire;

    fn pop(wire: &mut Wire, at: Instant) -> Vec<u8> {
        let mut out = Vec::new();
        wire.pop(at, usize::MAX, &mut out);
        out
    }

    #[test]
    fn a_baud_rate_spaces_the_bytes() {
        let mut wire = Wire::new(Some(10_000), Duration::ZERO);
        let start = Instant::now();
        wire.push(b"abc", start);
        wire.push(b"d", start);
        let ms = |n| start + Duration::from_millis(n);
        assert_eq!(pop(&mut wire, start), b"");
        assert_eq!(pop(&mut wire, ms(1)), b"a");
        assert_eq!(pop(&mut wire, ms(3)), b"bc");
        assert_eq!(wire.next(), Some(ms(4)));
        assert_eq!(pop(&mut wire, ms(4)), b"d");
        assert_eq!(wire.next(), None);
    }

    #[test]
    fn an_idle_line_saves_up_nothing() {
        let mut wire = Wire::new(Some(10_000), Duration::ZERO);
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        wire.push(b"a", start);
        wire.push(b"bc", ms(50));
        assert_eq!(pop(&mut wire, ms(50)), b"a");
        assert_eq!(pop(&mut wire, ms(51)), b"b");
        assert_eq!(pop(&mut wire, ms(52)), b"c");
    }

    #[test]
    fn latency_delays_without_slowing() {
        let mut wire = Wire::new(None, Duration::from_millis(5));
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        wire.push(b"abc", start);
        wire.push(b"def", ms(1));
        assert_eq!(pop(&mut wire, ms(4)), b"");
        assert_eq!(pop(&mut wire, ms(5)), b"abc");
        assert_eq!(pop(&mut wire, ms(6)), b"def");
    }

    #[test]
    fn what_does_not_fit_waits_at_the_end() {
        let mut wire = Wire::new(None, Duration::ZERO);
        let start = Instant::now();
        wire.push(b"abcdef", start);
        let mut out = Vec::new();
        wire.pop(start, 4, &mut out);
        assert_eq!(out, b"abcd");
        assert_eq!(pop(&mut wire, start), b"ef");
    }
}
