//! `belay.lock`: what the dependencies of a project were resolved to.
//!
//! The file stands beside `pyproject.toml` and belongs under version control. It is TOML in a fixed
//! order with one file to a line, so that a difference shows what changed and merges are small.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;

use crate::config::Config;
use crate::location::Location;
use crate::name::{DependencyName, PackagePath};
use crate::quote::quoted;
use crate::source::{Forges, Source};

/// The version of the file's format that this crate writes, and the only one it reads.
pub(crate) const LOCK_VERSION: i64 = 1;

/// What stands at the top of the file.
const HEADER: &str = "\
# Written by Belay: what the dependencies in pyproject.toml were resolved to.
# Keep it under version control; do not edit it.
";

/// The content of `belay.lock`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    #[serde(rename = "version")]
    format: i64,
    /// The `mpy_version` that it was resolved for.
    pub mpy_version: String,
    /// The `circuitpython_version` that it was resolved for.
    #[serde(default = "any_version")]
    pub circuitpython_version: String,
    /// The dependencies. Written in the order of their groups and names.
    #[serde(default, rename = "dependency")]
    pub dependencies: Vec<LockedDependency>,
}

/// A dependency of the project, with everything it needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedDependency {
    /// Its group; `main` for those that are in none.
    pub group: String,
    /// Its name in `pyproject.toml`.
    pub name: DependencyName,
    /// What `pyproject.toml` asked for, in its order.
    pub requested: Vec<RequestedSource>,
    /// The packages that it was resolved to: those requested, and what they need.
    #[serde(default, rename = "package")]
    pub packages: Vec<LockedPackage>,
}

/// A source of a dependency as `pyproject.toml` has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestedSource {
    /// What is asked for.
    #[serde(rename = "uri", deserialize_with = "source")]
    pub source: Source,
    /// Whether it is read afresh at each install. Then the lock holds none of its files.
    #[serde(default)]
    pub develop: bool,
    /// Whether a single module becomes the package's `__init__`.
    #[serde(default)]
    pub rename_to_init: bool,
}

/// A package that a dependency was resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPackage {
    /// Where it comes from, whatever version is asked for. Unique in the dependency.
    #[serde(deserialize_with = "source")]
    pub source: Source,
    /// The version, where the source has versions.
    #[serde(default)]
    pub version: Option<String>,
    /// The commit, where the source has commits: 40 or 64 hexadecimal digits.
    #[serde(default)]
    pub commit: Option<String>,
    /// The sources of the packages that this one needs. Written in alphabetical order.
    #[serde(default, deserialize_with = "sources")]
    pub needs: Vec<Source>,
    /// The files. Written in the order of their paths.
    #[serde(default)]
    pub files: Vec<LockedFile>,
}

/// A file of a locked package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// Its path in the group's folder, which mirrors a board's library folder. Unique in the
    /// dependency.
    pub path: PackagePath,
    /// What it holds.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// Where it was downloaded from, where it was a download of its own.
    #[serde(default)]
    pub url: Option<String>,
}

/// Why a lock file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The text is no TOML, or holds what no lock file holds.
    #[error("{message}")]
    Malformed {
        /// Where.
        location: Location,
        /// What is wrong.
        message: String,
    },
    /// The file has a format that this version does not read.
    #[error("the lock file has format {found}, and {known} is the one known here")]
    Version {
        /// The format's version.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// Something that there can be one of comes twice.
    #[error("{what:?} comes twice in {dependency}")]
    Duplicate {
        /// A dependency's name, a package's source or a file's path.
        what: String,
        /// Group and name of the dependency.
        dependency: String,
    },
}

/// The SHA-256 of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(String);

impl Sha256 {
    /// Reads 64 hexadecimal digits; `None` when `hex` is anything else.
    pub fn new(hex: &str) -> Option<Self> {
        let digits = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| Self(hex.to_ascii_lowercase()))
    }

    /// The digest that a hash function gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(sha2::Sha256::digest(bytes).into())
    }

    /// 64 hexadecimal digits in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = String::deserialize(deserializer)?;
        Self::new(&hex).ok_or_else(|| serde::de::Error::custom("not a SHA-256"))
    }
}

