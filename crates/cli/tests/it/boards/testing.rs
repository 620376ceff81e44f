//! `belay test`.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};

use super::board::{Board, engine};
use crate::support::{Folder, belay};

const PUMP: &[u8] = b"def volts(raw):\n    if raw > 100:\n        return raw * 3\n    return raw\n";
const TESTS: &[u8] = b"\
import sys
from pump import volts

def test_low():
    limit = 7
    print('measured \\x1b[31m')
    assert volts(2) == limit

def test_high():
    assert volts(200) == 600

def test_firmware():
    assert sys.implementation.name == 'micropython'
";

/// A folder with a module and its tests.
fn project() -> Folder {
    let folder = Folder::new();
    folder.file("pump.py", PUMP);
    std::fs::create_dir(folder.path("tests")).unwrap();
    folder.file("tests/test_pump.py", TESTS);
    folder
}

fn test(folder: &Folder, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let arguments = [&["test"], arguments].concat();
    belay(&arguments)
        .current_dir(folder.path(""))
        .env("BELAY_MICROPYTHON", engine())
        .env("XDG_DATA_HOME", folder.path("data"))
        .assert()
}

#[test]
fn tests_run_on_a_board_of_their_own_without_a_device() {
    let folder = project();
    test(&folder, &["--coverage", "c.info", "--junit", "j.xml"])
        .code(1)
        .stdout(contains(
            "    Traceback (most recent call last):\n      File \"tests/test_pump.py\", line 7, in test_low\n        \
             assert volts(2) == limit\n    AssertionError\n    assert 2 == 7\n     +  where 2 = volts(2)\n    \
             it printed:\n    | measured \\x1b[31m\n",
        ))
        .stdout(is_match(r"passed tests/test_pump.py::test_high \(\d+ ms\)\n").unwrap())
        .stdout(is_match(r"\n2 passed, 1 failed in \d+\.\d s\n$").unwrap());
    let coverage = std::fs::read_to_string(folder.path("c.info")).unwrap();
    assert_eq!(
        coverage,
        "TN:\nSF:pump.py\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,1\nLF:4\nLH:4\nend_of_record\n"
    );
    let results = std::fs::read_to_string(folder.path("j.xml")).unwrap();
    assert!(
        results.contains("tests=\"3\" failures=\"1\" errors=\"0\""),
        "{results}"
    );
    test(&folder, &["--filter", "high", "tests/test_pump.py"])
        .success()
        .stdout(contains("1 passed, 0 failed"));
    // The board of the user's that simulates one has not been touched.
    assert!(!std::path::Path::new(&folder.path("data")).exists());
}

#[test]
fn verdicts_that_differ_between_boards_are_told() {
    let first = Board::start();
    let folder = project();
    let second = format!(
        "sim:?personality=circuitpython&flash={}",
        folder.path("flash.img")
    );
    test(&folder, &["-d", &first.path, "-d", &second])
        .code(1)
        .stdout(contains(format!(
            "different on different boards:\n\
             tests/test_pump.py::test_firmware  passed on {}, failed on {second}\n3 passed, 3 failed",
            first.path
        )));
}

#[test]
fn what_cannot_be_tested_is_said_before_a_board_is_looked_for() {
    let folder = project();
    test(&folder, &["nowhere"])
        .code(2)
        .stderr(contains("error: nowhere: ").and(contains("sim").not()));
    std::fs::create_dir(folder.path("empty")).unwrap();
    test(&folder, &["empty"])
        .code(2)
        .stderr(contains("error: empty: no file test_*.py\n").and(contains("belay test tests")));
    test(&folder, &["--filter", "nothing"])
        .code(1)
        .stderr("no test has run\n");
}
