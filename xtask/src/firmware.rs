//! The emulator and the firmware that sessions are tried with: a board that
//! nobody here wrote.
//!
//! The tests look in the same places as [`provide`], so that what is put into
//! the data folder by this task serves a plain `cargo test` as well.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, ensure};

use crate::apt::{self, Kind, Request};
use crate::micropython::{data_folder, on_debian, on_path};
use crate::shell;

/// Set, it makes the tests fail that real firmware is missing for; without it
/// they are left out.
const REQUIRED: (&str, &str) = ("BELAY_TEST_FIRMWARE", "1");
/// The variables that name the two.
const EMULATOR: &str = "BELAY_QEMU_ARM";
const IMAGE: &str = "BELAY_MICROBIT_HEX";

const PROGRAM: &str = "qemu-system-arm";
/// Where Debian's package has the firmware, below the root of the system.
const PACKAGED: &str = "usr/share/firmware-microbit-micropython/firmware.hex";

/// Whether this system has what the tests follow the emulator with.
pub(crate) const SUPPORTED: bool = cfg!(target_os = "linux");

/// Debian 12's, which the tests know well.
const REQUEST: Request = Request {
    name: "qemu",
    suite: "bookworm",
    packages: &[PROGRAM, "firmware-microbit-micropython"],
    kind: Kind::WithDependencies,
};

/// Both, found.
#[derive(Debug)]
pub(crate) struct Firmware {
    emulator: PathBuf,
    image: PathBuf,
}

impl std::fmt::Display for Firmware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {}", self.image.display(), self.emulator.display())
    }
}

impl Firmware {
    /// Tells tests where both are, and that they are to be used.
    pub(crate) fn pass_to(&self, command: &mut Command) {
        command
            .env(REQUIRED.0, REQUIRED.1)
            .env(EMULATOR, &self.emulator)
            .env(IMAGE, &self.image);
    }

    /// Starts the emulator, and looks for the firmware.
    fn probe(&self) -> Result<()> {
        let mut emulator = Command::new(&self.emulator);
        shell::output(emulator.arg("--version").stdin(Stdio::null()))?;
        ensure!(self.image.is_file(), "there is no {}", self.image.display());
        Ok(())
    }

    /// What [`REQUEST`] gives in this folder.
    fn unpacked(folder: &Path) -> Self {
        Self {
            emulator: folder.join(PROGRAM),
            image: folder.join("root").join(PACKAGED),
        }
    }
}

/// Those named, those the system has, those in the data folder, or, on Debian,
/// those fetched into the data folder, in this order.
pub(crate) fn provide() -> Result<Firmware> {
    let (emulator, image) = (named(EMULATOR), named(IMAGE));
    let by_name = emulator.is_some() || image.is_some();
    let image = image.unwrap_or_else(|| Path::new("/").join(PACKAGED));
    let emulator = emulator.or_else(|| on_path(PROGRAM));
    if let Some(emulator) = emulator.filter(|_| by_name || image.is_file()) {
        let found = Firmware { emulator, image };
        return found
            .probe()
            .map(|()| found)
            .map_err(|error| with_hint(&error));
    }
    ensure!(!by_name, "there is no {PROGRAM}\n{HINT}");
    let folder = data_folder()?.join("belay").join("qemu");
    let unpacked = Firmware::unpacked(&folder);
    if unpacked.emulator.exists() {
        match unpacked.probe() {
            Ok(()) => return Ok(unpacked),
            Err(error) => eprintln!("note: replacing a broken emulator: {error:#}"),
        }
    }
    ensure!(
        on_debian(),
        "sessions are tried with a micro:bit's firmware in QEMU, and one of them is missing here\n{HINT}"
    );
    install(&folder).map_err(|error| with_hint(&error))?;
    Ok(unpacked)
}

fn install(folder: &Path) -> Result<()> {
    apt::install(
        &REQUEST,
        folder,
        |built, architecture| {
            let folders = ["lib", "usr/lib"].map(|lib| format!("{lib}/{}", architecture.libraries));
            let program = format!("usr/bin/{PROGRAM}");
            let text = apt::launcher(&program, &folders, architecture.loader, &[]);
            apt::write_launcher(&built.join(PROGRAM), &text)
        },
        |folder| Firmware::unpacked(folder).probe(),
    )
}

const HINT: &str = "  \
    on Debian or Ubuntu: sudo apt-get install --no-install-recommends \
    qemu-system-arm firmware-microbit-micropython\n  \
    or name your own: export BELAY_QEMU_ARM=path BELAY_MICROBIT_HEX=path";

fn with_hint(error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{error:#}\n{HINT}")
}

fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = Firmware::unpacked(folder.path());
        let error = with_hint(&nothing.probe().unwrap_err()).to_string();
        let (first, rest) = error.split_once('\n').unwrap();
        assert!(first.contains("qemu-system-arm does not start"), "{error}");
        assert!(rest.contains("apt-get install"), "{error}");
        if let Some(emulator) = on_path("true") {
            let image = folder.path().join("a.hex");
            let error = Firmware { emulator, image }.probe().unwrap_err();
            assert!(error.to_string().ends_with("a.hex"), "{error}");
        }
    }
}
