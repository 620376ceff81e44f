//! A program of this computer that finds the project's dependencies.

use std::env::{join_paths, split_paths};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use belay_pkgmgr::{Config, Project};
use tempfile::TempDir;

use crate::args::Network;
use crate::commands::packages::{operate, project, settings};
use crate::context::Context;
use crate::{Error, env};

/// The modules that are built into an interpreter. Without this entry it would not find them.
const FROZEN: &str = ".frozen";

/// Runs a program with `MICROPYPATH` set, and gives its exit status.
pub(super) fn run(program: &Path, arguments: &[OsString], context: &Context) -> Result<u8, Error> {
    let project = project(context)?;
    let config = project.config().map_err(Error::Project)?;
    let developed = developed(project, &config, context)?;
    let failed = |source| Error::Program {
        program: program.to_owned(),
        source,
    };
    let folder = project.dependencies_path(&config).map_err(Error::Project)?;
    let folder = folder.under(project.root());
    // On a board, too, what is built in comes first.
    let mut paths = vec![PathBuf::from(FROZEN)];
    paths.extend(developed.as_ref().map(|folder| folder.path().to_owned()));
    paths.extend(config.groups.iter().map(|group| folder.join(&group.name)));
    if let Some(before) = env::MICROPYPATH.value() {
        paths.extend(split_paths(&before).filter(|path| path != Path::new(FROZEN)));
    }
    let paths = join_paths(paths).map_err(|error| failed(io::Error::other(error)))?;
    let mut command = Command::new(program);
    command.args(arguments).env(env::MICROPYPATH.name, &paths);
    let name = program.display();
    let step = format!("starting {name} with MICROPYPATH={}", paths.display());
    context.printer.step(&step);
    let mut child = context.interrupts.spawn(&mut command).map_err(failed)?;
    child.wait().map(status).map_err(failed)
}

/// What is in development, read afresh into a folder of its own; `None` if nothing is.
fn developed(
    project: &Project,
    config: &Config,
    context: &Context,
) -> Result<Option<TempDir>, Error> {
    if !config.dependencies().any(|(_, each)| each.develops()) {
        return Ok(None);
    }
    let groups = config.groups.iter().filter(|group| group.optional);
    let groups: Vec<_> = groups.map(|group| group.name.clone()).collect();
    let settings = settings(&Network {
        offline: false,
        max_file: None,
    })?;
    let staged = operate(context, |events| project.stage(&settings, &groups, events))?;
    let unwritten = |path: &Path, source| Error::File {
        path: path.to_owned(),
        source,
    };
    let folder = TempDir::new().map_err(|source| unwritten(Path::new("."), source))?;
    // What comes from the folder of a group is there already.
    for file in staged.iter().filter(|file| file.origin.contains('/')) {
        let path = file.path.under(folder.path());
        let parent = path.parent().unwrap_or(folder.path());
        fs::create_dir_all(parent).map_err(|source| unwritten(parent, source))?;
        fs::write(&path, &file.content).map_err(|source| unwritten(&path, source))?;
    }
    Ok(Some(folder))
}

/// The exit status as a shell has it.
fn status(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal).map_or(1, |signal| signal.saturating_add(128));
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
