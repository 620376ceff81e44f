//! Locks between processes.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;

use fs4::{FileExt, TryLockError};

use crate::error::FileError;

/// A lock on a file, held until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
    #[cfg(unix)]
    path: PathBuf,
}

impl FileLock {
    #[cfg_attr(not(unix), expect(unused_variables))]
    fn new(file: File, path: &Path) -> Self {
        Self {
            _file: file,
            #[cfg(unix)]
            path: path.to_owned(),
        }
    }

    /// Takes the lock. The file is created when it is not there. When another process holds the
    /// lock, `waiting` is called once, and then this waits for it.
    pub(crate) fn take(path: &Path, waiting: impl FnOnce()) -> Result<Self, FileError> {
        let mut waiting = Some(waiting);
        loop {
            let file = open(path)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    FileExt::lock(&file).map_err(FileError::new("lock", path))?;
                }
                Err(TryLockError::Error(error)) => return Err(FileError::new("lock", path)(error)),
            }
            // A last holder that removed the file leaves a lock that guards nothing any more.
            if is_current(&file, path) {
                return Ok(Self::new(file, path));
            }
        }
    }

    /// Gives the lock back and removes its file, where that can be done while it is held: behind the
    /// back of another holder nobody may remove it.
    pub(crate) fn remove(self) -> Result<(), FileError> {
        #[cfg(unix)]
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(FileError::new("remove", &self.path)(error));
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a share of the lock, which keeps out those who take all of it, and no other shares.
    /// Nothing is created: without a file nobody holds the lock, and there is nothing to take.
    pub(crate) fn share(path: &Path, waiting: impl FnOnce()) -> Result<Option<Self>, FileError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::new("lock", path)(error)),
        };
        match FileExt::try_lock_shared(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                FileExt::lock_shared(&file).map_err(FileError::new("lock", path))?;
            }
            Err(TryLockError::Error(error)) => return Err(FileError::new("lock", path)(error)),
        }
        Ok(Some(Self::new(file, path)))
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
