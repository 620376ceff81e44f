//! What the tests share.

use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

/// No test takes nearly as long; a command that hangs is ended, and fails its test.
pub(crate) const HANG: Duration = Duration::from_secs(300);

/// `belay` with these arguments, and with none of the environment's settings.
pub(crate) fn belay(arguments: &[&str]) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("belay");
    for name in [
        "BELAY_DEVICE",
        "BELAY_PASSWORD",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
    ] {
        command.env_remove(name);
    }
    command.args(arguments).timeout(HANG);
    command
}

/// A folder for the time of a test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of a file in it, which need not be there.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .unwrap()
    }

    /// Makes a file in it and returns its path.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(PathBuf::from(&path), content).unwrap();
        path
    }
}
