//! The way to write to a board with CircuitPython, whatever its drive is used for.

use std::path::PathBuf;

use belay_device::{Device, Drive, TakenDrive};

use crate::Error;

/// How files get onto a board with CircuitPython, the best way that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Code on the board may write as things are.
    Writable,
    /// Code takes the drive from the computer for the time, and gives it back.
    TakesDrive,
    /// No computer sees the drive: code mounts the file system anew for the time.
    Remounts,
    /// Only the computer may write: through the drive, which is mounted here.
    Drive(PathBuf),
    /// Only the computer may write that has the drive, and this one has not.
    Elsewhere,
}

impl Access {
    /// What holds for a board whose drive, if this computer has it, `find` finds by its UID. `None` if the
    /// board's firmware has no drive.
    ///
    /// # Errors
    /// When the board fails.
    pub fn of(
        device: &mut Device,
        find: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Result<Option<Self>, Error> {
        let drive = device.drive()?;
        Ok(drive.map(|drive| Self::choose(&drive, find)))
    }

    fn choose(drive: &Drive, find: &dyn Fn(&str) -> Option<PathBuf>) -> Self {
        if drive.writable {
            Self::Writable
        } else if drive.can_be_taken {
            Self::TakesDrive
        } else if drive.can_be_remounted {
            Self::Remounts
        } else {
            find(&drive.uid).map_or(Self::Elsewhere, Self::Drive)
        }
    }
}

/// That code on a board may write, until it is [given back](Self::give_back).
///
/// The board notes it. Whoever ends before, the next one who takes it gives it back.
#[derive(Debug)]
#[must_use = "the computer has no drive until it is given back"]
pub struct WriteAccess {
    way: Option<TakenDrive>,
}

impl WriteAccess {
    /// Lets code on the board write, where that needs anything. Before the drive is taken from this computer,
    /// `unmount` hears its UID.
    ///
    /// # Errors
    /// [`Error::DriveInUse`] where only the computer may write; when the board fails.
    pub fn take(device: &mut Device, unmount: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        let Some(drive) = device.drive()? else {
            return Ok(Self { way: None });
        };
        if drive.writable {
            return Ok(Self { way: drive.taken });
        }
        let way = if drive.can_be_taken {
            unmount(&drive.uid);
            TakenDrive::FromComputer
        } else if drive.can_be_remounted {
            TakenDrive::Remounted
        } else {
            return Err(Error::DriveInUse { uid: drive.uid });
        };
        match device.take_drive(way) {
            Ok(true) => Ok(Self { way: Some(way) }),
            other => {
                // It may have been done in part, and the first error is what counts.
                let _ = device.give_drive_back(way);
                other?;
                Err(Error::DriveInUse { uid: drive.uid })
            }
        }
    }

    /// What somebody has taken who ended before giving it back, or nothing.
    ///
    /// # Errors
    /// When the board fails.
    pub fn left(device: &mut Device) -> Result<Self, Error> {
        let drive = device.drive()?;
        let way = drive.and_then(|drive| drive.taken.filter(|_| drive.writable));
        Ok(Self { way })
    }

    /// Whether something was done that is to be given back.
    pub fn is_taken(&self) -> bool {
        self.way.is_some()
    }

    /// Gives the drive back to the computer, as it was.
    ///
    /// # Errors
    /// When the board fails.
    pub fn give_back(self, device: &mut Device) -> Result<(), Error> {
        if let Some(way) = self.way {
            device.give_drive_back(way)?;
        }
        Ok(())
    }
}
