//! A project, an index and a forge on this computer.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use belay_pkgmgr::{
    Addition, Cache, Cancel, Event, ForgeKind, Limits, Outcome, Project, ProjectError, Settings,
    Sha256,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::git::Repositories;
use super::server::{Reply, Request, Server, git_backend, options};

/// What a server has, by path without the query.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// An index in mip's layout: `/package/FORMAT/NAME/VERSION.json`, `/file/HA/HASH`, `/index.json`.
pub(crate) struct Index {
    pub(crate) server: Server,
    files: Files,
    list: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Index {
    pub(crate) fn new() -> Self {
        let files = Files::default();
        let content = Arc::clone(&files);
        let server =
            Server::start(
                move |request| match content.lock().unwrap().get(&request.path) {
                    Some(bytes) => Reply::body(bytes.clone()).header("ETag", &tag(bytes)),
                    None => Reply::status(404),
                },
            );
        Self {
            server,
            files,
            list: Mutex::default(),
        }
    }

    /// Adds a version of a package; the last one added is the latest.
    pub(crate) fn add(
        &self,
        name: &str,
        version: &str,
        files: &[(&str, &str)],
        deps: &[(&str, &str)],
    ) {
        let mut served = self.files.lock().unwrap();
        let mut hashes = Vec::new();
        for (path, content) in files {
            let hash = &Sha256::of(content.as_bytes()).to_string()[..8];
            served.insert(
                format!("/file/{}/{hash}", &hash[..2]),
                content.as_bytes().to_vec(),
            );
            hashes.push(json!([path, hash]));
        }
        let package = json!({"v": 1, "hashes": hashes, "deps": deps, "version": version});
        for wanted in [version, "latest"] {
            let path = format!("/package/py/{name}/{wanted}.json");
            served.insert(path, package.to_string().into_bytes());
        }
        let mut list = self.list.lock().unwrap();
        list.entry(name.to_owned())
            .or_default()
            .push(version.to_owned());
        let packages: Vec<Value> = list
            .iter()
            .map(|(name, versions)| {
                json!({
                    "name": name, "version": versions.last(), "description": format!("About {name}"),
                    "author": "", "license": "MIT", "versions": {"py": versions},
                })
            })
            .collect();
        let index = json!({"v": 2, "packages": packages});
        served.insert("/index.json".to_owned(), index.to_string().into_bytes());
    }

    /// Serves something else at a path.
    pub(crate) fn serve(&self, path: &str, content: &str) {
        let mut served = self.files.lock().unwrap();
        served.insert(path.to_owned(), content.as_bytes().to_vec());
    }
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", Sha256::of(bytes))
}

/// A server of repositories that are below `OWNER/`, and of their files, as GitHub has both.
pub(crate) fn forge(repositories: &Repositories) -> Server {
    let root = repositories.path().to_owned();
    Server::start(move |request| {
        let path = request.path.split('?').next().unwrap();
        let parts: Vec<&str> = path.trim_matches('/').splitn(5, '/').collect();
        match parts.as_slice() {
            [_, repo, "raw", at, file] if root.join(format!("{repo}.git")).exists() => {
                let name = format!("{at}:{file}");
                let output = super::server::git_command(&root.join(format!("{repo}.git")))
                    .args(["cat-file", "blob", &name])
                    .output()
                    .unwrap();
                if output.status.success() {
                    Reply::body(output.stdout)
                } else {
                    Reply::status(404)
                }
            }
            [_, rest @ ..] => {
                let request = Request {
                    path: request.path.replacen(&format!("/{}", parts[0]), "", 1),
                    ..request.clone()
                };
                if root.join(rest[0]).exists() {
                    git_backend(&root, &request)
                } else {
                    Reply::status(404)
                }
            }
            [] => Reply::status(404),
        }
    })
}

/// The same with pages as one kind of forge has them, below `/code`; GitLab's owners may be groups in
/// groups. A forge that is `closed` to git only gives single files.
pub(crate) fn forge_of(kind: ForgeKind, closed: bool, repositories: &Repositories) -> Server {
    let root = repositories.path().to_owned();
    Server::start(move |request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let Some(path) = path.strip_prefix("/code/") else {
            return Reply::status(404);
        };
        let mark = match kind {
            ForgeKind::GitLab => "/-/raw/",
            _ => "/raw/",
        };
        if let Some((place, file)) = path.split_once(mark) {
            let repo = place.rsplit('/').next().unwrap();
            let (at, file) = if kind == ForgeKind::Forgejo {
                assert!(place.starts_with("api/v1/repos/"), "{path}");
                (query.strip_prefix("ref=").unwrap_or("HEAD"), file)
            } else {
                file.split_once('/').unwrap()
            };
            let output = super::server::git_command(&root.join(format!("{repo}.git")))
                .args(["cat-file", "blob", &format!("{at}:{file}")])
                .output()
                .unwrap();
            return if output.status.success() {
                Reply::body(output.stdout)
            } else {
                Reply::status(404)
            };
        }
        let Some(start) = path.find("/lib.git/").filter(|_| !closed) else {
            return Reply::status(404);
        };
        let request = Request {
            path: request
                .path
                .replacen(&format!("/code/{}", &path[..start]), "", 1),
            ..request.clone()
        };
        git_backend(&root, &request)
    })
}

