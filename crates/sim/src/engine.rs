//! The MicroPython program that boards run on.

mod advice;

use std::collections::HashMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::Error;

/// The environment variable that names the engine; it goes before every other place.
pub const ENGINE_VARIABLE: &str = "BELAY_MICROPYTHON";

/// Major, minor and patch number.
type Version = (u32, u32, u32);

/// The oldest version whose modules a board can be made of.
const OLDEST: Version = (1, 20, 0);

/// A unix port of MicroPython that has been started once and has told its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    path: PathBuf,
    version: Version,
}

impl Engine {
    /// Looks in `BELAY_MICROPYTHON`, for `micropython` on the PATH, and in
    /// `belay/engine/micropython` in the user's data folder.
    ///
    /// # Errors
    /// [`Error::EngineMissing`] when there is none; otherwise as for [`Engine::at`].
    pub fn find() -> Result<Self, Error> {
        if let Some(named) = env::var_os(ENGINE_VARIABLE).filter(|value| !value.is_empty()) {
            return Self::at(named);
        }
        let mut looked = Vec::new();
        let on_path = env::var_os("PATH").unwrap_or_default();
        for folder in env::split_paths(&on_path).filter(|folder| folder.is_absolute()) {
            let candidate = folder.join("micropython");
            if candidate.is_file() {
                return Self::at(candidate);
            }
            looked.push(candidate);
        }
        if let Some(candidate) = Self::provided_path() {
            if candidate.is_file() {
                return Self::at(candidate);
            }
            looked.push(candidate);
        }
        Err(Error::EngineMissing {
            looked,
            advice: advice::advice(ENGINE_VARIABLE),
        })
    }

    /// Where a launcher of a privately installed engine is looked for:
    /// `belay/engine/micropython` in the user's data folder.
    pub fn provided_path() -> Option<PathBuf> {
        let folders = directories::BaseDirs::new()?;
        Some(folders.data_local_dir().join("belay/engine/micropython"))
    }

    /// Uses the program at `path`. It is started once per process to ask for its version.
    ///
    /// # Errors
    /// When it does not start, is no MicroPython, or is older than 1.20.
    pub fn at(path: impl AsRef<Path>) -> Result<Self, Error> {
        static PROBED: Mutex<Option<HashMap<PathBuf, Version>>> = Mutex::new(None);
        let path = path.as_ref();
        let path = path.canonicalize().map_err(|source| Error::EngineSpawn {
            path: path.to_owned(),
            source,
        })?;
        let mut probed = PROBED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = probed.get_or_insert_with(HashMap::new);
        let version = if let Some(&version) = known.get(&path) {
            version
        } else {
            let version = probe(&path)?;
            known.insert(path.clone(), version);
            version
        };
        if version < OLDEST {
            return Err(Error::EngineTooOld { path, version });
        }
        Ok(Self { path, version })
    }

    /// The program, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Major, minor and patch number as the engine reports them.
    pub fn version(&self) -> (u32, u32, u32) {
        self.version
    }

    /// The command that starts the engine, shielded from variables that change its ways.
    pub(crate) fn command(&self) -> Command {
        command(self.path.as_os_str())
    }
}

fn command(path: &OsStr) -> Command {
    let mut command = Command::new(path);
    command
        .env_remove("MICROPYPATH")
        .env_remove("MICROPYINSPECT");
    command
}

fn probe(path: &Path) -> Result<Version, Error> {
    let output = command(path.as_os_str())
        .args(["-c", "import sys; print(sys.implementation)"])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::EngineSpawn {
            path: path.to_owned(),
            source,
        })?;
    let mut answer = String::from_utf8_lossy(&output.stdout).into_owned();
    answer.push_str(&String::from_utf8_lossy(&output.stderr));
    parse_version(&answer).ok_or_else(|| Error::EngineAnswer {
        path: path.to_owned(),
        answer: answer.chars().take(200).collect(),
    })
}

/// Finds the version in `(name='micropython', version=(1, 25, 0, ''), …)`.
fn parse_version(answer: &str) -> Option<Version> {
    let (_, rest) = answer.split_once("name='micropython'")?;
    let (_, rest) = rest.split_once("version=(")?;
    let mut parts = rest.split([',', ')']).map(|part| part.trim().parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn reads_the_version() {
        let new = "(name='micropython', version=(1, 25, 0, ''), _machine='x', _mpy=2822)\n";
        assert_eq!(parse_version(new), Some((1, 25, 0)));
        let old = "(name='micropython', version=(1, 20, 0), _machine='x')\n";
        assert_eq!(parse_version(old), Some((1, 20, 0)));
    }

    #[test]
    fn another_python_is_refused() {
        let cpython = "namespace(name='cpython', version=sys.version_info(major=3, minor=11))\n";
        assert_eq!(parse_version(cpython), None);
        assert_eq!(parse_version(""), None);
    }
}
