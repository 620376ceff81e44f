//! The scratch environment that holds mpremote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

/// What is installed from PyPI.
const PACKAGE: &str = "mpremote==1.29.0";

/// Is there when the environment is complete, and says of what it was made.
const COMPLETE: &str = "complete";

/// The Python of an environment below cargo's target folder. The first test makes it, of whatever
/// process; later ones find it there.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        provide(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap_or_else(|problem| {
            panic!(
                "these tests install {PACKAGE} from PyPI and need python3 with venv, and the \
                 network the first time: {problem}"
            )
        })
    })
}

fn provide(scratch: &Path) -> Result<PathBuf, String> {
    let folder = scratch.join("mpremote");
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(scratch).map_err(said)?;
    let lock = File::create(scratch.join("mpremote.lock")).map_err(said)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| said(error.into()))?;

    let python = folder.join("bin").join("python");
    let complete = folder.join(COMPLETE);
    // An environment points at the Python it was made with, which may be gone by now.
    if fs::read_to_string(&complete).is_ok_and(|made_of| made_of == PACKAGE)
        && run(&python, &["-c", "import mpremote"]).is_ok()
    {
        return Ok(python);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(said)?;
    }
    let place = folder.to_str().ok_or("a path that is not UTF-8")?;
    run(Path::new("python3"), &["-m", "venv", place])?;
    let pip = "-m pip install --quiet --no-input --disable-pip-version-check";
    run(
        &python,
        &pip.split(' ').chain([PACKAGE]).collect::<Vec<_>>(),
    )?;
    fs::write(complete, PACKAGE).map_err(said)?;
    Ok(python)
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
