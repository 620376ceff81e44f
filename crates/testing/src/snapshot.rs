//! The files of a board before its tests, and again afterwards.

use std::collections::BTreeMap;

use belay_device::{Device, Error};
use belay_sync::EntryKind;

/// Up to this size the files of a board are kept, so that they can be put back, in bytes.
const MAX_KEPT: u64 = 64 << 10;

/// The files of a board.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    entries: BTreeMap<String, EntryKind>,
    /// What files hold; `None` if it is too much.
    contents: Option<BTreeMap<String, Vec<u8>>>,
}

impl Snapshot {
    pub(crate) fn take(device: &mut Device) -> Result<Self, Error> {
        let entries = entries(device)?;
        let size: u64 = entries.values().map(size).sum();
        let mut snapshot = Self {
            entries,
            contents: None,
        };
        if size <= MAX_KEPT {
            let mut contents = BTreeMap::new();
            for (path, kind) in &snapshot.entries {
                if *kind != EntryKind::Folder {
                    contents.insert(path.clone(), device.files().read(path)?);
                }
            }
            snapshot.contents = Some(contents);
        }
        Ok(snapshot)
    }

    /// Puts back what is missing or has another size, and removes what is new. Gives the paths of what was
    /// missing or changed.
    pub(crate) fn restore(&self, device: &mut Device) -> Result<Vec<String>, Error> {
        let now = entries(device)?;
        let mut lost = Vec::new();
        for path in now.keys().rev() {
            if self.entries.contains_key(path) {
                continue;
            }
            match now[path] {
                EntryKind::Folder => device.files().remove_folder(path, true)?,
                EntryKind::File { .. } => device.files().remove(path)?,
            }
        }
        for (path, kind) in &self.entries {
            if now.get(path) == Some(kind) {
                continue;
            }
            lost.push(path.clone());
            match (kind, &self.contents) {
                (EntryKind::Folder, _) => device.files().create_folder(path, true)?,
                (_, Some(contents)) => device.files().write(path, &contents[path])?,
                (_, None) => {}
            }
        }
        Ok(lost)
    }

    /// Whether what is missing can be put back.
    pub(crate) fn is_kept(&self) -> bool {
        self.contents.is_some()
    }
}

fn size(kind: &EntryKind) -> u64 {
    match kind {
        EntryKind::File { size } => *size,
        EntryKind::Folder => 0,
    }
}

fn entries(device: &mut Device) -> Result<BTreeMap<String, EntryKind>, Error> {
    let tree = device.files().walk("/")?;
    let mounts = tree.mounts;
    let is_own = |path: &belay_sync::RemotePath| {
        mounts.iter().all(|mount| {
            let rest = path.as_str().strip_prefix(mount.as_str());
            rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/'))
        })
    };
    let entries = tree.entries.into_iter();
    Ok(entries
        .filter(|entry| is_own(&entry.path))
        .map(|entry| (entry.path.as_str().to_owned(), entry.kind))
        .collect())
}
