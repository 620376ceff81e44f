//! Pulse width modulation as the outside sees it.

use std::time::Duration;

/// What the generator of a pin puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pwm {
    /// Cycles per second.
    pub freq: u32,
    /// The part of each cycle that is high, where 65535 is all of it.
    pub duty_u16: u16,
    /// The same in nanoseconds.
    pub duty_ns: u32,
    /// Whether high and low are exchanged.
    pub inverted: bool,
}

/// One change of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PwmEvent {
    /// When, counted from the first start of the board.
    pub at: Duration,
    /// What it put out from then on; `None` when it was off.
    pub pwm: Option<Pwm>,
}
