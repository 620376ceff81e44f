//! `belay fs mv`.

use std::collections::BTreeMap;

use belay_sync::{Entry, EntryKind, RemotePath};

use super::find::{child, find, folder, stat};
use super::with_paths;
use crate::Error;
use crate::args::Mv;
use crate::context::Context;
use crate::settings::BoardPath;

/// Nothing is moved before it is clear that each source has a place of its own to go to.
pub(super) fn mv(args: &Mv, context: &Context) -> Result<(), Error> {
    with_paths("fs mv", &args.operands, context, |session, paths| {
        let Some((destination, sources)) = paths.split_last().filter(|(_, rest)| !rest.is_empty())
        else {
            return Err(Error::MissingArgument {
                command: "fs mv",
                argument: ":DESTINATION",
            });
        };
        let found = find(session, sources)?;
        let there = stat(session, &destination.path)?;
        let into = destination.folder || found.len() > 1 || there == Some(EntryKind::Folder);
        if let (false, Some(EntryKind::File { .. }), [Entry { kind, .. }]) =
            (into, there, &found[..])
            && *kind == EntryKind::Folder
        {
            folder(&destination.path, there)?;
        }
        let moves = moves(found, destination, into)?;
        if into {
            folder(&destination.path, there)?;
        } else if let Some(parent) = destination.path.parent() {
            let there = stat(session, &parent)?;
            folder(&parent, there)?;
        }
        for (from, to) in &moves {
            let renamed = session.device.files().rename(from.as_str(), to.as_str());
            renamed.map_err(|error| session.error(error))?;
        }
        Ok(())
    })
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
            Some(name) if into => child(&destination.path, name)?,
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
            let destination = BoardPath {
                path: path(destination),
                folder: false,
                content: false,
            };
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
