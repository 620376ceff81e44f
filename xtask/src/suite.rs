//! MicroPython's own tests, out of Debian's source package: programs that nobody here wrote.
//!
//! The tests look in the same places as [`provide`], so that what is put into the data folder by this task
//! serves a plain `cargo test` as well.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::apt::{self, Kind, Request};
use crate::micropython::{data_folder, on_debian};
use crate::pypi;

/// Names the folder; set, it makes the tests fail that it is missing for.
const FOLDER: &str = "BELAY_MICROPYTHON_TESTS";
/// Names a Python with the package `coverage`, likewise.
const PYTHON: &str = "BELAY_COVERAGE_PYTHON";

const COVERAGE: &str = "coverage==7.17.5";

/// Whether this system has what the programs run on.
pub(crate) const SUPPORTED: bool = cfg!(target_os = "linux");

const REQUEST: Request = Request {
    name: "micropython-tests",
    suite: "trixie",
    packages: &["micropython"],
    kind: Kind::Source("tests"),
};

/// The variables that tell tests where MicroPython's tests are, and a Python that measures coverage.
pub(crate) fn provide() -> Result<Vec<(&'static str, PathBuf)>> {
    let python = pypi::provide("python-coverage", &[COVERAGE])?.join("python");
    Ok(vec![(FOLDER, folder()?), (PYTHON, python)])
}

/// The one named, the one in the data folder, or, on Debian, one fetched there, in this order.
fn folder() -> Result<PathBuf> {
    if let Some(named) = env::var_os(FOLDER).filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        return probe(&named).map(|()| named);
    }
    let folder = data_folder()?.join("belay").join(REQUEST.name);
    let tests = folder.join("root/tests");
    if probe(&tests).is_err() {
        ensure!(
            on_debian(),
            "rewritten programs are tried with MicroPython's own tests: name their folder by {FOLDER}"
        );
        apt::install(
            &REQUEST,
            &folder,
            |_, _| Ok(()),
            |folder| probe(&folder.join("root/tests")),
        )?;
    }
    Ok(tests)
}

fn probe(tests: &Path) -> Result<()> {
    let one = tests.join("basics/0prelim.py");
    ensure!(one.is_file(), "there is no {}", one.display());
    Ok(())
}
