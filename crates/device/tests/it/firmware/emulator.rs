//! QEMU with the micro:bit's firmware in it.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device};
use belay_transport::{Exec, Pty, Transport};
use rustix::process::Pid;

use super::line::Line;
use crate::support::{LIMIT, Output, connect_with};

/// Set to anything, it makes tests fail where there is no emulator or no firmware.
const REQUIRED: &str = "BELAY_TEST_FIRMWARE";
/// Names the emulator, if it is not on the PATH.
const EMULATOR: &str = "BELAY_QEMU_ARM";
/// Names the firmware, if it is not where Debian's package puts it.
const FIRMWARE: &str = "BELAY_MICROBIT_HEX";

const USUAL_EMULATOR: &str = "qemu-system-arm";
const USUAL_FIRMWARE: &str = "/usr/share/firmware-microbit-micropython/firmware.hex";

/// An emulated board stands still while other programs have the processor.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A board that has just been switched on. It is switched off when the port is dropped.
///
/// `None` where there is neither emulator nor firmware and the tests may be left out.
pub(super) fn switch_on() -> Option<Box<dyn Transport>> {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    let command = format!(
        "{} -serial stdio -pidfile {} -name debug-threads=on",
        command()?,
        quoted(&number)
    );
    let port = Exec::spawn(&command).unwrap();
    Some(Box::new(Line::new(port, process(&number)).unwrap()))
}

/// A board that has just been switched on, behind a pty and without a line that has a speed.
pub(super) fn switch_on_behind_pty() -> Option<Box<dyn Transport>> {
    let command = format!("{} -serial pty", command()?);
    Some(Box::new(Pty::spawn(&command, 115_200, LIMIT).unwrap()))
}

/// A session with a board of its own, and what that prints.
pub(super) fn connect() -> Option<(Device, Output)> {
    Some(connect_with(switch_on()?, options(true)))
}

pub(super) fn options(reset: bool) -> ConnectOptions {
    ConnectOptions {
        reset,
        timeout: TIMEOUT,
        ..ConnectOptions::default()
    }
}

/// The command that starts the emulator, all but where the UART goes.
fn command() -> Option<String> {
    let emulator = named(EMULATOR).unwrap_or_else(|| USUAL_EMULATOR.into());
    let firmware = named(FIRMWARE).unwrap_or_else(|| USUAL_FIRMWARE.into());
    if !is_program(&emulator) || !firmware.is_file() {
        left_out(&emulator, &firmware);
        return None;
    }
    Some(format!(
        "{} -M microbit -nographic -monitor null -device {}",
        quoted(&emulator),
        quoted(Path::new(&format!("loader,file={}", firmware.display()))),
    ))
}

fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

fn is_program(program: &Path) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

static SAID: Once = Once::new();

/// Fails, or says once that tests are left out, past the capture of what tests print.
fn left_out(emulator: &Path, firmware: &Path) {
    let missing = format!(
        "real firmware needs {} and {} (Debian: apt-get install qemu-system-arm \
         firmware-microbit-micropython)",
        emulator.display(),
        firmware.display()
    );
    assert!(named(REQUIRED).is_none(), "{missing}");
    SAID.call_once(|| {
        let note = format!("note: the tests with real firmware are left out: {missing}\n");
        io::stderr().write_all(note.as_bytes()).ok();
    });
}

/// The number of the emulator's process, once it has written it.
fn process(file: &Path) -> Pid {
    let deadline = Instant::now() + LIMIT;
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if let Some(number) = text.strip_suffix('\n') {
            return Pid::from_raw(number.parse().unwrap()).unwrap();
        }
        assert!(Instant::now() < deadline, "the emulator has not started");
        std::thread::sleep(Duration::from_millis(1));
    }
}
