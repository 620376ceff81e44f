//! Names of dependencies, and paths of files inside a package or a repository.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest path of a file in a package, in bytes. MicroPython's own buffer for a path has 512.
pub(crate) const MAX_PATH: usize = 500;

/// The longest part of such a path, in bytes: the limit of LittleFS, FAT and of most hosts.
pub(crate) const MAX_PATH_PART: usize = 255;

/// The longest name of a dependency, in bytes: it becomes a folder's name.
pub(crate) const MAX_NAME: usize = 100;

/// The name of a dependency in `pyproject.toml`: a Python identifier.
///
/// It is the name of the folder that holds the dependency's files, and what a program imports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DependencyName(String);

impl DependencyName {
    /// Checks that `text` is a Python identifier of at most 100 bytes.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.len() > MAX_NAME {
            return Err(NameError::TooLong {
                length: text.len(),
                limit: MAX_NAME,
            });
        }
        if is_identifier(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError::NotAnIdentifier {
            name: text.to_owned(),
            suggestion: Self::resembling(text).map(|name| name.0),
        })
    }

    /// The identifier that resembles `text` most: the extension of a module goes, and what may not
    /// stand in an identifier becomes `_`. `None` when nothing is left.
    ///
    /// ```
    /// # use belay_pkgmgr::DependencyName;
    /// let name = DependencyName::resembling("micropython-mlx90640").expect("letters are left");
    /// assert_eq!(name.as_str(), "micropython_mlx90640");
    /// ```
    pub fn resembling(text: &str) -> Option<Self> {
        let text = [".py", ".mpy", ".json"]
            .iter()
            .find_map(|extension| text.strip_suffix(extension))
            .unwrap_or(text);
        let mut name: String = text
            .chars()
            .map(|c| if is_continue(c) { c } else { '_' })
            .collect();
        if !name.starts_with(is_start) {
            name.insert(0, '_');
        }
        let worth = name.chars().any(|c| c != '_');
        (worth && name.len() <= MAX_NAME).then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

fn is_continue(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

/// Whether Python's `str.isidentifier` holds, keywords included.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(is_start) && text.chars().all(is_continue)
}

/// The path of a file in a package: relative, `/`-separated, and inside the package's folder.
///
/// It comes from strangers and is joined to folders of the host and of a board, so it holds nothing
/// that any of them could take for a way out or for something of their own: no empty part, `.` or
/// `..`, no `\`, `:`, control character or character that does not show, no part that ends in a blank
/// or a dot (Windows drops them), none that git takes for a repository (`.git` in any case, `git~1`) or
/// Windows for a device (`CON`, `aux.py`), at most 500 bytes, and at most 255 in
/// each part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackagePath(String);

impl PackagePath {
    /// Checks that `text` is such a path.
    pub fn new(text: &str) -> Result<Self, NameError> {
        check_path(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The path of `name` inside this one, taken as a folder.
    pub fn join(&self, name: &str) -> Result<Self, NameError> {
        Self::new(&format!("{}/{name}", self.0))
    }

    /// The path, with `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder this lies in; `None` for a file at the top of the package.
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Self(parent.to_owned()))
    }

    /// What follows the last dot of the file's name: `py`, `mpy`. `None` when there is no dot, or
    /// only one at the start.
    pub fn extension(&self) -> Option<&str> {
        extension(self.file_name())
    }

    /// The parts, first to last; never empty.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Where the file lies when the package's folder is `folder`. Always below `folder`.
    pub fn under(&self, folder: &Path) -> PathBuf {
        let mut path = folder.to_owned();
        path.extend(self.parts());
        path
    }
}

/// A path inside a repository: as [`PackagePath`], or empty for the repository's root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathInRepo(String);

impl PathInRepo {
    /// The path that `text` means, seen from the root. Slashes at its ends, empty parts and `.` go
    /// away; `..` is resolved and must not lead above the root.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::root().join(text)
    }

    /// The root of the repository.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path that `relative` means, seen from this folder.
    pub fn join(&self, relative: &str) -> Result<Self, NameError> {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.0.split('/').chain(relative.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(NameError::LeavesFolder {
                            path: shorten(relative),
                        });
                    }
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        if !path.is_empty() {
            check_path(&path)?;
        }
        Ok(Self(path))
    }

    /// The path, with `/` between its parts; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the repository's root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last part; `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// What follows the last dot of the last part, as [`PackagePath::extension`].
    pub fn extension(&self) -> Option<&str> {
        extension(self.file_name()?)
    }

    /// The folder this lies in; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        let parent = self.0.rsplit_once('/').map_or("", |(parent, _)| parent);
        Self(parent.to_owned())
    }

    /// The path seen from `folder`; `None` when it does not lie in there, or is `folder` itself.
    pub fn within(&self, folder: &Self) -> Option<PackagePath> {
        let rest = if folder.is_root() {
            &self.0
        } else {
            self.0.strip_prefix(&folder.0)?.strip_prefix('/')?
        };
        PackagePath::new(rest).ok()
    }

    /// The same as the path of a file in a package; `None` for the root.
    pub fn to_package_path(&self) -> Option<PackagePath> {
        self.within(&Self::root())
    }
}

