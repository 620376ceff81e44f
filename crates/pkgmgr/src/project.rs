//! A project: `pyproject.toml`, `belay.lock` and the folder of its dependencies.
//!
//! The folder mirrors a board's library folder for each group: what lies in
//! `.belay/dependencies/GROUP` goes to `/lib` as it is.

pub(crate) mod change;
pub(crate) mod query;
pub(crate) mod stage;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::Cache;
use crate::cancel::Cancel;
use crate::config::{Config, Dependency};
use crate::edit::{EditError, declare_project, name_device};
use crate::error::ProjectError;
use crate::event::{Event, Events};
use crate::fetch::Fetcher;
use crate::file::{FileError, write_atomically};
use crate::git::Limits;
use crate::http::{Http, HttpOptions};
use crate::lock::{Lock, LockedDependency, RequestedSource};
use crate::lock_file::Waiting;
use crate::name::PackagePath;
use crate::transaction::{Exclusive, Shared};

/// The name of a project's file.
const PYPROJECT: &str = "pyproject.toml";

/// The name of the lock file beside it.
const LOCK: &str = "belay.lock";

/// How operations reach the rest of the world.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How web servers are asked.
    pub http: HttpOptions,
    /// Where downloads are kept.
    pub cache: Cache,
    /// How large packages may be.
    pub limits: Limits,
    /// What ends operations from outside, with [`ProjectError::Interrupted`].
    pub cancel: Cancel,
}

/// The text of a `pyproject.toml`, and what it says.
type Pyproject = (String, Arc<Config>);

/// A project in its folder.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    /// What was last read.
    read: Arc<Mutex<Option<Pyproject>>>,
}

impl Project {
    /// The project that the folder `start` is a part of: the nearest folder, from there upwards,
    /// that has a `pyproject.toml`.
    pub fn find(start: &Path) -> Result<Self, ProjectError> {
        let start = std::path::absolute(start).map_err(FileError::new("read", start))?;
        let found = start
            .ancestors()
            .find(|folder| folder.join(PYPROJECT).is_file());
        match found {
            Some(root) => Ok(Self::new(root.to_owned())),
            None => Err(ProjectError::NoProject { start }),
        }
    }

    /// Makes a project of a folder: creates its `pyproject.toml`, or adds `[tool.belay]` to the one
    /// that is there. `name` is the folder of the project's own package.
    ///
    /// Fails with [`ProjectError::Edit`] when it is a project already.
    pub fn init(folder: &Path, name: &PackagePath) -> Result<Self, ProjectError> {
        let root = std::path::absolute(folder).map_err(FileError::new("read", folder))?;
        let project = Self::new(root);
        let path = project.pyproject();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(FileError::new("read", path)(error).into()),
        };
        let text = declare_project(&text, name).map_err(|source| ProjectError::Edit {
            path: path.clone(),
            source,
        })?;
        write_atomically(&path, text.as_bytes())?;
        Ok(project)
    }

    fn new(root: PathBuf) -> Self {
        let read = Arc::default();
        Self { root, read }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where its `pyproject.toml` is.
    pub fn pyproject(&self) -> PathBuf {
        self.root.join(PYPROJECT)
    }

    /// Gives a device a name in `[tool.belay.devices]`.
    ///
    /// # Errors
    /// [`ProjectError::Edit`], with [`EditError::Named`] when the name is taken.
    pub fn name_device(&self, name: &str, device: &str) -> Result<(), ProjectError> {
        let _exclusive = self.exclusive(&Cancel::default(), &mut |_| ControlFlow::Continue(()))?;
        edit_file(&self.pyproject(), |text| {
            name_device(text, &["tool", "belay", "devices"], name, device)
        })
    }

    /// Where its `belay.lock` is, or would be.
    pub fn lock_file(&self) -> PathBuf {
        self.root.join(LOCK)
    }

    /// Its settings as they are now. The file is parsed again only when it has changed.
    pub fn config(&self) -> Result<Arc<Config>, ProjectError> {
        Ok(self.read()?.1)
    }

    /// What its dependencies were resolved to; `None` when they never were.
    pub fn lock(&self) -> Result<Option<Lock>, ProjectError> {
        self.read_lock(&*self.config()?)
    }

    fn read_lock(&self, config: &Config) -> Result<Option<Lock>, ProjectError> {
        let path = self.lock_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::new("read", path)(error).into()),
        };
        let lock = Lock::parse(&text, &config.forges);
        let lock = lock.map_err(|source| ProjectError::Lock { path, source })?;
        Ok(Some(lock))
    }

    /// Where its dependencies are kept, seen from its folder. Must be inside of it.
    pub fn dependencies_path(&self, config: &Config) -> Result<PackagePath, ProjectError> {
        let path = &config.dependencies_path;
        let outside = || ProjectError::DependenciesPath { path: path.clone() };
        let mut parts = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(part) => parts.push(part.to_str().ok_or_else(outside)?),
                Component::CurDir => {}
                _ => return Err(outside()),
            }
        }
        PackagePath::new(&parts.join("/")).map_err(|_| outside())
    }

    /// Its `pyproject.toml` as it is now.
    fn read(&self) -> Result<Pyproject, ProjectError> {
        let path = self.pyproject();
        let text = fs::read_to_string(&path).map_err(FileError::new("read", &path))?;
        let mut last = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(last) if last.0 == text => Ok(last.clone()),
            _ => {
                let config = Arc::new(self.parse(&text)?);
                Ok(last.insert((text, config)).clone())
            }
        }
    }

    fn parse(&self, text: &str) -> Result<Config, ProjectError> {
        Config::parse(text).map_err(|source| ProjectError::Config {
            path: self.pyproject(),
            source,
        })
    }

    fn fetcher(&self, settings: &Settings, config: &Config) -> Result<Fetcher, ProjectError> {
        fetcher(settings, config, &self.root)
    }

    /// Waits until nobody else works on the project.
    fn exclusive(&self, cancel: &Cancel, events: Events<'_>) -> Result<Exclusive, ProjectError> {
        entered(cancel, events, |waiting| {
            Exclusive::enter(&self.root, waiting)
        })
    }

    /// Waits until nobody changes the project.
    fn shared(&self, cancel: &Cancel, events: Events<'_>) -> Result<Shared, ProjectError> {
        entered(cancel, events, |waiting| Shared::enter(&self.root, waiting))
    }
}

