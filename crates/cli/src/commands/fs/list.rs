//! `belay fs ls`, `tree`, `cat`, `df` and `sha256`: what leaves the board as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use belay_deploy::{BoardPath, find, read};
use belay_device::Device;
use belay_sync::{Digest, DigestKind, Entry, EntryKind, Remote as _, RemotePath};
use serde_json::{Value, json};

use crate::args::{Cat, Df, Ls, Sha256, Tree};
use crate::connection::{with_paths, with_session};
use crate::context::Context;
use crate::settings::on_board;
use crate::{Error, text};

pub(super) fn ls(args: &Ls, context: &Context) -> Result<(), Error> {
    let (port, paths) = on_board(&context.workspace, &args.operands)?;
    with_session(context, &port, false, |session| {
        let paths = or_root(paths);
        let found = session.deploy(|device| find(device, &paths))?;
        let mut listed = Vec::new();
        let (folders, files): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|entry| entry.kind == EntryKind::Folder);
        if !files.is_empty() {
            listed.push((None, files));
        }
        for folder in folders {
            let mut entries = session
                .device
                .files()
                .list(folder.path.as_str())
                .map_err(|error| session.error(error))?;
            entries.sort_by(|left, right| left.path.cmp(&right.path));
            listed.push((Some(folder.path), entries));
        }
        if args.json {
            let all = listed.iter().flat_map(|(_, entries)| entries);
            return context.printer.line(&as_json(all).to_string());
        }
        let headed = listed.len() > 1;
        for (index, (folder, entries)) in listed.iter().enumerate() {
            if let (true, Some(folder)) = (headed, folder) {
                let gap = if index > 0 { "\n" } else { "" };
                let head = format!("{gap}:{}:", text::escape(folder.as_str()));
                context.printer.line(&head)?;
            }
            let lines = lines(folder.as_ref(), entries);
            if !lines.is_empty() {
                context.printer.line(&lines)?;
            }
        }
        Ok(())
    })
}

pub(super) fn tree(args: &Tree, context: &Context) -> Result<(), Error> {
    let (port, paths) = on_board(&context.workspace, &args.operands)?;
    with_session(context, &port, false, |session| {
        let mut all = Vec::new();
        let paths = or_root(paths);
        for folder in session.deploy(|device| find(device, &paths))? {
            if folder.kind != EntryKind::Folder {
                let path = folder.path;
                return Err(belay_deploy::Error::IsAFile { path }.into());
            }
            let tree = session.device.files().walk(folder.path.as_str());
            let entries = tree.map_err(|error| session.error(error))?.entries;
            if args.json {
                all.extend(entries);
            } else {
                context.printer.line(&drawn(&folder.path, &entries))?;
            }
        }
        if args.json {
            context.printer.line(&as_json(&all).to_string())?;
        }
        Ok(())
    })
}

pub(super) fn cat(args: &Cat, context: &Context) -> Result<(), Error> {
    with_paths("fs cat", &args.operands, context, |session, paths| {
        for path in session.deploy(|device| files(device, paths))? {
            let bytes = session.deploy(|device| read(device, &path))?;
            let mut output = context.printer.output();
            output
                .write_all(&bytes)
                .and_then(|()| output.flush())
                .map_err(Error::Output)?;
        }
        Ok(())
    })
}

pub(super) fn df(args: &Df, context: &Context) -> Result<(), Error> {
    let (port, paths) = on_board(&context.workspace, &args.operands)?;
    let path = match &paths[..] {
        [] => RemotePath::root(),
        [one] => one.path.clone(),
        [_, second, ..] => {
            return Err(Error::ExtraArgument {
                command: "fs df",
                argument: format!(":{}", second.path),
            });
        }
    };
    with_session(context, &port, false, |session| {
        let space = session.device.files().space(path.as_str());
        let space = space.map_err(|error| session.error(error))?;
        let Some(space) = space else {
            return Err(Error::NoSpaceFigures {
                port: session.port().to_owned(),
            });
        };
        let used = space.total.saturating_sub(space.free);
        if args.json {
            let object = json!({
                "total": space.total,
                "used": used,
                "free": space.free,
                "block": space.block,
            });
            return context.printer.line(&object.to_string());
        }
        let percent = (used * 100).div_ceil(space.total.max(1));
        context.printer.line(&format!(
            "{} bytes, {used} used ({percent} %), {} free, in blocks of {}",
            space.total, space.free, space.block
        ))
    })
}

pub(super) fn sha256(args: &Sha256, context: &Context) -> Result<(), Error> {
    with_paths("fs sha256", &args.operands, context, |session, paths| {
        let files = session.deploy(|device| files(device, paths))?;
        let digests = session.device.files().digests(&files);
        let digests = digests.map_err(|error| session.error(error))?;
        for (path, digest) in files.iter().zip(digests) {
            let digest = if let Some(digest @ Digest::Sha256(_)) = digest {
                digest
            } else {
                // The board cannot compute it, but its contents can be had.
                Digest::of(
                    DigestKind::Sha256,
                    &session.deploy(|device| read(device, path))?,
                )
            };
            let Digest::Sha256(bytes) = digest else {
                unreachable!("a digest of the kind that was asked for")
            };
            let mut line = String::new();
            for byte in bytes {
                let _ = write!(line, "{byte:02x}");
            }
            let _ = write!(line, "  :{}", text::escape(path.as_str()));
            context.printer.line(&line)?;
        }
        Ok(())
    })
}

