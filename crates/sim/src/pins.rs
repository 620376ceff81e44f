//! The pins of a board as the outside sees them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{Error, clock};

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
    watched: BTreeMap<String, Watched>,
    /// Changes that no program has heard of, in their order.
    edges: VecDeque<(String, u8)>,
    /// Where the interpreter waits for word of changes.
    listener: Option<UnixStream>,
    stopped: bool,
}

/// How many changes may wait for a program; more are lost, as on a board whose queue is full.
const EDGES: usize = 1024;

const IRQ_FALLING: u8 = 4;
const IRQ_RISING: u8 = 8;

/// A pin with a handler for its changes.
#[derive(Debug)]
struct Watched {
    /// Which changes the handler wants, by the numbers of `Pin`.
    trigger: u8,
    /// Whether the level is what the outside drives the pin to, if it does.
    follows: bool,
    /// The level otherwise.
    idle: u8,
    level: u8,
}

/// The file in which the interpreter looks up what drives an input. For each pin a zero
/// byte, the name, `=`, and `0`, `1` or `z`. The interpreter reads it at any time, so a pin
/// is only ever appended, and later changes touch the one byte.
#[derive(Debug)]
struct Table {
    file: File,
    length: u64,
    /// For each pin where its byte is, and what.
    places: BTreeMap<String, (u64, u8)>,
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
                watched: BTreeMap::new(),
                edges: VecDeque::new(),
                listener: None,
                stopped: false,
            }),
            changed: Condvar::new(),
            origin: clock::microseconds(),
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
        let mut state = self.lock();
        state
            .table
            .set(name, byte)
            .map_err(Error::system("driving a pin"))?;
        state.settle(name);
        Ok(())
    }

    /// The level that the outside drives the pin to.
    pub(crate) fn driven(&self, name: &str) -> Option<Level> {
        match self.lock().table.driven(name) {
            b'0' => Some(Level::Low),
            b'1' => Some(Level::High),
            _ => None,
        }
    }

    /// Makes a connection the one on which the program hears of changes.
    pub(crate) fn subscribe(&self, listener: UnixStream) {
        self.lock().listener = Some(listener);
    }

    /// Watches a pin for a program, or has the news of one that is watched: `follows` is
    /// whether its level is what the outside drives it to, and `idle` its level otherwise.
    pub(crate) fn watch(&self, name: &str, trigger: u8, follows: bool, idle: u8) {
        let mut state = self.lock();
        let watched = Watched {
            trigger,
            follows,
            idle,
            level: idle,
        };
        let first = state.watched.get(name).is_none_or(|old| old.trigger == 0);
        let level = if first {
            watched.seen(state.table.driven(name))
        } else {
            state.watched.get(name).map_or(idle, |old| old.level)
        };
        state
            .watched
            .insert(name.to_owned(), Watched { level, ..watched });
        state.settle(name);
    }

    /// Takes all changes that no program has heard of: for each what it was and the pin, zero
    /// bytes between.
    pub(crate) fn take_edges(&self) -> Vec<u8> {
        let edges = std::mem::take(&mut self.lock().edges);
        let texts: Vec<Vec<u8>> = edges
            .into_iter()
            .map(|(name, edge)| [&[edge], name.as_bytes()].concat())
            .collect();
        texts.join(&0)
    }

    /// Forgets what the last start of the board has asked for. The pins of one that starts
    /// from its reset button drive nothing.
    pub(crate) fn restart(&self, hard: bool) {
        let at = Duration::from_micros(clock::microseconds().saturating_sub(self.origin));
        let mut state = self.lock();
        state.watched.clear();
        state.edges.clear();
        state.listener = None;
        if !hard {
            return;
        }
        let released = PinEvent {
            at,
            mode: PinMode::Input,
            pull: Pull::None,
            level: Level::Low,
        };
        for history in state.pins.values_mut() {
            let last = history.back().copied();
            if last.is_some_and(|last| PinEvent { at, ..last } != released) {
                if history.len() == PIN_HISTORY {
                    history.pop_front();
                }
                history.push_back(released);
            }
        }
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

    /// How the board has left a pin: mode, pull, level, and whether it has ever used it; in the
    /// numbers of `Pin`.
    pub(crate) fn state(&self, name: &str) -> [u8; 4] {
        let state = self.lock();
        let last = state.pins.get(name).and_then(VecDeque::back);
        last.map_or([0; 4], |last| {
            let mode = match last.mode {
                PinMode::Input => 0,
                PinMode::Output => 1,
                PinMode::OpenDrain => 2,
            };
            let pull = match last.pull {
                Pull::None => 0,
                Pull::Up => 1,
                Pull::Down => 2,
            };
            [mode, pull, u8::from(last.level == Level::High), 1]
        })
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

impl State {
    /// Tells the program when a pin it watches has changed.
    fn settle(&mut self, name: &str) {
        let driven = self.table.driven(name);
        let Some(watched) = self.watched.get_mut(name) else {
            return;
        };
        let level = watched.seen(driven);
        let edge = match (watched.level, level) {
            (0, 1) => IRQ_RISING,
            (1, 0) => IRQ_FALLING,
            _ => return,
        };
        watched.level = level;
        if watched.trigger & edge == 0 || self.edges.len() == EDGES {
            return;
        }
        self.edges.push_back((name.to_owned(), edge));
        if let Some(listener) = &mut self.listener {
            // Where there is no room for another word, the program has not heard the last.
            let _ = listener.write(&[1]);
        }
    }
}

impl Watched {
    /// The level where the outside drives the pin to `driven`.
    fn seen(&self, driven: u8) -> u8 {
        match driven {
            b'0' if self.follows => 0,
            b'1' if self.follows => 1,
            _ => self.idle,
        }
    }
}

impl Table {
    fn driven(&self, name: &str) -> u8 {
        self.places.get(name).map_or(b'z', |&(_, byte)| byte)
    }

    fn set(&mut self, name: &str, byte: u8) -> std::io::Result<()> {
        if let Some((place, last)) = self.places.get_mut(name) {
            self.file.write_all_at(&[byte], *place)?;
            *last = byte;
            return Ok(());
        }
        let mut entry = vec![0];
        entry.extend_from_slice(name.as_bytes());
        entry.push(b'=');
        entry.push(byte);
        self.file.write_all_at(&entry, self.length)?;
        self.length += entry.len() as u64;
        self.places.insert(name.to_owned(), (self.length - 1, byte));
        Ok(())
    }
}