impl Lock {
    /// A lock without dependencies.
    pub fn new(mpy_version: &str) -> Self {
        Self {
            format: LOCK_VERSION,
            mpy_version: mpy_version.to_owned(),
            circuitpython_version: any_version(),
            dependencies: Vec::new(),
        }
    }

    /// A lock without dependencies for a project.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            circuitpython_version: config.circuitpython_version.clone(),
            ..Self::new(&config.mpy_version)
        }
    }

    /// Whether it was resolved for the formats that a project asks for now.
    pub(crate) fn is_for(&self, config: &Config) -> bool {
        self.mpy_version == config.mpy_version
            && self.circuitpython_version == config.circuitpython_version
    }

    /// Reads the content of a lock file. `forges` are those that its sources may name; of one that is
    /// not known the name alone is kept.
    ///
    /// Fails on what no lock file holds: another format's version, unknown fields, paths that leave
    /// their folder, the same dependency, package or path twice.
    pub fn parse(text: &str, forges: &Forges) -> Result<Self, LockError> {
        #[derive(Deserialize)]
        struct Format {
            version: i64,
        }

        let malformed = |error: &toml_edit::de::Error| LockError::Malformed {
            location: Location::of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().trim_end().to_owned(),
        };
        let Format { version } = toml_edit::de::from_str(text).map_err(|e| malformed(&e))?;
        if version != LOCK_VERSION {
            return Err(LockError::Version {
                found: version,
                known: LOCK_VERSION,
            });
        }
        let mut lock: Self = toml_edit::de::from_str(text).map_err(|e| malformed(&e))?;
        for source in lock.sources_mut() {
            // Read without the project's forges, it may mean another one now.
            if let Ok(meant) = Source::parse_locked(&source.to_string(), forges) {
                *source = meant;
            }
        }
        lock.refuse_duplicates()?;
        Ok(lock)
    }

    /// The dependency of this name in this group.
    pub fn get(&self, group: &str, name: &str) -> Option<&LockedDependency> {
        self.dependencies
            .iter()
            .find(|dependency| dependency.group == group && dependency.name.as_str() == name)
    }

    /// Puts a dependency in the place of the one with its group and name, or at the end.
    pub fn insert(&mut self, dependency: LockedDependency) {
        let same = |known: &&mut LockedDependency| {
            known.group == dependency.group && known.name == dependency.name
        };
        match self.dependencies.iter_mut().find(same) {
            Some(known) => *known = dependency,
            None => self.dependencies.push(dependency),
        }
    }

    fn sources_mut(&mut self) -> impl Iterator<Item = &mut Source> {
        self.dependencies.iter_mut().flat_map(|dependency| {
            let requested = dependency.requested.iter_mut().map(|each| &mut each.source);
            let packages = dependency.packages.iter_mut();
            let packages =
                packages.flat_map(|each| std::iter::once(&mut each.source).chain(&mut each.needs));
            requested.chain(packages)
        })
    }

    fn refuse_duplicates(&self) -> Result<(), LockError> {
        let mut seen = HashSet::new();
        for dependency in &self.dependencies {
            let twice = |what: String| LockError::Duplicate {
                what,
                dependency: format!("{}/{}", dependency.group, dependency.name),
            };
            if !seen.insert((&dependency.group, &dependency.name)) {
                return Err(twice(dependency.name.to_string()));
            }
            let (mut sources, mut paths) = (HashSet::new(), HashSet::new());
            for package in &dependency.packages {
                let source = package.source.to_string();
                if !sources.insert(source.clone()) {
                    return Err(twice(source));
                }
                if let Some(file) = package.files.iter().find(|file| !paths.insert(&file.path)) {
                    return Err(twice(file.path.to_string()));
                }
            }
        }
        Ok(())
    }
}

impl LockedDependency {
    /// All files, of all packages.
    pub fn files(&self) -> impl Iterator<Item = &LockedFile> {
        self.packages.iter().flat_map(|package| &package.files)
    }

    /// The packages that it asks for itself, in its order.
    pub fn own(&self) -> impl Iterator<Item = &LockedPackage> {
        let sources = self.requested.iter().map(|each| each.source.package());
        sources.filter_map(|source| self.packages.iter().find(|each| each.source == source))
    }

