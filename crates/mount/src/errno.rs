//! The numbers of errors, as MicroPython's documentation has them in `errno`.

use std::io::{Error, ErrorKind};

pub(crate) const NOT_FOUND: u32 = 2;
pub(crate) const IO: u32 = 5;
pub(crate) const BAD_FILE: u32 = 9;
pub(crate) const ACCESS: u32 = 13;
pub(crate) const EXISTS: u32 = 17;
pub(crate) const NO_DEVICE: u32 = 19;
pub(crate) const NOT_A_FOLDER: u32 = 20;
pub(crate) const IS_A_FOLDER: u32 = 21;
pub(crate) const INVALID: u32 = 22;
pub(crate) const TOO_MANY_OPEN: u32 = 24;
pub(crate) const TOO_BIG: u32 = 27;
pub(crate) const NO_SPACE: u32 = 28;
pub(crate) const READ_ONLY: u32 = 30;
pub(crate) const NOT_EMPTY: u32 = 39;
const CROSSES: u32 = 18;
const NAME_TOO_LONG: u32 = 36;

/// The number of what went wrong on the host.
pub(crate) fn of(error: &Error) -> u32 {
    match error.kind() {
        ErrorKind::NotFound => NOT_FOUND,
        ErrorKind::PermissionDenied => ACCESS,
        ErrorKind::AlreadyExists => EXISTS,
        ErrorKind::NotADirectory => NOT_A_FOLDER,
        ErrorKind::IsADirectory => IS_A_FOLDER,
        ErrorKind::DirectoryNotEmpty => NOT_EMPTY,
        ErrorKind::InvalidInput => INVALID,
        ErrorKind::InvalidFilename => NAME_TOO_LONG,
        ErrorKind::FileTooLarge => TOO_BIG,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => NO_SPACE,
        ErrorKind::ReadOnlyFilesystem => READ_ONLY,
        ErrorKind::CrossesDevices => CROSSES,
        _ => IO,
    }
}
