//! A board, a folder, and the peers as commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use belay_sim::{Board, Builder, Engine};
use tempfile::TempDir;

use crate::environment::Environment;

/// No command takes nearly as long; one that hangs is ended, and fails its test.
pub(crate) const HANG: Duration = Duration::from_secs(120);

/// A board, and a folder of the host for the time of a test.
pub(crate) struct Bench {
    pub(crate) board: Board,
    folder: TempDir,
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit status.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Board::builder())
    }

    /// A board as this builder makes it.
    pub(crate) fn with(builder: Builder) -> Self {
        let engine =
            Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
        Self {
            board: builder.engine(engine).start().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// What the board is called on a command line.
    pub(crate) fn port(&self) -> &str {
        self.board.path().to_str().unwrap()
    }

    /// The path of a file in the folder, which need not be there.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the folder, with the folders above it.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a program of the peers' environment in the folder.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Ended {
        let output = command(program, self.folder.path())
            .args(arguments)
            .output()
            .unwrap();
        ended(output)
    }

    /// Runs mpremote on the board, and expects no complaint. The answer is what it printed.
    pub(crate) fn mpremote(&self, arguments: &[&str]) -> String {
        self.try_mpremote(arguments).succeeded()
    }

    pub(crate) fn try_mpremote(&self, arguments: &[&str]) -> Ended {
        self.run("mpremote", &[&["connect", self.port()], arguments].concat())
    }

    /// Runs the original's command, whose second argument is the board.
    pub(crate) fn belay(&self, command: &str, arguments: &[&str]) -> Ended {
        self.run("belay", &[&[command, self.port()], arguments].concat())
    }
}

impl Ended {
    pub(crate) fn succeeded(self) -> String {
        assert!(self.code == 0 && self.stderr.is_empty(), "{self:#?}");
        self.stdout
    }
}

/// A script that stands beside these tests.
pub(crate) fn script(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers/scripts")
        .join(name)
        .into_os_string()
        .into_string()
        .unwrap()
}

/// The variables a peer is started with: its user has no settings and a plain terminal.
pub(crate) fn variables(home: &Path) -> [(&'static str, PathBuf); 4] {
    [
        ("HOME", home.join("home")),
        ("XDG_CONFIG_HOME", home.join("home/config")),
        ("TERM", "dumb".into()),
        ("PYTHONUNBUFFERED", "1".into()),
    ]
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(Environment::get().program(program));
    command
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH")
        .envs(variables(folder))
        .current_dir(folder)
        .timeout(HANG);
    command
}

fn ended(output: Output) -> Ended {
    // A board ends its lines with CR LF, which peers pass on.
    let text = |bytes| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    Ended {
        // A command without a status was ended by a signal: it hung.
        code: output.status.code().unwrap_or(i32::MIN),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
