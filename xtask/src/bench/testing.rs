//! How long a test takes beyond what it does, and how much slower code is that reports its lines.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

use super::Tools;
use super::environment::finish;
use super::report::{Figure, Limit, Table};
use crate::{micropython, workspace};

/// How many tests there are that do nothing.
const EMPTY: usize = 200;
/// A test's time on the simulator, in milliseconds.
const OVERHEAD: f64 = 5.0;
/// How many times as long rewritten code may take.
const SLOWER: f64 = 3.0;

pub(super) fn measure(tools: &Tools) -> Result<Vec<Table>> {
    let folder = tools.data.join("testing");
    fs::create_dir_all(&folder)?;
    for name in ["testing_work.py", "test_work.py"] {
        fs::copy(
            workspace::root().join("xtask/bench").join(name),
            folder.join(name),
        )?;
    }
    let mut empty = String::new();
    for number in 0..EMPTY {
        writeln!(empty, "def test_{number}(): pass")?;
    }
    fs::write(folder.join("test_empty.py"), empty)?;
    let run = |file: &str, more: &[&str]| -> Result<String> {
        let mut command = Command::new(&tools.belay);
        command
            .current_dir(&folder)
            .env(micropython::VARIABLE, &tools.engine.path)
            .args(["test", file, "--junit", "results.xml"])
            .args(more);
        finish(command)?;
        Ok(fs::read_to_string(folder.join("results.xml"))?)
    };

    let results = run("test_empty.py", &[])?;
    let mut times: Vec<f64> = between(&results, "py\" time=\"", "\"")
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    ensure!(times.len() == EMPTY, "{} tests have run", times.len());
    times.sort_by(f64::total_cmp);
    let median = times[EMPTY / 2] * 1e3;
    let title = format!("{EMPTY} tests that do nothing, on the simulator");
    let mut tests = Table::new(title, &["a test, ms", "slowest, ms"]);
    let slowest = times[EMPTY - 1] * 1e3;
    tests.row(
        "belay test",
        vec![Figure::number(median, 1), Figure::number(slowest, 1)],
    );
    tests.target("a test, ms", Limit::AtMost(OVERHEAD), median);

    let title = "Code that reports its lines, the fastest of 15 calls on the board";
    let mut lines = Table::new(title, &["plain, ms", "reporting, ms", "x slower"]);
    let plain = fastest(&run("test_work.py", &[])?)?;
    let reporting = fastest(&run("test_work.py", &["--coverage", "coverage.info"])?)?;
    let mut worst = 0.0_f64;
    for (index, name) in ["loops", "branches", "lists"].into_iter().enumerate() {
        let (before, after) = (plain[index] / 1e3, reporting[index] / 1e3);
        worst = worst.max(after / before);
        let figures = [(before, 1), (after, 1), (after / before, 2)];
        lines.row(
            name,
            figures
                .map(|(number, digits)| Figure::number(number, digits))
                .to_vec(),
        );
    }
    lines.target("x slower", Limit::AtMost(SLOWER), worst);
    Ok(vec![tests, lines])
}

/// What each test has said, in microseconds.
fn fastest(results: &str) -> Result<Vec<f64>> {
    let found = between(results, "fastest ", "&#10;").map(str::parse);
    let found: Vec<f64> = found.collect::<Result<_, _>>()?;
    ensure!(
        found.len() == 3,
        "{} tests have said their time",
        found.len()
    );
    Ok(found)
}

/// What stands between two texts, each time that it does.
fn between<'a>(text: &'a str, before: &'a str, behind: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(move |part| part.split_once(behind).map(|(inside, _)| inside))
}
