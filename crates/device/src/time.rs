//! A board's clock beside the host's.
//!
//! This module does no I/O and reads no clock: samples go in, and estimates come out.
//!
//! A sample is a question to the board for its ticks, and the host's time when the question left and
//! when the answer came. The board has read its clock between the two, so the offset between the
//! clocks is known to half the round trip. Clocks also differ in speed, by up to some 100 parts in a
//! million with common crystals; the speed is estimated from samples that lie far apart.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many samples are kept for the speed, at most.
const KEPT: usize = 64;
/// Clocks differ in speed by less than this, in parts of one. Ceramic resonators reach half a percent.
const MAX_DRIFT: f64 = 0.01;

/// What a board's ticks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickScale {
    /// Ticks in a second.
    pub rate: u32,
    /// After how many ticks the count begins again at zero: 2³⁰ on most boards.
    pub period: u64,
}

/// One look at a board's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickSample {
    /// The host's time when the question left.
    pub sent: Duration,
    /// The host's time when the answer came.
    pub received: Duration,
    /// The board's ticks in between.
    pub ticks: u64,
}

/// What has become of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockChange {
    /// The clock has run on.
    Continued,
    /// The board's clock does not go on from where it was: it has restarted.
    Reset,
}

/// Follows a board's clock.
#[derive(Debug, Clone)]
pub struct BoardClock {
    scale: TickScale,
    /// Samples that count, the oldest first, with ticks as if they never began again.
    samples: VecDeque<Point>,
}

/// A sample as times in seconds since the first one.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// The middle between question and answer, by the host.
    host: Duration,
    /// Half the round trip and a tick.
    doubt: Duration,
    /// Ticks since the count began, those of earlier rounds included.
    ticks: u64,
}

/// A board's clock, in times of the host since `origin`.
#[derive(Debug)]
pub(crate) struct Clocks {
    pub(crate) origin: Instant,
    pub(crate) last: Instant,
    pub(crate) board: BoardClock,
}

impl BoardClock {
    /// A clock that nothing is known of yet.
    pub fn new(scale: TickScale) -> Self {
        Self {
            scale: TickScale {
                rate: scale.rate.max(1),
                period: scale.period.max(2),
            },
            samples: VecDeque::new(),
        }
    }

    /// What the board's ticks are.
    pub fn scale(&self) -> TickScale {
        self.scale
    }

    /// How long the board may be left alone until it is no longer sure how often its count has come
    /// round: 12 periods, in which clocks drift apart by an eighth of one.
    pub fn patience(&self) -> Duration {
        self.seconds(self.scale.period.saturating_mul(12))
    }

    /// Takes a sample. Samples come in the order of their time.
    pub fn add(&mut self, sample: TickSample) -> ClockChange {
        let host = sample.sent + sample.received.saturating_sub(sample.sent) / 2;
        // A reading is whole ticks, and up to one too small.
        let doubt = sample.received.saturating_sub(sample.sent) / 2 + self.seconds(1);
        let read = sample.ticks % self.scale.period;
        let Some(last) = self.samples.back().copied() else {
            self.samples.push_back(Point {
                host,
                doubt,
                ticks: read,
            });
            return ClockChange::Continued;
        };
        let elapsed = host.saturating_sub(last.host);
        let passed = self.ticks(elapsed.as_secs_f64() * self.speed());
        let expected = last.ticks.saturating_add(passed);
        let ticks = self.nearest(read, expected);
        let slack = doubt + last.doubt + elapsed.mul_f64(MAX_DRIFT) + self.seconds(2);
        if self.seconds(ticks.abs_diff(expected)) > slack {
            self.samples.clear();
            self.samples.push_back(Point {
                host,
                doubt,
                ticks: read,
            });
            return ClockChange::Reset;
        }
        self.keep(Point { host, doubt, ticks });
        ClockChange::Continued
    }

