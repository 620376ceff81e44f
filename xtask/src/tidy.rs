//! `cargo xtask tidy`: the rules of the source tree that a machine can check.
//!
//! Each rule is a function from text (or `cargo metadata`) to violations; the
//! lists they go by stand as constants at the top of their files.

mod circles;
mod layers;
mod links;
mod manifests;
mod mask;
mod source;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace;

pub(crate) const ABOUT: &str = "\
Check the rules of the source tree: which crate may use which,
what a crate must have, what a file must not, which files need
each other, links in *.md.";

/// Folders that hold no source of ours.
const SKIPPED_FOLDERS: &[&str] = &["target", "node_modules", "__pycache__", "venv"];

/// Folders with a leading dot that do.
const DOT_FOLDERS: &[&str] = &[".cargo", ".ci", ".config", ".github"];

/// One line of the report.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Relative to the workspace's root, with `/` on every system.
    path: String,
    /// From 1.
    line: usize,
    /// What is wrong, and what to do.
    text: String,
}

impl Violation {
    fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            text: text.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    crate::no_arguments(arguments)?;
    check()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints each violation, and fails if there is one.
pub(crate) fn check() -> Result<()> {
    let root = workspace::root();
    let packages = manifests::packages(&workspace::metadata()?, &root)?;
    let files = files(&root)?;
    let mut violations = Vec::new();
    violations.extend(layers::check(&packages));
    violations.extend(manifests::check(&root, &packages)?);
    let mut sources = Vec::new();
    for path in &files {
        // A name that is not UTF-8 is no source of ours.
        let Some(relative) = relative(&root, path) else {
            continue;
        };
        let Some(kind) = source::Kind::of(&relative) else {
            continue;
        };
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {relative}"))?;
        violations.extend(source::check(&relative, kind, &text));
        if layers::is_pure_source(&packages, &relative) {
            violations.extend(source::check_pure(&relative, &text));
        }
        if kind == source::Kind::Markdown {
            let folder = path.parent().unwrap_or(&root);
            let exists = |target: &str| folder.join(target).exists();
            violations.extend(links::check(&relative, &text, exists));
        }
        sources.push((relative, text));
    }
    let sources: Vec<_> = sources
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    violations.extend(circles::check(&sources));
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!(
                "{} files and {} crates are tidy",
                files.len(),
                packages.len()
            );
            Ok(())
        }
        1 => bail!("1 rule is broken"),
        count => bail!("{count} rules are broken"),
    }
}

/// Every file of the source tree, fixtures apart: they are as they were recorded.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !entry.file_type()?.is_dir() {
                files.push(entry.path());
            } else if is_source_folder(&folder, &name) {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_source_folder(parent: &Path, name: &str) -> bool {
    let fixtures =
        name == "data" && parent.ends_with("tests") || name == "seeds" && parent.ends_with("fuzz");
    let hidden = name.starts_with('.') && !DOT_FOLDERS.contains(&name);
    !fixtures && !hidden && !SKIPPED_FOLDERS.contains(&name)
}

/// The path below the root as reports show it.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?.to_str()?;
    Some(path.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_and_build_folders_are_passed_over() {
        let is_source = |parent: &str, name| is_source_folder(Path::new(parent), name);
        assert!(is_source("crates/a", "src"));
        assert!(is_source("crates/a/src", "data"));
        assert!(is_source("", ".github"));
        assert!(!is_source("crates/a/tests", "data"));
        assert!(!is_source("fuzz", "seeds"));
        assert!(!is_source("", "target"));
        assert!(!is_source("", ".git"));
    }

    #[test]
    fn a_violation_is_one_line_an_editor_can_follow() {
        let violation = Violation::new("a/b.rs", 7, "too long; split it");
        assert_eq!(violation.to_string(), "a/b.rs:7: too long; split it");
    }
}
