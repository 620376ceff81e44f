//! Boards by name: which there are, and which of them run.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::error::Error;
use crate::flash::Flash;
use crate::running::RunningBoard;

/// A board that was started by a name, and keeps its flash.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedBoard {
    /// What stands behind `sim:`.
    pub name: String,
    /// The flash image.
    pub image: PathBuf,
    /// Where it runs now, if it does.
    pub running: Option<RunningBoard>,
}

/// The folder with the images of the boards that have names: `belay/sim` in the user's data folder.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    let folders = directories::BaseDirs::new().ok_or(Error::NoDataFolder)?;
    Ok(folders.data_local_dir().join("belay/sim"))
}

impl NamedBoard {
    /// All there are, by name.
    ///
    /// # Errors
    /// [`Error::NoDataFolder`], and when the folder cannot be read.
    pub fn all() -> Result<Vec<Self>, Error> {
        let folder = folder()?;
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => {
                return Err(Error::Flash {
                    path: folder,
                    source,
                });
            }
        };
        let images = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut boards: Vec<Self> = images
            .filter(|path| path.extension().is_some_and(|extension| extension == "img"))
            .filter_map(|image| {
                Some(Self {
                    name: image.file_stem()?.to_str()?.to_owned(),
                    running: RunningBoard::of(&image),
                    image,
                })
            })
            .collect();
        boards.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(boards)
    }

    /// The one with this name.
    ///
    /// # Errors
    /// [`Error::UnknownBoard`], and as for [`NamedBoard::all`].
    pub fn find(name: &str) -> Result<Self, Error> {
        let boards = Self::all()?;
        let found = boards.into_iter().find(|board| board.name == name);
        found.ok_or_else(|| Error::UnknownBoard {
            name: name.to_owned(),
        })
    }

    /// Deletes the board's flash.
    ///
    /// # Errors
    /// [`Error::FlashInUse`] while it runs, and when the image cannot be deleted.
    pub fn delete(self) -> Result<(), Error> {
        let failed = |source| Error::Flash {
            path: self.image.clone(),
            source,
        };
        // Whoever has the lock cannot find the board running.
        let _lock = Flash::lock(&self.image)?;
        RunningBoard::withdraw(&self.image);
        fs::remove_file(&self.image).map_err(failed)
    }
}
