//! Programs from PyPI, each in an environment of its own below cargo's target folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// Is there when an environment is complete, and says of what it was made.
const COMPLETE: &str = "complete";

/// The path of a program that a package brings along; the package is installed if it is not there.
pub(crate) fn provide(environment: &str, requirement: &str, program: &str) -> Result<PathBuf> {
    let folder = workspace::root().join("target/tmp").join(environment);
    let path = folder.join("bin").join(program);
    let made_of = fs::read_to_string(folder.join(COMPLETE)).unwrap_or_default();
    if path.is_file() && made_of == requirement {
        return Ok(path);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-input", requirement];
    run(Command::new(folder.join("bin/python")).args(pip))?;
    fs::write(folder.join(COMPLETE), requirement)?;
    Ok(path)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
