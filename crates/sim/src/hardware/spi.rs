//! SPI buses, and what is on them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Log;
use super::i2c::BusName;

/// A device on an SPI bus.
///
/// Its methods are called on a thread of the board, and hold up the program that talks to the
/// device. What one that panics would have answered reads as 0xff.
pub trait SpiDevice: Send {
    /// The device has been selected once more since the last transfer. The board's pin may
    /// have gone low a while ago; this is called ahead of the first transfer from then on. A
    /// device without a pin that selects it is selected once for each transfer.
    fn select(&mut self) {}

    /// As many bytes go to the device as come from it; `read` is all 0xff before.
    fn transfer(&mut self, written: &[u8], read: &mut [u8]);
}

impl<T: SpiDevice + ?Sized> SpiDevice for Arc<Mutex<T>> {
    fn select(&mut self) {
        self.lock().unwrap_or_else(PoisonError::into_inner).select();
    }

    fn transfer(&mut self, written: &[u8], read: &mut [u8]) {
        self.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .transfer(written, read);
    }
}

/// What a program did on an SPI bus in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpiTransfer {
    /// When it ended, counted from the first start of the board.
    pub at: Duration,
    /// The number of the bus, or `SCK/MOSI/MISO` when it has none.
    pub bus: String,
    /// Polarity and phase: 0, 1, 2 or 3.
    pub mode: u8,
    /// The pin by which the device that answered is selected, if it has one.
    pub select: Option<String>,
    /// Whether there was a device to answer.
    pub answered: bool,
    /// What went to the device.
    pub written: Vec<u8>,
    /// What came from the device at the same time.
    pub read: Vec<u8>,
}

pub(crate) type SharedDevice = Arc<Mutex<dyn SpiDevice>>;

/// All buses.
#[derive(Default)]
pub(crate) struct Spi {
    devices: Vec<Wired>,
    pub(crate) log: Log<SpiTransfer>,
}

struct Wired {
    bus: String,
    select: Option<String>,
    device: SharedDevice,
    /// How often the pin had gone low when the device was selected last.
    selected: Option<u64>,
}

/// Who answers a transfer.
pub(crate) struct Answerer {
    pub(crate) device: SharedDevice,
    pub(crate) select: Option<String>,
    /// Whether it has been selected once more.
    pub(crate) anew: bool,
}

impl Spi {
    pub(crate) fn attach(&mut self, bus: &str, select: Option<&str>, device: SharedDevice) {
        self.detach(bus, select);
        self.devices.push(Wired {
            bus: bus.to_owned(),
            select: select.map(str::to_owned),
            device,
            selected: None,
        });
    }

    pub(crate) fn detach(&mut self, bus: &str, select: Option<&str>) -> bool {
        let before = self.devices.len();
        self.devices
            .retain(|wired| wired.bus != bus || wired.select.as_deref() != select);
        self.devices.len() < before
    }

    /// Who answers on a bus while the pins in `low` are low; with each comes how often it has
    /// gone low.
    pub(crate) fn find(&mut self, bus: &BusName, low: &[(String, u64)]) -> Option<Answerer> {
        let falls = |select: &str| {
            low.iter()
                .find(|(pin, _)| pin == select)
                .map(|&(_, falls)| falls)
        };
        let mine = |wired: &&mut Wired| bus.is(&wired.bus);
        let selected = self.devices.iter_mut().filter(mine).find_map(|wired| {
            let falls = falls(wired.select.as_deref()?)?;
            let anew = wired.selected.replace(falls) != Some(falls);
            Some((wired, anew))
        });
        let (wired, anew) = if let Some(found) = selected {
            found
        } else {
            let always = |wired: &&mut Wired| wired.select.is_none();
            (self.devices.iter_mut().filter(mine).find(always)?, true)
        };
        Some(Answerer {
            device: Arc::clone(&wired.device),
            select: wired.select.clone(),
            anew,
        })
    }

    /// The counts of a board that starts begin at zero again.
    pub(crate) fn reset(&mut self) {
        for wired in &mut self.devices {
            wired.selected = None;
        }
    }
}

impl fmt::Debug for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices = self.devices.iter().map(|wired| (&wired.bus, &wired.select));
        f.debug_list().entries(devices).finish()
    }
}
