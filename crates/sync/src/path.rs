//! Paths on a board.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{PathError, RelativePath};

/// An absolute path on a board: `/`-separated, without `.`, `..` or empty parts.
///
/// Any character but NUL and `/` may stand in a part. How long a path may be is the board's affair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemotePath(String);

impl RemotePath {
    /// The path that `text` means, seen from the root. Parts `.` and `..` are resolved.
    pub fn new(text: &str) -> Result<Self, PathError> {
        Self::root().join(text)
    }

    /// `/`.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path that `text` means, seen from this one; an absolute `text` stands for itself.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        if text.contains('\0') {
            return Err(PathError::Nul {
                path: text.to_owned(),
            });
        }
        let start = if text.starts_with('/') { "" } else { &self.0 };
        let mut parts: Vec<&str> = Vec::new();
        for part in start.split('/').chain(text.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathError::AboveRoot {
                            path: text.to_owned(),
                        });
                    }
                }
                part => parts.push(part),
            }
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    /// The path of `path`, which lies below this one.
    #[must_use]
    pub fn below(&self, path: &RelativePath) -> Self {
        let folder = self.0.trim_end_matches('/');
        Self(format!("{folder}/{path}"))
    }

    /// The path as text; begins with `/`, and ends with it only for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The last part; `None` for the root.
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// The folder this lies in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let end = self.0.rfind('/').filter(|_| !self.is_root())?;
        Some(Self(self.0[..end.max(1)].to_owned()))
    }

    /// The path as seen from `folder`: without a leading `/`, empty for `folder` itself, `None`
    /// when it lies elsewhere.
    pub fn relative_to(&self, folder: &Self) -> Option<&str> {
        let rest = self.0.strip_prefix(folder.0.trim_end_matches('/'))?;
        if rest.is_empty() || self == folder {
            return Some("");
        }
        rest.strip_prefix('/')
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Default for RemotePath {
    /// `/`.
    fn default() -> Self {
        Self::root()
    }
}

impl Serialize for RemotePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_resolved() {
        let check = |text: &str, expected: &str| {
            assert_eq!(RemotePath::new(text).unwrap().as_str(), expected, "{text}");
        };
        check("", "/");
        check("/", "/");
        check("a", "/a");
        check("//a///b/", "/a/b");
        check("./a/../b/.", "/b");
        check("/a b/ü\n'", "/a b/ü\n'");
        assert!(matches!(
            RemotePath::new("a/../.."),
            Err(PathError::AboveRoot { .. })
        ));
        assert!(matches!(
            RemotePath::new("a\0b"),
            Err(PathError::Nul { .. })
        ));
    }

    #[test]
    fn a_path_knows_its_place() {
        let file = RemotePath::new("/lib/umqtt/simple.py").unwrap();
        let lib = RemotePath::new("/lib").unwrap();
        assert_eq!(
            lib.below(&RelativePath::new("umqtt/simple.py").unwrap()),
            file
        );
        assert_eq!(
            RemotePath::root().below(&RelativePath::new("lib").unwrap()),
            lib
        );
        assert_eq!(file.name(), Some("simple.py"));
        assert_eq!(file.parent().unwrap().as_str(), "/lib/umqtt");
        assert_eq!(lib.parent(), Some(RemotePath::root()));
        assert_eq!(RemotePath::root().parent(), None);
        assert_eq!(RemotePath::root().name(), None);
        assert_eq!(file.relative_to(&lib), Some("umqtt/simple.py"));
        assert_eq!(
            file.relative_to(&RemotePath::root()),
            Some("lib/umqtt/simple.py")
        );
        assert_eq!(lib.relative_to(&lib), Some(""));
        assert_eq!(
            RemotePath::root().relative_to(&RemotePath::root()),
            Some("")
        );
        assert_eq!(RemotePath::new("/library").unwrap().relative_to(&lib), None);
    }
}
