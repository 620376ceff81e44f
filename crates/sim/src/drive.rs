//! The drive `CIRCUITPY` as a computer sees that has mounted it: a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::files::{FileError, Files};
use crate::firmware::Drive;
use crate::opcodes::Fact;
use crate::worker::Shared;

/// How often is looked for what the computer has written.
const LOOK: Duration = Duration::from_millis(100);

/// The thread that keeps folder and drive equal, until it is dropped.
#[derive(Debug)]
pub(crate) struct Volume {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    link: PathBuf,
}

/// What distinguishes one state of a file from another; `None` is a folder.
type Stamp = Option<(u64, i64, i64, u64)>;

/// What the folder holds, by path with `/` in front.
type Snapshot = BTreeMap<String, Stamp>;

impl Volume {
    /// Begins; `written` is called when the computer has changed something.
    pub(crate) fn start(
        link: PathBuf,
        shared: Arc<Shared>,
        written: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let folder = shared.home.file("CIRCUITPY");
        fs::create_dir_all(&folder)?;
        if let Some(parent) = link.parent() {
            fs::create_dir_all(parent)?;
        }
        forget(&link)?;
        let (stop, stopped) = mpsc::channel();
        let mut computer = Computer {
            folder,
            link: link.clone(),
            shared,
            mounted: None,
            seen: Snapshot::new(),
        };
        computer.look();
        let thread = std::thread::Builder::new()
            .name("belay-sim-drive".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if computer.look() {
                        written();
                    }
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            link,
        })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = forget(&self.link);
    }
}

/// Removes a link. Whatever else is there stays, and is an error.
fn forget(link: &Path) -> io::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(found) if found.is_symlink() => fs::remove_file(link),
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

struct Computer {
    folder: PathBuf,
    link: PathBuf,
    shared: Arc<Shared>,
    /// Which finding of the board the mounted drive is of.
    mounted: Option<u32>,
    seen: Snapshot,
}

impl Computer {
    /// Mounts, unmounts, or passes on what has been written; whether that was anything.
    fn look(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let (found, takes) = {
            let state = shared.hardware.lock();
            let supervisor = &state.supervisor;
            let found = (supervisor.drive() == Drive::Mounted).then_some(supervisor.found);
            (found, supervisor.is(Fact::ReadOnly))
        };
        if found != self.mounted {
            self.unmount();
            if found.is_some() && self.mount(&shared.hardware.files).is_ok() {
                self.mounted = found;
            }
            return false;
        }
        if self.mounted.is_none() {
            return false;
        }
        let now = snapshot(&self.folder);
        if now == self.seen {
            return false;
        }
        // A drive that programs may write to is a read-only one for the computer.
        if !takes {
            self.mounted = None;
            return false;
        }
        let changed = self.pass_on(&now, &shared.hardware.files);
        self.seen = now;
        changed
    }

    fn unmount(&mut self) {
        self.mounted = None;
        // What cannot be removed is seen by nobody any more.
        let _ = forget(&self.link);
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::create_dir_all(&self.folder);
    }

    fn mount(&mut self, files: &Files) -> io::Result<()> {
        copy(files, "", &self.folder)?;
        self.seen = snapshot(&self.folder);
        symlink(&self.folder, &self.link)
    }

    /// Does on the drive what was done in the folder. What the board refuses is tried with the next
    /// change of the same file.
    fn pass_on(&self, now: &Snapshot, files: &Files) -> bool {
        let mut changed = false;
        for (path, stamp) in self.seen.iter().rev() {
            let kind = |stamp: &Stamp| stamp.is_none();
            if now.get(path).map(kind) != Some(kind(stamp)) {
                changed |= files.remove(path).is_ok();
            }
        }
        for (path, stamp) in now {
            if self.seen.get(path) == Some(stamp) {
                continue;
            }
            changed |= if stamp.is_none() {
                matches!(files.make_folder(path), Ok(()) | Err(FileError::EXISTS))
            } else {
                let bytes = fs::read(self.folder.join(path.trim_start_matches('/')));
                bytes.is_ok_and(|bytes| files.write(path, &bytes).is_ok())
            };
        }
        changed
    }
}

/// Copies a folder of the drive.
fn copy(files: &Files, path: &str, to: &Path) -> io::Result<()> {
    let failed = |_: FileError| io::Error::from(io::ErrorKind::BrokenPipe);
    let from = if path.is_empty() { "/" } else { path };
    for entry in files.list(from).map_err(failed)? {
        if entry.name.contains('/') || entry.name == ".." {
            continue;
        }
        let (path, to) = (format!("{path}/{}", entry.name), to.join(&entry.name));
        if entry.folder {
            fs::create_dir_all(&to)?;
            copy(files, &path, &to)?;
        } else {
            fs::write(&to, files.read(&path).map_err(failed)?)?;
        }
    }
    Ok(())
}

/// What is in a folder now. What vanishes meanwhile is not there, and links are nothing that a drive holds.
fn snapshot(folder: &Path) -> Snapshot {
    let mut all = Snapshot::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, path)) = folders.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let (Ok(name), Ok(facts)) = (entry.file_name().into_string(), entry.metadata()) else {
                continue;
            };
            let path = format!("{path}/{name}");
            if facts.is_dir() {
                folders.push((entry.path(), path.clone()));
                all.insert(path, None);
            } else if facts.is_file() {
                let stamp = (facts.len(), facts.mtime(), facts.mtime_nsec(), facts.ino());
                all.insert(path, Some(stamp));
            }
        }
    }
    all
}
