//! `cargo xtask test`: everything that must hold, the quick checks first.

use std::process::ExitCode;

use anyhow::Result;

use crate::backends::Extent;
use crate::plan::{self, Plan};
use crate::{firmware, fuzz, ser2net, suite, tidy, wheel};

pub(crate) const ABOUT: &str = "\
Everything: format, tidy, clippy, documentation, packages, on
Linux every fuzz target for ten seconds, and all tests, with
the engine of simulated boards and, on Linux, an emulator with
real firmware fetched if needed.";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    Ok(plan::execute(steps))
}

/// The steps; the tests come last, so that the closing line is theirs.
pub(crate) fn steps(plan: &mut Plan) -> Result<()> {
    plan.cargo("format", &[], &["fmt", "--all", "--check"])?;
    let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
    plan.cargo("format of fuzz", &[], &fuzz)?;
    plan.task("tidy", tidy::check)?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    plan.cargo("clippy", &[], &clippy)?;
    if cfg!(unix) {
        wheel::check_free_threaded(plan)?;
    }
    let strict = [("RUSTDOCFLAGS", "-D warnings")];
    plan.cargo(
        "documentation",
        &strict,
        &["doc", "--workspace", "--no-deps"],
    )?;
    // Without network: the step before has resolved what the packages need.
    let package = [
        "package",
        "--workspace",
        "--exclude",
        "xtask",
        "--no-verify",
        "--offline",
        "--allow-dirty",
        "--quiet",
    ];
    plan.cargo("packages", &[], &package)?;
    if fuzz::SUPPORTED {
        plan.task("fuzz", fuzz::briefly)?;
    }
    plan.engine()?;
    if firmware::SUPPORTED {
        plan.firmware()?;
    }
    if ser2net::SUPPORTED {
        plan.ser2net()?;
    }
    if suite::SUPPORTED {
        plan.suite()?;
    }
    plan.tests("tests", &[], &["--workspace"])?;
    plan.backends(Extent::Representative, &[])
}
