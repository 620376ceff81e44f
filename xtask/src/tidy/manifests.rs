//! What each crate must have, and that each dependency earns its line.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Violation, relative};

/// Files that stand beside the manifest of every published crate.
const CRATE_FILES: &[&str] = &["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Fields that the manifest of every published crate fills in.
const FIELDS: &[&str] = &["description", "keywords", "categories", "readme", "license"];

/// The document in which each dependency of the workspace has its line.
const DOCUMENT: &str = "ARCHITECTURE.md";

/// The section of the root manifest in which they are declared.
const SECTION: &str = "workspace.dependencies";

/// A crate of the workspace, as far as the rules ask.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// The manifest's path, relative to the root.
    pub(super) manifest: String,
    pub(super) manifest_text: String,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) published: bool,
    /// Those of [`FIELDS`] that are empty.
    pub(super) missing: Vec<&'static str>,
}

/// One entry among a crate's dependencies.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) optional: bool,
    /// Whether it asks for a version, with or without a path.
    pub(super) versioned: bool,
    pub(super) in_workspace: bool,
}

/// Which of a manifest's tables a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Development,
    Build,
}

impl Package {
    /// The crate's folder, relative to the root.
    pub(super) fn folder(&self) -> &str {
        self.manifest.strip_suffix("/Cargo.toml").unwrap_or("")
    }

    /// The line that starts with this key, or the first.
    pub(super) fn line_of(&self, key: &str) -> usize {
        line_of_key(&self.manifest_text, key)
    }
}

/// The workspace's crates out of `cargo metadata`.
pub(super) fn packages(metadata: &Value, root: &Path) -> Result<Vec<Package>> {
    let entries = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    entries.iter().map(|entry| package(entry, root)).collect()
}

fn package(entry: &Value, root: &Path) -> Result<Package> {
    let text = |field: &str| entry[field].as_str().map(str::to_owned);
    let path = text("manifest_path").context("a package has no manifest_path")?;
    let is_empty = |field: &str| match &entry[field] {
        Value::String(value) => value.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => true,
    };
    let dependencies = entry["dependencies"].as_array();
    Ok(Package {
        name: text("name").context("a package has no name")?,
        manifest: relative(root, Path::new(&path))
            .with_context(|| format!("{path} lies outside the workspace"))?,
        manifest_text: fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?,
        dependencies: dependencies.into_iter().flatten().map(dependency).collect(),
        published: entry["publish"].as_array().is_none_or(|to| !to.is_empty()),
        missing: FIELDS
            .iter()
            .copied()
            .filter(|field| is_empty(field))
            .collect(),
    })
}

fn dependency(entry: &Value) -> Dependency {
    Dependency {
        name: entry["name"].as_str().unwrap_or_default().to_owned(),
        kind: match entry["kind"].as_str() {
            Some("dev") => Kind::Development,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        },
        optional: entry["optional"].as_bool().unwrap_or(false),
        versioned: entry["req"].as_str() != Some("*"),
        // Every path of this workspace leads to one of its own crates.
        in_workspace: entry["path"].is_string(),
    }
}

