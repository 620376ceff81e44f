//! Boards by name: which there are, and which of them run.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

use crate::Flash;
use crate::error::Error;

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

/// A board that runs in some process of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningBoard {
    /// The number of the process.
    pub process: u32,
    /// Its pseudo-terminal: [`crate::Board::stable_path`].
    pub path: PathBuf,
    /// Whether others may use it: [`crate::Builder::shared`].
    pub shared: bool,
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
        let _ = fs::remove_file(note(&self.image));
        fs::remove_file(&self.image).map_err(failed)
    }
}

/// The file beside an image that says where its board runs.
fn note(image: &Path) -> PathBuf {
    let mut note = image.as_os_str().to_owned();
    note.push(".running");
    note.into()
}

impl RunningBoard {
    /// The board that runs on an image. What a process that was killed has left does not count.
    pub(crate) fn of(image: &Path) -> Option<Self> {
        let text = fs::read_to_string(note(image)).ok()?;
        let mut lines = text.lines();
        let process: u32 = lines.next()?.parse().ok()?;
        let shared = lines.next()? == "shared";
        let path = PathBuf::from(lines.next()?);
        let pid = Pid::from_raw(process.try_into().ok()?)?;
        test_kill_process(pid).ok()?;
        Some(Self {
            process,
            path,
            shared,
        })
    }

    /// Tells others that a board of this process runs on an image.
    pub(crate) fn announce(image: &Path, path: &Path, shared: bool) -> io::Result<()> {
        let shared = if shared { "shared" } else { "private" };
        let text = format!("{}\n{shared}\n{}\n", std::process::id(), path.display());
        let folder = image.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(note(image))?;
        Ok(())
    }

    /// Takes that back.
    pub(crate) fn withdraw(image: &Path) {
        let _ = fs::remove_file(note(image));
    }
}
