//! Changes of several files of a project, of which all happen or none.
//!
//! New content is written to `.belay/tmp/next`. Then a journal is written in one step: from there on
//! the change counts as done. Its moves can be repeated, so whoever finds a journal finishes them
//! first. Each move puts a file or folder in the place of the old one in one step where the system
//! can do that.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::file::{FileError, is_unfinished, write_atomically};
use crate::lock_file::{FileLock, Waiting};
use crate::name::PackagePath;

/// A project while nobody else changes it.
#[derive(Debug)]
pub(crate) struct Exclusive {
    root: PathBuf,
    _lock: FileLock,
}

/// A project while nobody changes it.
#[derive(Debug)]
pub(crate) struct Shared {
    _lock: FileLock,
}

/// Changes that are being prepared.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    exclusive: &'a Exclusive,
    journal: Journal,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Journal {
    moves: Vec<Move>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Move {
    /// The name in `next`: a number.
    from: usize,
    /// The place in the project. Never leads out of it, whoever wrote the journal.
    to: PackagePath,
    /// What identifies a new folder on this system, to know it again in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    inode: Option<u64>,
}

impl Exclusive {
    /// Waits for its turn to work on the project in the folder `root`, and finishes what a process
    /// had under way that was killed.
    pub(crate) fn enter(root: &Path, waiting: &mut Waiting<'_>) -> Result<Option<Self>, FileError> {
        let folder = folder(root);
        fs::create_dir_all(&folder).map_err(FileError::new("create", &folder))?;
        let Some(lock) = FileLock::take(&folder.join("lock"), waiting)? else {
            return Ok(None);
        };
        let this = Self {
            root: root.to_owned(),
            _lock: lock,
        };
        this.recover()?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            write_atomically(&ignore, b"*\n")?;
        }
        Ok(Some(this))
    }

    /// Begins a change.
    pub(crate) fn begin(&self) -> Result<Transaction<'_>, FileError> {
        let next = self.next();
        fs::create_dir_all(&next).map_err(FileError::new("create", &next))?;
        Ok(Transaction {
            exclusive: self,
            journal: Journal::default(),
        })
    }

    fn next(&self) -> PathBuf {
        folder(&self.root).join("next")
    }

    fn journal(&self) -> PathBuf {
        folder(&self.root).join("journal.json")
    }

    fn recover(&self) -> Result<(), FileError> {
        let journal = self.journal();
        match fs::read(&journal) {
            // A journal is renamed into its place whole: what cannot be read is not ours.
            Ok(text) => {
                if let Ok(found) = serde_json::from_slice(&text) {
                    self.apply(&found)?;
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(FileError::new("read", &journal)(error)),
        }
        self.clear()
    }

    fn apply(&self, journal: &Journal) -> Result<(), FileError> {
        for each in &journal.moves {
            let from = self.next().join(each.from.to_string());
            let to = each.to.under(&self.root);
            let Ok(metadata) = fs::symlink_metadata(&from) else {
                // Moved already.
                continue;
            };
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(FileError::new("create", folder))?;
            }
            if !metadata.is_dir() {
                replace_file(&from, &to)?;
            } else if each.inode.is_none() || inode_of(&to) != each.inode {
                replace_folder(&from, &to)?;
            }
        }
        Ok(())
    }

    /// Removes what is left of a change, and what a process that was killed had begun to write: nobody
    /// writes here without the lock.
    fn clear(&self) -> Result<(), FileError> {
        let mut left = vec![(self.journal(), false), (self.next(), true)];
        let folder = folder(&self.root);
        let entries = fs::read_dir(&folder).map_err(FileError::new("read", &folder))?;
        for entry in entries.filter_map(Result::ok) {
            if is_unfinished(&entry.file_name()) {
                left.push((entry.path(), false));
            }
        }
        for (path, is_folder) in left {
            let removed = if is_folder {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(FileError::new("remove", &path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Shared {
    /// Waits until nobody changes the project. Changes nothing of it, not even what a process that was
    /// killed had under way: so a project can be read that must not be written.
    pub(crate) fn enter(root: &Path, waiting: &mut Waiting<'_>) -> Result<Option<Self>, FileError> {
        let lock = FileLock::share(&folder(root).join("lock"), waiting)?;
        Ok(lock.map(|lock| Self { _lock: lock }))
    }
}

impl Transaction<'_> {
    /// A new folder that takes the place of the one at `to` when this is committed.
    pub(crate) fn folder(&mut self, to: &PackagePath) -> Result<PathBuf, FileError> {
        let from = self.journal.moves.len();
        let path = self.exclusive.next().join(from.to_string());
        fs::create_dir_all(&path).map_err(FileError::new("create", &path))?;
        self.journal.moves.push(Move {
            from,
            to: to.clone(),
            inode: inode_of(&path),
        });
        Ok(path)
    }

    /// The content that the file at `to` has when this is committed.
    pub(crate) fn file(&mut self, to: &PackagePath, content: &[u8]) -> Result<(), FileError> {
        let from = self.journal.moves.len();
        let path = self.exclusive.next().join(from.to_string());
        write_atomically(&path, content)?;
        if let Ok(metadata) = fs::metadata(to.under(&self.exclusive.root)) {
            fs::set_permissions(&path, metadata.permissions())
                .map_err(FileError::new("write", &path))?;
        }
        self.journal.moves.push(Move {
            from,
            to: to.clone(),
            inode: None,
        });
        Ok(())
    }

    /// Makes all changes.
    pub(crate) fn commit(self) -> Result<(), FileError> {
        if !self.journal.moves.is_empty() {
            let text = serde_json::to_vec(&self.journal).unwrap_or_default();
            write_atomically(&self.exclusive.journal(), &text)?;
            self.exclusive.apply(&self.journal)?;
        }
        self.exclusive.clear()
    }
}

fn folder(root: &Path) -> PathBuf {
    root.join(".belay").join("tmp")
}

#[cfg(unix)]
fn inode_of(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(fs::symlink_metadata(path).ok()?.ino())
}

#[cfg(not(unix))]
fn inode_of(_path: &Path) -> Option<u64> {
    None
}

/// Puts the file `from` in the place of the file `to` in one step.
fn replace_file(from: &Path, to: &Path) -> Result<(), FileError> {
    match fs::rename(from, to) {
        // `.belay` may be a mount, such as the cache of a build server.
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            let content = fs::read(from).map_err(FileError::new("read", from))?;
            write_atomically(to, &content)?;
            fs::remove_file(from).map_err(FileError::new("remove", from))
        }
        renamed => renamed.map_err(FileError::new("write", to)),
    }
}

/// Puts the folder `from` in the place of the folder `to`, in one step if the system can.
fn replace_folder(from: &Path, to: &Path) -> Result<(), FileError> {
    if fs::symlink_metadata(to).is_err() {
        match fs::rename(from, to) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                fs::create_dir_all(to).map_err(FileError::new("create", to))?;
                return mirror(from, to);
            }
            renamed => return renamed.map_err(FileError::new("write", to)),
        }
    }
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    mirror(from, to)
}

/// Makes `to` hold what `from` holds, file by file. Can be begun again at any point.
fn mirror(from: &Path, to: &Path) -> Result<(), FileError> {
    let kept: BTreeSet<PathBuf> = files_of(from)?.into_iter().collect();
    for file in files_of(to)? {
        if !kept.contains(&file) {
            let path = to.join(&file);
            fs::remove_file(&path).map_err(FileError::new("remove", &path))?;
        }
    }
    remove_empty_folders(to)?;
    for file in &kept {
        let (source, target) = (from.join(file), to.join(file));
        let content = fs::read(&source).map_err(FileError::new("read", &source))?;
        if fs::read(&target).ok().as_deref() != Some(&content) {
            write_atomically(&target, &content)?;
        }
    }
    Ok(())
}

/// The files in a folder, seen from there.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| FileError::new("read", folder)(error.into()))?;
        if !entry.file_type().is_dir() {
            let path = entry.path();
            files.push(path.strip_prefix(folder).unwrap_or(path).to_owned());
        }
    }
    Ok(files)
}

