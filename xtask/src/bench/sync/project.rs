//! The project that is synchronised.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::super::Tools;
use super::super::environment::finish;
use crate::workspace;

/// A folder of Python files and random data.
pub(super) struct Project {
    /// All of it.
    pub(super) folder: PathBuf,
    /// A folder with the Python files, minified.
    minified: PathBuf,
    /// A folder with the random data only.
    pub(super) random: PathBuf,
    /// How long the random data are.
    pub(super) random_bytes: u64,
    /// The file that is changed, seen from the folder.
    changed: String,
    original: Vec<u8>,
    pub(super) sizes: Sizes,
}

/// How much there is to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// The number of files.
    pub(super) files: u64,
    /// Bytes in all files.
    pub(super) bytes: u64,
    /// The same, with the Python files minified.
    pub(super) minified: u64,
    /// The same, each file deflated where that makes it smaller.
    pub(super) floor: u64,
}

/// The name of the random data.
pub(super) const RANDOM: &str = "data.bin";

impl Project {
    /// Makes the project in the folder of the measurements.
    pub(super) fn make(tools: &Tools) -> Result<Self> {
        let scratch = tools.data.join("sync");
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        let (folder, random) = (scratch.join("project"), scratch.join("random"));
        let minified = scratch.join("minified");
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(&random)?;
        let made = script(tools, "project", &[&folder])?;
        for file in made["sources"].as_array().context("no files")? {
            let name = file.as_str().context("a file without a name")?;
            minify(tools, &folder.join(name), &minified.join(name))?;
        }
        let random_bytes = fs::copy(folder.join(RANDOM), random.join(RANDOM))?;
        let floor = script(tools, "floor", &[&folder, &minified])?;
        let size = |name: &str| floor[name].as_u64().context("no sizes");
        let changed = made["changed"]
            .as_str()
            .context("no file to change")?
            .to_owned();
        Ok(Self {
            sizes: Sizes {
                files: size("files")?,
                bytes: size("bytes")?,
                minified: size("minified")?,
                floor: size("floor")?,
            },
            original: fs::read(folder.join(&changed))?,
            folder,
            minified,
            random,
            random_bytes,
            changed,
        })
    }

    /// Adds a line of code to one file.
    pub(super) fn change(&self, tools: &Tools) -> Result<()> {
        let changed = [&self.original, b"\nCHANGED = True\n".as_slice()].concat();
        self.write(tools, &changed)
    }

    /// Makes everything as it was before [`Project::change`].
    pub(super) fn restore(&self, tools: &Tools) -> Result<()> {
        self.write(tools, &self.original)
    }

    fn write(&self, tools: &Tools, content: &[u8]) -> Result<()> {
        let file = self.folder.join(&self.changed);
        fs::write(&file, content)?;
        minify(tools, &file, &self.minified.join(&self.changed))
    }

    /// The files of a folder by their paths on a board, and the digests that each may have there: as it
    /// is, and minified.
    pub(super) fn digests(
        &self,
        tools: &Tools,
        folder: &Path,
    ) -> Result<BTreeMap<String, Vec<String>>> {
        let found = script(tools, "digests", &[folder, &self.minified])?;
        Ok(serde_json::from_value(found)?)
    }
}

/// Runs the script that makes projects.
fn script(tools: &Tools, command: &str, folders: &[&Path]) -> Result<Value> {
    let script = workspace::root().join("xtask/bench/sync_project.py");
    let paths = [script.as_path()]
        .into_iter()
        .chain(folders.iter().copied());
    let paths: Option<Vec<&str>> = paths.map(Path::to_str).collect();
    let paths = paths.context("a path that is not UTF-8")?;
    let arguments = [&paths[..1], &[command], &paths[1..]].concat();
    Ok(serde_json::from_str(&tools.environment.run(&arguments)?)?)
}

fn minify(tools: &Tools, file: &Path, target: &Path) -> Result<()> {
    let mut command = Command::new(&tools.belay);
    command.arg("minify").arg(file);
    fs::create_dir_all(target.parent().context("a file without a folder")?)?;
    Ok(fs::write(target, finish(command)?.stdout)?)
}