/// Where a world lies.
pub(crate) enum Folder {
    /// In a folder that goes away with it.
    Own(TempDir),
    /// In that of another process.
    Foreign(PathBuf),
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Foreign(folder) => folder,
        }
    }
}

/// A project in a folder of its own, with a cache of its own.
pub(crate) struct World {
    pub(crate) folder: Folder,
    settings: Settings,
    pub(crate) events: Vec<Event>,
}

impl World {
    /// A project with this `[tool.belay]`.
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        fs::write(folder.path().join("project/pyproject.toml"), text).unwrap();
        Self::in_folder(Folder::Own(folder))
    }

    /// One that another process made.
    pub(crate) fn at(folder: &Path) -> Self {
        Self::in_folder(Folder::Foreign(folder.to_owned()))
    }

    fn in_folder(folder: Folder) -> Self {
        let cache = Cache::new(folder.path().join("cache"));
        Self {
            settings: Settings {
                http: options(),
                cache,
                limits: Limits::default(),
                cancel: Cancel::default(),
            },
            folder,
            events: Vec::new(),
        }
    }

    /// A project that uses an index, with these lines in `[tool.belay.dependencies]`.
    pub(crate) fn with_index(index: &Index, dependencies: &str) -> Self {
        let url = index.server.url("");
        Self::new(&format!(
            "[tool.belay]\npackage_indices = [\"{url}\"]\n\n[tool.belay.dependencies]\n{dependencies}\n"
        ))
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub(crate) fn project(&self) -> Project {
        Project::find(&self.root()).unwrap()
    }

    pub(crate) fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Does something with the project.
    pub(crate) fn run<T>(
        &mut self,
        operation: impl FnOnce(&Project, &Settings, &mut dyn FnMut(Event) -> ControlFlow<()>) -> T,
    ) -> T {
        let events = &mut self.events;
        let mut listen = |event| {
            events.push(event);
            ControlFlow::Continue(())
        };
        operation(
            &Project::find(&self.folder.path().join("project")).unwrap(),
            &self.settings,
            &mut listen,
        )
    }

    pub(crate) fn sync(&mut self) -> Result<Outcome, ProjectError> {
        self.run(Project::sync)
    }

    pub(crate) fn update(&mut self, names: &[&str]) -> Result<Outcome, ProjectError> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        self.run(|project, settings, events| project.update(settings, &names, events))
    }

    pub(crate) fn add(&mut self, name: Option<&str>, uri: &str) -> Result<Outcome, ProjectError> {
        let addition = Addition {
            name: name.map(|name| name.parse().unwrap()),
            uri: uri.to_owned(),
            group: None,
            develop: false,
            rename_to_init: true,
        };
        self.run(|project, settings, events| project.add(settings, &addition, events))
    }

    /// The files of the folder of dependencies and what they hold.
    pub(crate) fn tree(&self) -> Vec<(String, String)> {
        files(&self.root().join(".belay/dependencies"))
    }

    /// Everything that a failed operation must leave alone.
    pub(crate) fn state(&self) -> Vec<(String, String)> {
        let mut state = self.tree();
        for name in ["pyproject.toml", "belay.lock"] {
            if let Ok(text) = fs::read_to_string(self.root().join(name)) {
                state.push((name.to_owned(), text));
            }
        }
        state
    }
}

/// The files in a folder by their paths, and what they hold.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The text of an error and of those behind it.
pub(crate) fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

pub(crate) fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files
        .iter()
        .map(|&(path, content)| (path.to_owned(), content.to_owned()))
        .collect()
}
