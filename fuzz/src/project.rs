//! A project whose dependencies are what the fuzzer makes up.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use belay_pkgmgr::{Cache, Cancel, HttpOptions, Limits, Project, Settings};

use crate::folder;

/// How often a place is used before it is emptied: downloads stay in its cache.
const TURNS: u32 = 500;

/// A place on this computer for a project.
pub struct Place {
    root: PathBuf,
    turns: u32,
}

/// The settings of operations: nothing is waited for, and the network may be used only for an index on
/// this computer.
pub fn settings_of(cache: &Path, offline: bool) -> Settings {
    let mut http = HttpOptions::default();
    http.connect_timeout = Duration::from_secs(1);
    http.silence_timeout = Duration::from_secs(1);
    http.total_timeout = Duration::from_secs(5);
    http.retries = 0;
    http.system_proxy = false;
    http.offline = offline;
    Settings {
        http,
        cache: Cache::new(cache.to_owned()),
        limits: Limits::default(),
        cancel: Cancel::default(),
    }
}

impl Place {
    /// A new place in memory.
    pub fn new() -> Self {
        Self {
            root: folder(),
            turns: 0,
        }
    }

    /// A project with this `pyproject.toml` and the folder `package`, which has these files.
    pub fn project(&mut self, pyproject: &str, files: &[(&str, &[u8])]) -> (Project, Settings) {
        self.turns += 1;
        if self.turns > TURNS {
            fs::remove_dir_all(&self.root).expect("the place can be emptied");
            self.turns = 0;
        }
        let root = self.root.join("project");
        let _ = fs::remove_dir_all(&root);
        for (path, content) in files {
            let path = root.join("package").join(path);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        fs::write(root.join("pyproject.toml"), pyproject).expect("a file");
        let project = Project::find(&root).expect("there is one");
        (project, settings_of(&self.root.join("cache"), true))
    }

    /// Updates a project with a dependency on the folder `package`, which has these files, and checks
    /// that nothing was written but where it belongs.
    pub fn update(&mut self, files: &[(&str, &[u8])]) {
        let text = "[tool.belay.dependencies]\npackage = './package'\n";
        let (project, settings) = self.project(text, files);
        let root = project.root();
        let mut listen = |_event| ControlFlow::Continue(());
        if project.update(&settings, &[], &mut listen).is_ok() {
            // What has been locked can be read, and fits what lies there.
            let lock = project.lock().expect("the lock can be read");
            assert!(lock.is_some());
            project
                .stage(&settings, &[], &mut listen)
                .expect("what was updated can be installed");
        }
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("a folder");
            let names = entries.map(|entry| entry.expect("an entry").file_name());
            let mut names: Vec<_> = names
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        let known = [".belay", "belay.lock", "package", "pyproject.toml"];
        assert!(
            names(&root)
                .iter()
                .all(|name| known.contains(&name.as_str()))
        );
        assert!(
            names(&self.root)
                .iter()
                .all(|name| name == "project" || name == "cache")
        );
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}