    /// The version of the first of its own packages, as [`LockedPackage::shown_version`] has it.
    pub fn shown_version(&self) -> Option<String> {
        self.own().next()?.shown_version()
    }
}

impl LockedPackage {
    /// The version where it has one, or else the beginning of the commit, if there is one.
    pub fn shown_version(&self) -> Option<String> {
        self.version
            .clone()
            .or_else(|| self.commit.as_deref().map(shorten_commit))
    }
}

/// As many digits of a commit as tell it apart in practice.
pub(crate) fn shorten_commit(commit: &str) -> String {
    commit.chars().take(10).collect()
}

/// The format that every version takes: source.
fn any_version() -> String {
    "py".to_owned()
}

fn source<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Source, D::Error> {
    let uri = String::deserialize(deserializer)?;
    Source::parse_locked(&uri, &Forges::default()).map_err(serde::de::Error::custom)
}

fn sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Source>, D::Error> {
    let uris = Vec::<String>::deserialize(deserializer)?;
    let sources = uris
        .iter()
        .map(|uri| Source::parse_locked(uri, &Forges::default()));
    sources
        .collect::<Result<_, _>>()
        .map_err(serde::de::Error::custom)
}

impl fmt::Display for Lock {
    /// The file's content. The same for equal locks, whatever the order of their lists.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        writeln!(f, "version = {LOCK_VERSION}")?;
        writeln!(f, "mpy_version = {}", quoted(&self.mpy_version))?;
        if self.circuitpython_version != any_version() {
            let version = quoted(&self.circuitpython_version);
            writeln!(f, "circuitpython_version = {version}")?;
        }
        let mut dependencies: Vec<_> = self.dependencies.iter().collect();
        dependencies.sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name)));
        for dependency in dependencies {
            writeln!(f, "\n[[dependency]]")?;
            writeln!(f, "group = {}", quoted(&dependency.group))?;
            writeln!(f, "name = {}", quoted(dependency.name.as_str()))?;
            write_list(f, "requested", dependency.requested.iter().map(requested))?;
            let mut packages: Vec<_> = dependency.packages.iter().collect();
            packages.sort_by_cached_key(|package| package.source.to_string());
            for package in packages {
                write_package(f, package)?;
            }
        }
        Ok(())
    }
}

fn write_package(f: &mut fmt::Formatter<'_>, package: &LockedPackage) -> fmt::Result {
    writeln!(f, "\n[[dependency.package]]")?;
    writeln!(f, "source = {}", quoted(&package.source.to_string()))?;
    for (key, value) in [("version", &package.version), ("commit", &package.commit)] {
        if let Some(value) = value {
            writeln!(f, "{key} = {}", quoted(value))?;
        }
    }
    if !package.needs.is_empty() {
        let needs = package.needs.iter();
        let mut needs: Vec<_> = needs.map(|need| quoted(&need.to_string())).collect();
        needs.sort();
        write_list(f, "needs", needs.into_iter())?;
    }
    let mut files: Vec<_> = package.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    write_list(f, "files", files.into_iter().map(file))
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    key: &str,
    items: impl ExactSizeIterator<Item = String>,
) -> fmt::Result {
    if items.len() == 0 {
        return writeln!(f, "{key} = []");
    }
    writeln!(f, "{key} = [")?;
    for item in items {
        writeln!(f, "    {item},")?;
    }
    writeln!(f, "]")
}

fn requested(source: &RequestedSource) -> String {
    let mut text = format!("{{ uri = {}", quoted(&source.source.to_string()));
    for (key, set) in [
        ("develop", source.develop),
        ("rename_to_init", source.rename_to_init),
    ] {
        if set {
            let _ = write!(text, ", {key} = true");
        }
    }
    text + " }"
}

fn file(file: &LockedFile) -> String {
    let path = quoted(file.path.as_str());
    let mut text = format!(
        "{{ path = {path}, size = {}, sha256 = \"{}\"",
        file.size, file.sha256
    );
    if let Some(url) = &file.url {
        let _ = write!(text, ", url = {}", quoted(url));
    }
    text + " }"
}

#[cfg(test)]
mod tests;
