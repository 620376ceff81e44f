//! A project on a board.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use belay_device::Device;
use belay_sync::{
    Action, EntryKind, Keep, Plan, PlanOptions, RelativePath, Remote as _, RemotePath, Tree,
    Wanted, plan_tree,
};

use crate::Error;
use crate::record::{self, Record};

/// What is to be done so that a board holds a project's files and nothing else of the project's.
///
/// The board keeps a record of what was put there. A file in the project's folders that is not wanted any
/// more is deleted only if the record has it and it is still what was put there; all others are
/// [`foreign`](Self::foreign). Outside of the project's folders nothing is deleted.
#[derive(Debug)]
pub struct Installation {
    /// What [`apply`](belay_sync::apply) does.
    pub plan: Plan,
    /// Files in the project's folders that nobody wants and that were not put there, or have been
    /// changed since. They stay, unless they are to be pruned.
    pub foreign: Vec<RemotePath>,
}

impl Installation {
    /// Compares `wanted`, seen from the root, with what the board has. `folders` are those of the
    /// project. With `prune`, foreign files are deleted too.
    ///
    /// # Errors
    /// When the board fails, and when the plan could not be carried out.
    pub fn plan(
        device: &mut Device,
        folders: &[RelativePath],
        mut wanted: Wanted,
        prune: bool,
    ) -> Result<Self, Error> {
        let tree = device.files().tree(&RemotePath::root())?;
        let old = old_record(device, &tree)?;
        let record = Record::parse(&old);
        let (own, foreign) = unwanted(device, &tree, folders, &wanted, &record)?;
        let emptied = emptied(&tree, folders, &record)?;
        let mut new = Record::default();
        for (path, content) in wanted.files() {
            // What lies in the root is replaced, and never deleted.
            if path.parent().is_some() {
                new.add(path.as_str(), content);
            }
        }
        for path in &own {
            // Until it is gone, for the case that this run does not come to its end.
            new.take(relative(path), &record);
        }
        for file in emptied.values() {
            new.take(file, &record);
        }
        if !new.is_empty() || !old.is_empty() {
            let content = if record.covers(&new) && !old.is_empty() {
                old
            } else {
                new.to_bytes()
            };
            wanted.add_file(RelativePath::new(record::PATH)?, content)?;
        }
        let going = own.iter().chain(foreign.iter().filter(|_| prune));
        let going = going.map(|path| RelativePath::new(relative(path)));
        let going = going.chain(emptied.into_keys().map(Ok));
        let options = PlanOptions {
            keep: Keep::AllBut(going.collect::<Result<_, _>>()?),
            circuitpython: device.implementation()?.is_circuitpython(),
            ..PlanOptions::default()
        };
        let plan = plan_tree(wanted, &tree, &mut device.files(), &options)?;
        Ok(Self { plan, foreign })
    }

    /// Whether it deletes what was not put there.
    pub fn deletes_foreign(&self) -> bool {
        self.plan.changes().any(|(_, action)| {
            matches!(action, Action::Delete { path, .. } if self.foreign.contains(path))
        })
    }
}

/// The record that the board has; empty if it has none.
fn old_record(device: &mut Device, tree: &Tree) -> Result<Vec<u8>, Error> {
    let place = RemotePath::new(record::PATH)?;
    let is_kept = tree.entries.iter().any(|entry| {
        let small = matches!(entry.kind, EntryKind::File { size } if size <= record::MAX);
        entry.path == place && small
    });
    if is_kept {
        return Ok(device.files().read(place.as_str())?);
    }
    Ok(Vec::new())
}

/// The files in the project's folders that nobody wants: those that were put there, and the others.
fn unwanted(
    device: &mut Device,
    tree: &Tree,
    folders: &[RelativePath],
    wanted: &Wanted,
    record: &Record,
) -> Result<(BTreeSet<RemotePath>, Vec<RemotePath>), Error> {
    let wanted: HashSet<&str> = wanted.files().map(|(path, _)| path.as_str()).collect();
    let (mut known, mut foreign) = (Vec::new(), Vec::new());
    for entry in &tree.entries {
        let EntryKind::File { size } = entry.kind else {
            continue;
        };
        let path = relative(&entry.path);
        if !is_below(path, folders) || wanted.contains(path) || path == record::PATH {
            continue;
        }
        let list = if record.has(path, size) {
            &mut known
        } else {
            &mut foreign
        };
        list.push(entry.path.clone());
    }
    let mut own = BTreeSet::new();
    if !known.is_empty() {
        let digests = device.files().digests(&known)?;
        for (path, digest) in known.into_iter().zip(digests) {
            if digest.is_some_and(|digest| record.matches(relative(&path), &digest)) {
                own.insert(path);
            } else {
                foreign.push(path);
            }
        }
    }
    foreign.sort();
    Ok((own, foreign))
}

/// The project's folders that are empty, with a file which was put there each: what was to delete them was cut
/// off.
fn emptied<'r>(
    tree: &Tree,
    folders: &[RelativePath],
    record: &'r Record,
) -> Result<BTreeMap<RelativePath, &'r str>, Error> {
    let entries = tree.entries.iter();
    let (empty, files): (Vec<_>, Vec<_>) =
        entries.partition(|entry| entry.kind == EntryKind::Folder);
    let mut empty: HashSet<&str> = empty.iter().map(|entry| relative(&entry.path)).collect();
    for file in files {
        for folder in RelativePath::new(relative(&file.path))?.folders() {
            empty.remove(folder);
        }
    }
    let mut emptied = BTreeMap::new();
    for file in record.paths() {
        for folder in RelativePath::new(file)?.folders() {
            if empty.contains(folder) && is_below(folder, folders) {
                emptied.insert(RelativePath::new(folder)?, file);
            }
        }
    }
    Ok(emptied)
}

/// Whether a path lies in one of these folders.
fn is_below(path: &str, folders: &[RelativePath]) -> bool {
    folders.iter().any(|folder| {
        let rest = path.strip_prefix(folder.as_str());
        rest.is_some_and(|rest| rest.starts_with('/'))
    })
}

fn relative(path: &RemotePath) -> &str {
    path.as_str().trim_start_matches('/')
}
