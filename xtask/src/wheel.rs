//! `cargo xtask wheel`: the Python package.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};

use crate::{pypi, workspace};

pub(crate) const ABOUT: &str = "\
Build the Python package, optimised, into target/wheels; with
--free-threaded PYTHON for that interpreter without a lock.";

/// What builds it, from PyPI.
const MATURIN: &str = "maturin>=1.9.4,<2";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut options: Vec<&str> = vec!["--release"];
    match arguments {
        [] => {}
        // The stable interface needs the lock; such an interpreter has a library of its own.
        [flag, python] if flag == "--free-threaded" => {
            options.extend(["--no-default-features", "--features", "sim", "-i", python]);
        }
        _ => anyhow::bail!("unexpected arguments; see `cargo xtask --help`"),
    }
    let wheel = build(&options)?;
    println!("{}", wheel.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the wheel, and gives its path.
pub(crate) fn build(options: &[&str]) -> Result<PathBuf> {
    let root = workspace::root();
    let maturin = pypi::provide("python-builder", &[MATURIN])?.join("maturin");
    let folder = root.join("target/wheels");
    std::fs::create_dir_all(&folder)?;
    let before = newest(&folder);
    let status = Command::new(maturin)
        .args(["build", "--quiet", "--manifest-path"])
        .arg(root.join("crates/python/Cargo.toml"))
        .arg("--out")
        .arg(&folder)
        .args(options)
        .status()
        .context("cannot start maturin")?;
    ensure!(status.success(), "maturin ended with {status}");
    newest(&folder)
        .or(before)
        .context("maturin has left no wheel")
}

/// The wheel that was written last.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let wheels = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "whl"));
    wheels.max_by_key(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok())
}
