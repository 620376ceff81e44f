//! `cargo xtask wheel`: the Python package.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::plan::Plan;
use crate::{pypi, shell, workspace};

pub(crate) const ABOUT: &str = "\
Build the Python package, optimised, into target/wheels; with
--free-threaded for CPython 3.14 without a lock, or for the
interpreter whose path follows.";

/// What builds it, from PyPI.
const MATURIN: &str = "maturin>=1.9.4,<2";

/// The stable interface of CPython needs the lock; an interpreter without it has a library of its own.
const FREE_THREADED: [&str; 3] = ["--no-default-features", "--features", "sim"];

/// Names a file with what PyO3 would ask an interpreter.
const CONFIG: &str = "PYO3_CONFIG_FILE";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let wheel = match arguments {
        [] => build(&["--release"], &[]),
        [flag] if flag == "--free-threaded" => {
            let options = [&["--release"], FREE_THREADED.as_slice()].concat();
            build(&options, &[(CONFIG, &free_threaded()?)])
        }
        [flag, python] if flag == "--free-threaded" => {
            let options = [&["--release", "-i", python], FREE_THREADED.as_slice()].concat();
            build(&options, &[])
        }
        _ => anyhow::bail!("unexpected arguments; see `cargo xtask --help`"),
    };
    println!("{}", wheel?.display());
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that the library compiles for an interpreter without a lock.
pub(crate) fn check_free_threaded(plan: &mut Plan) -> Result<()> {
    let clippy = [
        &["clippy", "-p", "belay-python"],
        FREE_THREADED.as_slice(),
        &["--", "-D", "warnings"],
    ]
    .concat();
    plan.cargo("free-threaded", &[(CONFIG, &free_threaded()?)], &clippy)
}

/// Describes CPython 3.14 without a lock, the first that PyO3 supports, and gives the path of the file.
fn free_threaded() -> Result<String> {
    let platform = match (consts::ARCH, consts::OS) {
        (_, "macos") => "darwin".to_owned(),
        (arch, os) => format!("{arch}-{os}-gnu"),
    };
    let text = format!(
        "implementation=CPython\nversion=3.14\nshared=true\nabi3=false\nbuild_flags=Py_GIL_DISABLED\n\
         pointer_width=64\next_suffix=.cpython-314t-{platform}.so\n\
         suppress_build_script_link_lines=true\n"
    );
    let target = workspace::target()?;
    fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
    let path = target.join("pyo3-free-threaded.txt");
    // A file that changes its time has everything compiled anew.
    if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let path = path.to_str().context("a path that is not UTF-8")?;
    Ok(path.to_owned())
}

/// Builds the wheel, and gives its path.
pub(crate) fn build(options: &[&str], variables: &[(&str, &str)]) -> Result<PathBuf> {
    let root = workspace::root();
    let maturin = pypi::provide("python-builder", &[MATURIN])?.join("maturin");
    let folder = workspace::target()?.join("wheels");
    fs::create_dir_all(&folder)?;
    let before = newest(&folder);
    let mut command = Command::new(maturin);
    command
        .args(["build", "--quiet", "--manifest-path"])
        .arg(root.join("crates/python/Cargo.toml"))
        .arg("--out")
        .arg(&folder)
        .args(options)
        .envs(variables.iter().copied());
    shell::run(&mut command)?;
    newest(&folder)
        .or(before)
        .context("maturin has left no wheel")
}

/// The wheel that was written last.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let wheels = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "whl"));
    wheels.max_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok())
}
