//! Cable, power and faults of a running board.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, SyncSender};

use crate::board::Board;
use crate::error::Error;
use crate::faults::{FlashFaults, LinkFaults, PowerCut};
use crate::flash::read_counters;
use crate::worker::Control;

impl Board {
    /// Another path of the pseudo-terminal: a symbolic link that leads to it again when the
    /// board has been unplugged and plugged in, while [`Board::path`] is that of the first.
    /// While the board is unplugged there is nothing at this path.
    pub fn stable_path(&self) -> &Path {
        &self.stable_path
    }

    /// Where the pseudo-terminal is now; `None` while the board is unplugged.
    pub fn current_path(&self) -> Option<PathBuf> {
        fs::read_link(&self.stable_path).ok()
    }

    /// Pulls the cable. Clients notice as they do when a board is unplugged: their reads end or
    /// fail, and so does what they write. What was on the way is lost. The board itself runs on,
    /// as one with a power supply of its own. Connections to the TCP port are ended at once.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the board has stopped.
    pub fn unplug(&self) -> Result<(), Error> {
        self.order(Control::Unplug)
    }

    /// Puts the cable back. A board without power stays as it is, without a link, until
    /// [`Board::power_on`].
    ///
    /// # Errors
    /// When the system has no further pseudo-terminal, or the board has stopped.
    pub fn plug_in(&self) -> Result<(), Error> {
        self.order(Control::PlugIn)?
    }

    /// Whether the cable is in, and the board can be reached.
    pub fn is_plugged_in(&self) -> bool {
        self.shared.plugged_in.load(Ordering::Acquire)
    }

    /// Takes the board's power, and with it the link. Memory is lost; flash holds what has been
    /// programmed. Without power, the reset button does nothing.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the board has stopped.
    pub fn cut_power(&self) -> Result<(), Error> {
        self.order(Control::PowerOff)
    }

    /// Gives the board its power back, and plugs it in. Returns when its interpreter is there,
    /// and boot.py begins. A board that has power is only plugged in.
    ///
    /// # Errors
    /// As for [`crate::Builder::start`]. A board that does not come up has stopped for good.
    pub fn power_on(&self) -> Result<(), Error> {
        self.order(Control::PowerOn)?
    }

    /// Whether the board has power. It is lost by [`Board::cut_power`] and by
    /// [`FlashFaults::power_cut`]; clients notice only afterwards.
    pub fn is_powered(&self) -> bool {
        self.shared.powered.load(Ordering::Acquire)
    }

    /// Sets what goes wrong on the link from now on, instead of what was set before.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the board has stopped.
    pub fn set_link_faults(&self, faults: LinkFaults) -> Result<(), Error> {
        self.order(|done| Control::LinkFaults(faults, done))
    }

    /// Sets what goes wrong in the flash from its next operation on, instead of what was set
    /// before. Operations are counted from now, so no program should be writing.
    ///
    /// # Errors
    /// When the file through which the interpreter is told cannot be written.
    pub fn set_flash_faults(&self, faults: FlashFaults) -> Result<(), Error> {
        let failed = Error::system("setting the faults of the flash");
        let past = read_counters(&self.shared.home.file("counters")).map_err(&failed)?;
        let words = faults.words(past.programs, past.erases);
        self.shared.home.put("faults", &words).map_err(&failed)
    }

    /// Lets power fail at the program operation with this number, counted from now, before it
    /// happens: [`Board::set_flash_faults`] with [`FlashFaults::cut_power_at`].
    ///
    /// # Errors
    /// As for [`Board::set_flash_faults`].
    pub fn cut_power_at(&self, operation: u64) -> Result<(), Error> {
        self.set_flash_faults(FlashFaults::cut_power_at(operation, PowerCut::Before))
    }

    /// What is in the flash. While a program writes, it is some mixture of before and after.
    ///
    /// # Errors
    /// When the image cannot be read.
    pub fn flash_image(&self) -> Result<Vec<u8>, Error> {
        fs::read(&self.shared.image).map_err(|source| Error::Flash {
            path: self.shared.image.clone(),
            source,
        })
    }

    /// Puts something else into the flash of a board without power.
    ///
    /// # Errors
    /// [`Error::Powered`] when the board has power, [`Error::FlashSize`] when the image has
    /// another size than the flash, and when it cannot be written.
    pub fn set_flash_image(&self, image: &[u8]) -> Result<(), Error> {
        let path = || self.shared.image.clone();
        if self.is_powered() {
            return Err(Error::Powered);
        }
        let failed = |source| Error::Flash {
            path: path(),
            source,
        };
        let expected = fs::metadata(&self.shared.image).map_err(failed)?.len();
        let found = image.len() as u64;
        if found != expected {
            return Err(Error::FlashSize {
                path: path(),
                expected,
                found,
            });
        }
        // The file stays the same one, and locked.
        fs::write(&self.shared.image, image).map_err(failed)
    }

    /// Gives an order, and waits for the answer.
    pub(crate) fn order<T>(
        &self,
        order: impl FnOnce(SyncSender<T>) -> Control,
    ) -> Result<T, Error> {
        let (done, wait) = mpsc::sync_channel(1);
        self.tell(order(done));
        wait.recv().map_err(|_| Error::Stopped {
            reason: self.failure().unwrap_or_default(),
        })
    }
}
