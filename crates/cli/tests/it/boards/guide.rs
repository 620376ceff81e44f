//! The examples of the page on the simulator, run as they stand there.

use std::process::Command;

use super::board::engine;
use crate::support::Folder;

const PAGE: &str = include_str!("../../../../../docs/simulator.md");

/// The blocks of code in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("\n```{language}\n");
    let blocks = PAGE.split(&opening[..]).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap_or_default())
        .collect()
}

/// Runs a program in a folder of its own, where `belay` is the one that is tested.
fn run(program: &str, arguments: &[&str], file: &str, code: &str) {
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
        .env_remove("BELAY_DEVICE")
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
}

#[test]
fn the_python_example_runs() {
    let [module] = blocks("python")[..] else {
        panic!("the page has one example in Python");
    };
    run("python3", &[], "test_thermostat.py", module);
}

#[test]
fn the_shell_example_runs() {
    let [script] = blocks("sh")[..] else {
        panic!("the page has one example for a shell");
    };
    run("sh", &["-e"], "example.sh", script);
}
