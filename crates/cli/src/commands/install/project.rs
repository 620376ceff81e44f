//! What of a project goes to a board.

use std::path::PathBuf;

use belay_deploy::{Transform, Warning, mpy_target};
use belay_device::Device;
use belay_pkgmgr::{Config, Project};
use belay_sync::{Ignore, LocalError, LocalFile, LocalTree, RelativePath, Wanted};

use crate::Error;
use crate::args::Install;
use crate::commands::packages::{operate, project, settings, tell};
use crate::commands::sync::warn;
use crate::context::Context;

/// Where on the board the dependencies are.
const LIBRARY: &str = "lib";
/// The scripts that boards run when they start: MicroPython's and CircuitPython's.
const MAIN: &str = "main.py";
const CODE: &str = "code.py";

/// The files for the board, as they are here.
pub(super) struct Parts {
    /// The folders of the board that are the project's.
    pub(super) folders: Vec<RelativePath>,
    /// Files with what they hold and where they come from.
    files: Vec<(LocalFile, PathBuf)>,
    /// Folders that may be empty.
    empty: Vec<RelativePath>,
    /// The script that is to run when the board starts.
    main: Option<PathBuf>,
}

impl Parts {
    /// Makes the dependencies be as the lock file has them, and gathers them and the project's package.
    pub(super) fn gather(args: &Install, context: &Context) -> Result<Self, Error> {
        let project = project(context)?;
        let settings = settings(&args.network)?;
        let config = project.config().map_err(Error::Project)?;
        if args.locked {
            operate(context, |events| project.verify(&settings, events))?;
        } else if is_vendored(project, &config)? {
            context.printer.note(
                "there is no belay.lock, so the dependencies are taken as they are in the project; \
                 belay update writes one",
            );
        } else {
            let outcome = operate(context, |events| project.sync(&settings, events))?;
            if outcome.files > 0 {
                tell(&outcome, context);
            }
        }
        let staged = operate(context, |events| {
            project.stage(&settings, &args.with, events)
        })?;
        let library = path(LIBRARY)?;
        let mut parts = Self {
            folders: vec![library.clone()],
            files: Vec::new(),
            empty: vec![library],
            main: args.main.clone(),
        };
        for file in staged {
            let origin = format!("{}/{}", file.origin, file.path);
            let local = LocalFile {
                path: path(&format!("{LIBRARY}/{}", file.path))?,
                content: file.content,
            };
            parts.files.push((local, PathBuf::from(origin)));
        }
        parts.add_package(project, &config, context)?;
        Ok(parts)
    }

    /// The package has the name of the project, on the board as here.
    fn add_package(
        &mut self,
        project: &Project,
        config: &Config,
        context: &Context,
    ) -> Result<(), Error> {
        let Some(name) = &config.name else {
            return Ok(());
        };
        let folder = name.under(project.root());
        if !folder.is_dir() {
            let name = name.as_str();
            context.printer.note(&format!(
                "there is no folder {name} in the project, so only dependencies are installed"
            ));
            return Ok(());
        }
        let mut patterns = config.ignore.clone();
        // Dependencies that are kept in the package are no part of it: they go to the library folder.
        let kept = project.dependencies_path(config).map_err(Error::Project)?;
        if let Some(inner) = kept.as_str().strip_prefix(&format!("{name}/")) {
            patterns.push(format!("/{inner}/"));
        }
        let failed = belay_deploy::Error::from;
        let ignore = Ignore::new(patterns.iter().map(String::as_str)).map_err(failed)?;
        let tree = LocalTree::scan(&folder, &ignore).map_err(belay_deploy::Error::from)?;
        let top = path(name.as_str())?;
        self.empty.push(top.clone());
        for inner in tree.folders() {
            self.empty.push(path(&format!("{top}/{inner}"))?);
        }
        let package = tree.load(&mut Ok).map_err(belay_deploy::Error::from)?;
        warn(&Warning::skipped(&package), context);
        for (inner, content) in package.files() {
            let file = LocalFile {
                path: path(&format!("{top}/{inner}"))?,
                content: content.to_vec(),
            };
            self.files.push((file, folder.join(inner.as_str())));
        }
        self.folders.push(top);
        Ok(())
    }

    /// Fails if there is a compiled file among them that the board cannot load.
    pub(super) fn check(&self, device: &mut Device) -> Result<(), belay_deploy::Error> {
        let compiled = |(file, _): &&(LocalFile, PathBuf)| file.path.extension() == Some("mpy");
        let mut compiled = self.files.iter().filter(compiled).peekable();
        if compiled.peek().is_none() {
            return Ok(());
        }
        let Some(target) = mpy_target(device)? else {
            return Ok(());
        };
        for (file, origin) in compiled {
            let checked = target.check(&file.content);
            checked.map_err(|source| belay_deploy::Error::Mpy {
                path: origin.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// What the board is to hold of it.
    pub(super) fn wanted(
        &self,
        device: &mut Device,
        transform: &mut Transform,
    ) -> Result<Wanted, belay_deploy::Error> {
        let mut wanted = Wanted::new();
        for folder in &self.empty {
            wanted.add_folder(folder.clone())?;
        }
        for (file, origin) in &self.files {
            let made = transform.apply(file.clone());
            let made = made.map_err(|source| LocalError::Transform {
                path: origin.clone(),
                source,
            })?;
            wanted.add_file(made.path, made.content)?;
        }
        if let Some(path) = &self.main {
            let content = std::fs::read(path);
            let content = content.map_err(|source| belay_deploy::Error::Read {
                path: path.clone(),
                source,
            })?;
            let circuitpython = device.implementation()?.name == "circuitpython";
            let path = RelativePath::new(if circuitpython { CODE } else { MAIN })?;
            // A board starts no compiled file, so it is none.
            let made = transform.apply_to_main(LocalFile { path, content });
            wanted.add_file(made.path, made.content)?;
        }
        Ok(wanted)
    }
}

/// Whether the project comes from a tool that has no lock file and keeps the dependencies in the
/// project: then they are all there, and what they were resolved to is not known.
fn is_vendored(project: &Project, config: &Config) -> Result<bool, Error> {
    if project.lock_file().exists() {
        return Ok(false);
    }
    let folder = project.dependencies_path(config).map_err(Error::Project)?;
    let folder = folder.under(project.root());
    let mut kept = config
        .dependencies()
        .filter(|(_, dependency)| !dependency.sources.iter().all(|source| source.develop))
        .peekable();
    Ok(kept.peek().is_some()
        && kept.all(|(group, dependency)| {
            folder
                .join(&group.name)
                .join(dependency.name.as_str())
                .is_dir()
        }))
}

fn path(text: &str) -> Result<RelativePath, Error> {
    Ok(RelativePath::new(text).map_err(belay_deploy::Error::from)?)
}
