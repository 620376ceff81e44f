//! What was downloaded before: files by their content, answers by their address, repositories.
//!
//! ```text
//! objects/ab/abcd…     the content whose SHA-256 is abcd…
//! http/1234….json      what an address last answered: its validator and the object
//! git/NAME/            a bare repository; NAME.lock beside it is held while it is changed
//! ```
//!
//! Everything is written beside its place and renamed, and checked when it is read: what is broken
//! counts as missing.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::file::{Durability, FileError, write_renamed};
use crate::http::Validator;
use crate::lock::Sha256;
use crate::lock_file::{FileLock, Waiting, always};

/// The cache of downloads, shared by all projects of a user.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedAnswer {
    /// The address.
    pub url: String,
    /// What the server recognises this version with.
    #[serde(flatten)]
    pub validator: Validator,
    /// The content.
    pub object: Sha256,
}

/// How much the cache holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheInfo {
    /// Where it is.
    pub location: PathBuf,
    /// How many items: files and repositories.
    pub items: usize,
    /// What they take, in bytes.
    pub bytes: u64,
}

/// Something in the cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheItem {
    /// `git-github-OWNER-REPO` and the like for a repository, `http-HOST-PATH` for a file.
    pub name: String,
    /// What it takes, in bytes. A file that several addresses gave counts for each.
    pub bytes: u64,
}

