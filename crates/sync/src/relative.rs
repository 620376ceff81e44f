//! Paths inside a folder.

use std::fmt;

/// A path inside a folder: `/`-separated on every system, not empty, without `.`, `..` or empty
/// parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The text holds a NUL character.
    #[error("the path {path:?} holds a NUL character")]
    Nul {
        /// The text.
        path: String,
    },
    /// A path inside a folder begins or ends with `/`, or has a part that is empty, `.` or `..`.
    #[error("{path:?} is no plain relative path")]
    NotRelative {
        /// The text.
        path: String,
    },
    /// The path has more `..` than folders.
    #[error("the path {path:?} leads above the root")]
    AboveRoot {
        /// The text.
        path: String,
    },
}

impl RelativePath {
    /// The path `text`, which must be written without superfluous parts.
    pub fn new(text: &str) -> Result<Self, PathError> {
        if text.contains('\0') {
            return Err(PathError::Nul {
                path: text.to_owned(),
            });
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(PathError::NotRelative {
                path: text.to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text; neither begins nor ends with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        match self.0.rfind('/') {
            Some(slash) => &self.0[slash + 1..],
            None => &self.0,
        }
    }

    /// The folder this lies in; `None` when that is the folder that paths are seen from.
    pub fn parent(&self) -> Option<Self> {
        self.0
            .rfind('/')
            .map(|slash| Self(self.0[..slash].to_owned()))
    }

    /// The folders on the way to this path, the outermost first, without the path itself.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(slash, _)| &self.0[..slash])
    }

    /// What follows the last dot of the name; `None` without a dot, or when the name has no other.
    pub fn extension(&self) -> Option<&str> {
        self.name()
            .rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .map(|(_, extension)| extension)
    }

    /// The path with another extension, or with one where there was none.
    #[must_use]
    pub fn with_extension(&self, extension: &str) -> Self {
        let stem = match self.extension() {
            Some(old) => &self.0[..self.0.len() - old.len() - 1],
            None => &self.0,
        };
        Self(format!("{stem}.{extension}"))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_taken() {
        for text in ["a", "a/b", "a b/ü\n'", "..a/.b"] {
            assert_eq!(RelativePath::new(text).unwrap().as_str(), text);
        }
        for text in ["", "/a", "a/", "a//b", ".", "a/../b", "./a", "a\0b"] {
            RelativePath::new(text).unwrap_err();
        }
    }

    #[test]
    fn a_path_knows_its_parts() {
        let check = |text: &str, name: &str, folders: &[&str], extension: Option<&str>| {
            let path = RelativePath::new(text).unwrap();
            assert_eq!(path.name(), name);
            assert_eq!(path.folders().collect::<Vec<_>>(), folders);
            assert_eq!(
                path.parent().as_ref().map(RelativePath::as_str),
                folders.last().copied()
            );
            assert_eq!(path.extension(), extension);
        };
        check("a.py", "a.py", &[], Some("py"));
        check("x.y/b/c", "c", &["x.y", "x.y/b"], None);
        check("x/.hidden", ".hidden", &["x"], None);
        check("x/a.tar.gz", "a.tar.gz", &["x"], Some("gz"));
    }

    #[test]
    fn an_extension_is_replaced() {
        let check = |from: &str, to: &str| {
            let path = RelativePath::new(from).unwrap();
            assert_eq!(path.with_extension("mpy").as_str(), to);
        };
        check("x.y/a.py", "x.y/a.mpy");
        check("x.y/a", "x.y/a.mpy");
        check(".a", ".a.mpy");
    }
}
