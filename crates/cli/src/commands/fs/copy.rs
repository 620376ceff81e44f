//! `belay fs cp`.

mod upload;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use belay_sync::{
    Digest, EntryKind, Ignore, LocalError, LocalTree, RelativePath, Remote, RemotePath, Wanted,
};

use self::upload::upload;
use super::find::{find, tree};
use super::read;
use crate::Error;
use crate::args::Cp;
use crate::commands::sync::warn_of_skipped;
use crate::connection::{Session, with_session};
use crate::context::Context;
use crate::progress::Progress;
use crate::replace::replace;
use crate::settings::{BoardPath, Place, copy};

pub(super) fn cp(args: &Cp, context: &Context) -> Result<(), Error> {
    let (port, sources, destination) = copy(&args.operands)?;
    let mut on_board = Vec::new();
    let mut local = Vec::new();
    for source in sources {
        match source {
            Place::Board(path) => on_board.push(path),
            Place::Local(path) => local.push(path),
        }
    }
    if !on_board.is_empty() && !local.is_empty() {
        return Err(Error::MixedSources);
    }
    let from_board = local.is_empty();
    match destination {
        Place::Local(_) if !from_board => Err(Error::NothingOnBoard),
        Place::Board(destination) if !from_board => {
            let items = local
                .iter()
                .map(|path| Item::read(path, args.recursive, context))
                .collect::<Result<Vec<_>, _>>()?;
            with_session(context, &port, false, |session| {
                upload(session, items, &destination, args.force, context)
            })
        }
        Place::Board(destination) => with_session(context, &port, false, |session| {
            let items = fetched(session, &on_board, args.recursive)?;
            upload(session, items, &destination, args.force, context)
        }),
        Place::Local(destination) => with_session(context, &port, false, |session| {
            download(session, &on_board, &destination, args, context)
        }),
    }
}

/// Something to be put on the board.
struct Item {
    /// Its last part; `None` for the content of a folder.
    name: Option<String>,
    /// Where it comes from, as the user writes it.
    origin: String,
    what: What,
}

enum What {
    File(Vec<u8>),
    Folder(Wanted),
}

impl Item {
    /// Reads a file or folder of this computer.
    fn read(path: &Path, recursive: bool, context: &Context) -> Result<Self, Error> {
        let inner = path.as_os_str().as_encoded_bytes().ends_with(b"/.") || path == Path::new(".");
        let metadata = fs::metadata(path).map_err(|source| Error::Source {
            path: path.to_owned(),
            source,
        })?;
        let name = if inner { None } else { Some(last_part(path)?) };
        if !metadata.is_dir() {
            if !metadata.is_file() {
                let path = path.to_owned();
                return Err(Error::Local(LocalError::Special { path }));
            }
            let bytes = fs::read(path).map_err(|source| Error::Source {
                path: path.to_owned(),
                source,
            })?;
            return Ok(Self {
                name,
                origin: path.display().to_string(),
                what: What::File(bytes),
            });
        }
        if !recursive {
            return Err(Error::IsALocalFolder {
                path: path.to_owned(),
            });
        }
        let everything = Ignore::only(std::iter::empty::<&str>()).map_err(Error::Ignore)?;
        let wanted = LocalTree::scan(path, &everything)
            .and_then(|tree| tree.load(&mut Ok))
            .map_err(Error::Local)?;
        warn_of_skipped(&wanted, context);
        Ok(Self {
            name,
            origin: path.display().to_string(),
            what: What::Folder(wanted),
        })
    }

    /// Adds this under `name`, or what it holds if there is none.
    fn add_to(self, wanted: &mut Wanted, name: Option<&str>) -> Result<(), Error> {
        let below = |path: &RelativePath| match name {
            Some(name) => relative(&format!("{name}/{path}")),
            None => Ok(path.clone()),
        };
        let added = match self.what {
            What::File(content) => wanted.add_file(relative(name.unwrap_or_default())?, content),
            What::Folder(folder) => {
                if let Some(name) = name {
                    wanted.add_folder(relative(name)?).map_err(local)?;
                }
                for path in folder.folders() {
                    wanted.add_folder(below(path)?).map_err(local)?;
                }
                for (path, content) in folder.files() {
                    wanted
                        .add_file(below(path)?, content.to_vec())
                        .map_err(local)?;
                }
                Ok(())
            }
        };
        added.map_err(local)
    }
}

fn local(error: belay_sync::WantedError) -> Error {
    Error::Local(error.into())
}

fn relative(text: &str) -> Result<RelativePath, Error> {
    RelativePath::new(text).map_err(|source| Error::BoardPath { source })
}

/// The name under which a copy of `path` goes.
fn last_part(path: &Path) -> Result<String, Error> {
    let name = match path.components().next_back() {
        Some(Component::Normal(name)) => Some(name.to_owned()),
        // What `..` and the like lead to has a name.
        _ => path
            .canonicalize()
            .ok()
            .and_then(|path| path.file_name().map(OsStr::to_owned)),
    };
    let name = name.and_then(|name| name.into_string().ok());
    name.ok_or_else(|| {
        Error::Local(LocalError::Name {
            path: path.to_owned(),
        })
    })
}

