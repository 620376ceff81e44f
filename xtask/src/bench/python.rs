//! The Python package beside the original: the same program under both.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use super::Tools;
use super::environment::finish;
use super::report::{Figure, Limit, Summary, Table, milliseconds};
use crate::{pypi, wheel, workspace};

/// What the program measures, and what that is for a reader.
const USES: [(&str, &str); 7] = [
    ("import", "import belay"),
    ("session", "a session, opened and closed"),
    ("expression", "device(\"0\")"),
    ("task", "a call of a task"),
    ("proxy", "an item of a proxy"),
    ("sync", "sync of 12 changed files"),
    ("unchanged", "sync of nothing"),
];

/// How many calls of each kind are made.
const CALLS: usize = 300;

/// The links, with their round trips.
const LINKS: [(&str, Duration); 2] = [
    ("a bare pty", Duration::ZERO),
    ("a link with a round trip of 2 ms", Duration::from_millis(2)),
];

pub(super) fn measure(tools: &Tools, target: &Path) -> Result<Vec<Table>> {
    eprintln!("building the Python package");
    let package = wheel::build(&["--release"], &[])?;
    let folder = target.join("bench-python");
    pypi::create(&folder, &[package])?;
    let python = folder.join("bin").join("python");

    let script = workspace::root().join("xtask/bench/python_uses.py");
    let mut tables = Vec::new();
    for (name, round_trip) in LINKS {
        eprintln!("measuring the Python packages on {name}");
        let options = format!("fresh&latency={}us", round_trip.as_micros());
        let play = |mut command: Command| -> Result<Value> {
            let board = tools.board(&options)?;
            command
                .arg(&script)
                .arg(&board.port)
                .arg(CALLS.to_string())
                .env(crate::micropython::VARIABLE, &tools.engine.path);
            let printed = finish(command)?.stdout;
            let line = String::from_utf8_lossy(&printed).into_owned();
            serde_json::from_str(line.lines().last().unwrap_or_default())
                .context("the program has printed no figures")
        };
        let ours = play(Command::new(&python))?;
        let original = play(tools.environment.command(&[]))?;
        let board = tools.board(&options)?;
        let rust = Summary::new(tools.rate(&board.port, "call", CALLS)?);
        let rust = milliseconds(rust.context("no calls were made")?.median);
        let time = |figures: &Value, name| figures[name].as_f64().unwrap_or(f64::NAN) * 1e3;
        let title = format!("The Python package on {name}, medians in milliseconds");
        let mut table = Table::new(title, &["belay-rs", "original", "x faster"]);
        for (key, what) in USES {
            let (ours, original) = (time(&ours, key), time(&original, key));
            let figures = [(ours, 3), (original, 3), (original / ours, 1)];
            let figures = figures.map(|(number, digits)| Figure::number(number, digits));
            table.row(what, figures.to_vec());
        }
        let task = time(&ours, "task");
        if round_trip.is_zero() {
            table.target(
                "a call of a task, x that of Rust",
                Limit::AtMost(1.5),
                task / rust,
            );
            let faster = time(&original, "task") / task;
            table.target("a call of a task, x faster", Limit::AtLeast(8.0), faster);
            table.target(
                "import belay, ms",
                Limit::AtMost(25.0),
                time(&ours, "import"),
            );
        } else {
            let trips = task / milliseconds(round_trip);
            table.target("a call of a task, round trips", Limit::AtMost(1.05), trips);
        }
        tables.push(table);
    }
    tables.push(interrupts(tools, &python)?);
    Ok(tables)
}

/// How soon Ctrl-C ends each kind of call, as the package's own tests see it.
fn interrupts(tools: &Tools, python: &Path) -> Result<Table> {
    eprintln!("measuring how soon Ctrl-C ends calls");
    let mut command = Command::new(python);
    command
        .arg(workspace::root().join("crates/python/tests/suite/test_signals.py"))
        .arg("--figures")
        .env(crate::micropython::VARIABLE, &tools.engine.path);
    let printed = finish(command)?.stdout;
    let line = String::from_utf8_lossy(&printed).into_owned();
    let late: Map<String, Value> = serde_json::from_str(line.lines().last().unwrap_or_default())
        .context("the tests of Ctrl-C have printed no figures")?;
    let mut table = Table::new(
        "From Ctrl-C to the end of a call in Python",
        &["milliseconds"],
    );
    let mut latest: f64 = 0.0;
    for (what, late) in &late {
        let late = late.as_f64().unwrap_or(f64::NAN) * 1e3;
        latest = latest.max(late);
        table.row(what, vec![Figure::number(late, 1)]);
    }
    ensure!(latest > 0.0, "no call was interrupted");
    table.target("the latest, ms", Limit::AtMost(100.0), latest);
    Ok(table)
}
