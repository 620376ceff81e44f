//! The scratch environment that holds the Python clients.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::Result;

use crate::{pypi, shell};

/// What is installed from PyPI.
const PACKAGES: [&str; 2] = ["mpremote==1.29.0", "belay==0.30.1"];

/// A virtual environment of Python, kept below the workspace's target folder.
pub(super) struct Environment {
    python: PathBuf,
    /// The home folder of the clients, which have no settings.
    home: PathBuf,
}

impl Environment {
    /// The environment, made if it is not there or was made of something else.
    pub(super) fn provide(home: &Path) -> Result<Self> {
        Ok(Self {
            python: pypi::provide("bench-clients", &PACKAGES)?.join("python"),
            home: home.to_owned(),
        })
    }

    /// Runs the environment's Python to its end; the answer is what it printed.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = finish(self.command(arguments))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The environment's Python, not yet started.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut python = Command::new(&self.python);
        python
            .args(arguments)
            .env("HOME", &self.home)
            .env("XDG_CONFIG_HOME", self.home.join("config"));
        python
    }

    /// The version of Python itself.
    pub(super) fn version(&self) -> Result<String> {
        let version = self.run(&["-c", "import platform; print(platform.python_version())"])?;
        Ok(version.trim().to_owned())
    }
}

/// Runs a command to its end, and expects success.
pub(super) fn finish(mut command: Command) -> Result<Output> {
    let command = command.env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    shell::output(command.stdin(Stdio::null()))
}
