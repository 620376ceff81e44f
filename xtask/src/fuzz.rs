//! `cargo xtask fuzz`: the fuzz targets of `fuzz`, built without a nightly compiler.
//!
//! What cargo-fuzz would pass to the compiler is passed here: the flags that count which branches run are
//! stable ones. There is no address sanitizer, since the crates have no code that needs it.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitCode, Stdio};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{shell, workspace};

pub(crate) const ABOUT: &str = "\
Fuzz every parser and state machine, each for `--seconds N`
(10 unless told), or only the targets named. A file behind a
target's name is run once: what a failure has left.";

/// Whether `cargo xtask test` runs them: what the fuzzer needs of a linker is there.
pub(crate) const SUPPORTED: bool = cfg!(target_os = "linux");

/// How long each target runs, in seconds.
const SECONDS: u64 = 10;
/// How much longer than that a target may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// Counts branches and compares values, as libFuzzer reads them.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// The one authority that targets trust, seen from their workspace.
const CERTIFICATE: &str = "../crates/pkgmgr/tests/data/tls/authority.pem";

/// Fixtures of tests that are seeds of a target, too, seen from the targets' workspace.
const FIXTURES: [(&str, &str); 6] = [
    ("instrument", "../crates/minify/tests/data/valid"),
    ("instrument", "seeds/minify"),
    ("manifest", "../crates/pkgmgr/tests/data/manifests"),
    ("minify", "../crates/minify/tests/data/valid"),
    ("tokenize", "seeds/minify"),
    ("tokenize", "../crates/minify/tests/data/valid"),
];

/// What libFuzzer is told: a run takes no longer than this in seconds, and memory has a limit in MB.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let fuzz = Fuzz::new()?;
    let request = Request::parse(arguments, &fuzz.targets()?)?;
    fuzz.build(&request.targets)?;
    if let Some(file) = request.file {
        let status = fuzz.command(&request.targets[0]).arg(file).status()?;
        return Ok(ExitCode::from(u8::from(!status.success())));
    }
    fuzz.run_all(&request.targets, request.seconds)?;
    Ok(ExitCode::SUCCESS)
}

/// Every target for as long as `cargo xtask test` gives it.
pub(crate) fn briefly() -> Result<()> {
    let fuzz = Fuzz::new()?;
    let targets = fuzz.targets()?;
    fuzz.build(&targets)?;
    fuzz.run_all(&targets, SECONDS)
}

#[derive(Debug, PartialEq, Eq)]
struct Request {
    targets: Vec<String>,
    seconds: u64,
    file: Option<String>,
}

impl Request {
    fn parse(arguments: &[String], known: &[String]) -> Result<Self> {
        let (mut targets, mut seconds, mut file) = (Vec::new(), SECONDS, None);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--seconds" {
                let number = rest.next().context("--seconds needs a number")?;
                seconds = number
                    .parse()
                    .with_context(|| format!("{number} is no number of seconds"))?;
            } else if known.contains(argument) {
                targets.push(argument.clone());
            } else if targets.len() == 1 && Path::new(argument).is_file() {
                file = Some(argument.clone());
            } else {
                bail!(
                    "there is no target `{argument}`; there are {}",
                    known.join(", ")
                );
            }
        }
        if targets.is_empty() {
            known.clone_into(&mut targets);
        }
        Ok(Self {
            targets,
            seconds,
            file,
        })
    }
}

/// Where everything is.
struct Fuzz {
    /// The workspace of the targets.
    root: PathBuf,
    /// What is built, and what the fuzzer finds.
    scratch: PathBuf,
    /// The machine's own target triple. Named to cargo, it keeps the flags from build scripts.
    triple: String,
}

