//! From what the user wrote to what there is on the board.

use belay_device::FileFault;
use belay_sync::{Entry, EntryKind, RemotePath};
use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::Error;
use crate::connection::Session;
use crate::settings::BoardPath;

/// What is at a path of the board.
pub(super) fn stat(session: &mut Session, path: &RemotePath) -> Result<Option<EntryKind>, Error> {
    if path.is_root() {
        return Ok(Some(EntryKind::Folder));
    }
    let kind = session.device.files().stat(path.as_str());
    kind.map_err(|error| session.error(error))
}

/// The files and folders that `paths` name, in this order; those that a pattern names are sorted.
///
/// # Errors
/// [`Error::NothingMatches`] if there is nothing of a name.
pub(super) fn find(session: &mut Session, paths: &[BoardPath]) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::new();
    for written in paths {
        let path = &written.path;
        // A name that looks like a pattern may be there as it is.
        if let Some(kind) = stat(session, path)? {
            if written.folder && kind != EntryKind::Folder {
                return Err(Error::IsAFile { path: path.clone() });
            }
            found.push(Entry {
                path: path.clone(),
                kind,
            });
            continue;
        }
        let hits = match pattern(path)? {
            None => Vec::new(),
            Some((folder, matcher)) => {
                let entries = if is_one_level(path, &folder) {
                    list(session, &folder)?
                } else {
                    tree(session, &folder)?
                };
                let wanted = |entry: &Entry| {
                    let folder_only = written.folder && entry.kind != EntryKind::Folder;
                    !folder_only && matcher.is_match(entry.path.as_str())
                };
                entries.into_iter().filter(wanted).collect()
            }
        };
        if hits.is_empty() {
            return Err(Error::NothingMatches { path: path.clone() });
        }
        let start = found.len();
        found.extend(hits);
        found[start..].sort_by(|left: &Entry, right| left.path.cmp(&right.path));
    }
    Ok(found)
}

/// All below a folder of the board; nothing if it is none.
pub(super) fn tree(session: &mut Session, folder: &RemotePath) -> Result<Vec<Entry>, Error> {
    let tree = session.device.files().walk(folder.as_str());
    let tree = tree.map_err(|error| session.error(error))?;
    Ok(if tree.exists {
        tree.entries
    } else {
        Vec::new()
    })
}

/// What a folder of the board holds; nothing if it is none.
fn list(session: &mut Session, folder: &RemotePath) -> Result<Vec<Entry>, Error> {
    match session.device.files().list(folder.as_str()) {
        Err(belay_device::Error::File {
            fault: FileFault::NotFound | FileFault::NotAFolder,
            ..
        }) => Ok(Vec::new()),
        other => other.map_err(|error| session.error(error)),
    }
}

/// Makes sure that what is at a path is a folder.
pub(super) fn folder(path: &RemotePath, there: Option<EntryKind>) -> Result<(), Error> {
    let path = path.clone();
    match there {
        Some(EntryKind::Folder) => Ok(()),
        Some(EntryKind::File { .. }) => Err(Error::IsAFile { path }),
        None => Err(Error::NothingMatches { path }),
    }
}

/// The path of what is called `name` in `folder`.
pub(super) fn child(folder: &RemotePath, name: &str) -> Result<RemotePath, Error> {
    let child = folder.join(name);
    child.map_err(|source| Error::BoardPath { source })
}

/// Whether a pattern that begins below `folder` means only what the folder itself holds.
fn is_one_level(pattern: &RemotePath, folder: &RemotePath) -> bool {
    let rest = pattern.relative_to(folder);
    rest.is_some_and(|rest| !rest.contains('/') && !rest.contains("**"))
}

/// The folder to look in, and what to look for; `None` if the path is no pattern.
fn pattern(path: &RemotePath) -> Result<Option<(RemotePath, GlobMatcher)>, Error> {
    let special = |part: &str| part.contains(['*', '?', '[', ']', '{', '}']);
    if !special(path.as_str()) {
        return Ok(None);
    }
    let parts = path.as_str().split('/').filter(|part| !part.is_empty());
    let folder = parts
        .take_while(|part| !special(part))
        .try_fold(RemotePath::root(), |folder, part| child(&folder, part))?;
    let glob: Glob = GlobBuilder::new(path.as_str())
        .literal_separator(true)
        .backslash_escape(false)
        .build()
        .map_err(|source| Error::BoardPattern {
            path: path.clone(),
            message: source.kind().to_string(),
        })?;
    Ok(Some((folder, glob.compile_matcher())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_where_it_is_none() {
        let check = |text: &str, folder: &str, one_level: bool, hit: &str, miss: &str| {
            let path = RemotePath::new(text).unwrap();
            let (found, matcher) = pattern(&path).unwrap().expect("a pattern");
            assert_eq!(found.as_str(), folder, "{text}");
            assert_eq!(is_one_level(&path, &found), one_level, "{text}");
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
            pattern(&RemotePath::new("lib/x.py").unwrap())
                .unwrap()
                .is_none()
        );
        let error = pattern(&RemotePath::new("lib/[a").unwrap()).unwrap_err();
        assert!(matches!(error, Error::BoardPattern { .. }), "{error:?}");
    }
}
