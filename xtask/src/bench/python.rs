//! The Python package beside the original: the same program under both.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Tools;
use super::environment::finish;
use crate::{wheel, workspace};

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

/// What was measured on one link.
struct Link {
    name: &'static str,
    round_trip: Duration,
    ours: Value,
    original: Value,
    /// A call of the command's, which is Rust alone.
    rust: Duration,
}

/// All that was measured.
pub(super) struct Figures(Vec<Link>);

pub(super) fn measure(tools: &Tools, target: &Path) -> Result<Figures> {
    eprintln!("building the Python package");
    let package = wheel::build(&["--release"])?;
    let folder = target.join("bench-python");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    finish(venv)?;
    let python = folder.join("bin").join("python");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
        .arg(package);
    finish(pip)?;

    let script = workspace::root().join("xtask/bench/python_uses.py");
    let mut links = Vec::new();
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
        let mut samples = tools.rate(&board.port, "call", CALLS)?;
        samples.sort_unstable();
        ensure!(!samples.is_empty(), "no calls were made");
        let rust = samples[samples.len() / 2];
        links.push(Link {
            name,
            round_trip,
            ours,
            original,
            rust,
        });
    }
    Ok(Figures(links))
}

impl Link {
    fn time(figures: &Value, name: &str) -> f64 {
        figures[name].as_f64().unwrap_or(f64::NAN) * 1e3
    }

    fn text(&self) -> String {
        let mut text = format!(
            "The Python package on {}, medians in milliseconds\n{:30}  {:>9}  {:>9}  {:>8}",
            self.name, "", "belay-rs", "original", "faster"
        );
        for (name, title) in USES {
            let (ours, original) = (
                Self::time(&self.ours, name),
                Self::time(&self.original, name),
            );
            let faster = original / ours;
            let _ = write!(
                text,
                "\n{title:30}  {ours:>9.3}  {original:>9.3}  {faster:>7.1}x"
            );
        }
        let task = Self::time(&self.ours, "task");
        let mut verdicts = Vec::new();
        let mut verdict = |what: &str, reached: f64, met: bool| {
            let word = if met { "met" } else { "missed" };
            verdicts.push(format!("{what}: {word}, {reached:.2}"));
        };
        if self.round_trip.is_zero() {
            let rust = task / (self.rust.as_secs_f64() * 1e3);
            verdict(
                "a task call at most 1.5 times the Rust call",
                rust,
                rust <= 1.5,
            );
            let faster = Self::time(&self.original, "task") / task;
            verdict(
                "at least 8 times faster than the original",
                faster,
                faster >= 8.0,
            );
            let import = Self::time(&self.ours, "import");
            verdict("import under 25 ms", import, import < 25.0);
        } else {
            let trips = task / (self.round_trip.as_secs_f64() * 1e3);
            verdict("a task call in 1.05 round trips", trips, trips <= 1.05);
        }
        let _ = write!(text, "\nTargets: {}", verdicts.join("; "));
        text
    }
}

impl Figures {
    pub(super) fn as_text(&self) -> String {
        let links: Vec<_> = self.0.iter().map(Link::text).collect();
        links.join("\n\n")
    }

    pub(super) fn as_json(&self) -> Value {
        let links = self.0.iter().map(|link| {
            json!({
                "link": link.name,
                "ours": link.ours,
                "original": link.original,
                "rust_call": link.rust.as_secs_f64(),
            })
        });
        links.collect()
    }
}