/// Gives a device a name in a user's file, [`UserConfig`](crate::UserConfig), which need not be there.
///
/// # Errors
/// [`ProjectError::Edit`], with [`EditError::Named`] when the name is taken.
pub fn name_user_device(path: &Path, name: &str, device: &str) -> Result<(), ProjectError> {
    edit_file(path, |text| name_device(text, &["devices"], name, device))
}

/// Changes the text of a file, which need not be there.
fn edit_file(
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<(), ProjectError> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        result => result.map_err(FileError::new("read", path))?,
    };
    let changed = change(&text).map_err(|source| ProjectError::Edit {
        path: path.to_owned(),
        source,
    })?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(FileError::new("create", folder))?;
    }
    Ok(write_atomically(path, changed.as_bytes())?)
}

fn fetcher(settings: &Settings, config: &Config, root: &Path) -> Result<Fetcher, ProjectError> {
    let mut options = settings.http.clone();
    options.max_bytes = options.max_bytes.min(settings.limits.file_bytes);
    // One operation that is stopped by who listens stops no other.
    let http = Http::new(options, settings.cancel.child())?;
    let fetcher = Fetcher::new(http, settings.cache.clone(), config, root);
    Ok(fetcher.with_limits(settings.limits))
}

fn entered<T>(
    cancel: &Cancel,
    events: Events<'_>,
    enter: impl FnOnce(&mut Waiting<'_>) -> Result<Option<T>, FileError>,
) -> Result<T, ProjectError> {
    let mut reported = false;
    let entered = enter(&mut |path| {
        if !std::mem::replace(&mut reported, true) {
            events(Event::Waiting {
                path: path.to_owned(),
            })?;
        }
        if cancel.is_cancelled() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    entered.ok_or(ProjectError::Interrupted)
}

/// What a dependency asks for, as the lock file keeps it.
fn requested(dependency: &Dependency) -> Vec<RequestedSource> {
    let requested = dependency.sources.iter().map(|each| RequestedSource {
        source: each.source.clone(),
        develop: each.develop,
        rename_to_init: each.rename_to_init,
    });
    requested.collect()
}

/// Whether a dependency was locked for what it asks for now.
fn is_current(dependency: &Dependency, locked: Option<&LockedDependency>) -> bool {
    locked.is_some_and(|locked| locked.requested == requested(dependency))
}

/// The names of all dependencies of a project.
fn names(config: &Config) -> Vec<String> {
    let names: BTreeSet<String> = config
        .dependencies()
        .map(|(_, dependency)| dependency.name.to_string())
        .collect();
    names.into_iter().collect()
}
