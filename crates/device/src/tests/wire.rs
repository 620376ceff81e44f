//! A link in virtual time, which loses, doubles, changes, swaps and delays bytes, and can be cut.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use belay_transport::{Error, Properties, Transport, Waker};

use super::board::Board;
use crate::driver::World;

/// How long a byte is on its way, and how long behind the one in front of it.
const LATENCY: Duration = Duration::from_millis(1);
const BYTE: Duration = Duration::from_micros(10);
/// What no session may take: it hangs.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// What happens to a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Lost,
    Twice,
    Changed,
    /// In front of the one before it.
    Swapped,
    /// By up to two seconds, and all that come behind it no sooner.
    Late,
}

pub(super) const FAULTS: [Fault; 5] = [
    Fault::Lost,
    Fault::Twice,
    Fault::Changed,
    Fault::Swapped,
    Fault::Late,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    ToBoard = 0,
    ToHost = 1,
}

pub(super) const DIRECTIONS: [Direction; 2] = [Direction::ToBoard, Direction::ToHost];

/// One direction of a link.
#[derive(Debug, Default)]
struct Lane {
    /// What is on its way, with the time at which it arrives.
    bytes: VecDeque<(Duration, u8)>,
    free_at: Duration,
    /// One of so many bytes is struck by this, if any is.
    noise: Option<(Fault, u64)>,
    /// After so many bytes the link is cut.
    cut_after: Option<usize>,
    struck: u64,
}

/// A board, the link to it, and the time.
pub(super) struct State {
    pub(super) board: Board,
    pub(super) now: Duration,
    connected: bool,
    lanes: [Lane; 2],
    random: u64,
}

/// The world of one test, of which each clone is the same.
#[derive(Clone)]
pub(super) struct Wire {
    state: Arc<Mutex<State>>,
    base: Instant,
    properties: Properties,
}

impl Wire {
    pub(super) fn new(seed: u64, properties: Properties) -> Self {
        let state = State {
            board: Board::default(),
            now: Duration::ZERO,
            connected: false,
            lanes: Default::default(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            base: Instant::now(),
            properties,
        }
    }

    /// The clock and the numbers of this world.
    pub(super) fn world(&self) -> World {
        let (here, there) = (self.clone(), self.clone());
        World {
            clock: Box::new(move || here.base + here.state().now),
            random: Box::new(move || there.state().random()),
        }
    }

    /// A byte stream to the board, in the place of an earlier one.
    pub(super) fn connect(&self) -> Box<dyn Transport> {
        let mut state = self.state();
        state.connected = true;
        state.lanes = Default::default();
        Box::new(self.clone())
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Strikes one byte of `rate` from now on.
    pub(super) fn noise(&self, direction: Direction, fault: Fault, rate: u64) {
        self.state().lanes[direction as usize].noise = Some((fault, rate));
    }

    /// Cuts the link when so many more bytes have been sent.
    pub(super) fn cut_after(&self, direction: Direction, bytes: usize) {
        self.state().lanes[direction as usize].cut_after = Some(bytes);
    }

    /// Ends all faults, and gives how many bytes were struck.
    pub(super) fn calm(&self) -> u64 {
        let mut state = self.state();
        let mut struck = 0;
        for lane in &mut state.lanes {
            lane.noise = None;
            lane.cut_after = None;
            struck += std::mem::take(&mut lane.struck);
        }
        struck
    }
}

impl State {
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn send(&mut self, direction: Direction, bytes: &[u8]) {
        for &byte in bytes {
            let random = self.random();
            let lane = &mut self.lanes[direction as usize];
            if let Some(rest) = &mut lane.cut_after {
                if *rest == 0 {
                    self.connected = false;
                    return;
                }
                *rest -= 1;
            }
            let struck = lane.noise.filter(|(_, rate)| random.is_multiple_of(*rate));
            lane.struck += u64::from(struck.is_some());
            let choice = random >> 32;
            let mut at = lane.free_at.max(self.now) + BYTE;
            let mut sent = vec![byte];
            match struck.map(|(fault, _)| fault) {
                None => {}
                Some(Fault::Lost) => sent.clear(),
                Some(Fault::Twice) => sent.push(byte),
                Some(Fault::Changed) => sent[0] ^= 1 << (choice % 8),
                Some(Fault::Late) => at = at.max(self.now + Duration::from_millis(choice % 2000)),
                Some(Fault::Swapped) => {
                    if let Some((_, before)) = lane.bytes.back_mut() {
                        std::mem::swap(before, &mut sent[0]);
                    }
                }
            }
            lane.free_at = at;
            lane.bytes
                .extend(sent.into_iter().map(|byte| (at + LATENCY, byte)));
        }
    }

    /// What has arrived by now.
    fn arrived(&mut self, direction: Direction) -> Vec<u8> {
        let lane = &mut self.lanes[direction as usize];
        let count = lane
            .bytes
            .iter()
            .take_while(|(at, _)| *at <= self.now)
            .count();
        lane.bytes.drain(..count).map(|(_, byte)| byte).collect()
    }

    fn next_arrival(&self) -> Option<Duration> {
        let fronts = self.lanes.iter().filter_map(|lane| lane.bytes.front());
        let wakes = self.board.wakes_at();
        fronts.map(|(at, _)| *at).chain(wakes).min()
    }

    /// What the board has been sent is what it works on.
    fn work(&mut self) {
        let bytes = self.arrived(Direction::ToBoard);
        let now = self.now;
        self.board.receive(&bytes, now);
        let said = std::mem::take(&mut self.board.output);
        self.send(Direction::ToHost, &said);
    }
}

impl Transport for Wire {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        let deadline = deadline.saturating_duration_since(self.base);
        let mut state = self.state();
        loop {
            state.work();
            let lane = &state.lanes[Direction::ToHost as usize];
            if lane.bytes.front().is_some_and(|(at, _)| *at <= state.now) {
                let mut bytes = state.arrived(Direction::ToHost);
                let rest = bytes.split_off(bytes.len().min(buffer.len()));
                buffer[..bytes.len()].copy_from_slice(&bytes);
                let now = state.now;
                let lane = &mut state.lanes[Direction::ToHost as usize];
                for byte in rest.into_iter().rev() {
                    lane.bytes.push_front((now, byte));
                }
                return Ok(bytes.len());
            }
            if !state.connected {
                return Err(self.gone());
            }
            assert!(state.now < FOR_EVER, "the session hangs");
            match state.next_arrival() {
                Some(next) if next <= deadline => state.now = state.now.max(next),
                _ => {
                    state.now = state.now.max(deadline);
                    return Ok(0);
                }
            }
        }
    }

    fn write(&mut self, bytes: &[u8], _deadline: Instant) -> Result<usize, Error> {
        let mut state = self.state();
        if !state.connected {
            return Err(self.gone());
        }
        state.send(Direction::ToBoard, bytes);
        Ok(bytes.len())
    }

    fn waker(&self) -> Waker {
        Waker::new(|| ())
    }

    fn name(&self) -> &'static str {
        "wire"
    }

    fn properties(&self) -> Properties {
        self.properties
    }
}

impl Wire {
    fn gone(&self) -> Error {
        Error::Disconnected {
            port: self.name().to_owned(),
        }
    }
}
