//! The way to write to a board with CircuitPython, whatever its drive is used for.

mod mounts;

use std::path::PathBuf;

use belay_device::{Device, Drive, TakenDrive};

pub use self::mounts::find_drive;
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
    /// What holds for a board. `None` if its firmware has no drive.
    ///
    /// # Errors
    /// When the board fails.
    pub fn of(device: &mut Device) -> Result<Option<Self>, belay_device::Error> {
        let drive = device.drive()?;
        Ok(drive.map(|drive| Self::choose(&drive)))
    }

    fn choose(drive: &Drive) -> Self {
        if drive.writable {
            Self::Writable
        } else if drive.can_be_taken {
            Self::TakesDrive
        } else if drive.can_be_remounted {
            Self::Remounts
        } else {
            find_drive(&drive.uid).map_or(Self::Elsewhere, Self::Drive)
        }
    }
}

/// What a session has done so that a board takes changes, until it is [given back](Self::give_back).
///
/// The board notes that its drive has been taken. Whoever ends before, the next session gives it back.
#[derive(Debug, Default)]
pub struct WriteAccess {
    /// Whether a way has been looked for.
    sought: bool,
    taken: Option<TakenDrive>,
}

impl WriteAccess {
    /// Does `work` with files. Where the board takes no changes, it is made to take them, if that can be, and
    /// `work` is done again. `tell` hears what is done for that.
    ///
    /// # Errors
    /// [`Error::DriveInUse`] where only a computer may write; when the board fails; those of `work`.
    pub fn during<T>(
        &mut self,
        device: &mut Device,
        tell: &mut dyn FnMut(&str),
        work: &mut dyn FnMut(&mut Device) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = work(device);
        let refused = result.as_ref().is_err_and(Error::is_read_only);
        if !refused || std::mem::replace(&mut self.sought, true) {
            return result;
        }
        let Some(drive) = device.drive()? else {
            return result;
        };
        let taken = match Access::choose(&drive) {
            Access::Writable => return result,
            Access::TakesDrive => {
                mounts::unmount(&drive.uid, tell);
                TakenDrive::FromComputer
            }
            Access::Remounts => TakenDrive::Remounted,
            _ => return Err(Error::DriveInUse { uid: drive.uid }),
        };
        if !device.take_drive(taken)? {
            return Err(Error::DriveInUse { uid: drive.uid });
        }
        self.taken = Some(taken);
        tell("code on the board may write until this is done");
        work(device)
    }

    /// Leaves the drive to the computer, as it was before this session, or before one that was cut off.
    ///
    /// # Errors
    /// When the board fails.
    pub fn give_back(&mut self, device: &mut Device) -> Result<(), belay_device::Error> {
        let taken = match self.taken.take() {
            // Whatever is at the prompt and cannot be asked has nothing that could be given back.
            None => device.drive_left_taken().unwrap_or(None),
            taken => taken,
        };
        taken.map_or(Ok(()), |taken| device.give_drive_back(taken))
    }
}
