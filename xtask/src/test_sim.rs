//! `cargo xtask test-sim`: the crates whose tests run on simulated boards.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::backends::{Extent, is_backend};
use crate::{plan, ser2net};

pub(crate) const ABOUT: &str = "\
Only the tests of the stack on simulated boards: the simulator,
sessions with a board, and the `belay` command; then the latter
two over TCP, WebREPL and RFC 2217, with CircuitPython, and on
an engine's own REPL. With tcp, webrepl, rfc2217, circuitpython
or native, only what is named.";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let chosen: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(other) = chosen.iter().find(|name| !is_backend(name)) {
        bail!("there is no backend `{other}`; see `cargo xtask --help`");
    }
    Ok(plan::execute(|plan| {
        plan.engine()?;
        if ser2net::SUPPORTED {
            plan.ser2net()?;
        }
        if !chosen.is_empty() {
            return plan.backends(Extent::All, &chosen);
        }
        let crates = ["-p", "belay-sim", "-p", "belay-device", "-p", "belay"];
        plan.tests("tests", &[], &crates)?;
        plan.backends(Extent::All, &[])
    }))
}
