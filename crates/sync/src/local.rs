//! The local side of a synchronisation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::wanted::WantedFile;
use crate::{Ignore, LocalError, RelativePath, TransformError, Wanted};

/// The files and folders of a local folder that are to go to a board, not yet read.
#[derive(Debug, Clone, Default)]
pub struct LocalTree {
    folders: BTreeSet<RelativePath>,
    files: BTreeMap<RelativePath, PathBuf>,
    skipped: Skipped,
    is_file: bool,
}

/// What of a folder cannot be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skipped {
    /// Where it would be on the board: what is there stays as it is.
    pub(crate) paths: BTreeSet<RelativePath>,
    /// Why.
    pub(crate) reasons: Vec<Arc<LocalError>>,
}

impl Skipped {
    fn add(&mut self, path: Option<RelativePath>, reason: LocalError) {
        self.paths.extend(path);
        self.reasons.push(Arc::new(reason));
    }
}

/// A file on its way from the local folder to the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where it is to be, as seen from the folder.
    pub path: RelativePath,
    /// What it is to hold.
    pub content: Vec<u8>,
}

impl LocalTree {
    /// What a folder holds and `ignore` does not hold back.
    ///
    /// A symbolic link stands for what it leads to, as boards have no links. When `source` is a
    /// file, it is the one file of the tree, under its own name, and not asked whether it is
    /// ignored; the tree is then only [a part](Wanted::partial) of what the board is to hold.
    ///
    /// What is in the folder and cannot be sent is left out, see [`Wanted::skipped`]: a link that leads
    /// nowhere or to a folder it lies in, a name that is not UTF-8, what is neither a file nor a
    /// folder, and what must not be read. What is ignored is not looked at.
    ///
    /// # Errors
    ///
    /// When the folder itself cannot be read, or is something else.
    pub fn scan(source: &Path, ignore: &Ignore) -> Result<Self, LocalError> {
        let metadata = fs::metadata(source).map_err(|error| LocalError::io(source, error))?;
        if !metadata.is_dir() {
            return Self::single(source, metadata.is_file());
        }
        fs::read_dir(source).map_err(|error| LocalError::io(source, error))?;
        let mut ignore = ignore.with_those_above(source);
        let mut tree = Self::default();
        let mut walk = WalkDir::new(source)
            .follow_links(true)
            .min_depth(1)
            .sort_by_file_name()
            .into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().and_then(|path| relative(source, path).ok());
                    // A link that leads nowhere, or round in a circle, may be meant as a file or as a
                    // folder.
                    let is_ignored = |path: &RelativePath| ignore.matches(path.as_str(), true);
                    if !path.as_ref().is_some_and(is_ignored) {
                        tree.skipped.add(path, LocalError::walk(source, error));
                    }
                    continue;
                }
            };
            let is_folder = entry.file_type().is_dir();
            let relative = match relative(source, entry.path()) {
                Ok(relative) => relative,
                Err(error) => {
                    tree.skipped.add(None, error);
                    if is_folder {
                        walk.skip_current_dir();
                    }
                    continue;
                }
            };
            // Folders above this one were not ignored, or the walk would not be here.
            if ignore.matches(relative.as_str(), is_folder) {
                if is_folder {
                    walk.skip_current_dir();
                }
            } else if is_folder {
                ignore.enter(entry.path(), &relative);
                tree.folders.insert(relative);
            } else if entry.file_type().is_file() {
                tree.files.insert(relative, entry.into_path());
            } else {
                let path = entry.into_path();
                tree.skipped
                    .add(Some(relative), LocalError::Special { path });
            }
        }
        Ok(tree)
    }

    /// Lays another tree over this one: a file in both is that of `later`.
    ///
    /// # Errors
    ///
    /// When what is a file in one is a folder in the other.
    pub fn overlay(&mut self, later: Self) -> Result<(), LocalError> {
        for folder in &later.folders {
            if let Some(file) = self.files.get(folder) {
                return Err(LocalError::FileAndFolder { path: file.clone() });
            }
        }
        for (relative, file) in &later.files {
            if self.folders.contains(relative) {
                return Err(LocalError::FileAndFolder { path: file.clone() });
            }
        }
        self.folders.extend(later.folders);
        self.files.extend(later.files);
        self.skipped.paths.extend(later.skipped.paths);
        self.skipped.reasons.extend(later.skipped.reasons);
        self.is_file &= later.is_file;
        Ok(())
    }

    /// The files: where they are to be, and where they are.
    pub fn files(&self) -> impl Iterator<Item = (&RelativePath, &Path)> {
        self.files
            .iter()
            .map(|(relative, path)| (relative, path.as_path()))
    }

    /// The folders, each before what it holds.
    pub fn folders(&self) -> impl Iterator<Item = &RelativePath> {
        self.folders.iter()
    }

    /// Reads the files and passes each through `transform`, which may change what it holds and what
    /// it is called. A file that cannot be read, also because it is there no longer, is left out.
    ///
    /// # Errors
    ///
    /// When `transform` fails; when two files end up under the same path; when the tree is a single file
    /// that cannot be read.
    pub fn load(
        &self,
        transform: &mut dyn FnMut(LocalFile) -> Result<LocalFile, TransformError>,
    ) -> Result<Wanted, LocalError> {
        let mut wanted = Wanted::new();
        wanted.partial = self.is_file;
        wanted.skipped = self.skipped.clone();
        for folder in &self.folders {
            wanted.add_folder(folder.clone())?;
        }
        for (relative, path) in &self.files {
            let content = match fs::read(path).map_err(|error| LocalError::io(path, error)) {
                Ok(content) => content,
                Err(error) if self.is_file => return Err(error),
                Err(error) => {
                    wanted.skipped.add(Some(relative.clone()), error);
                    continue;
                }
            };
            let source_size = content.len() as u64;
            let file = LocalFile {
                path: relative.clone(),
                content,
            };
            let file = transform(file).map_err(|source| LocalError::Transform {
                path: path.clone(),
                source,
            })?;
            let file_wanted = WantedFile {
                content: file.content.into(),
                source_size,
                origin: relative.as_str().to_owned(),
            };
            wanted.add(file.path, file_wanted)?;
        }
        Ok(wanted)
    }

    fn single(source: &Path, is_file: bool) -> Result<Self, LocalError> {
        if !is_file {
            return Err(LocalError::Special {
                path: source.to_owned(),
            });
        }
        let name = source
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| RelativePath::new(name).ok())
            .ok_or_else(|| LocalError::Name {
                path: source.to_owned(),
            })?;
        Ok(Self {
            files: BTreeMap::from([(name, source.to_owned())]),
            is_file: true,
            ..Self::default()
        })
    }
}

/// The path as seen from the folder `source`, in which it lies.
fn relative(source: &Path, path: &Path) -> Result<RelativePath, LocalError> {
    let bad_name = || LocalError::Name {
        path: path.to_owned(),
    };
    let rest = path.strip_prefix(source).map_err(|_| bad_name())?;
    let parts: Option<Vec<&str>> = rest.iter().map(|part| part.to_str()).collect();
    RelativePath::new(&parts.ok_or_else(bad_name)?.join("/")).map_err(|_| bad_name())
}
