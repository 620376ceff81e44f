//! What errors of files mean.

use belay_deploy::Error as Deploy;
use belay_device::FileFault;
use belay_sync::{ApplyError, PlanError};

use super::{device, packages};
use crate::diagnosis::{Diagnosis, Explanation, FAILED};

/// What to do about a board that cannot mount a folder.
pub(super) const NO_MOUNT: &str = "it takes MicroPython with vfs.mount, binascii and time.ticks_ms \
    (CircuitPython mounts FAT alone); put the files on the board with belay sync";

/// What to do about files that were not brought onto a board, or from it.
pub(super) fn hint(error: &Deploy) -> Option<String> {
    Some(match error {
        Deploy::NoFolder { path } => {
            let folder = path.parent().unwrap_or_default();
            format!("create it first: belay fs mkdir -p :{folder}")
        }
        Deploy::IsAFolder { .. } | Deploy::IsALocalFolder { .. } => {
            "with -r, cp and rm take folders with all that lies below them".to_owned()
        }
        Deploy::DriveInUse { .. } => drive_in_use(),
        Deploy::DriveReadOnly { .. } => {
            "mount it anew for writing, or eject it: then the board may write".to_owned()
        }
        Deploy::SameUid { .. } => "name the right one in BELAY_DRIVE".to_owned(),
        Deploy::SameTarget { .. } => "give them different names, one command for each".to_owned(),
        Deploy::Mpy { source, .. } => return packages::of_mpy(source),
        _ => return None,
    })
}

/// What the failure of a whole plan means; `None` for another error.
pub(super) fn transferring(port: &str, error: &Deploy) -> Option<Diagnosis> {
    match error {
        Deploy::Plan(source) => Some(planning(port, source)),
        Deploy::Apply(source) => Some(applying(port, source)),
        _ => None,
    }
}

/// There is no way to make the board hold what it should.
fn planning(port: &str, error: &PlanError<belay_device::Error>) -> Diagnosis {
    let hint = match error {
        PlanError::ReadOnly { .. } => read_only(),
        PlanError::NoSpace {
            freed_at_the_end, ..
        } if *freed_at_the_end > 0 => {
            "what would be deleted goes last: delete it first with belay fs rm, or leave files out \
             with --ignore"
                .to_owned()
        }
        PlanError::NoSpace { .. } => no_space(),
        PlanError::KeptInTheWay { .. } => {
            "move what is kept out of the way with belay fs mv, or give --keep without it"
                .to_owned()
        }
        _ => return failure(port, error, None),
    };
    failure(port, error, Some(hint))
}

/// The changes were not made to the end.
fn applying(port: &str, error: &ApplyError<belay_device::Error>) -> Diagnosis {
    let ApplyError::Remote { source, report } = error else {
        return failure(port, error, None);
    };
    let Explanation::Failure { message, hint } = device::calling(port, false, source).explanation
    else {
        return failure(port, error, None);
    };
    let done = report.done.len();
    let message = format!("{message}; {done} of {} changes were made", report.changes);
    let rest = || "every file is whole; the next run makes the rest".to_owned();
    Diagnosis::failure(FAILED, message, hint.or_else(|| Some(rest())))
}

fn failure(port: &str, error: &dyn std::error::Error, hint: Option<String>) -> Diagnosis {
    let message = format!("{port}: {}", crate::error::with_causes(error));
    Diagnosis::failure(FAILED, message, hint)
}

/// What to do about a file that the board cannot handle.
pub(super) fn of_fault(fault: &FileFault) -> Option<String> {
    match fault {
        FileFault::ReadOnly => Some(read_only()),
        FileFault::NoSpace { .. } | FileFault::Full => Some(no_space()),
        FileFault::NotEmpty => {
            Some("belay fs rm -r deletes a folder with what it holds".to_owned())
        }
        FileFault::NameTooLong | FileFault::BadName => {
            Some("give it another name, or leave it out".to_owned())
        }
        _ => None,
    }
}

/// A computer has the drive of a board with CircuitPython.
fn drive_in_use() -> String {
    format!(
        "eject the drive CIRCUITPY on the computer that has it, name its folder in BELAY_DRIVE if that is here, or {BOOT}"
    )
}

/// What to do on the computer that has the drive.
const BOOT: &str =
    "put import storage; storage.remount('/', readonly=False) into its boot.py and reset";

fn read_only() -> String {
    "on CircuitPython, either the computer or the board may write: belay circuitpython remount lets the board"
        .to_owned()
}

fn no_space() -> String {
    "belay fs df shows the room there is, belay fs tree what takes it".to_owned()
}
