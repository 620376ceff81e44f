//! The scratch environment that holds the peers.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

/// What is installed from PyPI.
const PACKAGES: &[&str] = &["mpremote==1.29.0", "belay==0.30.1", "webrepl==0.2.0"];

/// The oldest Python that both of them run on.
const OLDEST: &str = "(3, 9)";

/// Is there when the environment is complete, and says of what it was made.
const COMPLETE: &str = "complete";

/// A virtual environment of Python with both peers.
#[derive(Debug)]
pub(crate) struct Environment(PathBuf);

impl Environment {
    /// The environment below cargo's target folder. The first test makes it, of whatever
    /// process; later ones find it there.
    pub(crate) fn get() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| {
            provide(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap_or_else(|problem| {
                panic!(
                    "these tests install {} from PyPI and need python3 with venv, \
                     3.9 or later, and the network the first time: {problem}",
                    PACKAGES.join(", ")
                )
            })
        })
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

fn provide(folder: &Path) -> Result<Environment, String> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(said)?;
    let lock = File::create(folder.join("peers.lock")).map_err(said)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| said(error.into()))?;

    let environment = Environment(folder.join("peers"));
    let python = environment.program("python");
    let contents = PACKAGES.join("\n");
    let complete = environment.0.join(COMPLETE);
    // An environment points at the Python it was made with, which may be gone by now.
    if fs::read_to_string(&complete).is_ok_and(|made_of| made_of == contents)
        && run(&python, &["-c", "import belay, mpremote, webrepl"]).is_ok()
    {
        return Ok(environment);
    }
    if environment.0.exists() {
        fs::remove_dir_all(&environment.0).map_err(said)?;
    }
    let system = Path::new("python3");
    let check = format!("import sys; sys.exit(sys.version_info < {OLDEST})");
    run(system, &["-c", &check])?;
    let place = environment.0.to_str().ok_or("a path that is not UTF-8")?;
    run(system, &["-m", "venv", place])?;
    let pip = "-m pip install --quiet --no-input --disable-pip-version-check";
    let pip = pip.split(' ').chain(PACKAGES.iter().copied());
    run(&python, &pip.collect::<Vec<_>>())?;
    fs::write(complete, contents).map_err(said)?;
    Ok(environment)
}

/// Runs a step to its end; an error is what it printed.
fn run(program: &Path, arguments: &[&str]) -> Result<(), String> {
    let line = format!("{} {}", program.display(), arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{line}` does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`{line}` failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