/// The paths, or the root if there are none.
fn or_root(paths: Vec<BoardPath>) -> Vec<BoardPath> {
    if !paths.is_empty() {
        return paths;
    }
    vec![BoardPath::root()]
}

/// The files that `paths` name, none of which is a folder.
fn files(device: &mut Device, paths: &[BoardPath]) -> Result<Vec<RemotePath>, belay_deploy::Error> {
    let found = find(device, paths)?;
    let files = found.into_iter().map(|entry| match entry.kind {
        EntryKind::File { .. } => Ok(entry.path),
        EntryKind::Folder => Err(belay_deploy::Error::IsAFolder { path: entry.path }),
    });
    files.collect()
}

fn as_json<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Value {
    let entries = entries.into_iter().map(|entry| match entry.kind {
        EntryKind::File { size } => {
            json!({"path": entry.path.as_str(), "kind": "file", "size": size})
        }
        EntryKind::Folder => json!({"path": entry.path.as_str(), "kind": "folder", "size": null}),
    });
    Value::Array(entries.collect())
}

/// The size and name of each; those outside a folder have their whole path.
fn lines(folder: Option<&RemotePath>, entries: &[Entry]) -> String {
    let rows = entries.iter().map(|entry| {
        let name = match folder {
            Some(_) => entry.path.name().unwrap_or_default().to_owned(),
            None => format!(":{}", entry.path),
        };
        let name = text::escape(&name.replace(['\n', '\t'], "?"));
        match entry.kind {
            EntryKind::File { size } => (size.to_string(), name),
            EntryKind::Folder => (String::new(), name + "/"),
        }
    });
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|row| row.0.len()).max().unwrap_or(0);
    let lines = rows
        .iter()
        .map(|(size, name)| format!("{size:>width$}  {name}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A folder and all below it, with lines that show what lies where.
fn drawn(root: &RemotePath, entries: &[Entry]) -> String {
    let mut below: BTreeMap<RemotePath, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(parent) = entry.path.parent() {
            below.entry(parent).or_default().push(entry);
        }
    }
    for children in below.values_mut() {
        children.sort_by(|left, right| left.path.cmp(&right.path));
    }
    let mut text = format!(":{}", text::escape(root.as_str()));
    // The entries still to be drawn, the next one last, each with what stands before its name.
    let mut waiting: Vec<(&Entry, String, bool)> = Vec::new();
    let wait = |waiting: &mut Vec<_>, path: &RemotePath, margin: &str| {
        let children = below.get(path).map_or(&[][..], Vec::as_slice);
        for (index, &child) in children.iter().enumerate().rev() {
            waiting.push((child, margin.to_owned(), index + 1 == children.len()));
        }
    };
    wait(&mut waiting, root, "");
    while let Some((entry, margin, last)) = waiting.pop() {
        let (branch, rest) = if last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        let name = entry.path.name().unwrap_or_default();
        let name = text::escape(&name.replace(['\n', '\t'], "?"));
        let mark = match entry.kind {
            EntryKind::File { size } => format!("  {size}"),
            EntryKind::Folder => "/".to_owned(),
        };
        let _ = write!(text, "\n{margin}{branch}{name}{mark}");
        wait(&mut waiting, &entry.path, &(margin + rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |path: &str, kind| Entry {
            path: RemotePath::new(path).unwrap(),
            kind,
        };
        vec![
            entry("/lib", EntryKind::Folder),
            entry("/lib/b", EntryKind::Folder),
            entry("/lib/b/c\n.py", EntryKind::File { size: 7 }),
            entry("/lib/a.py", EntryKind::File { size: 1200 }),
            entry("/main.py", EntryKind::File { size: 33 }),
        ]
    }

    #[test]
    fn a_tree_is_drawn() {
        let expected = "\
:/
├── lib/
│   ├── a.py  1200
│   └── b/
│       └── c?.py  7
└── main.py  33";
        assert_eq!(drawn(&RemotePath::root(), &entries()), expected);
    }

    #[test]
    fn sizes_are_in_a_column() {
        let root = RemotePath::root();
        let expected = "      lib/\n      b/\n   7  c?.py\n1200  a.py\n  33  main.py";
        assert_eq!(lines(Some(&root), &entries()), expected);
        assert_eq!(lines(None, &entries()[4..]), "33  :/main.py");
    }

    #[test]
    fn the_list_is_json() {
        let json = as_json(&entries()[3..4]).to_string();
        assert_eq!(json, r#"[{"kind":"file","path":"/lib/a.py","size":1200}]"#);
    }
}
