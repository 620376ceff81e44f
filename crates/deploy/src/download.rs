//! Copies from the board.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};

use belay_device::Device;
use belay_sync::{Digest, EntryKind, Remote as _, RemotePath};

use crate::find::{find, read, walk};
use crate::{BoardPath, Copied, Error, write_file};

/// What happens while files are fetched: `Begun`, then `Started` and `Done` for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Download<'a> {
    /// It is known what is to be fetched.
    Begun {
        /// How many bytes that is.
        bytes: u64,
    },
    /// A file is about to be fetched.
    Started {
        /// Which.
        path: &'a RemotePath,
    },
    /// It is here.
    Done {
        /// How many bytes it has.
        bytes: u64,
    },
}

/// A file on the board and its place here.
struct Fetch {
    path: RemotePath,
    size: u64,
    target: PathBuf,
}

/// Copies what `sources` name to a place on this computer, or into the folder there; folders only if
/// `recursive` is set. What is equal already is not fetched, unless `force` is set. Each file takes its place
/// whole.
///
/// # Errors
/// As [`find`]; [`Error::SameTarget`], [`Error::BadLocalName`], [`Error::Write`]; an interruption when
/// `events` breaks, which leaves the files that are done.
pub fn download(
    device: &mut Device,
    sources: &[BoardPath],
    destination: &Path,
    (recursive, force): (bool, bool),
    events: &mut dyn FnMut(Download<'_>) -> ControlFlow<()>,
) -> Result<Copied, Error> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut files: Vec<Fetch> = Vec::new();
    let mut into = ends_as_folder(destination) || destination.is_dir() || sources.len() > 1;
    for source in sources {
        let found = find(device, std::slice::from_ref(source))?;
        into |= found.len() > 1;
        for entry in found {
            let name = entry.path.name().filter(|_| into && !source.content);
            let target = match name {
                Some(name) => destination.join(local_name(name)?),
                None => destination.to_owned(),
            };
            let size = match entry.kind {
                EntryKind::File { size } => size,
                EntryKind::Folder if !recursive => {
                    return Err(Error::IsAFolder { path: entry.path });
                }
                EntryKind::Folder => {
                    for below in walk(device, &entry.path)? {
                        let path = below.path.relative_to(&entry.path).unwrap_or_default();
                        let mut local = target.clone();
                        for part in path.split('/') {
                            local.push(local_name(part)?);
                        }
                        match below.kind {
                            EntryKind::Folder => folders.push(local),
                            EntryKind::File { size } => files.push(Fetch {
                                path: below.path,
                                size,
                                target: local,
                            }),
                        }
                    }
                    folders.push(target);
                    continue;
                }
            };
            files.push(Fetch {
                path: entry.path,
                size,
                target,
            });
        }
    }
    let mut targets = BTreeMap::new();
    for Fetch { path, target, .. } in &files {
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
    for path in folders {
        fs::create_dir_all(&path).map_err(|source| Error::Write { path, source })?;
    }
    let total = files.len();
    if !force {
        leave_out_equal(device, &mut files)?;
    }
    let mut tell = |event: Download<'_>| match events(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(belay_device::Error::Interrupted),
    };
    tell(Download::Begun {
        bytes: files.iter().map(|file| file.size).sum(),
    })?;
    for Fetch { path, size, target } in &files {
        tell(Download::Started { path })?;
        let content = read(device, path)?;
        write_file(target, &content).map_err(|source| Error::Write {
            path: target.clone(),
            source,
        })?;
        tell(Download::Done { bytes: *size })?;
    }
    Ok(Copied {
        copied: files.len(),
        equal: total - files.len(),
    })
}

/// Keeps the files whose copies are missing or differ.
fn leave_out_equal(device: &mut Device, files: &mut Vec<Fetch>) -> Result<(), Error> {
    let same_size = |file: &&Fetch| {
        let metadata = fs::metadata(&file.target);
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == file.size)
    };
    let candidates: Vec<_> = files.iter().filter(same_size).collect();
    let paths: Vec<_> = candidates.iter().map(|file| file.path.clone()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let digests = device.files().digests(&paths)?;
    let equal = candidates.iter().zip(digests).filter(|(file, digest)| {
        let content = fs::read(&file.target).ok();
        let own = |digest: &Digest| Some(Digest::of(digest.kind(), &content?));
        digest
            .as_ref()
            .is_some_and(|digest| own(digest) == Some(*digest))
    });
    let equal: Vec<RemotePath> = equal.map(|(file, _)| file.path.clone()).collect();
    files.retain(|file| !equal.contains(&file.path));
    Ok(())
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
}
