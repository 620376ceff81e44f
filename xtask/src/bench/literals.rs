//! How fast literals are read and written, beside `serde_json` and CPython.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::environment::{Environment, finish};
use super::{median, times};
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

/// What was measured.
#[derive(Debug)]
pub(super) struct Table {
    /// Bytes of the log as Python literals, and as JSON.
    python: u64,
    json: u64,
    /// The median time for the log.
    rows: Vec<(&'static str, Duration)>,
}

/// Reads and writes a log, with files in a scratch folder.
pub(super) fn measure(environment: &Environment, scratch: &Path) -> Result<Table> {
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
    let names = SUBJECTS
        .map(|(_, name)| name)
        .into_iter()
        .chain(["ast.literal_eval"]);
    let rows = names.zip(samples.into_iter().chain([python]));
    let rows = rows.map(|(name, samples)| Some((name, median(samples)?)));
    Ok(Table {
        python: report["python"].as_u64().context("no bytes were counted")?,
        json: report["json"].as_u64().context("no bytes were counted")?,
        rows: rows.collect::<Option<_>>().context("nothing was timed")?,
    })
}

impl Table {
    /// How many times as fast as `other` something is: the same log in less time.
    fn times_as_fast(&self, time: Duration, other: &str) -> f64 {
        let row = self.rows.iter().find(|(name, _)| *name == other);
        row.map_or(0.0, |(_, slow)| slow.as_secs_f64() / time.as_secs_f64())
    }

    fn title(&self) -> String {
        format!(
            "A sensor log of {} bytes as Python literals, {} as JSON",
            self.python, self.json
        )
    }

    pub(super) fn as_text(&self) -> String {
        let mut text = format!("{}\n{:20}  {:>7}  {:>6}", self.title(), "", "ms", "MB/s");
        for (other, _) in TARGETS {
            let _ = write!(text, "  x {other}");
        }
        for (name, time) in &self.rows {
            let bytes = if name.starts_with("serde") {
                self.json
            } else {
                self.python
            };
            // A log is far below 2^52 bytes.
            #[expect(clippy::cast_precision_loss)]
            let rate = bytes as f64 / 1e6 / time.as_secs_f64();
            let _ = write!(
                text,
                "\n{name:20}  {:>7.2}  {rate:>6.1}",
                time.as_secs_f64() * 1e3
            );
            for (other, _) in TARGETS {
                let _ = write!(
                    text,
                    "  {:>1$.2}",
                    self.times_as_fast(*time, other),
                    other.len() + 2
                );
            }
        }
        let (name, parse) = self.rows[0];
        for (other, least) in TARGETS {
            let reached = self.times_as_fast(parse, other);
            let verdict = if reached >= least { "met" } else { "missed" };
            let _ = write!(
                text,
                "\nTarget of {name}: at least {least} x {other}: {verdict}, {reached:.2}"
            );
        }
        text
    }

    pub(super) fn as_json(&self) -> Value {
        let rows = self.rows.iter();
        let rows = rows.map(|(name, time)| json!({ "name": name, "seconds": time.as_secs_f64() }));
        let targets = TARGETS.map(|(other, least)| {
            let reached = self.times_as_fast(self.rows[0].1, other);
            json!({ "times": other, "at_least": least, "reached": reached, "met": reached >= least })
        });
        json!({
            "title": self.title(),
            "rows": rows.collect::<Vec<_>>(),
            "targets": targets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_log_is_compared_by_time() {
        let rows = [
            ("belay-pylit, parse", 10),
            ("serde_json::Value", 8),
            ("ast.literal_eval", 150),
        ];
        let table = Table {
            python: 750_000,
            json: 800_000,
            rows: rows
                .map(|(name, time)| (name, Duration::from_millis(time)))
                .to_vec(),
        };
        let expected = "\
A sensor log of 750000 bytes as Python literals, 800000 as JSON
                           ms    MB/s  x serde_json::Value  x ast.literal_eval
belay-pylit, parse      10.00    75.0                 0.80               15.00
serde_json::Value        8.00   100.0                 1.00               18.75
ast.literal_eval       150.00     5.0                 0.05                1.00
Target of belay-pylit, parse: at least 0.5 x serde_json::Value: met, 0.80
Target of belay-pylit, parse: at least 20 x ast.literal_eval: missed, 15.00";
        assert_eq!(table.as_text(), expected);
        assert_eq!(table.as_json()["targets"][1]["met"], json!(false));
    }
}
