//! Calls that tell the time.

use std::time::{Duration, Instant};

use belay_pylit::Value;
use serde::de::DeserializeOwned;

use crate::board_code::CLOCK;
use crate::call::CallOptions;
use crate::time::{BoardClock, Clocks, TickSample, TickScale};
use crate::{Device, Error};

/// How many samples a comparison takes.
const SAMPLES: usize = 8;

/// A value with the time when the board had it.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed<T> {
    /// The value.
    pub value: T,
    /// When the board read its clock, just behind the value, in the host's time.
    pub at: Instant,
    /// How far off that time may be, to both sides.
    pub uncertainty: Duration,
}

impl Device {
    /// Compares the board's clock with the host's, over several round trips of which the shortest
    /// counts.
    ///
    /// [`eval_timed`](Self::eval_timed) does so by itself the first time, after a restart of the
    /// board, and after so long a pause that it is not sure how often the board's count has come
    /// round, which is three hours with most boards. Each of its calls is a comparison, too.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the board has no clock.
    pub fn sync_time(&mut self) -> Result<(), Error> {
        self.prepare_clock()?;
        (0..SAMPLES).try_for_each(|_| self.timed("None").map(|_| ()))
    }

    /// Evaluates an expression, and tells when the board had its value. Takes one round trip.
    ///
    /// # Errors
    /// As [`eval`](Self::eval); [`Error::Unavailable`] if the board has no clock.
    pub fn eval_timed<T: DeserializeOwned>(&mut self, expression: &str) -> Result<Timed<T>, Error> {
        self.ready()?;
        let now = self.link.driver.instant();
        let rested =
            |clocks: &Clocks| now.saturating_duration_since(clocks.last) > clocks.board.patience();
        if self.session.clocks.as_ref().is_none_or(rested) {
            self.session.clocks = None;
            self.sync_time()?;
        }
        let (text, ticks) = self.timed(expression)?;
        let value = self.parse_as(text)?;
        let clocks = self.session.clocks.as_ref().ok_or(Error::NoResult)?;
        let (time, uncertainty) = clocks.board.host_time(ticks).ok_or(Error::NoResult)?;
        Ok(Timed {
            value,
            at: clocks.origin.checked_add(time).ok_or(Error::NoResult)?,
            uncertainty,
        })
    }

    /// How many parts in a million the board's clock is fast, as far as it is known; negative if it is slow, and
    /// `None` if nobody has compared the clocks yet.
    pub fn clock_drift(&self) -> Option<f64> {
        self.session
            .clocks
            .as_ref()
            .map(|clocks| clocks.board.drift())
    }

    fn prepare_clock(&mut self) -> Result<(), Error> {
        if self.session.clocks.is_some() {
            return Ok(());
        }
        let scale = match self.load(CLOCK) {
            Err(Error::Exception(exception))
                if matches!(exception.kind.as_str(), "ImportError" | "AttributeError") =>
            {
                return Err(Error::Unavailable { feature: "clock" });
            }
            Ok(None) => self.evaluate("_belay_clock", CallOptions::new())?,
            Ok(Some(scale)) => scale,
            Err(error) => return Err(error),
        };
        let (rate, period): (u32, u64) = self.parse_as(scale)?;
        self.session.clocks = Some(Clocks {
            origin: self.link.driver.instant(),
            last: self.link.driver.instant(),
            board: BoardClock::new(TickScale { rate, period }),
        });
        Ok(())
    }

    /// Evaluates an expression and reads the board's clock behind it.
    fn timed(&mut self, expression: &str) -> Result<(String, u64), Error> {
        let end = if expression.contains('#') { "\n" } else { "" };
        let sent = self.link.driver.instant();
        let expression = expression.trim();
        let text = self.eval_repr(&format!("({expression}{end}),_belay_ticks()"))?;
        let received = self.link.driver.instant();
        let fields = text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'));
        let (value, ticks) = fields
            .and_then(|f| f.rsplit_once(", "))
            .ok_or(Error::NoResult)?;
        let Ok(Value::Int(ticks)) = self.parse_value(ticks) else {
            return Err(Error::NoResult);
        };
        let ticks = u64::try_from(ticks).map_err(|_| Error::NoResult)?;
        if let Some(clocks) = &mut self.session.clocks {
            let since = |time: Instant| time.saturating_duration_since(clocks.origin);
            let sample = TickSample {
                sent: since(sent),
                received: since(received),
                ticks,
            };
            // What belongs to an earlier start of the board is forgotten by itself.
            clocks.board.add(sample);
            clocks.last = received;
        }
        Ok((value.to_owned(), ticks))
    }
}
