//! Files of this computer.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// An operation on a file of this computer that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct FileError {
    /// What was tried: `read`, `write`, `create`, `rename`, `remove`, `lock`.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl FileError {
    /// For use with `map_err`.
    pub(crate) fn new(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Writes a file so that there is the old one or the new one at any time, and no half of it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_renamed(path, bytes, Durability::Power)
}

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".belay-";

/// Whether this is the name of a file that is being written, or was when the process was killed.
pub(crate) fn is_unfinished(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(UNFINISHED)
}

/// What a file survives that was just written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The end of the process. Enough for the cache, which notices what is broken.
    Process,
    /// The end of the computer's power.
    Power,
}

pub(crate) fn write_renamed(
    path: &Path,
    bytes: &[u8],
    durability: Durability,
) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FileError::new("create", folder))?;
    let error = || FileError::new("write", path);
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions_from(path)
        .tempfile_in(folder)
        .map_err(error())?;
    // The file behind it, whose errors do not name the file that is about to be renamed.
    file.as_file_mut().write_all(bytes).map_err(error())?;
    if durability == Durability::Power {
        file.as_file().sync_all().map_err(error())?;
    }
    match file.persist(path) {
        // In the cache another process may have swept it away meanwhile.
        Err(failure)
            if failure.error.kind() == ErrorKind::NotFound && durability == Durability::Process =>
        {
            Ok(())
        }
        Err(failure) => Err(error()(failure.error)),
        Ok(_) => Ok(()),
    }
}

/// Gives the new file the permissions that the old one has.
trait PermissionsFrom {
    fn permissions_from(&mut self, path: &Path) -> &mut Self;
}

impl PermissionsFrom for tempfile::Builder<'_, '_> {
    fn permissions_from(&mut self, path: &Path) -> &mut Self {
        if let Ok(metadata) = fs::metadata(path) {
            self.permissions(metadata.permissions());
        } else {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                // What the user's mask leaves of this, as for any file that a program creates.
                self.permissions(fs::Permissions::from_mode(0o666));
            }
        }
        self
    }
}
