//! A folder on a board.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use belay_device::{Device, HostCalls, HostFailure, HostReply};

use crate::board::{self, NAME, UNMOUNT};
use crate::{Folder, Limits};

/// Why a folder was not mounted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder cannot be mounted at this path on a board.
    #[error("a folder cannot be mounted at {at:?}, which must be a path such as /remote")]
    Point {
        /// The path.
        at: String,
    },
    /// The board's firmware lacks something that it takes.
    #[error("the board's firmware cannot mount a folder: {message}")]
    Unsupported {
        /// What the board says.
        message: String,
    },
    /// The call of the board failed.
    #[error(transparent)]
    Device(#[from] belay_device::Error),
}

/// How a folder is mounted.
#[derive(Debug, Clone)]
pub struct MountOptions {
    /// The path on the board.
    pub at: String,
    /// What the board may do at most.
    pub limits: Limits,
}

impl Default for MountOptions {
    fn default() -> Self {
        Self {
            at: "/remote".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// A folder that is a file system of a board, as long as the session lasts.
///
/// The board asks whenever code runs on it, and is answered on the thread that waits for that code. The folder is
/// the board's working folder, and the first place where it looks for modules.
#[derive(Debug, Clone)]
pub struct Mount {
    host: HostCalls,
    folder: Arc<Mutex<Folder>>,
    at: String,
}

impl Mount {
    /// Mounts `folder` on the board of a session whose byte stream goes through `host`.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Point`], and [`Error::Unsupported`] where the firmware has no file systems
    /// of programs.
    pub fn new(
        device: &mut Device,
        host: &HostCalls,
        folder: impl Into<PathBuf>,
        options: MountOptions,
    ) -> Result<Self, Error> {
        let mount = Self::open(host, folder, options)?;
        mount.renew(device)?;
        Ok(mount)
    }

    /// Opens `folder`, to be mounted by [`renew`](Self::renew) on a board whose byte stream goes through
    /// `host`.
    ///
    /// # Errors
    /// [`Error::Folder`] and [`Error::Point`].
    pub fn open(
        host: &HostCalls,
        folder: impl Into<PathBuf>,
        options: MountOptions,
    ) -> Result<Self, Error> {
        let MountOptions { at, limits } = options;
        let names = at.strip_prefix('/').unwrap_or_default();
        if names.split('/').any(|name| matches!(name, "" | "." | "..")) || at.contains('\0') {
            return Err(Error::Point { at });
        }
        let path = folder.into();
        let folder = match Folder::open(&path, limits) {
            Ok(folder) => Arc::new(Mutex::new(folder)),
            Err(source) => return Err(Error::Folder { path, source }),
        };
        let mount = Self {
            host: host.clone(),
            folder: Arc::clone(&folder),
            at,
        };
        host.answer(NAME, move |call| {
            let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(HostReply::Lines(folder.answer(call)))
        });
        Ok(mount)
    }

    /// The path on the board.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Mounts the folder again, on a board that has restarted.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn renew(&self, device: &mut Device) -> Result<(), Error> {
        let inflates = self.host.run(device, &board::mount(), &[&self.at]);
        let inflates = inflates.map_err(|error| match error {
            belay_device::Error::Exception(exception)
                if ["ImportError", "AttributeError", "NameError"].contains(&&*exception.kind) =>
            {
                Error::Unsupported {
                    message: exception.message,
                }
            }
            error => Error::Device(error),
        })?;
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.begin(inflates == "True");
        Ok(())
    }

    /// Takes the folder away from the board.
    ///
    /// # Errors
    /// As [`Device::exec`].
    pub fn unmount(&self, device: &mut Device) -> Result<(), Error> {
        let unmounted = self.host.run(device, UNMOUNT, &[&self.at]);
        // Whatever the board makes of that, it gets nothing of the folder any more.
        self.host.answer(NAME, |_| {
            Err(HostFailure {
                kind: "OSError".to_owned(),
                message: "the folder is not mounted any more".to_owned(),
            })
        });
        unmounted?;
        Ok(())
    }
}
