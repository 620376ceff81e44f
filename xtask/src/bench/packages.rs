//! How long an update of a project's packages takes, beside the original Belay.
//!
//! Every update has a project and a cache of its own, both new. What is timed is the whole command,
//! from its start to its end.

mod server;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use self::server::Server;
use super::environment::{Environment, finish};
use super::report::{Figure, Limit, Summary, Table, milliseconds};
use crate::workspace;

/// How many packages an index has. Each is one file.
const PACKAGES: usize = 50;
/// How long the server takes for an answer.
const DELAY: Duration = Duration::from_millis(50);
/// How many packages the chains of dependencies have. All chains together are all packages.
const DEPTHS: [usize; 2] = [1, 5];
/// How often both have their turn.
const ROUNDS: usize = 7;
/// How many answers of the server, one after the other, an update may take for each package of a chain.
const ANSWERS: u32 = 6;

/// What is measured, in the order of their turns.
const CLIENTS: [&str; 2] = [
    concat!("belay ", env!("CARGO_PKG_VERSION")),
    "original Belay 0.30.1",
];

/// What the original's command runs; its `python -m belay` does not start.
const ORIGINAL: &str = "from belay.cli.main import run_app; run_app()";

/// Updates projects in a scratch folder, with this build of `belay` and with the original.
pub(super) fn measure(
    belay: &Path,
    environment: &Environment,
    scratch: &Path,
) -> Result<Vec<Table>> {
    let bench = Bench {
        belay,
        environment,
        folder: scratch.join("packages"),
    };
    let mut tables = Vec::new();
    for depth in DEPTHS {
        eprintln!("measuring updates of packages with a depth of {depth}");
        tables.push(bench.table(depth)?);
    }
    Ok(tables)
}

/// One update.
struct Sample {
    time: Duration,
    requests: usize,
}

struct Bench<'a> {
    belay: &'a Path,
    environment: &'a Environment,
    /// What is in it is removed before each update.
    folder: PathBuf,
}

impl Bench<'_> {
    /// What both clients take with chains of this many packages.
    fn table(&self, depth: usize) -> Result<Table> {
        let (roots, files) = self.index(depth)?;
        let mut sources: Vec<String> = files
            .iter()
            .filter(|(path, _)| path.starts_with("/file/"))
            .map(|(_, source)| source.clone())
            .collect();
        sources.sort();
        ensure!(
            sources.len() == PACKAGES,
            "the index has {} files",
            sources.len()
        );
        // One answer for each package of a chain, and one for the last one's file.
        let least = DELAY * u32::try_from(depth + 1)?;
        let server = Server::start(files, DELAY)?;
        let mut samples = CLIENTS.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (client, samples) in samples.iter_mut().enumerate() {
                let sample = self
                    .turn(client, &server, &roots, &sources)
                    .with_context(|| format!("{} with a depth of {depth}", CLIENTS[client]))?;
                ensure!(
                    sample.time >= least,
                    "{} was faster than the server",
                    CLIENTS[client]
                );
                samples.push(sample);
            }
        }
        let title = format!(
            "An update of {PACKAGES} packages in chains of {depth}, {} ms for each answer of the server, in ms",
            DELAY.as_millis()
        );
        let mut table = Table::new(title, &["min", "median", "max", "requests"]);
        for (client, samples) in CLIENTS.iter().zip(samples) {
            let requests = samples.iter().map(|sample| sample.requests as u64).max();
            let times = samples.iter().map(|sample| sample.time).collect();
            let times = Summary::new(times).context("no rounds")?;
            let [min, median, max] = [times.min, times.median, times.max].map(milliseconds);
            if *client == CLIENTS[0] {
                let limit = DELAY * ANSWERS * u32::try_from(depth)?;
                let limit = Limit::AtMost(milliseconds(limit));
                table.target(format!("{client}, ms"), limit, median);
            }
            let mut figures = [min, median, max]
                .map(|time| Figure::number(time, 0))
                .to_vec();
            figures.push(Figure::count(requests.unwrap_or(0)));
            table.row(*client, figures);
        }
        Ok(table)
    }

    /// The packages that a project names, and the files of the index.
    fn index(&self, depth: usize) -> Result<(Vec<String>, HashMap<String, String>)> {
        let script = workspace::root().join("xtask/bench/package_index.py");
        let script = script.to_str().context("a path that is not UTF-8")?;
        let arguments = [script, &PACKAGES.to_string(), &depth.to_string()];
        let made: Value = serde_json::from_str(&self.environment.run(&arguments)?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let roots = made["roots"].as_array().context("no packages")?;
        let files = made["files"].as_object().context("no files")?;
        let files = files
            .iter()
            .map(|(path, content)| Some((path.clone(), text(content)?)));
        Ok((
            roots
                .iter()
                .map(text)
                .collect::<Option<_>>()
                .context("names")?,
            files.collect::<Option<_>>().context("texts")?,
        ))
    }

    /// An update of a new project by a client that knows nothing yet.
    fn turn(
        &self,
        client: usize,
        server: &Server,
        roots: &[String],
        sources: &[String],
    ) -> Result<Sample> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        let project = self.folder.join("project");
        fs::create_dir_all(&project)?;
        fs::write(
            project.join("pyproject.toml"),
            pyproject(&server.url(), roots),
        )?;
        let mut command = if client == 0 {
            Command::new(self.belay)
        } else {
            self.environment.command(&["-c", ORIGINAL])
        };
        command
            .arg("update")
            .current_dir(&project)
            .env("XDG_CACHE_HOME", self.folder.join("cache"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            // A proxy of the machine has no business between two of its programs.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
        let before = server.requests();
        let start = Instant::now();
        finish(command)?;
        let time = start.elapsed();
        let mut found = Vec::new();
        modules(&project.join(".belay/dependencies"), &mut found)?;
        found.sort();
        ensure!(
            found == sources,
            "{} packages are there afterwards, and not what the index has",
            found.len()
        );
        Ok(Sample {
            time,
            requests: server.requests() - before,
        })
    }
}

/// A project that wants the latest versions of packages of an index.
fn pyproject(index: &str, packages: &[String]) -> String {
    let mut text = format!(
        "[tool.belay]\nname = \"app\"\npackage_indices = [\"{index}\"]\n\n[tool.belay.dependencies]\n"
    );
    for package in packages {
        let _ = writeln!(text, "{package} = \"*\"");
    }
    text
}

/// The Python files with content that there are in a folder.
fn modules(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            modules(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "py") && entry.metadata()?.len() > 0 {
            found.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_make_up_all_packages() {
        for depth in DEPTHS {
            assert_eq!(PACKAGES % depth, 0, "{depth}");
        }
    }

    #[test]
    fn a_project_names_its_index_and_its_packages() {
        let expected = "[tool.belay]\nname = \"app\"\npackage_indices = [\"http://h\"]\n\n\
            [tool.belay.dependencies]\na = \"*\"\nb = \"*\"\n";
        let packages = ["a", "b"].map(str::to_owned);
        assert_eq!(pyproject("http://h", &packages), expected);
    }

    #[test]
    fn python_files_are_found_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("main/a")).unwrap();
        fs::write(root.join("main/a/a.py"), "a = 1").unwrap();
        fs::write(root.join("main/b.py"), "b = 1").unwrap();
        fs::write(root.join("main/empty.py"), "").unwrap();
        fs::write(root.join("main/text.txt"), "text").unwrap();
        let mut found = Vec::new();
        modules(root, &mut found).unwrap();
        found.sort();
        assert_eq!(found, ["a = 1", "b = 1"]);
    }
}
