//! Tests on boards.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// Options of `belay test`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_TEST)]
pub struct Test {
    /// Files, or folders with files test_*.py [default: tests, or the working folder]
    pub paths: Vec<PathBuf>,
    /// A device; may be given several times, to run each test on each [default: a simulated board
    /// of its own]
    #[arg(long = "device", short, value_name = "PORT")]
    pub devices: Vec<String>,
    /// Run only the tests whose name, such as tests/test_a.py::TestB::test_c, has this in it
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// How long a test may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = super::seconds)]
    pub limit: Duration,
    /// Restart the interpreter before each test, not only before each file
    #[arg(long)]
    pub isolated: bool,
    /// Write the results to a file, as JUnit does
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write which lines of the modules here have run to a file, as lcov does
    #[arg(long, value_name = "FILE")]
    pub coverage: Option<PathBuf>,
}

const AFTER_TEST: &str = "\
Examples:
  belay test
  belay test tests/test_pump.py --filter pressure
  belay test --device sim: --device /dev/ttyACM0 --junit results.xml
  belay test --coverage coverage.info

A test is a function test..., a method test... of a class Test..., or one of a class of unittest, which
every board has then. setup() and teardown() of a file or a class run before and after each of its
tests, setup_module() and teardown_module() once. A coroutine runs to its end.

What tests import is taken from the test's folder, the project, its dependencies and then the board.
Nothing is written to the board, and what tests do to its files is undone. The exit status is 0 if all
tests pass or are skipped.";
