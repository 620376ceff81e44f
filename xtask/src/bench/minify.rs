//! How fast Python source is minified, beside the original Belay.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::environment::{Environment, finish};
use super::report::{Figure, Limit, Summary, Table, float, ratio};
use super::times;
use crate::workspace;

/// How often both have their turn.
const ROUNDS: usize = 3;
/// How often this workspace's minifier goes through all files in its turn; the original does once.
const PASSES: usize = 5;
/// How many times as fast as the original this one is to be.
const TARGET: f64 = 40.0;

const OURS: &str = concat!("belay-minify ", env!("CARGO_PKG_VERSION"));
const ORIGINAL: &str = "original Belay 0.30.1";

/// Minifies the standard library of the environment's Python, with files in a scratch folder.
pub(super) fn measure(environment: &Environment, scratch: &Path) -> Result<Vec<Table>> {
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
    let bytes = our_report["bytes"].as_u64();
    let bytes = bytes.context("no bytes were counted")?;
    let megabytes = float(bytes) / 1e6;
    let title = format!("Minifying the standard library, {files} files of {megabytes:.1} MB");
    let mut table = Table::new(title, &["MB/s", "% left", "broken files"]);
    let mut medians = Vec::new();
    for (client, times, report, broken) in [
        (OURS, ours, &our_report, &our_broken),
        (ORIGINAL, original, &original_report, &original_report),
    ] {
        let time = Summary::new(times).context("no round was timed")?.median;
        let left = report["smaller"].as_u64();
        let left = float(left.context("no bytes were counted")?) / float(bytes);
        let broken = broken["broken"].as_array();
        let broken = broken.context("no files were compiled")?.len();
        let figures = vec![
            Figure::number(megabytes / time.as_secs_f64(), 1),
            Figure::number(left * 100.0, 1),
            Figure::count(broken as u64),
        ];
        table.row(client, figures);
        medians.push(time);
    }
    let reached = ratio(medians[1], medians[0]);
    table.target(
        format!("{OURS}, x the original"),
        Limit::AtLeast(TARGET),
        reached,
    );
    Ok(vec![table])
}
