//! The examples of the pages on the simulator and on CircuitPython, run as they stand there.

use std::process::Command;

use super::board::{Board, engine};
use crate::support::Folder;

const SIMULATOR: &str = include_str!("../../../../../docs/simulator.md");
const CIRCUITPYTHON: &str = include_str!("../../../../../docs/circuitpython.md");

/// The blocks of code in one language.
fn blocks(page: &'static str, language: &str) -> Vec<&'static str> {
    let opening = format!("\n```{language}\n");
    let blocks = page.split(&opening[..]).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap_or_default())
        .collect()
}

/// Runs a program in a folder of its own, where `belay` is the one that is tested, and gives what it prints.
fn run(device: &str, program: &str, arguments: &[&str], file: &str, code: &str) -> String {
    let folder = Folder::new();
    folder.file(file, code.as_bytes());
    let belay = assert_cmd::cargo::cargo_bin!("belay");
    let mut path = belay.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .current_dir(folder.path(""))
        .env("PATH", path)
        .env("BELAY_DEVICE", device)
        .env("XDG_DATA_HOME", folder.path("data"))
        .env("BELAY_MICROPYTHON", engine())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_python_example_runs() {
    let [module] = blocks(SIMULATOR, "python")[..] else {
        panic!("the page has one example in Python");
    };
    run("", "python3", &[], "test_thermostat.py", module);
}

#[test]
fn the_shell_example_runs() {
    let [script] = blocks(SIMULATOR, "sh")[..] else {
        panic!("the page has one example for a shell");
    };
    run("", "sh", &["-e"], "example.sh", script);
}

#[test]
fn the_commands_for_circuitpython_run() {
    let board = Board::with(&["sim:cp?personality=circuitpython"]);
    let script = blocks(CIRCUITPYTHON, "sh").join("\n");
    let said = run(&board.path, "sh", &["-e"], "commands.sh", &script);
    for words in ["takes its drive from the computer", "2\n", "code.py"] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
}
