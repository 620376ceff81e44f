//! I2C buses, and what is on them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Log;

/// A device on an I2C bus.
///
/// Its methods are called on a thread of the board, and hold up the program that talks to the
/// device. One that panics counts as absent.
pub trait I2cDevice: Send {
    /// The device is addressed, to be read or to be written. The answer is whether it
    /// acknowledges.
    fn start(&mut self, read: bool) -> bool {
        let _ = read;
        true
    }

    /// Bytes are written to the device; how many of them it acknowledges. It does not see
    /// those behind the first it refuses.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// Bytes are read from the device.
    fn read(&mut self, buffer: &mut [u8]);

    /// The transfer is over. It is not called where the next transfer follows without a stop.
    fn stop(&mut self) {}
}

impl<T: I2cDevice + ?Sized> I2cDevice for Arc<Mutex<T>> {
    fn start(&mut self, read: bool) -> bool {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .start(read)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn read(&mut self, buffer: &mut [u8]) {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read(buffer);
    }

    fn stop(&mut self) {
        self.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
}

/// What a program did on an I2C bus: one address and the bytes behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct I2cTransfer {
    /// When it ended, counted from the first start of the board.
    pub at: Duration,
    /// The number of the bus, or `SCL/SDA` when it has none.
    pub bus: String,
    /// The address of the device, 7 bits.
    pub address: u8,
    /// Whether the program read.
    pub read: bool,
    /// Whether a device acknowledged its address.
    pub acknowledged: bool,
    /// The bytes that came across, in the one direction or the other.
    pub data: Vec<u8>,
}

/// A device that several threads can reach; a call of it does not hold up the state around.
pub(crate) type SharedDevice = Arc<Mutex<dyn I2cDevice>>;

/// All buses.
#[derive(Default)]
pub(crate) struct I2c {
    devices: BTreeMap<(String, u8), SharedDevice>,
    pub(crate) log: Log<I2cTransfer>,
    /// What the primitive operations have begun, by the lines of the bus.
    pub(crate) open: BTreeMap<String, Open>,
}

/// A bus between a start and a stop.
#[derive(Clone)]
pub(crate) enum Open {
    /// The next byte is an address.
    Started,
    /// A device, and whether it is read.
    Addressed(u8, SharedDevice, bool),
    /// Nobody acknowledged.
    Ignored,
}

/// The names of a bus: its number and its lines, one of which may be empty.
#[derive(Debug, Clone)]
pub(crate) struct BusName {
    pub(crate) number: String,
    pub(crate) lines: String,
}

impl BusName {
    /// What it is called in logs.
    pub(crate) fn text(&self) -> &str {
        if self.number.is_empty() {
            &self.lines
        } else {
            &self.number
        }
    }

    /// Whether `name` is one of its names.
    pub(crate) fn is(&self, name: &str) -> bool {
        !name.is_empty() && (name == self.number || name == self.lines)
    }
}

impl I2c {
    pub(crate) fn attach(&mut self, bus: &str, address: u8, device: SharedDevice) {
        self.devices.insert((bus.to_owned(), address), device);
    }

    pub(crate) fn detach(&mut self, bus: &str, address: u8) -> bool {
        self.devices.remove(&(bus.to_owned(), address)).is_some()
    }

    pub(crate) fn find(&self, bus: &BusName, address: u8) -> Option<SharedDevice> {
        [&bus.number, &bus.lines]
            .into_iter()
            .filter(|name| !name.is_empty())
            .find_map(|name| self.devices.get(&(name.clone(), address)).cloned())
    }

    /// The addresses on a bus, in order.
    pub(crate) fn addresses(&self, bus: &BusName) -> Vec<u8> {
        let mut found: Vec<u8> = self
            .devices
            .keys()
            .filter(|(name, _)| bus.is(name))
            .map(|&(_, address)| address)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    pub(crate) fn reset(&mut self) {
        self.open.clear();
    }
}

impl fmt::Debug for I2c {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I2c")
            .field("devices", &self.devices.keys())
            .finish_non_exhaustive()
    }
}
