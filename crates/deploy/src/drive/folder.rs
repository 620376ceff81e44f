//! The drive of a board, as this computer has mounted it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use belay_device::{FileFault, FileWriter};
use belay_sync::RemotePath;

/// Changes files in the folder that is a board's drive. Each change is handed to the drive before it counts as done.
#[derive(Debug)]
pub(super) struct DriveFolder {
    folder: PathBuf,
}

impl DriveFolder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn local(&self, path: &RemotePath) -> PathBuf {
        self.folder.join(path.as_str().trim_start_matches('/'))
    }

    /// Has what was done in the folder of `path` written to the drive, where folders can be asked for that.
    fn flush(path: &Path) {
        if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
    }
}

impl FileWriter for DriveFolder {
    fn write(&mut self, path: &RemotePath, content: &[u8]) -> Result<(), FileFault> {
        let path = self.local(path);
        let mut file = File::create(&path).map_err(|error| fault(&error))?;
        let written = file.write_all(content).and_then(|()| file.sync_all());
        written.map_err(|error| fault(&error))?;
        Self::flush(&path);
        Ok(())
    }

    fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), FileFault> {
        let (from, to) = (self.local(from), self.local(to));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == ErrorKind::NotFound && to.exists() => {}
            other => other.map_err(|error| fault(&error))?,
        }
        Self::flush(&from);
        Self::flush(&to);
        Ok(())
    }

    fn create_folder(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        let path = self.local(path);
        match fs::create_dir(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            other => other.map_err(|error| fault(&error))?,
        }
        Self::flush(&path);
        Ok(())
    }

    fn delete(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        let path = self.local(path);
        gone(fs::remove_file(&path))?;
        Self::flush(&path);
        Ok(())
    }

    fn delete_folder(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        let path = self.local(path);
        gone(fs::remove_dir(&path))?;
        Self::flush(&path);
        Ok(())
    }
}

/// What is not there need not be deleted.
fn gone(result: io::Result<()>) -> Result<(), FileFault> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(|error| fault(&error)),
    }
}

fn fault(error: &io::Error) -> FileFault {
    match error.kind() {
        ErrorKind::NotFound => FileFault::NotFound,
        ErrorKind::AlreadyExists => FileFault::Exists,
        ErrorKind::NotADirectory => FileFault::NotAFolder,
        ErrorKind::IsADirectory => FileFault::IsAFolder,
        ErrorKind::DirectoryNotEmpty => FileFault::NotEmpty,
        ErrorKind::StorageFull => FileFault::Full,
        ErrorKind::InvalidInput => FileFault::BadName,
        // Who may not write to it has mounted it for somebody else.
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => FileFault::ReadOnly,
        _ => FileFault::Other {
            number: error.raw_os_error().unwrap_or(0).unsigned_abs(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_twice_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let mut drive = DriveFolder::new(folder.path().to_owned());
        let path = |text: &str| RemotePath::new(text).unwrap();
        for _ in 0..2 {
            drive.create_folder(&path("/lib")).unwrap();
        }
        drive.write(&path("/lib/a"), b"old").unwrap();
        drive.write(&path("/lib/b"), b"new").unwrap();
        for _ in 0..2 {
            drive.rename(&path("/lib/b"), &path("/lib/a")).unwrap();
        }
        assert_eq!(fs::read(folder.path().join("lib/a")).unwrap(), b"new");
        let full = drive.delete_folder(&path("/lib")).unwrap_err();
        assert_eq!(full, FileFault::NotEmpty);
        let missing = drive.write(&path("/no/a"), b"").unwrap_err();
        assert_eq!(missing, FileFault::NotFound);
        for _ in 0..2 {
            drive.delete(&path("/lib/a")).unwrap();
        }
        for _ in 0..2 {
            drive.delete_folder(&path("/lib")).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