impl Fuzz {
    fn new() -> Result<Self> {
        let rustc = Command::new("rustc").arg("-vV").output()?;
        let version = String::from_utf8(rustc.stdout)?;
        let triple = version.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            root: workspace::root().join("fuzz"),
            scratch: workspace::target()?.join("fuzz"),
            triple: triple.context("`rustc -vV` names no host")?.to_owned(),
        })
    }

    /// The names of all targets.
    fn targets(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join("fuzz_targets"))? {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            names.push(name.context("a target without a name")?.to_owned());
        }
        names.sort();
        Ok(names)
    }

    fn build(&self, targets: &[String]) -> Result<()> {
        let mut cargo = workspace::cargo();
        cargo
            .current_dir(&self.root)
            .env("RUSTFLAGS", FLAGS)
            .args([
                "build",
                "--release",
                "--target",
                &self.triple,
                "--target-dir",
            ])
            .arg(&self.scratch);
        for target in targets {
            cargo.args(["--bin", target]);
        }
        shell::run(&mut cargo).context("the fuzz targets do not build")
    }

    /// A target, with what it is to know of its limits.
    fn command(&self, target: &str) -> Command {
        let release = self.scratch.join(&self.triple).join("release");
        let mut command = Command::new(release.join(target));
        command.current_dir(&self.root).args(LIMITS);
        command
    }

    /// Runs targets, as many at a time as the machine has cores, and tells of each that failed.
    fn run_all(&self, targets: &[String], seconds: u64) -> Result<()> {
        let mut waiting: VecDeque<&String> = targets.iter().collect();
        let mut running: Vec<Run> = Vec::new();
        let mut failed = Vec::new();
        while !waiting.is_empty() || !running.is_empty() {
            while running.len() < available_parallelism()?.get()
                && let Some(target) = waiting.pop_front()
            {
                running.push(self.start(target, seconds)?);
            }
            let mut index = 0;
            while index < running.len() {
                if running[index].has_ended()? {
                    let run = running.swap_remove(index);
                    match run.verdict()? {
                        Ok(line) => println!("{line}"),
                        Err(text) => {
                            println!("{text}");
                            failed.push(run.target.clone());
                        }
                    }
                } else {
                    index += 1;
                }
            }
            thread::sleep(Duration::from_millis(50));
        }
        ensure!(failed.is_empty(), "{} failed", failed.join(", "));
        Ok(())
    }

    /// Starts a target on what it has found before and what `fuzz/seeds` has for it.
    fn start(&self, target: &str, seconds: u64) -> Result<Run> {
        let corpus = self.scratch.join("corpus").join(target);
        let artifacts = self.scratch.join("artifacts").join(target);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        // Files are written many times a second, and nobody needs them afterwards.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory
        } else {
            &self.scratch
        };
        let places = parent.join(format!("belay-fuzz-{target}-{}", process::id()));
        fs::create_dir_all(&places)?;
        let log = self.scratch.join(format!("{target}.log"));
        let mut command = self.command(target);
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(&corpus)
            .env("BELAY_FUZZ_PLACES", &places)
            // Reading the system's certificates would take longer than all the rest.
            .env("SSL_CERT_FILE", self.root.join(CERTIFICATE))
            .env("SSL_CERT_DIR", &places)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        let seeds = Path::new("seeds").join(target);
        let fixtures = FIXTURES.iter().filter(|(name, _)| *name == target);
        for folder in std::iter::once(seeds).chain(fixtures.map(|(_, path)| path.into())) {
            let folder = self.root.join(folder);
            if folder.is_dir() {
                command.arg(folder);
            }
        }
        let dictionary = self.root.join("dictionaries").join(target);
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        Ok(Run {
            target: target.to_owned(),
            process: command.spawn().context("a fuzz target does not start")?,
            log,
            places,
            deadline: Instant::now() + Duration::from_secs(seconds) + PATIENCE,
        })
    }
}

/// A target that runs.
struct Run {
    target: String,
    process: Child,
    /// What it says.
    log: PathBuf,
    /// Where it writes files.
    places: PathBuf,
    deadline: Instant,
}

impl Run {
    fn has_ended(&mut self) -> Result<bool> {
        if Instant::now() > self.deadline {
            self.process.kill()?;
        }
        Ok(self.process.try_wait()?.is_some())
    }

    /// How often it ran; or what it says of its failure, and how that is seen again.
    fn verdict(&self) -> Result<Result<String, String>> {
        let log = fs::read(&self.log)?;
        let log = String::from_utf8_lossy(&log);
        let runs = log
            .lines()
            .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let artifact = log
            .lines()
            .find_map(|line| line.split_once("Test unit written to "));
        Ok(match (artifact, runs) {
            (None, Some(runs)) if runs.trim() != "0" => {
                Ok(format!("{:<14} {:>12} runs", self.target, runs.trim()))
            }
            (artifact, _) => {
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(60)..].join("\n");
                let again = artifact.map_or(String::new(), |(_, path)| {
                    let words = ["cargo", "xtask", "fuzz", &self.target, path.trim()];
                    format!("\nto see it again: {}", shell::line(words))
                });
                Err(format!("{} failed:\n{last}{again}", self.target))
            }
        })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_that_are_seeds_exist() {
        for (target, folder) in FIXTURES {
            let root = workspace::root().join("fuzz");
            assert!(
                root.join("fuzz_targets")
                    .join(target)
                    .with_extension("rs")
                    .is_file()
            );
            assert!(root.join(folder).is_dir(), "{folder}");
        }
    }

    #[test]
    fn targets_and_a_time_may_be_named() {
        let known = ["lock", "minify"].map(str::to_owned);
        let parse = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Request::parse(&words, &known)
        };
        let request = |targets: &[&str], seconds, file: Option<&str>| Request {
            targets: targets.iter().map(ToString::to_string).collect(),
            seconds,
            file: file.map(str::to_owned),
        };
        let check = |line, expected| assert_eq!(parse(line).unwrap(), expected, "{line}");
        check("", request(&["lock", "minify"], 10, None));
        check("--seconds 600", request(&["lock", "minify"], 600, None));
        check("minify --seconds 1", request(&["minify"], 1, None));
        check(
            "lock Cargo.toml",
            request(&["lock"], 10, Some("Cargo.toml")),
        );
        for wrong in ["--seconds", "--seconds x", "other", "Cargo.toml"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
