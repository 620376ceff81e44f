//! `[tool.belay]` in `pyproject.toml`.
//!
//! The schema is that of the original Belay, so that one project works with both. New are version
//! ranges, `git+` URIs and two tables that the original passes over: `forges`, forges other than the
//! public ones, and `devices`, names for boards.
//!
//! A key that is not known here is passed over, too, since a newer Belay may know it; it is a warning,
//! since it may be misspelt. A value that cannot be used is a mistake.

mod dependencies;
mod mistake;
mod reader;
mod user;

use std::path::PathBuf;

use toml_edit::Document;

pub use self::mistake::{ConfigError, Fix, Mistake, MistakeKind};
pub use self::reader::MAIN_GROUP;
use self::reader::Reader;
pub use self::user::UserConfig;
use crate::location::Location;
use crate::name::{DependencyName, PackagePath};
use crate::source::{Forge, ForgeKind, Forges, Source};

/// Adafruit's bundle: its repository, of which the latest release is taken.
const DEFAULT_BUNDLE: &str = "https://github.com/adafruit/Adafruit_CircuitPython_Bundle";

/// The index of micropython-lib.
pub(crate) const DEFAULT_INDEX: &str = "https://micropython.org/pi/v2";

/// The settings of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Whether there is a table `[tool.belay]` at all.
    pub declared: bool,
    /// The folder of the project's own package.
    pub name: Option<PackagePath>,
    /// What of that folder does not go to the board: patterns as in `.gitignore`.
    pub ignore: Vec<String>,
    /// Where dependencies are kept, seen from the project's folder.
    pub dependencies_path: PathBuf,
    /// The format of packages of the index: `py`, or the number of an .mpy version.
    pub mpy_version: String,
    /// The addresses of the indices, without a slash at their ends, in the order they are asked.
    pub package_indices: Vec<String>,
    /// The major version of CircuitPython that libraries of bundles are for, or `py` for any.
    pub circuitpython_version: String,
    /// Where bundles of libraries for CircuitPython are, in the order they are asked: the addresses of
    /// repositories, archives, and folders of archives, which are seen from the project's folder.
    pub bundles: Vec<String>,
    /// The groups of dependencies: [`MAIN_GROUP`] first, though it may be empty, then the others as
    /// in the file.
    pub groups: Vec<Group>,
    /// The forges that URIs may name: the public ones, and those of the table `forges`.
    pub forges: Forges,
    /// The devices that have names, in the order of the file. A table of USB facts is JSON text.
    pub devices: Vec<(String, String)>,
    /// The keys that are not known and were passed over, in the order of the file.
    pub warnings: Vec<Mistake>,
}

/// A group of dependencies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its name, and that of its folder: one part of a path.
    pub name: String,
    /// Whether it is installed only on request.
    pub optional: bool,
    /// The dependencies, in the order of the file. Names differ.
    pub dependencies: Vec<Dependency>,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// Its name, and that of its folder.
    pub name: DependencyName,
    /// Where its files come from: at least one source.
    pub sources: Vec<DependencySource>,
    /// Where it stands in the file.
    pub location: Location,
}

/// One source of a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DependencySource {
    /// What the text means.
    pub source: Source,
    /// The text, as written.
    pub uri: String,
    /// Whether it is read afresh at each install.
    pub develop: bool,
    /// Whether a single module becomes the dependency's `__init__`. At most one source has this.
    pub rename_to_init: bool,
}

impl Dependency {
    /// Whether a part of it is read afresh at each install.
    pub fn develops(&self) -> bool {
        self.sources.iter().any(|source| source.develop)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            declared: false,
            name: None,
            ignore: Vec::new(),
            dependencies_path: PathBuf::from(".belay/dependencies"),
            mpy_version: "py".to_owned(),
            package_indices: vec![DEFAULT_INDEX.to_owned()],
            circuitpython_version: "py".to_owned(),
            bundles: vec![DEFAULT_BUNDLE.to_owned()],
            groups: vec![Group::new(MAIN_GROUP)],
            forges: Forges::default(),
            devices: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Group {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            optional: false,
            dependencies: Vec::new(),
        }
    }

    /// The dependency of this name.
    pub fn get(&self, name: &str) -> Option<&Dependency> {
        self.dependencies
            .iter()
            .find(|dependency| dependency.name.as_str() == name)
    }
}

impl Config {
    /// Reads the text of a `pyproject.toml`. Fails with all mistakes there are, in their order, and
    /// with the warnings among them.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = Document::parse(text).map_err(|error| ConfigError {
            mistakes: vec![mistake::malformed(text, &error)],
        })?;
        let mut reader = Reader::new(text);
        let mut config = read(&mut reader, &document);
        config.warnings = reader.finish()?;
        Ok(config)
    }

    /// The format of libraries: `py`, `9.x-mpy`.
    pub(crate) fn bundle_format(&self) -> String {
        match &*self.circuitpython_version {
            "py" => "py".to_owned(),
            version => format!("{version}.x-mpy"),
        }
    }

    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// Every dependency with its group, in the order of the file.
    pub fn dependencies(&self) -> impl Iterator<Item = (&Group, &Dependency)> {
        self.groups
            .iter()
            .flat_map(|group| group.dependencies.iter().map(move |each| (group, each)))
    }
}