    /// The host's time when the board's clock showed `ticks`, and how far off that may be; `None`
    /// without a sample. Of the moments when it did, the one next to the last sample is meant.
    pub fn host_time(&self, ticks: u64) -> Option<(Duration, Duration)> {
        let last = self.samples.back()?;
        let best = self.best()?;
        let ticks = self.nearest(ticks % self.scale.period, last.ticks);
        let away = self.seconds(ticks.abs_diff(best.ticks)).as_secs_f64() / self.speed();
        let away = Duration::try_from_secs_f64(away).unwrap_or(Duration::MAX);
        let time = if ticks >= best.ticks {
            best.host.saturating_add(away)
        } else {
            best.host.saturating_sub(away)
        };
        Some((
            time,
            best.doubt.saturating_add(away.mul_f64(self.speed_doubt())),
        ))
    }

    /// How many parts in a million the board's clock is fast; negative if it is slow.
    pub fn drift(&self) -> f64 {
        (self.speed() - 1.0) * 1e6
    }

    /// The sample that tells most of now: short round trips lose to later ones as the clocks' speed
    /// is not known exactly.
    fn best(&self) -> Option<&Point> {
        let last = self.samples.back()?;
        let doubt = self.speed_doubt();
        let doubt =
            |point: &Point| point.doubt + last.host.saturating_sub(point.host).mul_f64(doubt);
        self.samples.iter().rev().min_by_key(|point| doubt(point))
    }

    /// The board's seconds in one of the host's, from the two samples that tell it best.
    fn speed(&self) -> f64 {
        match self.baseline() {
            Some((from, to)) if self.speed_doubt() < MAX_DRIFT => {
                let board = self.seconds(to.ticks.saturating_sub(from.ticks));
                let speed = board.as_secs_f64() / to.host.saturating_sub(from.host).as_secs_f64();
                speed.clamp(1.0 - MAX_DRIFT, 1.0 + MAX_DRIFT)
            }
            _ => 1.0,
        }
    }

    /// How far off the speed may be, in parts of one.
    fn speed_doubt(&self) -> f64 {
        self.baseline().map_or(MAX_DRIFT, |(from, to)| {
            let length = to.host.saturating_sub(from.host).as_secs_f64();
            ((from.doubt + to.doubt).as_secs_f64() / length).min(MAX_DRIFT)
        })
    }

    /// An early and a late sample, each the best of its third.
    fn baseline(&self) -> Option<(Point, Point)> {
        let third = self.samples.len().div_ceil(3);
        let from = self
            .samples
            .iter()
            .take(third)
            .min_by_key(|point| point.doubt)?;
        let to = self
            .samples
            .iter()
            .rev()
            .take(third)
            .min_by_key(|point| point.doubt)?;
        (to.host > from.host).then_some((*from, *to))
    }

    /// Keeps a sample; where there are too many, every second one of the older half goes, so that
    /// the oldest stay for the speed.
    fn keep(&mut self, point: Point) {
        self.samples.push_back(point);
        if self.samples.len() > KEPT {
            let mut index = 0;
            self.samples.retain(|_| {
                index += 1;
                index > KEPT / 2 || index % 2 == 1
            });
        }
    }

    /// The count next to `expected` that shows as `read`.
    fn nearest(&self, read: u64, expected: u64) -> u64 {
        let period = self.scale.period;
        let round = expected - expected % period;
        let candidates = [
            round.checked_sub(period),
            Some(round),
            round.checked_add(period),
        ];
        let candidates = candidates.into_iter().flatten();
        let candidates = candidates.map(|round| round.saturating_add(read));
        candidates
            .min_by_key(|candidate| candidate.abs_diff(expected))
            .unwrap_or(read)
    }

    fn seconds(&self, ticks: u64) -> Duration {
        let rate = u64::from(self.scale.rate);
        let rest = (ticks % rate) * 1_000_000_000 / rate;
        Duration::from_secs(ticks / rate) + Duration::from_nanos(rest)
    }

    #[expect(
        clippy::cast_sign_loss,
        reason = "times are positive, and a float too large becomes the largest integer"
    )]
    fn ticks(&self, seconds: f64) -> u64 {
        (seconds * f64::from(self.scale.rate)) as u64
    }
}

#[cfg(test)]
mod tests;