/// Checks files, fields, and the declared dependencies.
pub(super) fn check(root: &Path, packages: &[Package]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for package in packages.iter().filter(|package| package.published) {
        let missing_files = CRATE_FILES
            .iter()
            .filter(|name| !root.join(package.folder()).join(name).is_file());
        for name in missing_files {
            let text = format!("the crate has no {name}; add it beside the manifest");
            violations.push(Violation::new(&package.manifest, 1, text));
        }
        for field in &package.missing {
            let line = package.line_of("name");
            let text = format!("`{field}` is empty; a published crate fills it in");
            violations.push(Violation::new(&package.manifest, line, text));
        }
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let document = fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    violations.extend(check_declared(&manifest, &document, packages));
    Ok(violations)
}

/// Each foreign dependency has its line in the document and a crate that uses it.
fn check_declared(manifest: &str, document: &str, packages: &[Package]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (line, name) in declared(manifest) {
        let is_own = packages.iter().any(|package| package.name == name);
        if !is_own && !document.contains(&format!("`{name}`")) {
            let text = format!("`{name}` is not named in {DOCUMENT}; say there what it is for");
            violations.push(Violation::new("Cargo.toml", line, text));
        }
        let is_used = packages
            .iter()
            .flat_map(|package| &package.dependencies)
            .any(|dependency| dependency.name == name);
        if !is_own && !is_used {
            let text = format!("no crate uses `{name}`; remove the line");
            violations.push(Violation::new("Cargo.toml", line, text));
        }
    }
    violations
}

/// The names declared for the whole workspace, each with its line.
fn declared(manifest: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header == SECTION;
            let name = header
                .strip_prefix(SECTION)
                .and_then(|rest| rest.strip_prefix('.'));
            names.extend(name.map(|name| (index + 1, name)));
        } else if inside && !line.starts_with('#') {
            let key = line.split(['=', '.']).next().unwrap_or("").trim();
            if !key.is_empty() && line.contains('=') {
                names.push((index + 1, key.trim_matches('"')));
            }
        }
    }
    names
}

fn line_of_key(manifest: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        line.trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with([' ', '=', '.']))
    };
    manifest
        .lines()
        .position(is_key)
        .map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn declared_names_are_found_in_every_form() {
        let manifest = "[package]\nname = \"x\"\n\n\
            [workspace.dependencies]\n# A comment = with a sign.\nanyhow = \"1\"\n\
            nom={ version = \"8\" }\nclap.version = \"4\"\n\n\
            [workspace.dependencies.serde]\nversion = \"1\"\n\n[profile.dev]\ndebug = 1\n";
        assert_eq!(
            declared(manifest),
            [(6, "anyhow"), (7, "nom"), (8, "clap"), (10, "serde")]
        );
    }

    #[test]
    fn a_dependency_is_documented_and_used() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/x");
        fs::create_dir_all(&folder).unwrap();
        let manifest = "[package]\nname = \"belay-x\"\n";
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("README.md"), "# x\n").unwrap();
        fs::write(folder.join("LICENSE-MIT"), "MIT\n").unwrap();
        fs::write(
            root.path().join("Cargo.toml"),
            "[workspace.dependencies]\nbelay-x = { path = \"x\" }\nanyhow = \"1\"\nnom = \"8\"\n",
        )
        .unwrap();
        fs::write(root.path().join(DOCUMENT), "- `anyhow` for errors\n").unwrap();
        let metadata = json!({ "packages": [{
            "name": "belay-x",
            "manifest_path": folder.join("Cargo.toml").to_str().unwrap(),
            "description": "A crate.",
            "keywords": [],
            "categories": ["embedded"],
            "readme": "README.md",
            "license": "MIT",
            "publish": null,
            "dependencies": [
                { "name": "anyhow", "kind": null, "req": "^1", "optional": false },
                { "name": "belay-sim", "kind": "dev", "req": "*", "path": "/sim" },
            ],
        }]});

        let packages = packages(&metadata, root.path()).unwrap();
        let simulator = &packages[0].dependencies[1];
        assert!(simulator.in_workspace && !simulator.versioned);
        assert_eq!(simulator.kind, Kind::Development);

        let found = check(root.path(), &packages).unwrap();
        let lines: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert_eq!(
            lines,
            [
                "crates/x/Cargo.toml:1: the crate has no LICENSE-APACHE; add it beside the manifest",
                "crates/x/Cargo.toml:2: `keywords` is empty; a published crate fills it in",
                "Cargo.toml:4: `nom` is not named in ARCHITECTURE.md; say there what it is for",
                "Cargo.toml:4: no crate uses `nom`; remove the line",
            ]
        );
    }
}
