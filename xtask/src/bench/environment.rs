//! The scratch environment that holds the Python clients.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

/// What is installed from PyPI.
const PACKAGES: [&str; 2] = ["mpremote==1.29.0", "belay==0.30.1"];

/// Is there when the environment is complete, and says of what it was made.
const COMPLETE: &str = "complete";

/// A virtual environment of Python, kept below cargo's target folder.
pub(super) struct Environment {
    python: PathBuf,
    /// The home folder of the clients, which have no settings.
    home: PathBuf,
}

impl Environment {
    /// The environment in `folder`, made if it is not there or was made of something else.
    pub(super) fn provide(folder: &Path, home: &Path) -> Result<Self> {
        let environment = Self {
            python: folder.join("bin").join("python"),
            home: home.to_owned(),
        };
        let contents = PACKAGES.join("\n");
        let complete = folder.join(COMPLETE);
        // An environment points at the Python it was made with, which may be gone by now.
        if fs::read_to_string(&complete).is_ok_and(|made_of| made_of == contents)
            && environment.run(&["-c", "import belay, mpremote"]).is_ok()
        {
            return Ok(environment);
        }
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let venv = ["-m", "venv"].map(Path::new);
        let mut system = Command::new("python3");
        system.args(venv).arg(folder);
        finish(system).context("python3 with venv is needed")?;
        let pip = "-m pip install --quiet --no-input --disable-pip-version-check";
        let arguments: Vec<_> = pip.split(' ').chain(PACKAGES).collect();
        environment.run(&arguments)?;
        fs::write(complete, contents)?;
        Ok(environment)
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
    let output = command
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "{} ended with {}:\n{}{}",
        command.get_program().display(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}
