//! What a folder of a board is to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::local::Skipped;
use crate::{LocalError, RelativePath, WantedError};

/// What a folder of a board is to hold: files with their contents, and folders.
///
/// It comes from a local folder, [`LocalTree::load`](crate::LocalTree::load), or is put together
/// file by file.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub(crate) folders: BTreeSet<RelativePath>,
    pub(crate) files: BTreeMap<RelativePath, WantedFile>,
    pub(crate) partial: bool,
    pub(crate) skipped: Skipped,
}

/// A file of a [`Wanted`].
#[derive(Debug, Clone)]
pub(crate) struct WantedFile {
    pub(crate) content: Content,
    /// Bytes it had before a transformation.
    pub(crate) source_size: u64,
    /// The local path it comes from, as the user would write it.
    pub(crate) origin: String,
}

/// The bytes of a file. `Debug` shows only how many they are.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Content(Vec<u8>);

impl Content {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many they are.
    pub fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl Wanted {
    /// Nothing: a folder that is to be empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that this is only a part of what the folder holds: what else is on the board has no
    /// reason to go. [`Keep::Default`](crate::Keep::Default) then keeps everything.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// Adds a folder, and the folders it lies in. One that is there already is no error.
    pub fn add_folder(&mut self, path: RelativePath) -> Result<(), WantedError> {
        if let Some(file) = self.files.get(&path) {
            return Err(WantedError::FileAndFolder {
                origin: file.origin.clone(),
                path,
            });
        }
        self.add_parents(&path)?;
        self.folders.insert(path);
        Ok(())
    }

    /// Adds a file, and the folders it lies in.
    ///
    /// # Errors
    ///
    /// When the path is taken: no file silently takes another's place.
    pub fn add_file(&mut self, path: RelativePath, content: Vec<u8>) -> Result<(), WantedError> {
        let source_size = content.len() as u64;
        let origin = path.as_str().to_owned();
        self.add(
            path,
            WantedFile {
                content: Content(content),
                source_size,
                origin,
            },
        )
    }

    /// The files with their contents, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&RelativePath, &[u8])> {
        self.files
            .iter()
            .map(|(path, file)| (path, file.content.as_bytes()))
    }

    /// The folders, each before what it holds.
    pub fn folders(&self) -> impl Iterator<Item = &RelativePath> {
        self.folders.iter()
    }

    /// What of a local folder could not be read, and why. Nothing is sent in its place, and a plan leaves
    /// what the board has there.
    pub fn skipped(&self) -> impl Iterator<Item = &LocalError> {
        self.skipped.reasons.iter().map(AsRef::as_ref)
    }

    pub(crate) fn add(&mut self, path: RelativePath, file: WantedFile) -> Result<(), WantedError> {
        if self.folders.contains(&path) {
            return Err(WantedError::FileAndFolder {
                path,
                origin: file.origin,
            });
        }
        if let Some(other) = self.files.get(&path) {
            return Err(WantedError::Collision {
                path,
                first: other.origin.clone(),
                second: file.origin,
            });
        }
        self.add_parents(&path)?;
        self.files.insert(path, file);
        Ok(())
    }

    fn add_parents(&mut self, path: &RelativePath) -> Result<(), WantedError> {
        let mut next = path.parent();
        while let Some(folder) = next {
            if let Some(file) = self.files.get(&folder) {
                return Err(WantedError::FileAndFolder {
                    origin: file.origin.clone(),
                    path: folder,
                });
            }
            next = folder.parent();
            // All above a known folder are known.
            if !self.folders.insert(folder) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::new(text).unwrap()
    }

    #[test]
    fn folders_of_files_are_added() {
        let mut wanted = Wanted::new();
        wanted.add_file(path("a/b/c.py"), vec![1]).unwrap();
        wanted.add_folder(path("a/b")).unwrap();
        wanted.add_folder(path("d/e")).unwrap();
        let folders: Vec<_> = wanted.folders().map(RelativePath::as_str).collect();
        assert_eq!(folders, ["a", "a/b", "d", "d/e"]);
    }

    #[test]
    fn nothing_takes_the_place_of_another() {
        let mut wanted = Wanted::new();
        wanted.add_file(path("a/b"), vec![1]).unwrap();
        assert!(matches!(
            wanted.add_file(path("a/b"), vec![1]),
            Err(WantedError::Collision { .. })
        ));
        for clash in [
            wanted.add_file(path("a"), vec![]),
            wanted.add_file(path("a/b/c"), vec![]),
            wanted.add_folder(path("a/b")),
            wanted.add_folder(path("a/b/c/d")),
        ] {
            assert!(matches!(clash, Err(WantedError::FileAndFolder { .. })));
        }
        assert_eq!(wanted.files().count(), 1);
    }
}
