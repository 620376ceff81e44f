//! `belay fs`.

mod copy;
mod edit;
mod list;

use belay_deploy::BoardPath;
use belay_sync::{EntryKind, Step};

use crate::Error;
use crate::args::{Fs, FsCommand, Mkdir, Mv, Rm, Rmdir, Touch};
use crate::connection::with_paths;
use crate::context::Context;

/// Looks at and changes the files on a board.
pub(crate) fn fs(args: &Fs, context: &Context) -> Result<u8, Error> {
    match &args.command {
        FsCommand::Ls(args) => list::ls(args, context),
        FsCommand::Tree(args) => list::tree(args, context),
        FsCommand::Cat(args) => list::cat(args, context),
        FsCommand::Cp(args) => copy::cp(args, context),
        FsCommand::Mv(args) => mv(args, context),
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

fn rm(args: &Rm, context: &Context) -> Result<(), Error> {
    with_paths("fs rm", &args.operands, context, |session, paths| {
        session.deploy(|device| belay_deploy::remove(device, paths, args.recursive, args.force))
    })
}

fn mv(args: &Mv, context: &Context) -> Result<(), Error> {
    with_paths("fs mv", &args.operands, context, |session, paths| {
        let Some((destination, sources)) = paths.split_last().filter(|(_, rest)| !rest.is_empty())
        else {
            return Err(Error::MissingArgument {
                command: "fs mv",
                argument: ":DESTINATION",
            });
        };
        session.deploy(|device| belay_deploy::rename(device, sources, destination))
    })
}

fn mkdir(args: &Mkdir, context: &Context) -> Result<(), Error> {
    with_paths("fs mkdir", &args.operands, context, |session, paths| {
        let paths: Vec<_> = paths.iter().map(|path| path.path.clone()).collect();
        session.deploy(|device| belay_deploy::create_folders(device, &paths, args.parents))
    })
}

fn rmdir(args: &Rmdir, context: &Context) -> Result<(), Error> {
    with_paths("fs rmdir", &args.operands, context, |session, paths| {
        session.deploy(|device| {
            let found = belay_deploy::find(device, paths)?;
            let file = found.iter().find(|entry| entry.kind != EntryKind::Folder);
            if let Some(file) = file {
                let path = file.path.clone();
                return Err(belay_deploy::Error::IsAFile { path });
            }
            let steps: Vec<_> = found
                .iter()
                .map(|entry| Step::DeleteFolder(&entry.path))
                .collect();
            Ok(belay_sync::perform(&steps, &mut device.files())?)
        })
    })
}

fn touch(args: &Touch, context: &Context) -> Result<(), Error> {
    with_paths("fs touch", &args.operands, context, |session, paths| {
        session.deploy(|device| {
            for BoardPath { path, .. } in paths {
                if belay_deploy::stat(device, path)?.is_some() {
                    continue;
                }
                if let Some(folder) = path.parent()
                    && belay_deploy::stat(device, &folder)?.is_none()
                {
                    return Err(belay_deploy::Error::NoFolder { path: path.clone() });
                }
                device.files().write(path.as_str(), b"")?;
            }
            Ok(())
        })
    })
}
