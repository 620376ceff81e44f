//! `cargo xtask ci`: what the project's CI asks beyond `cargo xtask test`.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::plan::{self, Plan};
use crate::test;

pub(crate) const ABOUT: &str = "\
`test`, and what only CI asks: the client builds without
the simulator, and without a warning. With --skip-test only
that, for use after `test`.";

/// The crates a host needs that runs no simulated boards.
const CLIENT: &[&str] = &[
    "-p",
    "belay-transport",
    "-p",
    "belay-rawrepl",
    "-p",
    "belay-pylit",
    "-p",
    "belay-tokenize",
    "-p",
    "belay-minify",
    "-p",
    "belay-instrument",
    "-p",
    "belay-sync",
    "-p",
    "belay-pkgmgr",
    "-p",
    "belay-device",
    "-p",
    "belay-testing",
    "-p",
    "belay",
];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let skip_test = match arguments {
        [] => false,
        [only] if only == "--skip-test" => true,
        [first, ..] => bail!("unexpected argument `{first}`; see `cargo xtask --help`"),
    };
    Ok(plan::execute(|plan| {
        client_alone(plan)?;
        if skip_test { Ok(()) } else { test::steps(plan) }
    }))
}

fn client_alone(plan: &mut Plan) -> Result<()> {
    let clippy = [
        &["clippy", "--no-default-features"],
        CLIENT,
        &["--", "-D", "warnings"],
    ]
    .concat();
    plan.cargo("client alone", &[], &clippy)
}