impl From<PackagePath> for PathInRepo {
    fn from(path: PackagePath) -> Self {
        Self(path.0)
    }
}

/// Why a text is no name of a dependency, or no path inside a package or repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name of a dependency is no Python identifier.
    #[error("{name:?} is not a Python identifier")]
    NotAnIdentifier {
        /// The name.
        name: String,
        /// The nearest identifier.
        suggestion: Option<String>,
    },
    /// The text is longer than any name or path may be.
    #[error("a name or path of {length} bytes is longer than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// The path begins with a slash, a backslash or a drive letter.
    #[error("the path {path:?} is absolute")]
    Absolute {
        /// The path, shortened.
        path: String,
    },
    /// The path leads out of its folder.
    #[error("the path {path:?} leads out of its folder")]
    LeavesFolder {
        /// The path, shortened.
        path: String,
    },
    /// The path holds a backslash, a colon, a control character or one that does not show.
    #[error("the path {path:?} holds the character {character:?}")]
    Character {
        /// The path, shortened.
        path: String,
        /// The character.
        character: char,
    },
    /// A part of the path means something to git or to an operating system.
    #[error("the path {path:?} has the name {part:?}, which git or a system takes for its own")]
    Reserved {
        /// The path, shortened.
        path: String,
        /// The part.
        part: String,
    },
    /// A part of the path is empty, or ends in a dot or a blank.
    #[error("the path {path:?} has the part {part:?}")]
    Part {
        /// The path, shortened.
        path: String,
        /// The part.
        part: String,
    },
}

fn extension(file_name: &str) -> Option<&str> {
    match file_name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.is_empty() => Some(extension),
        _ => None,
    }
}

/// Characters that do not show, or that change how others are shown, among them all that HFS+ passes
/// over when it compares names.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether git takes a name for that of a repository, on any system: `.git` in any case, and the short
/// name that NTFS gives it.
fn is_git(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    let short = part.strip_prefix("git~");
    part == ".git" || short.is_some_and(|n| n.parse::<u32>().is_ok())
}

/// Whether Windows takes a name for that of a device, whatever its extension.
/// See <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    let stem = stem.to_ascii_uppercase();
    let numbered = ["COM", "LPT"]
        .iter()
        .find_map(|device| stem.strip_prefix(device));
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|n| {
            let mut digits = n.chars();
            let digit = digits.next();
            digit.is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³'))
                && digits.next().is_none()
        })
}

fn check_path(text: &str) -> Result<(), NameError> {
    let path = || shorten(text);
    if text.len() > MAX_PATH {
        return Err(NameError::TooLong {
            length: text.len(),
            limit: MAX_PATH,
        });
    }
    let mut head = text.chars();
    if text.starts_with(['/', '\\'])
        || (head.next().is_some_and(|c| c.is_ascii_alphabetic()) && head.next() == Some(':'))
    {
        return Err(NameError::Absolute { path: path() });
    }
    if let Some(character) = text
        .chars()
        .find(|&c| c.is_control() || is_invisible(c) || matches!(c, '\\' | ':'))
    {
        return Err(NameError::Character {
            path: path(),
            character,
        });
    }
    for part in text.split('/') {
        if part == ".." {
            return Err(NameError::LeavesFolder { path: path() });
        }
        if part.is_empty() || part.ends_with(['.', ' ']) {
            return Err(NameError::Part {
                path: path(),
                part: part.to_owned(),
            });
        }
        if is_git(part) || is_device(part) {
            return Err(NameError::Reserved {
                path: path(),
                part: shorten(part),
            });
        }
        if part.len() > MAX_PATH_PART {
            return Err(NameError::TooLong {
                length: part.len(),
                limit: MAX_PATH_PART,
            });
        }
    }
    Ok(())
}

/// The text for a message: its first 80 characters.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

macro_rules! textual {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

textual!(DependencyName);
textual!(PackagePath);
textual!(PathInRepo);

#[cfg(test)]
mod tests;
