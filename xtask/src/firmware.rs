//! The emulator and the firmware that sessions are tried with: a board that
//! nobody here wrote.
//!
//! The tests look in the same places as [`provide`].

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Set, it makes the tests fail that real firmware is missing for; without it
/// they are left out.
pub(crate) const REQUIRED: (&str, &str) = ("BELAY_TEST_FIRMWARE", "1");

/// The variables that name the two, and where they are otherwise.
const EMULATOR: (&str, &str) = ("BELAY_QEMU_ARM", "qemu-system-arm");
const FIRMWARE: (&str, &str) = (
    "BELAY_MICROBIT_HEX",
    "/usr/share/firmware-microbit-micropython/firmware.hex",
);

/// Both, found.
#[derive(Debug)]
pub(crate) struct Firmware {
    emulator: PathBuf,
    image: PathBuf,
}

impl std::fmt::Display for Firmware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.image.display(), self.emulator.display())
    }
}

/// Whether this system has what the tests follow the emulator with.
pub(crate) const SUPPORTED: bool = cfg!(target_os = "linux");

/// Finds both, or says how to get them.
pub(crate) fn provide() -> Result<Firmware> {
    let emulator = named(EMULATOR);
    let image = named(FIRMWARE);
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(&emulator))
        .find(|candidate| candidate.is_file());
    match found {
        Some(emulator) if image.is_file() => Ok(Firmware { emulator, image }),
        found => bail!(missing(found.is_none(), &emulator, &image)),
    }
}

/// What is not there, and the command that gets both.
fn missing(no_emulator: bool, emulator: &Path, image: &Path) -> String {
    let what = if no_emulator { emulator } else { image };
    format!(
        "real firmware needs {}, which is not here\n  \
         on Debian or Ubuntu: sudo apt-get install --no-install-recommends \
         qemu-system-arm firmware-microbit-micropython\n  \
         elsewhere: install QEMU, and name the firmware of a micro:bit: export {}=path",
        what.display(),
        FIRMWARE.0,
    )
}

fn named((variable, usual): (&str, &str)) -> PathBuf {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.unwrap_or_else(|| usual.into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_that_gets_it() {
        let check = |no_emulator, named: &str| {
            let text = missing(no_emulator, Path::new("qemu"), Path::new("/a/b.hex"));
            let first = text.lines().next().unwrap_or_default();
            assert!(first.contains(named), "{text}");
            assert!(text.contains("apt-get install"), "{text}");
        };
        check(true, "qemu");
        check(false, "/a/b.hex");
    }
}
