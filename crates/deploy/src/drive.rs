//! The way to write to a board with CircuitPython, whatever its drive is used for.

mod boot;
mod folder;
mod mounts;

use std::path::PathBuf;

use belay_device::{Device, Drive, TakenDrive};

pub use self::boot::{with_remount, without_remount};
use self::folder::DriveFolder;
use crate::Error;

/// How files get onto a board with CircuitPython, the best way that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Code on the board may write as things are.
    Writable,
    /// Code may not, and the web workflow that the link comes from may.
    Web,
    /// Code takes the drive from the computer for the time, and gives it back.
    TakesDrive,
    /// No computer sees the drive: code mounts the file system anew for the time.
    Remounts,
    /// Only the computer may write: through the drive, which is mounted here.
    Drive(PathBuf),
    /// Only the computer may write, and has mounted the drive so that it does not.
    DriveReadOnly(PathBuf),
    /// Only the computer may write, and boards of the same UID have their drives here.
    SameUid(Vec<PathBuf>),
    /// Only the computer may write that has the drive, and this one has not.
    Elsewhere,
}

impl Access {
    /// What holds for a board. `None` if its firmware has no drive. `drives` are folders that may be its drive, beside
    /// those that this computer is known to have mounted.
    ///
    /// # Errors
    /// When the board fails.
    pub fn of(
        device: &mut Device,
        drives: &[PathBuf],
    ) -> Result<Option<Self>, belay_device::Error> {
        let Some(drive) = device.drive()? else {
            return Ok(None);
        };
        let way = Self::choose(&drive, drives);
        let web = way != Self::Writable && device.web_writer().is_some();
        Ok(Some(if web { Self::Web } else { way }))
    }

    fn choose(drive: &Drive, drives: &[PathBuf]) -> Self {
        if drive.writable {
            return Self::Writable;
        }
        if drive.can_be_taken {
            return Self::TakesDrive;
        }
        if drive.can_be_remounted {
            return Self::Remounts;
        }
        let mut found = mounts::find(&drive.uid, drives);
        match (found.pop(), found.is_empty()) {
            (None, _) => Self::Elsewhere,
            (Some(folder), true) if mounts::may_write(&folder) => Self::Drive(folder),
            (Some(folder), true) => Self::DriveReadOnly(folder),
            (Some(folder), false) => {
                found.push(folder);
                Self::SameUid(found)
            }
        }
    }
}

/// What a session has done so that a board takes changes, until it is [given back](Self::give_back).
///
/// The board notes that its drive has been taken. Whoever ends before, the next session gives it back.
///
/// ```no_run
/// # fn bring(device: &mut belay_device::Device) -> Result<(), belay_deploy::Error> {
/// use belay_deploy::WriteAccess;
///
/// let mut access = WriteAccess::new(Vec::new());
/// let result = access.during(device, &mut |done| eprintln!("{done}"), &mut |device| {
///     Ok(device.files().write("/log.txt", b"begun")?)
/// });
/// access.give_back(device)?;
/// result
/// # }
/// ```
#[derive(Debug, Default)]
pub struct WriteAccess {
    drives: Vec<PathBuf>,
    /// Whether a way has been looked for.
    sought: bool,
    taken: Option<TakenDrive>,
}

impl WriteAccess {
    /// That of a board whose drive may be one of these folders, or where this computer mounts drives.
    pub fn new(drives: Vec<PathBuf>) -> Self {
        Self {
            drives,
            ..Self::default()
        }
    }

    /// How the board takes changes, see [`Access::of`].
    ///
    /// # Errors
    /// When the board fails.
    pub fn way(&self, device: &mut Device) -> Result<Option<Access>, belay_device::Error> {
        Access::of(device, &self.drives)
    }

    /// Does `work` with files. Where the board takes no changes, it is made to take them, if that can be, and
    /// `work` is done again. `tell` hears what is done for that.
    ///
    /// # Errors
    /// [`Error::DriveInUse`], [`Error::DriveReadOnly`] and [`Error::SameUid`] where only a computer may write, and not
    /// this one through the drive; when the board fails; those of `work`.
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
        if !drive.writable
            && let Some(writer) = device.web_writer()
        {
            tell("writing through the board's web workflow");
            device.set_file_writer(Some(writer));
            let result = work(device);
            if !result.as_ref().is_err_and(Error::is_read_only) {
                return result;
            }
            // A computer has mounted the drive meanwhile.
            device.set_file_writer(None);
        }
        let uid = drive.uid.clone();
        let taken = match Access::choose(&drive, &self.drives) {
            Access::Writable | Access::Web => return result,
            Access::TakesDrive => {
                mounts::unmount(&uid, tell);
                TakenDrive::FromComputer
            }
            Access::Remounts => TakenDrive::Remounted,
            Access::Drive(folder) => {
                tell(&format!(
                    "writing through the drive at {}",
                    folder.display()
                ));
                let writer = DriveFolder::new(folder.clone());
                device.set_file_writer(Some(Box::new(writer)));
                let result = work(device);
                if result.as_ref().is_err_and(Error::is_read_only) {
                    return Err(Error::DriveReadOnly { folder });
                }
                return result;
            }
            Access::DriveReadOnly(folder) => return Err(Error::DriveReadOnly { folder }),
            Access::SameUid(folders) => return Err(Error::SameUid { uid, folders }),
            Access::Elsewhere => return Err(Error::DriveInUse { uid }),
        };
        if !device.take_drive(taken)? {
            return Err(Error::DriveInUse { uid });
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
        device.set_file_writer(None);
        self.sought = false;
        let taken = match self.taken.take() {
            // Whatever is at the prompt and cannot be asked has nothing that could be given back.
            None => device.drive_left_taken().unwrap_or(None),
            taken => taken,
        };
        taken.map_or(Ok(()), |taken| device.give_drive_back(taken))
    }
}
