//! Locks between processes.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;
use std::time::Duration;

use fs4::{FileExt, TryLockError};

use crate::file::FileError;

/// How long it takes to notice that a lock is free.
const AGAIN: Duration = Duration::from_millis(20);

/// Hears that somebody else holds a lock, at first and then now and again, and says whether to wait on.
pub(crate) type Waiting<'w> = dyn FnMut(&Path) -> ControlFlow<()> + 'w;

/// For who waits in any case.
pub(crate) fn always(_: &Path) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A lock on a file, held until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: Option<File>,
    #[cfg(unix)]
    path: PathBuf,
}

impl FileLock {
    #[cfg_attr(not(unix), expect(unused_variables))]
    fn new(file: Option<File>, path: &Path) -> Self {
        Self {
            _file: file,
            #[cfg(unix)]
            path: path.to_owned(),
        }
    }

    /// Takes the lock. The file is created when it is not there. While another process holds the
    /// lock, `waiting` is asked whether to go on; `None` when not.
    pub(crate) fn take(path: &Path, waiting: &mut Waiting<'_>) -> Result<Option<Self>, FileError> {
        loop {
            let file = open(path)?;
            if wait(path, waiting, || FileExt::try_lock(&file))?.is_break() {
                return Ok(None);
            }
            // A last holder that removed the file leaves a lock that guards nothing any more.
            if is_current(&file, path) {
                return Ok(Some(Self::new(Some(file), path)));
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
    pub(crate) fn share(path: &Path, waiting: &mut Waiting<'_>) -> Result<Option<Self>, FileError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Some(Self::new(None, path)));
            }
            Err(error) => return Err(FileError::new("lock", path)(error)),
        };
        if wait(path, waiting, || FileExt::try_lock_shared(&file))?.is_break() {
            return Ok(None);
        }
        Ok(Some(Self::new(Some(file), path)))
    }
}

/// Tries again until it is there or `waiting` says stop. A system's own way of waiting for a lock can
/// be ended by nobody.
fn wait(
    path: &Path,
    waiting: &mut Waiting<'_>,
    attempt: impl Fn() -> Result<(), TryLockError>,
) -> Result<ControlFlow<()>, FileError> {
    loop {
        match attempt() {
            Ok(()) => return Ok(ControlFlow::Continue(())),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(FileError::new("lock", path)(error)),
        }
        if waiting(path).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        std::thread::sleep(AGAIN);
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
