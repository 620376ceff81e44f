//! A project in a folder of its own.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;

use super::index::Index;
use crate::support::{Folder, belay};

/// A project, an index for it, and a cache and settings of its own.
pub(crate) struct Project {
    pub(crate) folder: Folder,
    pub(crate) index: Index,
}

impl Project {
    /// A folder without a project.
    pub(crate) fn bare() -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path("app")).unwrap();
        Self {
            folder,
            index: Index::start(),
        }
    }

    /// A project with this text behind its settings.
    pub(crate) fn new(rest: &str) -> Self {
        let project = Self::bare();
        let url = project.index.url();
        let head = format!("[tool.belay]\nname = \"app\"\npackage_indices = [\"{url}\"]\n");
        project.write("pyproject.toml", &format!("{head}{rest}"));
        project
    }

    /// The path of something in the project.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path(&format!("app/{name}"))
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        Path::new(&self.path(name)).exists()
    }

    /// Git in a folder seen from the project, without the user's configuration.
    pub(crate) fn git(&self, folder: &str, arguments: &[&str]) {
        let mut command = std::process::Command::new("git");
        command
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(self.path(folder))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// `belay` in the folder of the project.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = belay(arguments);
        command
            .current_dir(self.path(""))
            .env("HOME", self.folder.path("home"))
            .env("XDG_CACHE_HOME", self.folder.path("cache"))
            .env("XDG_CONFIG_HOME", self.folder.path("config"))
            .env("LOCALAPPDATA", self.folder.path("cache"))
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("NETRC");
        command
    }

    /// The same in the background, with its output and its errors in pipes.
    #[cfg(unix)]
    pub(crate) fn start(&self, arguments: &[&str]) -> std::process::Child {
        self.start_telling(arguments, std::process::Stdio::piped())
    }

    /// The same with its errors elsewhere.
    #[cfg(unix)]
    pub(crate) fn start_telling(
        &self,
        arguments: &[&str],
        errors: std::process::Stdio,
    ) -> std::process::Child {
        use std::process::{Command, Stdio};

        let prepared = self.command(arguments);
        let mut command = Command::new(prepared.get_program());
        command.args(prepared.get_args());
        for (name, value) in prepared.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap()
    }

    pub(crate) fn belay(&self, arguments: &[&str]) -> Assert {
        self.command(arguments).assert()
    }

    /// What a command writes to stdout as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.belay(arguments).success().get_output().stdout.clone();
        serde_json::from_slice(&output).unwrap()
    }
}
