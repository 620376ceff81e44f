//! `cargo xtask test-firmware`: sessions with real firmware in an emulator.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::{firmware, plan};

pub(crate) const ABOUT: &str = "\
Only the tests of sessions with real firmware: MicroPython as it
was built for the micro:bit, in QEMU. On Debian both are
unpacked into the user's data folder if they are missing.";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    ensure!(
        firmware::SUPPORTED,
        "the tests with real firmware need Linux"
    );
    Ok(plan::execute(|plan| {
        plan.firmware()?;
        plan.tests(
            "tests",
            &[],
            &["-p", "belay-device", "--test", "it", "firmware::"],
        )
    }))
}
