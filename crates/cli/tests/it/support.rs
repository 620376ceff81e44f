//! What the tests share.

use std::path::PathBuf;
use std::sync::LazyLock;
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
    command.envs(Backend::get().password());
    command.args(arguments).timeout(HANG);
    command
}

/// What stands between the commands and a board that `belay sim` has started. `cargo xtask test-sim` runs the
/// tests with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Pty,
    Tcp,
    WebRepl,
    /// Through ser2net.
    Rfc2217,
    /// A board with CircuitPython whose drive no computer has, on a pty.
    CircuitPython,
}

/// That of boards with WebREPL.
pub(crate) const PASSWORD: &str = "pa55word";

impl Backend {
    /// The one that `BELAY_TEST_BACKEND` names; without it, a pty.
    pub(crate) fn get() -> Self {
        static BACKEND: LazyLock<Backend> = LazyLock::new(|| {
            let name = std::env::var("BELAY_TEST_BACKEND").unwrap_or_default();
            match &*name {
                "" | "pty" => Backend::Pty,
                "tcp" => Backend::Tcp,
                "webrepl" => Backend::WebRepl,
                "rfc2217" => Backend::Rfc2217,
                "circuitpython" => Backend::CircuitPython,
                _ => panic!("{name:?} is no backend"),
            }
        });
        *BACKEND
    }

    /// The environment variable of the password, where one is needed.
    pub(crate) fn password(self) -> Option<(&'static str, &'static str)> {
        (self == Self::WebRepl).then_some(("BELAY_PASSWORD", PASSWORD))
    }
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
