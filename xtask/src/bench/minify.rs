//! How fast Python source is minified, beside the original Belay.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::environment::{Environment, finish};
use super::{median, times};
use crate::workspace;

/// How often both have their turn.
const ROUNDS: usize = 3;
/// How often this workspace's minifier goes through all files in its turn; the original does once.
const PASSES: usize = 5;
/// How many times as fast as the original this one is to be.
const TARGET: f64 = 40.0;

const OURS: &str = concat!("belay-minify ", env!("CARGO_PKG_VERSION"));
const ORIGINAL: &str = "original Belay 0.30.1";

/// What came of the files, for both.
#[derive(Debug)]
pub(super) struct Table {
    files: usize,
    /// Bytes in all files.
    bytes: u64,
    /// This workspace's, then the original's.
    rows: [Row; 2],
}

#[derive(Debug)]
struct Row {
    client: &'static str,
    /// The median time for all files.
    time: Duration,
    /// Bytes in all results.
    smaller: u64,
    /// How many files were not the same program afterwards.
    broken: usize,
}

/// Minifies the standard library of the environment's Python, with files in a scratch folder.
pub(super) fn measure(environment: &Environment, scratch: &Path) -> Result<Table> {
    let script = workspace::root().join("xtask/bench/minify_files.py");
    let (list, results) = (scratch.join("sources.txt"), scratch.join("minified"));
    fs::create_dir_all(&results)?;
    let python = |command: &str, more: &[&Path]| -> Result<String> {
        let paths = [script.as_path()].into_iter().chain(more.iter().copied());
        let paths: Option<Vec<&str>> = paths.map(Path::to_str).collect();
        let paths = paths.context("a path that is not UTF-8")?;
        environment.run(&[&paths[..1], &[command], &paths[1..]].concat())
    };
    python("list", &[&list])?;
    let files = fs::read_to_string(&list)?.lines().count();
    ensure!(files > 0, "the standard library has no files");

    let (mut ours, mut original) = (Vec::new(), Vec::new());
    let (mut our_report, mut original_report) = (Value::Null, Value::Null);
    for _ in 0..ROUNDS {
        let mut rate = workspace::cargo();
        rate.args([
            "run",
            "--release",
            "--quiet",
            "-p",
            "belay-minify",
            "--example",
            "rate",
            "--",
        ])
        .args([&list, &results])
        .arg(PASSES.to_string());
        our_report = serde_json::from_slice(&finish(rate)?.stdout)?;
        ours.extend(times(&our_report["times"], 1e-9)?);
        original_report = serde_json::from_str(&python("original", &[&list])?)?;
        original.extend(times(&json!([original_report["time"]]), 1e-9)?);
    }
    let our_broken: Value = serde_json::from_str(&python("broken", &[&list, &results])?)?;
    let row = |client, times, report: &Value, broken: &Value| -> Result<Row> {
        Ok(Row {
            client,
            time: median(times).context("no round was timed")?,
            smaller: report["smaller"]
                .as_u64()
                .context("no bytes were counted")?,
            broken: broken["broken"]
                .as_array()
                .context("no files were compiled")?
                .len(),
        })
    };
    Ok(Table {
        files,
        bytes: our_report["bytes"]
            .as_u64()
            .context("no bytes were counted")?,
        rows: [
            row(OURS, ours, &our_report, &our_broken)?,
            row(ORIGINAL, original, &original_report, &original_report)?,
        ],
    })
}

impl Table {
    /// Megabytes of source in a second.
    fn rate(&self, row: &Row) -> f64 {
        // Sizes in bytes are far below 2^52.
        #[expect(clippy::cast_precision_loss)]
        let megabytes = self.bytes as f64 / 1e6;
        megabytes / row.time.as_secs_f64()
    }

    /// How many times as fast as the original this workspace's minifier is.
    fn reached(&self) -> f64 {
        let [ours, original] = &self.rows;
        original.time.as_secs_f64() / ours.time.as_secs_f64()
    }

    fn title(&self) -> String {
        #[expect(clippy::cast_precision_loss)]
        let megabytes = self.bytes as f64 / 1e6;
        let files = self.files;
        format!("Minifying the standard library, {files} files of {megabytes:.1} MB")
    }

    pub(super) fn as_text(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|row| row.client.len())
            .max()
            .unwrap_or(0);
        let mut text = format!("{}\n{:width$}", self.title(), "");
        for heading in ["MB/s", "% left", "broken files"] {
            let _ = write!(text, "  {heading:>7}");
        }
        for row in &self.rows {
            let left = (row.smaller * 1000 + self.bytes / 2)
                .checked_div(self.bytes)
                .unwrap_or(0);
            let left = format!("{}.{}", left / 10, left % 10);
            let (client, rate, broken) = (row.client, self.rate(row), row.broken);
            let _ = write!(
                text,
                "\n{client:width$}  {rate:>7.1}  {left:>7}  {broken:>12}"
            );
        }
        let reached = self.reached();
        let verdict = if reached >= TARGET { "met" } else { "missed" };
        let _ = write!(
            text,
            "\nTarget of {OURS}: at least {TARGET} x the original: {verdict}, {reached:.1}"
        );
        text
    }

    pub(super) fn as_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "client": row.client,
                "megabytes_per_second": self.rate(row),
                "bytes_left": row.smaller,
                "broken": row.broken,
            })
        });
        json!({
            "title": self.title(),
            "files": self.files,
            "bytes": self.bytes,
            "rows": rows.collect::<Vec<_>>(),
            "target": {
                "client": OURS,
                "quantity": "times_original",
                "at_least": TARGET,
                "reached": self.reached(),
                "met": self.reached() >= TARGET,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(ours: u64) -> Table {
        let row = |client, time, smaller, broken| Row {
            client,
            time: Duration::from_millis(time),
            smaller,
            broken,
        };
        Table {
            files: 2,
            bytes: 1_000_000,
            rows: [
                row("ours", ours, 512_345, 0),
                row("theirs", 400, 523_999, 1),
            ],
        }
    }

    #[test]
    fn rates_are_shown_beside_each_other() {
        let expected = format!(
            "\
Minifying the standard library, 2 files of 1.0 MB
           MB/s   % left  broken files
ours      125.0     51.2             0
theirs      2.5     52.4             1
Target of {OURS}: at least 40 x the original: met, 50.0"
        );
        assert_eq!(table(8).as_text(), expected);
        assert!(table(20).as_text().ends_with("missed, 20.0"));
        let json = table(8).as_json();
        assert_eq!(json["target"]["met"], json!(true));
        assert_eq!(json["rows"][1]["broken"], json!(1));
    }
}