fn read(reader: &mut Reader<'_>, document: &Document<&str>) -> Config {
    let mut config = Config::default();
    let Some(tool) = reader.root(document).table(reader, "tool") else {
        return config;
    };
    let Some(belay) = tool.table(reader, "belay") else {
        return config;
    };
    config.declared = true;
    belay.warn_of_unknown(
        reader,
        &[
            "name",
            "ignore",
            "dependencies_path",
            "mpy_version",
            "package_indices",
            "circuitpython_version",
            "circuitpython_bundles",
            "dependencies",
            "group",
            "forges",
            "devices",
        ],
    );
    if let Some((name, span)) = belay.string(reader, "name") {
        match PackagePath::new(&name) {
            Ok(name) => config.name = Some(name),
            Err(source) => reader.report(span, MistakeKind::ProjectName { source }, None),
        }
    }
    if let Some(ignore) = belay.strings(reader, "ignore") {
        config.ignore = ignore.into_iter().map(|(pattern, _)| pattern).collect();
    }
    if let Some((path, span)) = belay.string(reader, "dependencies_path") {
        // The folders of groups in there are replaced as a whole, so it must not be the project.
        if path.split(['/', '\\']).all(|part| matches!(part, "" | ".")) {
            reader.report(span, MistakeKind::DependenciesPath { path }, None);
        } else {
            config.dependencies_path = PathBuf::from(path);
        }
    }
    for (key, place) in [
        ("mpy_version", &mut config.mpy_version),
        ("circuitpython_version", &mut config.circuitpython_version),
    ] {
        if let Some(version) = version(reader, &belay, key) {
            *place = version;
        }
    }
    if let Some(bundles) = belay.strings(reader, "circuitpython_bundles") {
        config.bundles = bundles
            .into_iter()
            .filter_map(|(bundle, span)| reader.bundle(&bundle, span))
            .collect();
    }
    if let Some(indices) = belay.strings(reader, "package_indices") {
        config.package_indices = indices
            .into_iter()
            .filter_map(|(index, span)| reader.index(&index, span))
            .collect();
    }
    if let Some(forges) = belay.table(reader, "forges") {
        for name in forges.keys() {
            if let Some(forge) = forge(reader, &forges, &name) {
                config.forges.add(forge);
            }
        }
    }
    if let Some(devices) = belay.table(reader, "devices") {
        config.devices = devices.devices(reader);
    }
    if let Some(main) = belay.table(reader, "dependencies") {
        config.groups[0].dependencies = dependencies::read(reader, &main, &config.forges);
    }
    if let Some(groups) = belay.table(reader, "group") {
        for name in groups.keys() {
            if name == MAIN_GROUP {
                reader.main_group(&belay, &groups);
                continue;
            }
            let span = groups.key_span(&name);
            let usable = PackagePath::new(&name).map(|path| path.parts().count() == 1);
            if usable != Ok(true) {
                reader.report(span, MistakeKind::GroupName { name: name.clone() }, None);
                continue;
            }
            let Some(table) = groups.table(reader, &name) else {
                continue;
            };
            table.warn_of_unknown(reader, &["optional", "dependencies"]);
            let mut group = Group::new(&name);
            group.optional = table.boolean(reader, "optional").unwrap_or(false);
            if let Some(table) = table.table(reader, "dependencies") {
                group.dependencies = dependencies::read(reader, &table, &config.forges);
            }
            config.groups.push(group);
        }
    }
    config
}

/// `py` or a number.
fn version(
    reader: &mut Reader<'_>,
    belay: &reader::Table<'_>,
    key: &'static str,
) -> Option<String> {
    let (version, span) = belay.text_or_number(reader, key)?;
    let digits = version.strip_prefix('v').unwrap_or(&version);
    let digits = digits.strip_suffix(".x").unwrap_or(digits);
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if version == "py" || number && digits.len() == version.len() {
        return Some(version);
    }
    let fix = number.then(|| Fix::string(span.clone(), digits));
    let found = version;
    reader.report(span, MistakeKind::FormatVersion { key, found }, fix);
    None
}

/// `NAME = { kind = "gitlab", url = "https://git.example.org" }`
fn forge(reader: &mut Reader<'_>, forges: &reader::Table<'_>, name: &str) -> Option<Forge> {
    let table = forges.table(reader, name)?;
    table.warn_of_unknown(reader, &["kind", "url"]);
    let kind = table.required(reader, "kind")?;
    let url = table.required(reader, "url")?;
    let words = ForgeKind::WORDS.map(|(word, _)| word);
    let Some((_, kind)) = ForgeKind::WORDS.iter().find(|(word, _)| *word == kind.0) else {
        let suggestion = reader::nearest(&kind.0, &words);
        let fix = suggestion.map(|word| Fix::string(kind.1.clone(), word));
        reader.report(kind.1, MistakeKind::ForgeKind { found: kind.0 }, fix);
        return None;
    };
    match Forge::new(name, *kind, &url.0) {
        Ok(forge) => Some(forge),
        Err(source) => {
            let span = match source {
                crate::source::SourceError::ForgeName { .. } => forges.key_span(name),
                _ => url.1,
            };
            reader.report(span, MistakeKind::Forge { source }, None);
            None
        }
    }
}

#[cfg(test)]
mod tests;
