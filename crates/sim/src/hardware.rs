//! The world that a board's peripherals are wired to.
//!
//! Programs on the board reach it over the bus, one call at a time; the handle of the board reaches
//! it directly.

mod answers;
mod bitstream;
mod i2c;
mod log;
mod pwm;
mod registers;
mod spi;
mod supervisor;
mod uart;
mod watchdog;

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use answers::Answers;
pub use bitstream::Bitstream;
pub use i2c::{I2cDevice, I2cTransfer};
pub use log::PERIPHERAL_HISTORY;
pub use pwm::{Pwm, PwmEvent};
pub use registers::Registers;
pub use spi::{SpiDevice, SpiTransfer};

pub(crate) use i2c::{BusName, I2c, Open, SharedDevice as SharedI2cDevice};
pub(crate) use log::Log;
pub(crate) use spi::Spi;
pub(crate) use supervisor::{BOOTLOADER, RunReason, Supervisor};
pub(crate) use uart::Uart;
pub(crate) use watchdog::Watchdog;

use crate::clock;
use crate::files::Files;
use crate::pins::Pins;

/// The voltage at which an ADC reads its largest value, in microvolts.
pub const ADC_FULL_SCALE: u32 = 3_300_000;

/// State shared between the board's handle and the thread that serves the interpreter.
#[derive(Debug)]
pub(crate) struct Hardware {
    pub(crate) pins: Pins,
    /// What `machine.unique_id()` gives.
    pub(crate) unique_id: Vec<u8>,
    /// What others than programs want of the board's files.
    pub(crate) files: Files,
    state: Mutex<State>,
    changed: Condvar,
    /// The clock reading at power-on, in microseconds.
    origin: u64,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// What the ADC finds on each pin, in microvolts.
    pub(crate) analog: BTreeMap<String, u32>,
    pub(crate) pwm: BTreeMap<String, Log<PwmEvent>>,
    pub(crate) i2c: I2c,
    pub(crate) spi: Spi,
    pub(crate) uarts: [Uart; 2],
    pub(crate) bitstreams: BTreeMap<String, Log<Bitstream>>,
    pub(crate) watchdog: Watchdog,
    pub(crate) supervisor: Supervisor,
    stopped: bool,
}

impl Hardware {
    pub(crate) fn new(pins: Pins, unique_id: Vec<u8>) -> Self {
        Self {
            pins,
            unique_id,
            files: Files::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
            origin: clock::microseconds(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the first start of the board.
    pub(crate) fn now(&self) -> Duration {
        Duration::from_micros(clock::microseconds().saturating_sub(self.origin))
    }

    /// Says that there may be something new for those who wait.
    pub(crate) fn announce(&self) {
        self.changed.notify_all();
    }

    /// Brings the peripherals to the state in which a start of the board finds them.
    /// CircuitPython lets go of all `pins` whenever an interpreter ends.
    pub(crate) fn restart(&self, hard: bool, pins: bool) {
        self.pins.restart(hard || pins);
        let at = self.now();
        let mut state = self.lock();
        for log in state.pwm.values_mut() {
            if log.last().is_some_and(|event| event.pwm.is_some()) {
                log.push(PwmEvent { at, pwm: None }, 0);
            }
        }
        state.i2c.reset();
        state.spi.reset();
        if hard {
            state.watchdog = Watchdog::default();
            state.supervisor.reset();
        }
    }

    /// Waits until `look` finds something; `None` at the deadline or when the board stops.
    pub(crate) fn wait<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.stopped {
                return None;
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends all waiting.
    pub(crate) fn stop(&self) {
        self.pins.stop();
        self.lock().stopped = true;
        self.announce();
    }
}
