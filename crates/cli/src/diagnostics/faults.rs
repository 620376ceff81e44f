//! What to do about files that a board cannot handle.

use belay_device::FileFault;

/// What to do about a file that the board cannot handle.
pub(super) fn hint(fault: &FileFault) -> Option<String> {
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

pub(super) fn read_only() -> String {
    "on CircuitPython, either the computer or the board may write: put import storage; \
     storage.remount('/', readonly=False) into boot.py and reset"
        .to_owned()
}

pub(super) fn no_space() -> String {
    "belay fs df shows the room there is, belay fs tree what takes it".to_owned()
}
