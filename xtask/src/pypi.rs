//! Programs from PyPI, each in an environment of its own below cargo's target folder.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{shell, workspace};

/// Is there when an environment is complete, and says of what it was made.
const COMPLETE: &str = "complete";

/// The folder of the programs of an environment with these packages, which is made if it is not there.
pub(crate) fn provide(environment: &str, requirements: &[&str]) -> Result<PathBuf> {
    let folder = workspace::target()?.join("tmp").join(environment);
    let programs = folder.join("bin");
    let contents = requirements.join("\n");
    let complete = folder.join(COMPLETE);
    // An environment points at the Python it was made with, which may be gone by now.
    if programs.join("python").is_file()
        && fs::read_to_string(&complete).is_ok_and(|made_of| made_of == contents)
    {
        return Ok(programs);
    }
    create(&folder, requirements)?;
    fs::write(complete, contents)?;
    Ok(programs)
}

/// Makes an environment, in the place of one that is there.
pub(crate) fn create(folder: &Path, requirements: &[impl AsRef<OsStr>]) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(folder))
        .context("python3 with venv is needed")?;
    let pip = "-m pip install --quiet --no-input --disable-pip-version-check";
    shell::run(
        Command::new(folder.join("bin/python"))
            .args(pip.split(' '))
            .args(requirements),
    )
}
