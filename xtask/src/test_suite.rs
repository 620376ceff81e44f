//! `cargo xtask test-suite`: rewritten programs, tried with MicroPython's own tests.

use std::process::ExitCode;

use anyhow::Result;

use crate::plan;

pub(crate) const ABOUT: &str = "\
Only the tests of rewritten programs, with MicroPython's own
tests and with coverage, which are fetched if needed.";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    Ok(plan::execute(|plan| {
        plan.engine()?;
        plan.suite()?;
        plan.tests("tests", &[], &["-p", "belay-instrument"])
    }))
}