impl Cache {
    /// The cache in the folder `root`. Nothing is created before something is stored.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where the cache is for this user: `$XDG_CACHE_HOME/belay`, which is `~/.cache/belay` as a
    /// rule; `~/Library/Caches/belay` on macOS; `%LOCALAPPDATA%\belay` on Windows. `None` when the
    /// user has no home.
    pub fn default_root() -> Option<PathBuf> {
        Some(directories::BaseDirs::new()?.cache_dir().join("belay"))
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The content with this hash. `None` when it is not there or no longer has this hash.
    pub fn object(&self, hash: &Sha256) -> Option<Vec<u8>> {
        let bytes = fs::read(self.object_path(hash)).ok()?;
        (Sha256::of(&bytes) == *hash).then_some(bytes)
    }

    /// What `url` answered last. `None` when it never did or the content is gone.
    pub fn answer(&self, url: &str) -> Option<(CachedAnswer, Vec<u8>)> {
        let text = fs::read(self.answer_path(url)).ok()?;
        let answer: CachedAnswer = serde_json::from_slice(&text).ok()?;
        let bytes = (answer.url == url).then(|| self.object(&answer.object))??;
        Some((answer, bytes))
    }

    /// Keeps what `url` answered. Another process that clears the cache at this moment may keep it from
    /// being kept, which is no error.
    pub fn store(
        &self,
        url: &str,
        validator: Validator,
        bytes: &[u8],
    ) -> Result<Sha256, FileError> {
        let object = Sha256::of(bytes);
        write_renamed(&self.object_path(&object), bytes, Durability::Process)?;
        let answer = CachedAnswer {
            url: url.to_owned(),
            validator,
            object: object.clone(),
        };
        let text = serde_json::to_vec(&answer).unwrap_or_default();
        write_renamed(&self.answer_path(url), &text, Durability::Process)?;
        Ok(object)
    }

    /// How much there is.
    pub fn info(&self) -> Result<CacheInfo, FileError> {
        let items = self.list()?;
        let repositories: u64 = items
            .iter()
            .filter(|item| item.name.starts_with("git-"))
            .map(|item| item.bytes)
            .sum();
        Ok(CacheInfo {
            location: self.root.clone(),
            items: items.len(),
            bytes: repositories + size_of(&self.root.join("objects")),
        })
    }

    /// All there is, by name.
    pub fn list(&self) -> Result<Vec<CacheItem>, FileError> {
        let mut items: Vec<CacheItem> = self
            .entries()?
            .into_iter()
            .map(|entry| CacheItem {
                bytes: entry.bytes(self),
                name: entry.name(),
            })
            .collect();
        items.sort();
        Ok(items)
    }

    /// Removes what has a name that begins with `prefix`; everything when it is empty. Gives what
    /// was removed. Waits for a repository that is in use.
    pub fn clear(&self, prefix: &str) -> Result<Vec<CacheItem>, FileError> {
        let mut removed = Vec::new();
        let mut kept = BTreeSet::new();
        for entry in self.entries()? {
            let name = entry.name();
            if !name.starts_with(prefix) {
                if let Entry::Answer(_, answer) = entry {
                    kept.insert(answer.object);
                }
                continue;
            }
            let bytes = entry.bytes(self);
            match entry {
                Entry::Answer(path, _) => {
                    remove(&path, |path| fs::remove_file(path))?;
                }
                Entry::Repository(path, _) => {
                    let lock = FileLock::take(&lock_path(&path), &mut always)?;
                    remove(&path, |path| fs::remove_dir_all(path))?;
                    lock.map_or(Ok(()), FileLock::remove)?;
                }
            }
            removed.push(CacheItem { name, bytes });
        }
        if prefix.is_empty() {
            // What cannot be read has no name, and what a killed process had begun to write neither.
            for path in subentries(&self.root.join("http"))? {
                remove(&path, |path| fs::remove_file(path))?;
            }
        }
        for folder in subentries(&self.root.join("objects"))? {
            for object in subentries(&folder)? {
                let hash = object
                    .file_name()
                    .and_then(|name| Sha256::new(name.to_str()?));
                if hash.is_none_or(|hash| !kept.contains(&hash)) {
                    remove(&object, |path| fs::remove_file(path))?;
                }
            }
        }
        removed.sort();
        Ok(removed)
    }

    /// The folder of the bare repository `name`, locked. `name` comes from an address, and anything
    /// that is no harmless part of a file's name is replaced in it. While another process has it,
    /// `waiting` is asked whether to go on; `None` when not.
    pub(crate) fn repository(
        &self,
        name: &str,
        waiting: &mut Waiting<'_>,
    ) -> Result<Option<(PathBuf, FileLock)>, FileError> {
        let folder = self.root.join("git");
        fs::create_dir_all(&folder).map_err(FileError::new("create", &folder))?;
        let path = folder.join(sanitized(name));
        let lock = FileLock::take(&lock_path(&path), waiting)?;
        Ok(lock.map(|lock| (path, lock)))
    }

    fn object_path(&self, hash: &Sha256) -> PathBuf {
        let text = hash.to_string();
        self.root.join("objects").join(&text[..2]).join(&text)
    }

    fn answer_path(&self, url: &str) -> PathBuf {
        let name = Sha256::of(url.as_bytes());
        self.root.join("http").join(format!("{name}.json"))
    }

    fn entries(&self) -> Result<Vec<Entry>, FileError> {
        let mut entries = Vec::new();
        for path in subentries(&self.root.join("http"))? {
            let answer = fs::read(&path).ok();
            if let Some(answer) = answer.and_then(|text| serde_json::from_slice(&text).ok()) {
                entries.push(Entry::Answer(path, answer));
            }
        }
        for path in subentries(&self.root.join("git"))? {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            if let Some(name) = name.filter(|_| path.is_dir()) {
                entries.push(Entry::Repository(path, name));
            }
        }
        Ok(entries)
    }
}

enum Entry {
    Answer(PathBuf, CachedAnswer),
    Repository(PathBuf, String),
}

impl Entry {
    fn name(&self) -> String {
        match self {
            Self::Answer(_, answer) => {
                let place = answer
                    .url
                    .split_once("://")
                    .map_or(&*answer.url, |(_, rest)| rest);
                format!("http-{}", sanitized(place))
            }
            Self::Repository(_, name) => format!("git-{name}"),
        }
    }

    fn bytes(&self, cache: &Cache) -> u64 {
        match self {
            Self::Answer(_, answer) => size_of(&cache.object_path(&answer.object)),
            Self::Repository(path, _) => size_of(path),
        }
    }
}

/// Letters, digits, `.`, `_` and `-`; the rest becomes `-`.
fn sanitized(text: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = text
        .chars()
        .map(|c| if keep(c) { c } else { '-' })
        .collect();
    let start = name.trim_start_matches('.');
    start.chars().take(150).collect()
}

fn lock_path(repository: &Path) -> PathBuf {
    let mut name = repository.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// What lies in a folder; nothing when there is no folder.
fn subentries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new("read", folder)(error)),
    };
    entries
        .map(|entry| Ok(entry.map_err(FileError::new("read", folder))?.path()))
        .collect()
}

/// Another process may have removed it first.
fn remove(path: &Path, remove: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), FileError> {
    match remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::new("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The length of a file, or of all files in a folder; 0 for what cannot be read.
fn size_of(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return 0;
    };
    if !metadata.is_dir() {
        return metadata.len();
    }
    subentries(path)
        .unwrap_or_default()
        .iter()
        .map(|path| size_of(path))
        .sum()
}
