//! `cargo xtask test-sim`: the crates whose tests run on simulated boards.

use std::process::ExitCode;

use anyhow::Result;

use crate::backends::Extent;
use crate::{plan, ser2net};

pub(crate) const ABOUT: &str = "\
Only the tests of the stack on simulated boards: the simulator,
sessions with a board, and the `belay` command; then the latter
two over TCP, WebREPL and RFC 2217, with CircuitPython, and on
an engine's own REPL.";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    Ok(plan::execute(|plan| {
        plan.engine()?;
        if ser2net::SUPPORTED {
            plan.ser2net()?;
        }
        let crates = ["-p", "belay-sim", "-p", "belay-device", "-p", "belay"];
        plan.tests("tests", &[], &crates)?;
        plan.backends(Extent::All)
    }))
}
