//! How fast literals are read and written, beside `serde_json` and CPython.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::environment::{Environment, finish};
use super::report::{Figure, Limit, Summary, Table, float, milliseconds, ratio};
use super::times;
use crate::workspace;

/// How often everybody has their turn.
const ROUNDS: usize = 5;
/// How often the log is gone through in a turn, and how often CPython does it.
const PASSES: usize = 20;
const PYTHON_PASSES: usize = 3;

/// How fast parsing is to be, at least: times as fast as the other.
const TARGETS: [(&str, f64); 2] = [("serde_json::Value", 0.5), ("ast.literal_eval", 20.0)];

/// What is timed, as the program calls it and as readers see it. The first is what targets are for.
const SUBJECTS: [(&str, &str); 4] = [
    ("parse", "belay-pylit, parse"),
    ("typed", "belay-pylit, typed"),
    ("format", "belay-pylit, format"),
    ("serde_json", "serde_json::Value"),
];

/// Reads and writes a log, with files in a scratch folder.
pub(super) fn measure(environment: &Environment, scratch: &Path) -> Result<Vec<Table>> {
    let script = workspace::root().join("xtask/bench/literal_eval.py");
    let (log, written) = (scratch.join("log.txt"), scratch.join("written.txt"));
    let path = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("a path that is not UTF-8")
    };
    let (script, log, written) = (path(&script)?, path(&log)?, path(&written)?);

    let mut samples = SUBJECTS.map(|_| Vec::new());
    let mut python = Vec::new();
    let mut report = Value::Null;
    for _ in 0..ROUNDS {
        let mut rate = workspace::cargo();
        rate.args("run --release --quiet -p belay-pylit --example rate --".split(' '))
            .args([&log, &written])
            .arg(PASSES.to_string());
        report = serde_json::from_slice(&finish(rate)?.stdout)?;
        for ((key, _), samples) in SUBJECTS.iter().zip(&mut samples) {
            samples.extend(times(&report[key], 1e-9)?);
        }
        let printed = environment.run(&[&script, &log, &written, &PYTHON_PASSES.to_string()])?;
        python.extend(times(&serde_json::from_str(&printed)?, 1e-9)?);
    }
    let size = |name: &str| report[name].as_u64().context("no bytes were counted");
    let (python_bytes, json_bytes) = (size("python")?, size("json")?);
    let names = SUBJECTS.map(|(_, name)| name).into_iter();
    let names = names.chain(["ast.literal_eval"]);
    let rows = names.zip(samples.into_iter().chain([python]));
    let rows = rows.map(|(name, samples)| Some((name, Summary::new(samples)?.median)));
    let rows = rows.collect::<Option<Vec<_>>>();
    let rows = rows.context("nothing was timed")?;
    // The same log in less time.
    let faster = |time, other: &str| {
        let row = rows.iter().find(|(name, _)| *name == other);
        row.map_or(0.0, |(_, slow)| ratio(*slow, time))
    };
    let columns = ["ms", "MB/s", "x serde_json", "x ast.literal_eval"];
    let title =
        format!("A sensor log of {python_bytes} bytes as Python literals, {json_bytes} as JSON");
    let mut table = Table::new(title, &columns);
    for &(name, time) in &rows {
        let json = name.starts_with("serde");
        let bytes = if json { json_bytes } else { python_bytes };
        let rate = float(bytes) / 1e6 / time.as_secs_f64();
        let mut figures = vec![
            Figure::number(milliseconds(time), 2),
            Figure::number(rate, 1),
        ];
        figures.extend(TARGETS.map(|(other, _)| Figure::number(faster(time, other), 2)));
        table.row(name, figures);
    }
    let (name, parse) = rows[0];
    for (other, least) in TARGETS {
        let what = format!("{name}, x {other}");
        table.target(what, Limit::AtLeast(least), faster(parse, other));
    }
    Ok(vec![table])
}
