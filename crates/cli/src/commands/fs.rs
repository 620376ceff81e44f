//! `belay fs`.

mod copy;
mod edit;
mod find;
mod list;
mod rename;

use belay_device::FileFault;
use belay_sync::{EntryKind, Remote, RemotePath, Step};

use self::find::{find, stat};
use crate::Error;
use crate::args::{Fs, FsCommand, Mkdir, Rm, Rmdir, Touch};
use crate::connection::{Session, with_session};
use crate::context::Context;
use crate::settings::BoardPath;

/// Looks at and changes the files on a board.
pub(crate) fn fs(args: &Fs, context: &Context) -> Result<u8, Error> {
    match &args.command {
        FsCommand::Ls(args) => list::ls(args, context),
        FsCommand::Tree(args) => list::tree(args, context),
        FsCommand::Cat(args) => list::cat(args, context),
        FsCommand::Cp(args) => copy::cp(args, context),
        FsCommand::Mv(args) => rename::mv(args, context),
        FsCommand::Rm(args) => rm(args, context),
        FsCommand::Mkdir(args) => mkdir(args, context),
        FsCommand::Rmdir(args) => rmdir(args, context),
        FsCommand::Touch(args) => touch(args, context),
        FsCommand::Df(args) => list::df(args, context),
        FsCommand::Sha256(args) => list::sha256(args, context),
        FsCommand::Edit(args) => edit::edit(args, context),
    }?;
    Ok(0)
}

/// Does `work` for paths on the board, of which there is at least one.
fn with_paths<T>(
    command: &'static str,
    operands: &[std::ffi::OsString],
    context: &Context,
    work: impl FnOnce(&mut Session, &[BoardPath]) -> Result<T, Error>,
) -> Result<T, Error> {
    let (port, paths) = crate::settings::on_board(operands)?;
    if paths.is_empty() {
        return Err(Error::MissingArgument {
            command,
            argument: ":PATH",
        });
    }
    with_session(context, &port, false, |session| work(session, &paths))
}

/// The content of a file on the board.
fn read(session: &mut Session, path: &RemotePath) -> Result<Vec<u8>, Error> {
    let bytes = session.device.files().read(path.as_str());
    bytes.map_err(|error| session.error(error))
}

/// Takes steps that are small.
fn perform(session: &mut Session, steps: &[Step<'_>]) -> Result<(), Error> {
    let result = session
        .device
        .files()
        .perform(steps, &mut |_| std::ops::ControlFlow::Continue(()));
    result.map_err(|error| session.error(error))
}

fn rm(args: &Rm, context: &Context) -> Result<(), Error> {
    with_paths("fs rm", &args.operands, context, |session, paths| {
        let mut files = Vec::new();
        let mut folders = Vec::new();
        for path in paths {
            let found = match find(session, std::slice::from_ref(path)) {
                Err(Error::NothingMatches { .. }) if args.force => continue,
                found => found?,
            };
            for entry in found {
                match entry.kind {
                    EntryKind::File { .. } => files.push(entry.path),
                    EntryKind::Folder if !args.recursive => {
                        return Err(Error::IsAFolder { path: entry.path });
                    }
                    EntryKind::Folder => {
                        let tree = session.device.files().tree(&entry.path);
                        let tree = tree.map_err(|error| session.error(error))?;
                        if !entry.path.is_root() {
                            folders.push(entry.path);
                        }
                        for below in tree.entries {
                            match below.kind {
                                EntryKind::File { .. } => files.push(below.path),
                                EntryKind::Folder => folders.push(below.path),
                            }
                        }
                    }
                }
            }
        }
        // What lies deeper comes behind its folder in this order, and goes first.
        files.sort();
        files.dedup();
        folders.sort();
        folders.dedup();
        let files = files.iter().map(Step::Delete);
        let folders = folders.iter().rev().map(Step::DeleteFolder);
        perform(session, &files.chain(folders).collect::<Vec<_>>())
    })
}

fn mkdir(args: &Mkdir, context: &Context) -> Result<(), Error> {
    with_paths("fs mkdir", &args.operands, context, |session, paths| {
        let mut folders = Vec::new();
        for path in paths {
            let path = &path.path;
            if args.parents {
                let above = std::iter::successors(path.parent(), RemotePath::parent);
                let above: Vec<_> = above.filter(|path| !path.is_root()).collect();
                folders.extend(above.into_iter().rev());
            } else if stat(session, path)?.is_some() {
                return Err(Error::Exists { path: path.clone() });
            }
            folders.push(path.clone());
        }
        let steps: Vec<_> = folders.iter().map(Step::CreateFolder).collect();
        perform(session, &steps).map_err(no_folder)
    })
}

/// What is missing is the folder above what was to be created.
fn no_folder(error: Error) -> Error {
    match error {
        Error::Call {
            source:
                belay_device::Error::File {
                    path,
                    fault: FileFault::NotFound,
                },
            ..
        } => Error::NoFolder {
            path: RemotePath::new(&path).unwrap_or_default(),
        },
        other => other,
    }
}

fn rmdir(args: &Rmdir, context: &Context) -> Result<(), Error> {
    with_paths("fs rmdir", &args.operands, context, |session, paths| {
        let found = find(session, paths)?;
        for entry in &found {
            if let EntryKind::File { .. } = entry.kind {
                return Err(Error::IsAFile {
                    path: entry.path.clone(),
                });
            }
        }
        let steps: Vec<_> = found
            .iter()
            .map(|entry| Step::DeleteFolder(&entry.path))
            .collect();
        perform(session, &steps)
    })
}

fn touch(args: &Touch, context: &Context) -> Result<(), Error> {
    with_paths("fs touch", &args.operands, context, |session, paths| {
        let mut missing = Vec::new();
        for path in paths {
            if stat(session, &path.path)?.is_none() {
                missing.push(&path.path);
            }
        }
        let steps = missing.iter().map(|path| Step::Put { path, content: b"" });
        perform(session, &steps.collect::<Vec<_>>()).map_err(no_folder)
    })
}
