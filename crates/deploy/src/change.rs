//! Folders that are created, and files and folders that are renamed and deleted.

use std::collections::BTreeMap;

use belay_device::{Device, FileFault};
use belay_sync::{Entry, EntryKind, RemotePath, Step, perform};

use crate::find::{find, folder, stat};
use crate::{BoardPath, Error};

/// Creates folders. With `parents`, also those they lie in, and one that is there already is no error.
///
/// # Errors
/// [`Error::Exists`] without `parents`, [`Error::NoFolder`] if there is no folder to create one in.
pub fn create_folders(
    device: &mut Device,
    paths: &[RemotePath],
    parents: bool,
) -> Result<(), Error> {
    for path in paths {
        if parents {
            device.files().create_folder(path.as_str(), true)?;
            continue;
        }
        if stat(device, path)?.is_some() {
            return Err(Error::Exists { path: path.clone() });
        }
        let created = device.files().create_folder(path.as_str(), false);
        created.map_err(|error| match error {
            belay_device::Error::File {
                fault: FileFault::NotFound,
                ..
            } => Error::NoFolder { path: path.clone() },
            other => other.into(),
        })?;
    }
    Ok(())
}

/// Deletes what `paths` name; folders only if `recursive` is set, with all they hold. With `force`, a path at
/// which nothing is is no error. All is looked at before anything is deleted.
///
/// # Errors
/// [`Error::IsAFolder`], [`Error::NotFound`].
pub fn remove(
    device: &mut Device,
    paths: &[BoardPath],
    recursive: bool,
    force: bool,
) -> Result<(), Error> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for path in paths {
        let found = match find(device, std::slice::from_ref(path)) {
            Err(Error::NotFound { .. }) if force => continue,
            found => found?,
        };
        for entry in found {
            if entry.kind == EntryKind::Folder && !recursive {
                return Err(Error::IsAFolder { path: entry.path });
            }
            let below = match entry.kind {
                EntryKind::File { .. } => Vec::new(),
                // With what an earlier transfer that was cut has left there.
                EntryKind::Folder => {
                    use belay_sync::Remote as _;
                    device.files().tree(&entry.path)?.entries
                }
            };
            for entry in below.into_iter().chain([entry]) {
                match entry.kind {
                    EntryKind::File { .. } => files.push(entry.path),
                    EntryKind::Folder if entry.path.is_root() => {}
                    EntryKind::Folder => folders.push(entry.path),
                }
            }
        }
    }
    // What lies deeper comes behind its folder in this order, and goes first.
    for paths in [&mut files, &mut folders] {
        paths.sort();
        paths.dedup();
    }
    let files = files.iter().map(Step::Delete);
    let folders = folders.iter().rev().map(Step::DeleteFolder);
    let steps: Vec<_> = files.chain(folders).collect();
    Ok(perform(&steps, &mut device.files())?)
}

/// Gives files and folders other names, or moves them into a folder that is there. Nothing is moved
/// before it is clear that each has a place of its own to go to.
///
/// # Errors
/// [`Error::NotFound`], [`Error::IsAFile`], [`Error::IntoItself`], [`Error::SameTarget`] and
/// [`Error::Exists`] for what has the name already.
pub fn rename(
    device: &mut Device,
    sources: &[BoardPath],
    destination: &BoardPath,
) -> Result<(), Error> {
    let found = find(device, sources)?;
    let there = stat(device, &destination.path)?;
    let into = destination.folder || found.len() > 1 || there == Some(EntryKind::Folder);
    if let (false, Some(EntryKind::File { .. }), [Entry { kind, .. }]) = (into, there, &found[..])
        && *kind == EntryKind::Folder
    {
        folder(&destination.path, there)?;
    }
    let moves = moves(found, destination, into)?;
    if into {
        folder(&destination.path, there)?;
    } else if let Some(parent) = destination.path.parent() {
        let there = stat(device, &parent)?;
        folder(&parent, there)?;
    }
    for (from, to) in &moves {
        device.files().rename(from.as_str(), to.as_str())?;
    }
    Ok(())
}

/// What becomes what.
fn moves(
    sources: Vec<Entry>,
    destination: &BoardPath,
    into: bool,
) -> Result<Vec<(RemotePath, RemotePath)>, Error> {
    let mut taken = BTreeMap::new();
    let mut moves = Vec::new();
    for Entry { path, .. } in sources {
        let target = match path.name() {
            Some(name) if into => destination.path.join(name)?,
            _ => destination.path.clone(),
        };
        if target == path {
            return Err(Error::Exists { path });
        }
        if target.relative_to(&path).is_some() {
            return Err(Error::IntoItself { path, target });
        }
        if let Some(other) = taken.insert(target.clone(), path.clone()) {
            return Err(Error::SameTarget {
                sources: [other, path].map(|path| format!(":{path}")),
                target: format!(":{target}"),
            });
        }
        moves.push((path, target));
    }
    Ok(moves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_place_of_its_own() {
        let path = |text: &str| RemotePath::new(text).unwrap();
        let check = |sources: &[&str], destination: &str, into: bool| {
            let sources = sources.iter().map(|text| Entry {
                path: path(text),
                kind: EntryKind::Folder,
            });
            let destination = BoardPath::new(destination).unwrap();
            moves(sources.collect(), &destination, into)
        };
        let done = check(&["/a", "/b/c"], "/d", true).unwrap();
        assert_eq!(
            done,
            [(path("/a"), path("/d/a")), (path("/b/c"), path("/d/c"))]
        );
        let done = check(&["/a"], "/ab", false).unwrap();
        assert_eq!(done, [(path("/a"), path("/ab"))]);
        for (sources, destination, into) in [
            (&["/a"][..], "/a/b", false),
            (&["/x", "/a"], "/a", true),
            (&["/"], "/a", true),
        ] {
            let error = check(sources, destination, into).unwrap_err();
            assert!(matches!(error, Error::IntoItself { .. }), "{error}");
        }
        let error = check(&["/a"], "/a", false).unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        let error = check(&["/a/x", "/b/x"], "/c", true).unwrap_err();
        assert_eq!(error.to_string(), ":/a/x and :/b/x would both become :/c/x");
    }
}
