//! Which files hold tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::Error;

/// A file with tests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestFile {
    /// Where it lies, as the user would name it.
    pub path: PathBuf,
    /// The name of its module.
    pub module: String,
    /// Its content.
    pub source: Vec<u8>,
}

impl TestFile {
    /// Reads a test file, whatever it is called.
    ///
    /// # Errors
    /// When it cannot be read, or cannot be a module because of its name.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.file_stem().and_then(|name| name.to_str());
        let is_name = |name: &&str| {
            !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(|c| c == '_' || c.is_alphanumeric())
        };
        let Some(module) = name.filter(is_name) else {
            return Err(Error::Name {
                path: path.to_owned(),
            });
        };
        let source = fs::read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            module: module.to_owned(),
            source,
        })
    }
}

/// The test files that paths name: files as they are, and below folders all `test_*.py`, in the order of
/// their paths. Hidden folders and those of virtual environments are passed over.
///
/// # Errors
/// [`Error::NoTests`] for a path without any, and what keeps one from being read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<TestFile>, Error> {
    let mut files: Vec<TestFile> = Vec::new();
    for path in paths {
        let found = if path.is_dir() {
            below(path)?
        } else {
            vec![path.clone()]
        };
        if found.is_empty() {
            return Err(Error::NoTests { path: path.clone() });
        }
        for path in found {
            // Somebody may name a file and its folder.
            if files.iter().all(|file| file.path != path) {
                files.push(TestFile::read(&path)?);
            }
        }
    }
    Ok(files)
}

fn below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_wanted = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0
            || !(name.starts_with('.')
                || name == "__pycache__"
                || entry.path().join("pyvenv.cfg").exists())
    };
    let mut found = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(is_wanted) {
        let entry = entry.map_err(|error| Error::Read {
            path: error.path().unwrap_or(folder).to_owned(),
            source: error
                .into_io_error()
                .unwrap_or_else(|| io::Error::other("a loop of links")),
        })?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_file() && name.starts_with("test_") && name.ends_with(".py") {
            let path = entry.into_path();
            found.push(path.strip_prefix("./").map_or(path.clone(), Path::to_owned));
        }
    }
    Ok(found)
}
