//! From what the user wrote to what there is on the board.

use belay_device::{Device, FileFault};
use belay_sync::{Entry, EntryKind, RemotePath};

use crate::{BoardPath, Error};

/// What is at a path of the board; `None` if nothing is.
///
/// # Errors
/// When the board fails.
pub fn stat(device: &mut Device, path: &RemotePath) -> Result<Option<EntryKind>, Error> {
    if path.is_root() {
        return Ok(Some(EntryKind::Folder));
    }
    Ok(device.files().stat(path.as_str())?)
}

/// The content of a file on the board.
///
/// # Errors
/// When it cannot be read.
pub fn read(device: &mut Device, path: &RemotePath) -> Result<Vec<u8>, Error> {
    Ok(device.files().read(path.as_str())?)
}

/// The files and folders that `paths` name, in this order; those that a pattern names are sorted. A
/// name that looks like a pattern may be there as it is, and is taken for that.
///
/// # Errors
/// [`Error::NotFound`] if there is nothing of a name, [`Error::IsAFile`] for a file that should be a
/// folder, [`Error::Pattern`].
pub fn find(device: &mut Device, paths: &[BoardPath]) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::new();
    for written in paths {
        let path = written.path.clone();
        if let Some(kind) = stat(device, &path)? {
            if written.folder && kind != EntryKind::Folder {
                return Err(Error::IsAFile { path });
            }
            found.push(Entry { path, kind });
            continue;
        }
        let Some((folder, matcher)) = written.pattern()? else {
            return Err(Error::NotFound { path });
        };
        let entries = if written.is_one_level(&folder) {
            list(device, &folder)?
        } else {
            walk(device, &folder)?
        };
        let wanted = |entry: &Entry| {
            let folder_only = written.folder && entry.kind != EntryKind::Folder;
            !folder_only && matcher.is_match(entry.path.as_str())
        };
        let start = found.len();
        found.extend(entries.into_iter().filter(wanted));
        if found.len() == start {
            return Err(Error::NotFound { path });
        }
        found[start..].sort_by(|left: &Entry, right| left.path.cmp(&right.path));
    }
    Ok(found)
}

/// All below a folder of the board; nothing if it is none.
pub(crate) fn walk(device: &mut Device, folder: &RemotePath) -> Result<Vec<Entry>, Error> {
    let tree = device.files().walk(folder.as_str())?;
    Ok(if tree.exists {
        tree.entries
    } else {
        Vec::new()
    })
}

/// What a folder of the board holds; nothing if it is none.
fn list(device: &mut Device, folder: &RemotePath) -> Result<Vec<Entry>, Error> {
    match device.files().list(folder.as_str()) {
        Err(belay_device::Error::File {
            fault: FileFault::NotFound | FileFault::NotAFolder,
            ..
        }) => Ok(Vec::new()),
        other => Ok(other?),
    }
}

/// Makes sure that what is at a path is a folder.
pub(crate) fn folder(path: &RemotePath, there: Option<EntryKind>) -> Result<(), Error> {
    let path = path.clone();
    match there {
        Some(EntryKind::Folder) => Ok(()),
        Some(EntryKind::File { .. }) => Err(Error::IsAFile { path }),
        None => Err(Error::NotFound { path }),
    }
}
