//! What a board holds of a folder, and whether that is still true.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use crate::errno;
use crate::path::local;

/// A file that was changed so short a time before it was read may be changed again without another time: the
/// clocks of file systems are coarse.
const COARSE: Duration = Duration::from_secs(2);

/// How many folders and files are held at most: each question looks at all of them.
const MOST: usize = 1000;

/// What a name in a folder stands for, as far as it can be told without reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// In bytes; nothing for a folder.
    pub(crate) size: Option<u64>,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

/// What is in a folder, by name.
pub(crate) type Listing = BTreeMap<String, Entry>;

/// A file that a board has got.
#[derive(Debug)]
struct Copy {
    entry: Entry,
    /// Its check, if its time might not tell of a change.
    sum: Option<u32>,
}

/// What a board holds.
#[derive(Debug)]
pub(crate) struct Held {
    /// It changes whenever something else is held.
    pub(crate) number: i64,
    folders: BTreeMap<String, Option<Listing>>,
    files: BTreeMap<String, Copy>,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            number: 1,
            folders: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }
}

impl Held {
    /// The board holds nothing.
    pub(crate) fn clear(&mut self) {
        self.number += 1;
        self.folders.clear();
        self.files.clear();
    }

    /// Takes out what is no longer true, and gives its paths.
    pub(crate) fn review(&mut self, root: &Dir) -> Vec<String> {
        let mut gone = Vec::new();
        self.folders.retain(|path, listing| {
            let same = list(root, path).ok() == *listing;
            if !same {
                gone.push(path.clone());
            }
            same
        });
        self.files.retain(|path, copy| {
            let same = copy.is_true(root, path);
            if !same && !gone.contains(path) {
                gone.push(path.clone());
            }
            same
        });
        if !gone.is_empty() {
            self.number += 1;
        }
        gone
    }

    pub(crate) fn folder(&self, path: &str) -> Option<&Option<Listing>> {
        self.folders.get(path)
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether nothing more may be held.
    pub(crate) fn is_full(&self) -> bool {
        self.folders.len() + self.files.len() >= MOST
    }

    /// The board gets a listing; `None` of a folder that is not there.
    pub(crate) fn hold_folder(&mut self, path: &str, listing: Option<Listing>) {
        self.number += 1;
        self.folders.insert(path.to_owned(), listing);
    }

    /// The board gets a file.
    pub(crate) fn hold_file(&mut self, path: &str, entry: Entry, content: &[u8]) {
        self.number += 1;
        let sum = entry.is_fresh().then(|| crc32fast::hash(content));
        self.files.insert(path.to_owned(), Copy { entry, sum });
    }

    /// The board has used a file up.
    pub(crate) fn forget_file(&mut self, path: &str) {
        self.files.remove(path);
    }
}

impl Copy {
    fn is_true(&self, root: &Dir, path: &str) -> bool {
        let Ok((entry, mut file)) = open(root, path) else {
            return false;
        };
        if entry != self.entry {
            return false;
        }
        let Some(sum) = self.sum else { return true };
        let mut content = Vec::new();
        file.read_to_end(&mut content).is_ok() && crc32fast::hash(&content) == sum
    }
}

impl Entry {
    /// Of a file or a folder; nothing else is shown to a board.
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        if !metadata.is_file() && !metadata.is_dir() {
            return None;
        }
        #[cfg(unix)]
        let identity = {
            use cap_std::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Some(Self {
            size: metadata.is_file().then(|| metadata.len()),
            modified: metadata
                .modified()
                .ok()
                .map(cap_std::time::SystemTime::into_std),
            identity,
        })
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.size.is_none()
    }

    /// When it was changed, in seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        let since = self
            .modified
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(0))
    }

    fn is_fresh(&self) -> bool {
        let age = self.modified.and_then(|time| time.elapsed().ok());
        age.is_none_or(|age| age < COARSE)
    }
}

/// What is in a folder. Links that lead out of the root, what is neither a file nor a folder, and names that
/// are no UTF-8 are left out.
pub(crate) fn list(root: &Dir, path: &str) -> Result<Listing, u32> {
    let failed = |error: io::Error| errno::of(&error);
    let folder = root.open_dir(local(path)?).map_err(failed)?;
    let mut listing = Listing::new();
    for entry in folder.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let metadata = match entry.metadata() {
            // What a link leads to counts, as long as that is inside of the root.
            Ok(metadata) if metadata.is_symlink() => root.metadata(local(path)?.join(&name)),
            other => other,
        };
        // It may have been removed in the meantime.
        if let Some(entry) = metadata.ok().and_then(|metadata| Entry::of(&metadata)) {
            listing.insert(name, entry);
        }
    }
    Ok(listing)
}

/// What is at a path.
pub(crate) fn look(root: &Dir, path: &str) -> Result<Entry, u32> {
    let metadata = root.metadata(local(path)?);
    let metadata = metadata.map_err(|error| errno::of(&error))?;
    Entry::of(&metadata).ok_or(errno::ACCESS)
}

/// Opens a file to read it.
pub(crate) fn open(root: &Dir, path: &str) -> Result<(Entry, File), u32> {
    let mut options = OpenOptions::new();
    options.read(true);
    open_with(root, path, &mut options)
}

/// Opens a file. What is none is not opened, or without waiting if it has become none in the meantime.
pub(crate) fn open_with(
    root: &Dir,
    path: &str,
    options: &mut OpenOptions,
) -> Result<(Entry, File), u32> {
    match look(root, path) {
        Ok(entry) if entry.is_folder() => return Err(errno::IS_A_FOLDER),
        Ok(_) | Err(errno::NOT_FOUND) => {}
        Err(error) => return Err(error),
    }
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    let path: &Path = &local(path)?;
    let file = root
        .open_with(path, options)
        .map_err(|error| errno::of(&error))?;
    let metadata = file.metadata().map_err(|error| errno::of(&error))?;
    match Entry::of(&metadata) {
        Some(entry) if !entry.is_folder() => Ok((entry, file)),
        _ => Err(errno::ACCESS),
    }
}
