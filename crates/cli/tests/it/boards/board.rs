//! A simulated board in a process of its own, and commands that run beside the test.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::LazyLock;

use assert_cmd::assert::Assert;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

#[cfg(target_os = "linux")]
use crate::ser2net::Ser2net;
use crate::support::{Backend, Folder, PASSWORD, belay};

/// A board as `belay sim` starts it, behind a pty or what else [`Backend`] says. It has a data folder of its
/// own.
pub(super) struct Board {
    /// What users name it by: the path of the pty, or an address.
    pub(super) path: String,
    #[cfg(target_os = "linux")]
    _server: Option<Ser2net>,
    // Ends before its folder goes.
    process: Running,
    folder: Folder,
}

/// A command that runs beside the test.
pub(super) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

/// What is left of a command that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// What it wrote to stdout since the test read from it.
    pub(super) output: String,
    pub(super) errors: String,
}

/// The engine of the boards, found before the tests' own data folders hide the user's.
pub(super) fn engine() -> &'static Path {
    static ENGINE: LazyLock<PathBuf> = LazyLock::new(|| match belay_sim::Engine::find() {
        Ok(engine) => engine.path().to_owned(),
        Err(error) => panic!("these tests run on simulated boards: {error}"),
    });
    &ENGINE
}

impl Board {
    pub(super) fn start() -> Self {
        Self::with(&[])
    }

    /// A board with these options of `belay sim`.
    pub(super) fn with(options: &[&str]) -> Self {
        let folder = Folder::new();
        let backend = Backend::get();
        let more = match backend {
            Backend::Tcp => &["--tcp", "127.0.0.1:0"][..],
            Backend::WebRepl => &["--webrepl", "127.0.0.1:0", "--password", PASSWORD],
            _ => &[],
        };
        let mut arguments = vec!["sim".to_owned()];
        arguments.extend(options.iter().chain(more).map(|&option| option.to_owned()));
        if backend == Backend::CircuitPython {
            be_circuitpython(&mut arguments);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut process = Running::start(&arguments, &folder);
        let mut line = || process.line();
        let path = match backend {
            Backend::Tcp | Backend::WebRepl => line().and_then(|_| line()),
            _ => line(),
        };
        let Some(path) = path else {
            let ended = process.wait();
            panic!("no simulated board: {}", ended.errors);
        };
        #[cfg(target_os = "linux")]
        let (path, server) = match backend {
            Backend::Rfc2217 => {
                let server = Ser2net::start(&path, "telnet(rfc2217),tcp").unwrap();
                (format!("rfc2217://{}", server.address()), Some(server))
            }
            _ => (path, None),
        };
        Self {
            path,
            #[cfg(target_os = "linux")]
            _server: server,
            process,
            folder,
        }
    }

    /// A folder for the time of the test.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Runs a command to its end, with the board as its device.
    pub(super) fn belay(&self, command: &str, arguments: &[&str]) -> Assert {
        belay(&self.arguments(command, arguments)).assert()
    }

    /// The next line that `belay sim` prints.
    pub(super) fn line(&mut self) -> Option<String> {
        self.process.line()
    }

    /// Starts a command with the board as its device.
    pub(super) fn start_belay(&self, command: &str, arguments: &[&str]) -> Running {
        Running::start(&self.arguments(command, arguments), &self.folder)
    }

    /// The same with a stdin at which nothing comes.
    pub(super) fn start_waiting(&self, command: &str, arguments: &[&str]) -> Running {
        let arguments = self.arguments(command, arguments);
        Running::spawn(&arguments, &self.folder, ".", Stdio::piped())
    }

    /// Starts a script with the board as its device.
    pub(super) fn start_script(&self, code: &str) -> Running {
        self.start_belay("run", &[&self.folder.file("script.py", code.as_bytes())])
    }

    /// Ends the board without a word, as when its cable is pulled.
    pub(super) fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.child.wait().unwrap();
    }

    pub(super) fn arguments<'a>(&'a self, command: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
        [&[command, &self.path], arguments].concat()
    }
}

/// Adds to the options behind `sim:` that the board is one of CircuitPython's, unless it is one already.
fn be_circuitpython(arguments: &mut Vec<String>) {
    let options = arguments.iter_mut().find(|argument| argument.contains('?'));
    match options {
        Some(options) if options.contains("personality=") => {}
        Some(options) => options.push_str("&personality=circuitpython&drive=hidden"),
        None => arguments.push("?personality=circuitpython&drive=hidden".to_owned()),
    }
}

impl Running {
    /// Starts `belay` with a data folder of its own.
    pub(super) fn start(arguments: &[&str], folder: &Folder) -> Self {
        Self::start_in(arguments, folder, ".")
    }

    /// The same in a working folder.
    pub(super) fn start_in(arguments: &[&str], folder: &Folder, working: &str) -> Self {
        Self::spawn(arguments, folder, working, Stdio::null())
    }

    fn spawn(arguments: &[&str], folder: &Folder, working: &str, stdin: Stdio) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("belay"))
            .process_group(0)
            .args(arguments)
            .current_dir(working)
            .env_remove("BELAY_DEVICE")
            .envs(Backend::get().password())
            .env("XDG_DATA_HOME", folder.path("data"))
            // What a board that is killed leaves behind goes with the folder.
            .env("TMPDIR", folder.path(""))
            .env("BELAY_MICROPYTHON", engine())
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line of its output; `None` if it has ended.
    pub(super) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.output.read_line(&mut line).unwrap();
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// Reads this much of its output.
    pub(super) fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Reads its errors up to a line that contains `text`.
    pub(super) fn wait_for_error(&mut self, text: &str) {
        // Byte by byte, so that the rest is there for `wait`.
        let errors = self.child.stderr.as_mut().unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut byte = [0];
            let count = errors.read(&mut byte).unwrap();
            assert!(
                count > 0,
                "no {text:?} in {:?}",
                String::from_utf8_lossy(&seen)
            );
            seen.extend(byte);
        }
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends what ctrl-C sends at a terminal, to all that run for the command.
    pub(super) fn interrupt_group(&self) {
        kill_process_group(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Closes the pipe that its output goes to, as `head` does, and waits for its end.
    pub(super) fn close_output(mut self) -> Ended {
        drop(std::mem::replace(
            &mut self.output,
            BufReader::new(closed()),
        ));
        self.wait()
    }

    /// Waits for its end.
    pub(super) fn wait(mut self) -> Ended {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        self.output.read_to_end(&mut output).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_end(&mut errors)
            .unwrap();
        Ended {
            status: self.child.wait().unwrap(),
            output: String::from_utf8_lossy(&output).into_owned(),
            errors: String::from_utf8_lossy(&errors).into_owned(),
        }
    }
}

impl Drop for Running {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    #[track_caller]
    pub(super) fn code(&self, code: i32) -> &Self {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        self
    }

    #[track_caller]
    pub(super) fn says(&self, text: &str) -> &Self {
        assert!(self.errors.contains(text), "no {text:?} in {self:?}");
        self
    }
}

/// A stream at its end.
fn closed() -> ChildStdout {
    rustix::pipe::pipe().unwrap().0.into()
}
