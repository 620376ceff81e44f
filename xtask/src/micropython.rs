//! `cargo xtask micropython`: finds the engine of simulated boards, or gets it.
//!
//! The engine is the unix port of MicroPython. The simulator looks for it in
//! the same three places as [`provide`], so that what is found or put there by
//! this task serves `belay` without any setting.

mod debian;
mod hint;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};

pub(crate) const ABOUT: &str = "\
Find the MicroPython that simulated boards run on, or get it.
Looks at BELAY_MICROPYTHON, the PATH and the user's data folder;
on Debian it unpacks the package there, without root.";

/// The variable that names the engine, for this task and for the simulator.
pub(crate) const VARIABLE: &str = "BELAY_MICROPYTHON";

/// The oldest version that the simulator can put its board on.
const OLDEST: (u32, u32) = (1, 20);

/// A MicroPython that has been started and has answered.
#[derive(Debug)]
pub(crate) struct Engine {
    /// The program, absolute.
    pub(crate) path: PathBuf,
    /// Its version as it reports it: major, minor, patch.
    pub(crate) version: (u32, u32, u32),
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor, patch) = self.version;
        write!(
            f,
            "{} (MicroPython {major}.{minor}.{patch})",
            self.path.display()
        )
    }
}

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    println!("{}", provide()?);
    Ok(ExitCode::SUCCESS)
}

/// The engine: the one named, the one on the PATH, the one in the data folder,
/// or one fetched into the data folder, in this order.
pub(crate) fn provide() -> Result<Engine> {
    if let Some(named) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return probe(Path::new(&named)).with_context(|| {
            format!("{VARIABLE} names no usable MicroPython; correct it or unset it")
        });
    }
    if let Some(found) = on_path("micropython") {
        match probe(&found) {
            Ok(engine) => return Ok(engine),
            Err(error) => eprintln!("note: passing over the one on the PATH: {error:#}"),
        }
    }
    let folder = data_folder()?.join("belay").join("engine");
    let installed = folder.join("micropython");
    if installed.exists() {
        match probe(&installed) {
            Ok(engine) => return Ok(engine),
            Err(error) => eprintln!("note: replacing a broken engine: {error:#}"),
        }
    }
    let system = hint::System::of_this_machine();
    ensure!(system.debian_archive(), hint::how_to_get_it(&system));
    debian::install(&folder)
        .and_then(|()| probe(&installed))
        .map_err(|error| anyhow!("{error:#}\n{}", hint::how_to_get_it(&system)))
}

/// Whether apt is set up here with Debian's own archive.
pub(crate) fn on_debian() -> bool {
    hint::System::of_this_machine().debian_archive()
}

/// Starts the program, and believes it when it says that it is MicroPython.
pub(super) fn probe(path: &Path) -> Result<Engine> {
    let path = std::path::absolute(path)?;
    let output = Command::new(&path)
        .args(["-c", "import sys; print(sys.implementation)"])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", path.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Some(version) = version_in(&said).filter(|_| output.status.success()) else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} is no MicroPython ({}): {}",
            path.display(),
            output.status,
            format!("{said}{complaint}").trim()
        );
    };
    ensure!(
        (version.0, version.1) >= OLDEST,
        "{} is MicroPython {}.{}.{}; simulated boards need {}.{} or later",
        path.display(),
        version.0,
        version.1,
        version.2,
        OLDEST.0,
        OLDEST.1
    );
    Ok(Engine { path, version })
}

/// The version in a printed `sys.implementation`, if that is MicroPython's.
fn version_in(implementation: &str) -> Option<(u32, u32, u32)> {
    let rest = implementation
        .trim()
        .strip_prefix("(name='micropython', version=(")?;
    let mut numbers = rest
        .split([',', ')'])
        .map(|number| number.trim().parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

/// The first executable file of this name in the folders of the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|candidate| is_executable(candidate))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.is_file())
}

/// The user's data folder, where the simulator looks as well.
pub(crate) fn data_folder() -> Result<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if let Some(folder) = absolute("XDG_DATA_HOME").filter(|_| cfg!(not(target_os = "macos"))) {
        return Ok(folder);
    }
    let below_home = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/share"
    };
    absolute("HOME")
        .map(|home| home.join(below_home))
        .context("neither XDG_DATA_HOME nor HOME is set, so there is no data folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_the_implementation() {
        let check = |text, expected| assert_eq!(version_in(text), expected, "{text}");
        check(
            "(name='micropython', version=(1, 25, 0, ''), _machine='linux', _mpy=2822)\n",
            Some((1, 25, 0)),
        );
        check("(name='micropython', version=(1, 19, 1))", Some((1, 19, 1)));
        check(
            "namespace(name='cpython', version=sys.version_info(…))",
            None,
        );
        check("(name='micropython', version=(1, 25", None);
        check("", None);
    }

    #[test]
    fn a_program_that_is_no_micropython_is_refused() {
        let error = probe(Path::new("/nonexistent/micropython")).unwrap_err();
        assert!(error.to_string().contains("does not start"), "{error}");
        if let Some(program) = on_path("true") {
            let error = probe(&program).unwrap_err();
            assert!(error.to_string().contains("is no MicroPython"), "{error}");
        }
    }
}
