//! Paths on a board as users write them.

use belay_sync::{PathError, RemotePath};
use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::Error;

/// A path on a board as a user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardPath {
    /// The path. Its parts may be patterns: `*` and `?` stand for any characters and for one, `[ab]` for
    /// one of a class, `{a,b}` for alternatives, and `**` for folders of any depth.
    pub path: RemotePath,
    /// Whether it can only be a folder, because it ends with `/`, `.` or `..`, or is empty.
    pub folder: bool,
    /// Whether what the folder holds is meant rather than the folder: it ends with `/.`.
    pub content: bool,
}

impl BoardPath {
    /// The path that `text` means, seen from the root.
    ///
    /// ```
    /// let path = belay_deploy::BoardPath::new("lib/.").unwrap();
    /// assert_eq!((path.path.as_str(), path.folder, path.content), ("/lib", true, true));
    /// ```
    ///
    /// # Errors
    /// For a path that leads above the root, or holds a NUL character.
    pub fn new(text: &str) -> Result<Self, PathError> {
        let last = text.rsplit('/').next().unwrap_or_default();
        Ok(Self {
            path: RemotePath::new(text)?,
            folder: matches!(last, "" | "." | ".."),
            content: last == "." && text.len() > 1,
        })
    }

    /// The root.
    pub fn root() -> Self {
        Self {
            path: RemotePath::root(),
            folder: true,
            content: false,
        }
    }

    /// The folder to look in, and what to look for; `None` if the path is no pattern.
    pub(crate) fn pattern(&self) -> Result<Option<(RemotePath, GlobMatcher)>, Error> {
        let path = &self.path;
        let special = |part: &str| part.contains(['*', '?', '[', ']', '{', '}']);
        if !special(path.as_str()) {
            return Ok(None);
        }
        let parts = path.as_str().split('/').filter(|part| !part.is_empty());
        let folder = parts
            .take_while(|part| !special(part))
            .try_fold(RemotePath::root(), |folder, part| folder.join(part))?;
        let glob: Glob = GlobBuilder::new(path.as_str())
            .literal_separator(true)
            .backslash_escape(false)
            .build()
            .map_err(|source| Error::Pattern {
                path: path.clone(),
                message: source.kind().to_string(),
            })?;
        Ok(Some((folder, glob.compile_matcher())))
    }

    /// Whether a pattern that begins below `folder` means only what the folder itself holds.
    pub(crate) fn is_one_level(&self, folder: &RemotePath) -> bool {
        let rest = self.path.relative_to(folder);
        rest.is_some_and(|rest| !rest.contains('/') && !rest.contains("**"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_where_it_is_none() {
        let check = |text: &str, folder: &str, one_level: bool, hit: &str, miss: &str| {
            let path = BoardPath::new(text).unwrap();
            let (found, matcher) = path.pattern().unwrap().expect("a pattern");
            assert_eq!(found.as_str(), folder, "{text}");
            assert_eq!(path.is_one_level(&found), one_level, "{text}");
            assert!(matcher.is_match(hit), "{text} {hit}");
            assert!(!matcher.is_match(miss), "{text} {miss}");
        };
        check("*.py", "/", true, "/a.py", "/lib/a.py");
        check(
            "lib/*/x?.py",
            "/lib",
            false,
            "/lib/a/x1.py",
            "/lib/a/b/x1.py",
        );
        check("lib/**", "/lib", false, "/lib/a/b/x.py", "/x.py");
        check(
            "lib/**/x.py",
            "/lib",
            false,
            "/lib/a/b/x.py",
            "/lib/a/b/y.py",
        );
        check("lib/[ab].py", "/lib", true, "/lib/a.py", "/lib/c.py");
        assert!(
            BoardPath::new("lib/x.py")
                .unwrap()
                .pattern()
                .unwrap()
                .is_none()
        );
        let error = BoardPath::new("lib/[a").unwrap().pattern().unwrap_err();
        assert!(matches!(error, Error::Pattern { .. }), "{error:?}");
    }

    #[test]
    fn a_folder_s_content_can_be_meant() {
        let parts = |text: &str| {
            let path = BoardPath::new(text).unwrap();
            (path.path.to_string(), path.folder, path.content)
        };
        assert_eq!(parts("lib/."), ("/lib".into(), true, true));
        assert_eq!(parts("lib/.."), ("/".into(), true, false));
        assert_eq!(parts("."), ("/".into(), true, false));
        assert_eq!(parts("/."), ("/".into(), true, true));
        assert_eq!(parts("a"), ("/a".into(), false, false));
        assert!(BoardPath::new("../..").is_err());
    }
}
