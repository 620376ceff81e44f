//! Clocks of which the truth is known.

#![expect(clippy::cast_sign_loss, reason = "times are positive")]

use proptest::prelude::*;

use super::*;

const MICROS: TickScale = TickScale {
    rate: 1_000_000,
    period: 1 << 30,
};

/// A board on a link, with a clock that runs at a speed of its own.
struct World {
    now: Duration,
    scale: TickScale,
    speed: f64,
    start: u64,
    seed: u64,
}

impl World {
    fn new(scale: TickScale, ppm: f64) -> Self {
        Self {
            now: Duration::from_secs(5),
            scale,
            speed: 1.0 + ppm / 1e6,
            start: scale.period - 1_000,
            seed: 1,
        }
    }

    fn ticks(&self, at: Duration) -> u64 {
        let ticks = at.as_secs_f64() * self.speed * f64::from(self.scale.rate);
        (self.start + ticks as u64) % self.scale.period
    }

    /// A number between zero and one.
    fn chance(&mut self) -> f64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        f64::from((self.seed >> 40) as u32) / f64::from(1_u32 << 24)
    }

    /// Asks for the ticks: 2 ms of round trip, which goes one way for the most part, now and then
    /// with up to 50 ms more.
    fn sample(&mut self) -> TickSample {
        let late = if self.chance() < 0.2 {
            self.chance() * 0.05
        } else {
            0.0
        };
        let trip = Duration::from_millis(2) + Duration::from_secs_f64(late);
        let there = trip.mul_f64(self.chance());
        let sent = self.now;
        self.now += trip;
        TickSample {
            sent,
            received: sent + trip,
            ticks: self.ticks(sent + there),
        }
    }
}

#[test]
fn an_hour_is_followed_to_within_a_round_trip() {
    for ppm in [100.0, -100.0, 0.0] {
        let mut world = World::new(MICROS, ppm);
        let mut clock = BoardClock::new(MICROS);
        for _ in 0..8 {
            let sample = world.sample();
            assert_eq!(clock.add(sample), ClockChange::Continued);
        }
        for _ in 0..360 {
            world.now += Duration::from_secs(10);
            let at = world.now;
            let (time, doubt) = clock.host_time(world.ticks(at)).unwrap();
            let error = time.abs_diff(at);
            if world.now > Duration::from_secs(60) {
                assert!(error < Duration::from_millis(2), "{error:?} at {at:?}");
            }
            assert!(
                error <= doubt + Duration::from_micros(2),
                "{error:?} of {doubt:?}"
            );
            let sample = world.sample();
            assert_eq!(clock.add(sample), ClockChange::Continued, "at {at:?}");
        }
        assert!((clock.drift() - ppm).abs() < 3.0, "{} ppm", clock.drift());
    }
}

#[test]
fn a_count_that_comes_round_goes_on() {
    let scale = TickScale {
        rate: 1_000,
        period: 1 << 16,
    };
    let mut world = World::new(scale, 50.0);
    let mut clock = BoardClock::new(scale);
    // The count comes round every 65 seconds, a thousand times.
    for _ in 0..2_000 {
        let sample = world.sample();
        assert_eq!(clock.add(sample), ClockChange::Continued);
        world.now += clock.patience().mul_f64(0.95);
    }
    let sample = world.sample();
    clock.add(sample);
    let (time, _) = clock.host_time(world.ticks(world.now)).unwrap();
    assert!(
        time.abs_diff(world.now) < Duration::from_millis(60),
        "{time:?}"
    );
}

#[test]
fn a_restart_of_the_board_is_noticed() {
    let mut world = World::new(MICROS, 20.0);
    let mut clock = BoardClock::new(MICROS);
    for _ in 0..10 {
        let sample = world.sample();
        clock.add(sample);
        world.now += Duration::from_secs(1);
    }
    world.start = (world.start + 500_000_000) % MICROS.period;
    let sample = world.sample();
    assert_eq!(clock.add(sample), ClockChange::Reset);
    let (time, _) = clock.host_time(world.ticks(world.now)).unwrap();
    assert!(time.abs_diff(world.now) < Duration::from_millis(60));
    let sample = world.sample();
    assert_eq!(clock.add(sample), ClockChange::Continued);
}

#[test]
fn without_a_sample_nothing_is_known() {
    assert_eq!(BoardClock::new(MICROS).host_time(5), None);
}

proptest! {
    #[test]
    fn no_sample_is_too_strange(
        rate in any::<u32>(),
        period in any::<u64>(),
        samples in prop::collection::vec((0_u64..1 << 60, 0_u64..1 << 60, any::<u64>()), 0..100),
    ) {
        // Periods beyond the largest that boards have leave no room for a second round.
        let mut clock = BoardClock::new(TickScale { rate, period: period >> 2 });
        for (sent, received, ticks) in samples {
            clock.add(TickSample {
                sent: Duration::from_nanos(sent),
                received: Duration::from_nanos(received),
                ticks,
            });
            prop_assert!(clock.host_time(ticks).is_some());
            prop_assert!(clock.drift().is_finite());
        }
    }
}
