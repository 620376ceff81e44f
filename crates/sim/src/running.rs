//! What a board tells the other processes of its user.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

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
