//! QEMU with the micro:bit's firmware in it.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device};
use belay_transport::{Exec, OpenOptions, Pty, Transport};
use rustix::process::Pid;

use super::line::Line;
use crate::support::{LIMIT, Output, connect_with};

/// Set to anything, it makes tests fail where there is no emulator or no firmware.
const REQUIRED: &str = "BELAY_TEST_FIRMWARE";
/// Names the emulator, if it is not on the PATH.
const EMULATOR: &str = "BELAY_QEMU_ARM";
/// Names the firmware, if it is not where Debian's package puts it.
const FIRMWARE: &str = "BELAY_MICROBIT_HEX";

const PROGRAM: &str = "qemu-system-arm";
/// Where Debian's package has the firmware, below the root of the system.
const PACKAGED: &str = "usr/share/firmware-microbit-micropython/firmware.hex";

/// An emulated board stands still while other programs have the processor.
pub(super) const TIMEOUT: Duration = Duration::from_secs(24);

/// A board that has just been switched on. It is switched off when the port is dropped.
///
/// `None` where there is neither emulator nor firmware and the tests may be left out.
pub(super) fn switch_on() -> Option<Box<dyn Transport>> {
    switch_on_at("stdio", |command| Box::new(Exec::spawn(command).unwrap()))
}

/// A board that has just been switched on, behind a pty.
pub(super) fn switch_on_behind_pty() -> Option<Box<dyn Transport>> {
    switch_on_at("pty", |command| {
        Box::new(Pty::spawn(command, &OpenOptions::default()).unwrap())
    })
}

/// One whose UART is at this device of the emulator, which is opened with its command.
fn switch_on_at(
    uart: &str,
    open: impl FnOnce(&str) -> Box<dyn Transport>,
) -> Option<Box<dyn Transport>> {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    let command = format!(
        "{} -serial {uart} -pidfile {} -name debug-threads=on",
        command()?,
        quoted(&number)
    );
    let port = open(&command);
    Some(Box::new(Line::new(port, process(&number)).unwrap()))
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
    let Some((emulator, firmware)) = find() else {
        left_out();
        return None;
    };
    Some(format!(
        "{} -M microbit -nographic -monitor null -device {}",
        quoted(&emulator),
        quoted(Path::new(&format!("loader,file={}", firmware.display()))),
    ))
}

/// Both as they are named, as Debian's packages install them, or as `cargo xtask test-firmware` puts
/// them into the user's data folder.
fn find() -> Option<(PathBuf, PathBuf)> {
    let (emulator, firmware) = (named(EMULATOR), named(FIRMWARE));
    let by_name = emulator.is_some() || firmware.is_some();
    let folders = env::var_os("PATH").unwrap_or_default();
    let on_path = |program: PathBuf| {
        env::split_paths(&folders)
            .map(|folder| folder.join(&program))
            .find(|candidate| candidate.is_file())
    };
    let emulator = on_path(emulator.unwrap_or_else(|| PROGRAM.into()));
    let firmware = firmware.unwrap_or_else(|| Path::new("/").join(PACKAGED));
    if let Some(emulator) = emulator.filter(|_| firmware.is_file()) {
        return Some((emulator, firmware));
    }
    let folder = data_folder()?.join("belay/qemu");
    let (emulator, firmware) = (folder.join(PROGRAM), folder.join("root").join(PACKAGED));
    (!by_name && emulator.is_file() && firmware.is_file()).then_some((emulator, firmware))
}

fn data_folder() -> Option<PathBuf> {
    let data = named("XDG_DATA_HOME").filter(|path| path.is_absolute());
    data.or_else(|| Some(named("HOME")?.join(".local/share")))
}

fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

static SAID: Once = Once::new();

/// Fails, or says once that tests are left out, past the capture of what tests print.
fn left_out() {
    const MISSING: &str = "QEMU or the micro:bit's firmware is missing; \
        `cargo xtask test-firmware` finds or gets both";
    assert!(named(REQUIRED).is_none(), "{MISSING}");
    SAID.call_once(|| {
        let note = format!("note: tests with real firmware are left out: {MISSING}\n");
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
