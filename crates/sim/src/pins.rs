//! The pins of a board as the outside sees them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Error;

/// How many changes of one pin are kept; older ones are forgotten.
pub const PIN_HISTORY: usize = 65_536;

/// The level of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// 0.
    Low,
    /// 1.
    High,
}

/// What a pin is set to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinMode {
    /// `Pin.IN`
    Input,
    /// `Pin.OUT`
    Output,
    /// `Pin.OPEN_DRAIN`
    OpenDrain,
}

/// The resistor a pin is pulled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pull {
    /// None.
    None,
    /// `Pin.PULL_UP`
    Up,
    /// `Pin.PULL_DOWN`
    Down,
}

/// One change of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinEvent {
    /// When, counted from the first start of the board, by the clock of the program's
    /// process; resolution one microsecond.
    pub at: Duration,
    /// What the pin was set to from then on.
    pub mode: PinMode,
    /// The resistor from then on.
    pub pull: Pull,
    /// The output level from then on; for an input the level it would drive as an output.
    pub level: Level,
}

/// State shared between the board's thread and its handle.
#[derive(Debug)]
pub(crate) struct Pins {
    state: Mutex<State>,
    changed: Condvar,
    /// The clock reading at power-on, in microseconds.
    origin: u64,
}

#[derive(Debug)]
struct State {
    pins: BTreeMap<String, VecDeque<PinEvent>>,
    table: Table,
    stopped: bool,
}

/// The file in which the interpreter looks up what drives an input. For each pin a zero
/// byte, the name, `=`, and `0`, `1` or `z`. The interpreter reads it at any time, so a pin
/// is only ever appended, and later changes touch the one byte.
#[derive(Debug)]
struct Table {
    file: File,
    length: u64,
    places: BTreeMap<String, u64>,
}

impl Pins {
    pub(crate) fn new(file: File) -> Self {
        Self {
            state: Mutex::new(State {
                pins: BTreeMap::new(),
                table: Table {
                    file,
                    length: 0,
                    places: BTreeMap::new(),
                },
                stopped: false,
            }),
            changed: Condvar::new(),
            origin: microseconds(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a report of the interpreter: microseconds, mode, pull, level, then the name.
    pub(crate) fn report(&self, payload: &[u8]) {
        let Some((ticks, rest)) = payload.split_first_chunk() else {
            return;
        };
        let ticks = u64::from_le_bytes(*ticks);
        let &[mode, pull, level, ref name @ ..] = rest else {
            return;
        };
        let event = PinEvent {
            at: Duration::from_micros(ticks.saturating_sub(self.origin)),
            mode: match mode {
                0 => PinMode::Input,
                1 => PinMode::Output,
                _ => PinMode::OpenDrain,
            },
            pull: match pull {
                0 => Pull::None,
                1 => Pull::Up,
                _ => Pull::Down,
            },
            level: if level == 0 { Level::Low } else { Level::High },
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let mut state = self.lock();
        let history = state.pins.entry(name).or_default();
        if history.len() == PIN_HISTORY {
            history.pop_front();
        }
        history.push_back(event);
        drop(state);
        self.changed.notify_all();
    }

    /// Drives a pin from outside; `None` lets go of it.
    pub(crate) fn drive(&self, name: &str, level: Option<Level>) -> Result<(), Error> {
        let byte = match level {
            Some(Level::Low) => b'0',
            Some(Level::High) => b'1',
            None => b'z',
        };
        self.lock()
            .table
            .set(name, byte)
            .map_err(Error::system("driving a pin"))
    }

    pub(crate) fn history(&self, name: &str) -> Vec<PinEvent> {
        let state = self.lock();
        state
            .pins
            .get(name)
            .map(|history| history.iter().copied().collect())
            .unwrap_or_default()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().pins.keys().cloned().collect()
    }

    /// Waits until the last change of the pin left it as an output of that level.
    pub(crate) fn wait(&self, name: &str, level: Level, deadline: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let last = state.pins.get(name).and_then(VecDeque::back);
            if last.is_some_and(|last| last.mode != PinMode::Input && last.level == level) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.stopped {
                return false;
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends all waiting.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

impl Table {
    fn set(&mut self, name: &str, byte: u8) -> std::io::Result<()> {
        if let Some(&place) = self.places.get(name) {
            return self.file.write_all_at(&[byte], place);
        }
        let mut entry = vec![0];
        entry.extend_from_slice(name.as_bytes());
        entry.push(b'=');
        entry.push(byte);
        self.file.write_all_at(&entry, self.length)?;
        self.length += entry.len() as u64;
        self.places.insert(name.to_owned(), self.length - 1);
        Ok(())
    }
}

/// The clock that `time.ticks_us` of the unix port reads, in microseconds.
fn microseconds() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let micros = u64::try_from(now.tv_nsec / 1000).unwrap_or(0);
    seconds * 1_000_000 + micros
}
