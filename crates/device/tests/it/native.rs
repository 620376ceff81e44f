//! The raw REPL that the unix port has by itself from 1.27 on: a board that nobody here wrote.
//!
//! There is something to do only where the engine is that new, as one that `BELAY_MICROPYTHON` names
//! may be: an older engine has no raw REPL.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use belay_device::{ConnectOptions, Device, Error};
use belay_sim::Engine;
use belay_transport::{Serial, Transport};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::support::{LIMIT, Output, connect_with};

/// The interpreter at the far end of a pty.
pub(crate) struct Interpreter {
    child: Child,
    /// Bytes between the interpreter's terminal and the port of the session.
    pumps: Vec<std::thread::JoinHandle<()>>,
}

impl Interpreter {
    /// Starts the engine, if it has a raw REPL, and a port to it.
    pub(crate) fn start() -> Option<(Self, Box<dyn Transport>)> {
        let engine =
            Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
        if engine.version() < (1, 27, 0) {
            return None;
        }
        let (inner, inner_path) = pty();
        let (outer, outer_path) = pty();
        // The port is opened before anything is said, and makes its terminal raw.
        let port = Serial::open(&outer_path, 115_200).unwrap();
        let terminal = File::options()
            .read(true)
            .write(true)
            .open(&inner_path)
            .unwrap();
        // What comes before the interpreter has its terminal raw is not for the system to handle.
        let mut modes = tcgetattr(&terminal).unwrap();
        modes.make_raw();
        tcsetattr(&terminal, OptionalActions::Now, &modes).unwrap();
        let stdio = || Stdio::from(terminal.try_clone().unwrap());
        // Ctrl-C reaches a program through the controlling terminal, of which the interpreter needs
        // one of its own.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait"])
            .arg(engine.path())
            .args(["-i", "-c", ""])
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let pumps = vec![pump(&inner, &outer), pump(&outer, &inner)];
        Some((Self { child, pumps }, Box::new(port)))
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        // Each ends when its terminal has no other end any more.
        drop(std::mem::take(&mut self.pumps));
    }
}

fn pty() -> (OwnedFd, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master, path)
}

fn pump(from: &OwnedFd, to: &OwnedFd) -> std::thread::JoinHandle<()> {
    let mut from = File::from(from.try_clone().unwrap());
    let mut to = File::from(to.try_clone().unwrap());
    std::thread::spawn(move || {
        // A terminal that is gone ends the copy with an error.
        std::io::copy(&mut from, &mut to).ok();
    })
}

fn connect() -> Option<(Interpreter, Device, Output)> {
    let (interpreter, port) = Interpreter::start()?;
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (device, output) = connect_with(port, options);
    Some((interpreter, device, output))
}

#[test]
fn calls_work() {
    let Some((_interpreter, mut device, output)) = connect() else {
        return;
    };
    assert_eq!(device.eval::<i32>("6 * 7").unwrap(), 42);
    device.exec("print('hello')\nprint('\\x04>')").unwrap();
    assert_eq!(output.take_text(), "hello\n\u{4}>\n");
    let long = "total = 0\n".to_owned() + &"total += 1  # padding\n".repeat(300);
    device.exec(&long).unwrap();
    assert_eq!(device.eval::<i32>("total").unwrap(), 300);
    assert_eq!(device.implementation().unwrap().name, "micropython");
    let error = device.exec("1 / 0").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "ZeroDivisionError"),
        "{error}"
    );
    let error = device.exec("x = = 3").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "SyntaxError"),
        "{error}"
    );
    device.close().unwrap();
}
