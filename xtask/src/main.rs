//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! One file per task; this one only chooses. No crate of the workspace is used
//! here, so that a task can run while one of them does not build.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person who started it"
)]

mod apt;
mod backends;
#[cfg(unix)]
mod bench;
mod ci;
mod demo;
mod firmware;
mod fuzz;
mod micropython;
mod plan;
mod pypi;
mod ser2net;
mod shell;
mod suite;
mod test;
mod test_firmware;
mod test_sim;
mod test_suite;
mod tidy;
mod wheel;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

/// What a task does with its arguments.
type Run = fn(&[String]) -> Result<ExitCode>;

/// Every task: its name, what it does, its function.
const TASKS: &[(&str, &str, Run)] = &[
    ("demo", demo::ABOUT, demo::run),
    ("test", test::ABOUT, test::run),
    ("test-sim", test_sim::ABOUT, test_sim::run),
    ("test-firmware", test_firmware::ABOUT, test_firmware::run),
    ("test-suite", test_suite::ABOUT, test_suite::run),
    ("tidy", tidy::ABOUT, tidy::run),
    ("wheel", wheel::ABOUT, wheel::run),
    ("micropython", micropython::ABOUT, micropython::run),
    #[cfg(unix)]
    ("bench", bench::ABOUT, bench::run),
    ("fuzz", fuzz::ABOUT, fuzz::run),
    ("ci", ci::ABOUT, ci::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wants_help = arguments.iter().any(|a| a == "--help" || a == "-h");
    let Some((name, rest)) = arguments.split_first().filter(|_| !wants_help) else {
        print!("{}", help());
        return ExitCode::from(if wants_help { 0 } else { 2 });
    };
    let Some((_, _, run)) = TASKS.iter().find(|task| task.0 == name.as_str()) else {
        eprintln!("error: there is no task `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    run(rest).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The text of `--help`.
fn help() -> String {
    let mut text = String::from("Usage: cargo xtask TASK\n\nTasks:\n");
    for (name, about, _) in TASKS {
        for (index, line) in about.lines().enumerate() {
            let label = if index == 0 { name } else { "" };
            text += format!("  {label:<13} {line}").trim_end();
            text.push('\n');
        }
    }
    text += "\nEnvironment:\n  \
        BELAY_MICROPYTHON  The MicroPython (unix port) that simulated boards run on.\n  \
        BELAY_QEMU_ARM     The QEMU that the micro:bit's firmware runs in.\n  \
        BELAY_MICROBIT_HEX The micro:bit's firmware.\n  \
        BELAY_SER2NET      The server that puts serial ports behind TCP ports.\n  \
        BELAY_MICROPYTHON_TESTS  The folder `tests` of MicroPython's sources.\n  \
        XDG_DATA_HOME      Where `belay/engine`, `belay/qemu` and the like are kept;\n                     \
        `~/.local/share` otherwise.\n";
    text
}

/// Refuses arguments on behalf of a task that takes none.
fn no_arguments(arguments: &[String]) -> Result<()> {
    match arguments.first() {
        None => Ok(()),
        Some(first) => anyhow::bail!("unexpected argument `{first}`; see `cargo xtask --help`"),
    }
}