/// What is to be copied from one place of the board to another.
fn fetched(
    session: &mut Session,
    sources: &[BoardPath],
    recursive: bool,
) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for source in sources {
        for entry in find(session, std::slice::from_ref(source))? {
            let name = entry.path.name().filter(|_| !source.content);
            let name = name.map(str::to_owned);
            let origin = format!(":{}", entry.path);
            let what = match entry.kind {
                EntryKind::File { .. } => What::File(read(session, &entry.path)?),
                EntryKind::Folder if !recursive => {
                    return Err(Error::IsAFolder { path: entry.path });
                }
                EntryKind::Folder => {
                    let mut wanted = Wanted::new();
                    for below in tree(session, &entry.path)? {
                        let path =
                            relative(below.path.relative_to(&entry.path).unwrap_or_default())?;
                        match below.kind {
                            EntryKind::Folder => wanted.add_folder(path),
                            EntryKind::File { .. } => {
                                wanted.add_file(path, read(session, &below.path)?)
                            }
                        }
                        .map_err(local)?;
                    }
                    What::Folder(wanted)
                }
            };
            items.push(Item { name, origin, what });
        }
    }
    Ok(items)
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn download(
    session: &mut Session,
    sources: &[BoardPath],
    destination: &Path,
    args: &Cp,
    context: &Context,
) -> Result<(), Error> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut files: Vec<(RemotePath, u64, PathBuf)> = Vec::new();
    let mut into = ends_as_folder(destination) || destination.is_dir() || sources.len() > 1;
    for source in sources {
        let found = find(session, std::slice::from_ref(source))?;
        into |= found.len() > 1;
        for entry in found {
            let name = entry.path.name().filter(|_| into && !source.content);
            let target = match name {
                Some(name) => destination.join(local_name(name)?),
                None => destination.to_owned(),
            };
            match entry.kind {
                EntryKind::File { size } => files.push((entry.path, size, target)),
                EntryKind::Folder if !args.recursive => {
                    return Err(Error::IsAFolder { path: entry.path });
                }
                EntryKind::Folder => {
                    for below in tree(session, &entry.path)? {
                        let path = below.path.relative_to(&entry.path).unwrap_or_default();
                        let mut local = target.clone();
                        for part in path.split('/') {
                            local.push(local_name(part)?);
                        }
                        match below.kind {
                            EntryKind::Folder => folders.push(local),
                            EntryKind::File { size } => files.push((below.path, size, local)),
                        }
                    }
                    folders.push(target);
                }
            }
        }
    }
    let mut targets = BTreeMap::new();
    for (path, _, target) in &files {
        if let Some(other) = targets.insert(target, path) {
            return Err(Error::SameTarget {
                sources: [other, path].map(|path| format!(":{path}")),
                target: target.display().to_string(),
            });
        }
    }
    if into {
        folders.push(destination.to_owned());
    }
    for folder in folders {
        fs::create_dir_all(&folder).map_err(|source| Error::File {
            path: folder,
            source,
        })?;
    }
    let total = files.len();
    if !args.force {
        leave_out_equal(session, &mut files)?;
    }
    let mut progress = Progress::new(context, files.iter().map(|file| file.1).sum());
    for (path, size, target) in &files {
        progress.file(path.as_str());
        write(target, &read(session, path)?)?;
        progress.add(*size);
    }
    progress.finish();
    context.printer.note(&format!(
        "{} fetched, {} equal already",
        counted(files.len(), "file"),
        total - files.len()
    ));
    Ok(())
}

/// Keeps the files whose copies are missing or differ.
fn leave_out_equal(
    session: &mut Session,
    files: &mut Vec<(RemotePath, u64, PathBuf)>,
) -> Result<(), Error> {
    let same_size = |file: &&(RemotePath, u64, PathBuf)| {
        fs::metadata(&file.2).is_ok_and(|metadata| metadata.is_file() && metadata.len() == file.1)
    };
    let candidates: Vec<_> = files.iter().filter(same_size).collect();
    let paths: Vec<_> = candidates.iter().map(|file| file.0.clone()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let digests = session.device.files().digests(&paths);
    let digests = digests.map_err(|error| session.error(error))?;
    let equal: Vec<RemotePath> = candidates
        .iter()
        .zip(digests)
        .filter(|(file, digest)| {
            let content = fs::read(&file.2).ok();
            digest.is_some_and(|digest| {
                content.is_some_and(|content| Digest::of(digest.kind(), &content) == digest)
            })
        })
        .map(|(file, _)| file.0.clone())
        .collect();
    files.retain(|file| !equal.contains(&file.0));
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    replace(path, content).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

fn ends_as_folder(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    text.ends_with(b"/") || text.ends_with(std::path::MAIN_SEPARATOR_STR.as_bytes())
}

/// A name from the board as a name on this computer: it stays in the folder it is put in.
fn local_name(name: &str) -> Result<&Path, Error> {
    let path = Path::new(name);
    let mut parts = path.components();
    let plain = matches!(parts.next(), Some(Component::Normal(part)) if part == OsStr::new(name));
    // A stream of a Windows file is not a file of its own.
    let stream = cfg!(windows) && name.contains(':');
    if plain && !stream && parts.next().is_none() {
        Ok(path)
    } else {
        Err(Error::BadLocalName {
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_the_board_stays_in_its_folder() {
        for name in ["a", "a b", "ü.py", "...", "-", "a\nb"] {
            assert_eq!(local_name(name).unwrap(), Path::new(name));
        }
        for name in ["", ".", "..", "/", "a/b", "/a", "../a"] {
            let error = local_name(name).unwrap_err();
            assert!(matches!(error, Error::BadLocalName { .. }), "{name:?}");
        }
    }

    #[test]
    fn a_copy_goes_under_the_last_part() {
        assert_eq!(last_part(Path::new("a/b.py")).unwrap(), "b.py");
        assert_eq!(last_part(Path::new("a/b/")).unwrap(), "b");
        let here = std::env::current_dir().unwrap();
        let above = here.parent().unwrap().file_name().unwrap();
        assert_eq!(last_part(Path::new("..")).unwrap(), above.to_str().unwrap());
    }
}