fn remove_empty_folders(folder: &Path) -> Result<(), FileError> {
    for entry in WalkDir::new(folder).min_depth(1).contents_first(true) {
        let entry = entry.map_err(|error| FileError::new("read", folder)(error.into()))?;
        if entry.file_type().is_dir() {
            // Fails for a folder that holds something, as it should.
            let _ = fs::remove_dir(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(root: &Path) -> Exclusive {
        let entered = Exclusive::enter(root, &mut crate::lock_file::always);
        entered.expect("a folder").expect("free")
    }

    fn path(text: &str) -> PackagePath {
        PackagePath::new(text).expect("a path")
    }

    fn write(root: &Path, file: &str, content: &str) {
        write_atomically(&root.join(file), content.as_bytes()).expect("written");
    }

    fn prepare(exclusive: &Exclusive) -> Transaction<'_> {
        let mut transaction = exclusive.begin().expect("begun");
        let tree = transaction.folder(&path("deps")).expect("a folder");
        write(&tree, "main/new.py", "new");
        transaction.file(&path("file"), b"new").expect("written");
        transaction
    }

    fn state(root: &Path) -> (String, Vec<PathBuf>) {
        let file = fs::read_to_string(root.join("file")).expect("a file");
        (file, files_of(&root.join("deps")).expect("a folder"))
    }

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "file", "old");
        write(folder.path(), "deps/main/old.py", "old");
        folder
    }

    fn old() -> (String, Vec<PathBuf>) {
        ("old".to_owned(), vec!["main/old.py".into()])
    }

    fn new() -> (String, Vec<PathBuf>) {
        ("new".to_owned(), vec!["main/new.py".into()])
    }

    #[test]
    fn a_change_happens_when_it_is_committed() {
        let project = project();
        let exclusive = enter(project.path());
        let transaction = prepare(&exclusive);
        assert_eq!(state(project.path()), old());
        transaction.commit().expect("committed");
        assert_eq!(state(project.path()), new());
        let left = files_of(&folder(project.path())).expect("a folder");
        assert_eq!(left, [Path::new(".gitignore"), Path::new("lock")]);
    }

    #[test]
    fn what_was_not_committed_is_forgotten() {
        let project = project();
        let exclusive = enter(project.path());
        drop(prepare(&exclusive));
        drop(exclusive);
        enter(project.path());
        assert_eq!(state(project.path()), old());
    }

    #[test]
    fn what_was_committed_is_finished_from_any_point() {
        for done in 0..=2 {
            let project = project();
            let exclusive = enter(project.path());
            let transaction = prepare(&exclusive);
            let text = serde_json::to_vec(&transaction.journal).expect("JSON");
            write_atomically(&exclusive.journal(), &text).expect("written");
            let begun = Journal {
                moves: transaction.journal.moves.into_iter().take(done).collect(),
            };
            exclusive.apply(&begun).expect("applied");
            drop(exclusive);
            enter(project.path());
            assert_eq!(state(project.path()), new(), "after {done} moves");
        }
    }

    #[test]
    fn folders_that_cannot_be_exchanged_are_mirrored() {
        let project = project();
        let (from, to) = (project.path().join("from"), project.path().join("deps"));
        write(&from, "main/new.py", "new");
        write(&from, "main/sub/a.py", "a");
        write(&to, "gone/sub/x.py", "x");
        mirror(&from, &to).expect("mirrored");
        assert_eq!(
            files_of(&to).expect("files"),
            files_of(&from).expect("files")
        );
        assert!(!to.join("gone").exists());
    }

    #[test]
    fn a_journal_from_elsewhere_does_not_reach_out_of_the_project() {
        let project = project();
        let exclusive = enter(&project.path().join("deps"));
        write(&exclusive.next(), "0", "stolen");
        let journal = r#"{"moves":[{"from":0,"to":"../file"}]}"#;
        write_atomically(&exclusive.journal(), journal.as_bytes()).expect("written");
        drop(exclusive);
        enter(&project.path().join("deps"));
        assert_eq!(
            fs::read(project.path().join("file")).expect("a file"),
            b"old"
        );
    }
}
