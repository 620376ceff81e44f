//! Locks between processes.

use std::fs::{File, OpenOptions};
use std::path::Path;

use fs4::{FileExt, TryLockError};

use crate::error::FileError;

/// A lock on a file, held until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock unless another process holds it. The file is created when it is not there.
    pub(crate) fn try_take(path: &Path) -> Result<Option<Self>, FileError> {
        loop {
            let file = open(path)?;
            match FileExt::try_lock(&file) {
                Ok(()) if is_current(&file, path) => return Ok(Some(Self { _file: file })),
                // Its last holder removed the file: it guards nothing any more.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(FileError::new("lock", path)(error)),
            }
        }
    }

    /// Takes the lock, after other processes if need be.
    pub(crate) fn wait(path: &Path) -> Result<Self, FileError> {
        loop {
            let file = open(path)?;
            FileExt::lock(&file).map_err(FileError::new("lock", path))?;
            if is_current(&file, path) {
                return Ok(Self { _file: file });
            }
        }
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(FileError::new("create", folder))?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(FileError::new("lock", path))
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_current(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// An open file cannot be removed or renamed here.
#[cfg(not(unix))]
fn is_current(_file: &File, path: &Path) -> bool {
    path.exists()
}
