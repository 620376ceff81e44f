//! What lies on a board.

use std::collections::BTreeMap;

use belay_pylit::Value;
use belay_sync::{Entry, EntryKind, PART, RemotePath, Space, Step, Tree};

use super::{fault, flat};
use crate::board_code::{self, prepare, quoted};
use crate::link::{Link, Program};
use crate::{Error, FileFault};

/// A listing, with what an earlier transfer has left over.
pub(super) struct Listing {
    pub(super) tree: Tree,
    /// What a transfer that was cut has left behind, each folder before what it holds.
    leftovers: Vec<Entry>,
}

impl Listing {
    /// Whether a transfer that was cut has left something behind.
    pub(super) fn has_leftovers(&self) -> bool {
        !self.leftovers.is_empty()
    }

    /// What removes it.
    pub(super) fn removal(&self) -> impl Iterator<Item = Step<'_>> {
        self.leftovers.iter().rev().map(|entry| match entry.kind {
            EntryKind::File { .. } => Step::Delete(&entry.path),
            EntryKind::Folder => Step::DeleteFolder(&entry.path),
        })
    }
}

/// How far a listing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What a folder holds.
    One,
    /// All below it.
    All,
}

/// What is at a path; `None` if nothing is.
pub(super) fn stat(link: &mut Link, path: &RemotePath) -> Result<Option<EntryKind>, Error> {
    let code = prepare(board_code::STAT, &[("$PATH", &*quoted(path.as_str()))]);
    let status = match link.ask_riding(&code)? {
        Some(status) => status,
        None if link.is_flat()? => return flat::stat(link, path),
        None => link
            .ask(&Program::helper(&code))
            .map_err(|error| fault::located(error, path.as_str()))?,
    };
    match status {
        Value::None => Ok(None),
        Value::Tuple(status) => Ok(match (status.first(), status.get(6)) {
            (Some(Value::Int(mode)), _) if mode & 0x4000 != 0 => Some(EntryKind::Folder),
            (Some(Value::Int(_)), Some(Value::Int(size))) => Some(EntryKind::File {
                size: u64::try_from(*size).unwrap_or(0),
            }),
            _ => None,
        }),
        _ => Err(fault::at(path, FileFault::BadReport)),
    }
}

/// Lists what is in `root`, or all below it.
pub(super) fn list(link: &mut Link, root: &RemotePath, depth: Depth) -> Result<Listing, Error> {
    let argument = if root.is_root() { "" } else { root.as_str() };
    let values = [
        ("$DEEP", if depth == Depth::All { "1" } else { "0" }),
        ("$ROOT", &*quoted(argument)),
    ];
    let mut code = prepare(board_code::TREE, &values);
    if let Some(output) = link.ride(&code)?
        && let Some(listing) = complete(&link.check()?.facts(&output), root)
    {
        return listing;
    }
    if link.is_flat()? {
        code = flat::tree();
    }
    link.facts(&code, |facts| complete(facts, root))
        .map_err(|error| fault::located(error, root.as_str()))?
}

/// The listing, if all its facts are there.
fn complete(facts: &BTreeMap<u64, String>, root: &RemotePath) -> Option<Result<Listing, Error>> {
    let (&last, text) = facts.last_key_value()?;
    let Ok(Value::Tuple(end)) = belay_pylit::parse(text) else {
        return None;
    };
    let [Value::Int(found), space, read_only, Value::Int(count)] = &end[..] else {
        return None;
    };
    if u64::try_from(*count) != Ok(last) || facts.len() as u64 != last + 1 {
        return None;
    }
    let mut listing = Listing {
        tree: Tree {
            exists: *found == 1,
            entries: Vec::with_capacity(facts.len()),
            mounts: Vec::new(),
            space: self::space(space),
            writable: match read_only {
                Value::Bool(read_only) => Some(!read_only),
                _ => None,
            },
        },
        leftovers: Vec::new(),
    };
    for text in facts.range(..last).map(|(_, text)| text) {
        let Some((entry, is_mount)) = entry(text, root) else {
            return Some(Err(fault::at(root, FileFault::BadReport)));
        };
        if is_mount {
            listing.tree.mounts.push(entry.path.clone());
        }
        let below = entry.path.relative_to(root).unwrap_or_default();
        if below.split('/').any(|name| name.ends_with(PART)) {
            listing.leftovers.push(entry);
        } else {
            listing.tree.entries.push(entry);
        }
    }
    if listing.tree.exists
        && listing
            .tree
            .entries
            .first()
            .is_some_and(|entry| entry.path == *root)
    {
        // A file where a folder was asked for.
        listing.tree.exists = false;
    }
    Some(Ok(listing))
}

/// An entry, and whether it is the root of another file system.
fn entry(text: &str, root: &RemotePath) -> Option<(Entry, bool)> {
    let Ok(Value::Tuple(parts)) = belay_pylit::parse(text) else {
        return None;
    };
    let (path, kind) = match &parts[..] {
        [Value::Str(path)] | [Value::Str(path), Value::None] => (path, EntryKind::Folder),
        [Value::Str(path), Value::Int(size)] => {
            let size = u64::try_from(*size).ok()?;
            (path, EntryKind::File { size })
        }
        _ => return None,
    };
    let path = if path.is_empty() {
        root.clone()
    } else {
        RemotePath::new(path).ok()?
    };
    path.relative_to(root)?;
    Some((Entry { path, kind }, matches!(parts[..], [_, Value::None])))
}

/// Reads the first four numbers of `os.statvfs`.
pub(super) fn space(value: &Value) -> Option<Space> {
    let Value::Tuple(numbers) = value else {
        return None;
    };
    let number = |index: usize| match numbers.get(index) {
        Some(&Value::Int(number)) => u64::try_from(number).ok(),
        _ => None,
    };
    let (block, fragment) = (number(0)?, number(1)?);
    (block > 0).then_some(Space {
        total: fragment.saturating_mul(number(2)?),
        free: block.saturating_mul(number(3)?),
        block,
    })
}
