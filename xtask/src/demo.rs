//! `cargo xtask demo`: from nothing to a program on a board, step by step.
//!
//! Each step is shown as the command line a person would type, followed by what
//! that command really prints.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::{micropython, shell, workspace};

pub(crate) const ABOUT: &str = "\
Show what Belay does, on a simulated board that runs real
MicroPython: gets the engine, builds `belay`, runs programs.";

/// One command line of the demo.
struct Step {
    /// What the reader is about to see.
    title: &'static str,
    /// The arguments of `belay`.
    arguments: &'static [&'static str],
    /// The exit status that makes this step a success.
    status: i32,
}

/// A board that starts with an empty flash each time.
const BOARD: &str = "sim:demo?fresh";

const STEPS: &[Step] = &[
    Step {
        title: "Start a board and ask what it is",
        arguments: &["info", BOARD],
        status: 0,
    },
    Step {
        title: "Run a program on it",
        arguments: &["run", BOARD, "examples/blink.py"],
        status: 0,
    },
    Step {
        title: "Another one; its output arrives while it runs",
        arguments: &["run", BOARD, "examples/sensor.py"],
        status: 0,
    },
    Step {
        title: "Evaluate an expression there, and get a value here",
        arguments: &["eval", BOARD, "sum(n * n for n in range(10))"],
        status: 0,
    },
    Step {
        title: "An exception on the board names the line in your file, and is the exit status",
        arguments: &["run", BOARD, "examples/divide.py"],
        status: 1,
    },
];

/// What the simulator alone can tell, apart from [`STEPS`]: it sees the board
/// from outside.
const FROM_OUTSIDE: &[Step] = &[
    Step {
        title: "What the pin of the first program did",
        arguments: &["run", "--pins", BOARD, "examples/blink.py"],
        status: 0,
    },
    Step {
        title: "How long a call takes, there and back",
        arguments: &["latency", BOARD, "--count", "500"],
        status: 0,
    },
];

/// Arguments of `belay` worth typing after the demo.
const NEXT: &[(&[&str], &str)] = &[
    (
        &["run", "sim:", "examples/blink.py"],
        "a board that stays the same",
    ),
    (
        &["sim"],
        "a board behind a terminal of its own, for any tool",
    ),
    (&["info"], "the board on your USB port"),
];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    let start = Instant::now();
    heading("Find or get MicroPython, the engine of the simulated board");
    println!("$ cargo xtask micropython");
    let engine = micropython::provide()?;
    println!("{engine}");

    heading("Build the `belay` command");
    println!("$ cargo build -p belay");
    let belay = workspace::build_belay(false)?;

    for step in STEPS.iter().chain(FROM_OUTSIDE) {
        show(step, &belay, &engine.path)?;
    }

    let seconds = start.elapsed().as_secs();
    println!(
        "\nThat took {} min {:02} s. To go on:\n",
        seconds / 60,
        seconds % 60
    );
    let lines = NEXT
        .iter()
        .map(|(arguments, about)| (command_line(&belay, arguments), about));
    let lines: Vec<_> = lines.collect();
    let width = lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    for (line, about) in lines {
        println!("  {line:<width$}   # {about}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the step's command line and runs it, its output going straight through.
fn show(step: &Step, belay: &Path, engine: &Path) -> Result<()> {
    heading(step.title);
    let line = command_line(belay, step.arguments);
    println!("$ {line}");
    let status = Command::new(belay)
        .args(step.arguments)
        .current_dir(workspace::root())
        .env(micropython::VARIABLE, engine)
        .status()
        .with_context(|| format!("cannot start {}", belay.display()))?;
    if step.status != 0 {
        println!("(exit status {})", status.code().unwrap_or(-1));
    }
    ensure!(
        status.code() == Some(step.status),
        "`{line}` ended with {status}; the demo expects exit status {}",
        step.status
    );
    Ok(())
}

fn heading(title: &str) {
    println!("\n── {title}");
}

/// What to type, in the workspace's root, to start `belay` with these arguments.
fn command_line(belay: &Path, arguments: &[&str]) -> String {
    let belay = belay.strip_prefix(workspace::root()).unwrap_or(belay);
    let program = belay.to_string_lossy();
    shell::line(std::iter::once(&*program).chain(arguments.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_the_demo_exist() {
        let words = STEPS.iter().chain(FROM_OUTSIDE).map(|step| step.arguments);
        let words = words.chain(NEXT.iter().map(|next| next.0)).flatten();
        let programs: Vec<_> = words.filter(|word| word.starts_with("examples/")).collect();
        assert!(!programs.is_empty());
        for program in programs {
            assert!(workspace::root().join(program).is_file(), "{program}");
        }
    }
}
