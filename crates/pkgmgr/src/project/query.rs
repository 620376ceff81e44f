//! Operations that change nothing, or nothing but what nobody needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::stage::developed;
use super::{Project, Settings, fetcher, is_current};
use crate::config::Config;
use crate::error::{Chain, ProjectError};
use crate::event::Events;
use crate::file::FileError;
use crate::lock::{Lock, Sha256, shorten_commit};
use crate::name::DependencyName;
use crate::package_json::IndexEntry;
use crate::resolve::parallel;
use crate::source::Source;
use crate::transaction::files_of;

/// A dependency of which there is something newer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outdated {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: DependencyName,
    /// The version or the beginning of the commit that is locked.
    pub current: Option<String>,
    /// The newest that `pyproject.toml` allows, if that is another one.
    pub allowed: Option<String>,
    /// The newest there is.
    pub latest: String,
}

impl Project {
    /// Fails with [`ProjectError::Differs`] unless the lock file has everything that
    /// `pyproject.toml` asks for and nothing else, and the folder of dependencies holds what the
    /// lock file says. What is read afresh at each install may differ. Needs no network, and writes
    /// nothing.
    pub fn verify(&self, settings: &Settings, events: Events<'_>) -> Result<(), ProjectError> {
        let _shared = self.shared(&settings.cancel, events)?;
        let config = self.config()?;
        let lock = self
            .read_lock(&config)?
            .unwrap_or_else(|| Lock::of(&config));
        let mut differences = BTreeSet::new();
        for (group, dependency) in config.dependencies() {
            let locked = lock.get(&group.name, dependency.name.as_str());
            if !is_current(dependency, locked) || !lock.is_for(&config) {
                differences.insert(format!("{}/{}", group.name, dependency.name));
            }
        }
        let folder = self.dependencies_path(&config)?.under(&self.root);
        let mut expected = BTreeSet::new();
        for dependency in &lock.dependencies {
            let group = &dependency.group;
            let configured = config
                .group(group)
                .and_then(|each| each.get(dependency.name.as_str()));
            if configured.is_none() {
                differences.insert(format!("{group}/{}", dependency.name));
            }
            for file in dependency.files() {
                let path = file.path.under(Path::new(group));
                let content = fs::read(folder.join(&path)).ok();
                if content.is_none_or(|content| Sha256::of(&content) != file.sha256) {
                    differences.insert(format!("{group}/{}", file.path));
                }
                expected.insert(path);
            }
        }
        let fetcher = self.fetcher(settings, &config)?;
        for file in developed(&fetcher, &config.groups, events)? {
            expected.insert(file.path.under(Path::new(&file.group)));
        }
        for group in &config.groups {
            for file in files_of(&folder.join(&group.name))? {
                let path = Path::new(&group.name).join(file);
                if !expected.contains(&path) {
                    differences.insert(path.display().to_string());
                }
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(ProjectError::Differs {
            differences: differences.into_iter().collect(),
        })
    }

    /// The dependencies of which there is something newer than what is locked.
    pub fn outdated(
        &self,
        settings: &Settings,
        events: Events<'_>,
    ) -> Result<Vec<Outdated>, ProjectError> {
        let config = self.config()?;
        let lock = self.read_lock(&config)?;
        let fetcher = self.fetcher(settings, &config)?;
        let mut asked = Vec::new();
        for (group, dependency) in config.dependencies() {
            let locked = lock
                .as_ref()
                .and_then(|l| l.get(&group.name, dependency.name.as_str()));
            let Some((locked, source)) = locked.zip(dependency.sources.first()) else {
                continue;
            };
            if !source.develop {
                asked.push((group, dependency, locked, &source.source));
            }
        }
        let cancel = fetcher.cancel();
        let answers = parallel(&asked, cancel, events, |(_, _, locked, source), events| {
            let fetcher = fetcher.reporting(events);
            let current = locked.shown_version();
            Ok(match source {
                Source::Index { name, requirement } => {
                    let versions = fetcher.index().versions(&fetcher, name)?;
                    let any = crate::version::Requirement::any();
                    let text = |version: Option<&crate::version::Version>| {
                        version.map(ToString::to_string)
                    };
                    (
                        current,
                        text(requirement.choose(&versions)),
                        text(any.choose(&versions)),
                    )
                }
                Source::Circup { name } => {
                    let version = fetcher.bundles().version(&fetcher, name)?;
                    (current, version.clone(), version)
                }
                source => {
                    let commit = fetcher.current_commit(source)?;
                    let commit = commit.as_deref().map(shorten_commit);
                    (current, commit.clone(), commit)
                }
            })
        });
        let answers = answers.ok_or(ProjectError::Interrupted)?;
        let mut outdated = Vec::new();
        for ((group, dependency, _, _), answer) in asked.iter().zip(answers) {
            let (current, allowed, latest) = answer.map_err(|source| ProjectError::Package {
                chain: Chain::of(&dependency.name),
                source: Box::new(source),
            })?;
            if let Some(latest) = latest.filter(|latest| current.as_ref() != Some(latest)) {
                outdated.push(Outdated {
                    group: group.name.clone(),
                    name: dependency.name.clone(),
                    allowed: allowed.filter(|allowed| current.as_ref() != Some(allowed)),
                    current,
                    latest,
                });
            }
        }
        Ok(outdated)
    }

    /// Removes what lies in the folders of groups and belongs to no dependency. Gives its paths, seen
    /// from the folder of dependencies.
    pub fn clean(
        &self,
        settings: &Settings,
        events: Events<'_>,
    ) -> Result<Vec<PathBuf>, ProjectError> {
        let _exclusive = self.exclusive(&settings.cancel, events)?;
        let config = self.config()?;
        let lock = self.read_lock(&config)?;
        let fetcher = self.fetcher(settings, &config)?;
        let fresh = developed(&fetcher, &config.groups, events)?;
        let folder = self.dependencies_path(&config)?.under(&self.root);
        let mut removed = Vec::new();
        for group in &config.groups {
            let own = fresh.iter().filter(|file| file.group == group.name);
            let mut expected: BTreeSet<PathBuf> =
                own.map(|file| file.path.under(Path::new(""))).collect();
            for dependency in lock.iter().flat_map(|lock| &lock.dependencies) {
                let wanted = group.get(dependency.name.as_str()).is_some();
                if dependency.group == group.name && wanted {
                    let files = dependency.files();
                    expected.extend(files.map(|file| file.path.under(Path::new(""))));
                }
            }
            let place = folder.join(&group.name);
            if leads_out(&place, &self.root) {
                return Err(ProjectError::DependenciesPath { path: place });
            }
            for file in files_of(&place)? {
                let name = file
                    .iter()
                    .next()
                    .and_then(|part| part.to_str())
                    .unwrap_or_default();
                let unlocked = group.get(name).is_some()
                    && lock
                        .as_ref()
                        .is_none_or(|lock| lock.get(&group.name, name).is_none());
                if unlocked || expected.contains(&file) {
                    continue;
                }
                let path = place.join(&file);
                fs::remove_file(&path).map_err(FileError::new("remove", &path))?;
                remove_empty(path.parent(), &place);
                removed.push(Path::new(&group.name).join(file));
            }
        }
        Ok(removed)
    }
}

/// What packages from bundles for CircuitPython begin with.
const CIRCUP: &str = "circup:";

/// The packages of the indices in `config` whose name or description holds all of `words`; of its bundles, if the first
/// word begins with `circup:`.
pub fn search(
    settings: &Settings,
    config: &Config,
    words: &[&str],
    events: Events<'_>,
) -> Result<Vec<IndexEntry>, ProjectError> {
    let fetcher = fetcher(settings, config, Path::new("."))?;
    let of_bundles = words.first().and_then(|word| word.strip_prefix(CIRCUP));
    let found = parallel(&[words], fetcher.cancel(), events, |words, events| {
        let fetcher = fetcher.reporting(events);
        let Some(first) = of_bundles else {
            return fetcher.index().search(&fetcher, words);
        };
        let words: Vec<&str> = [first]
            .into_iter()
            .chain(words[1..].iter().copied())
            .collect();
        let bundles = fetcher.bundles();
        bundles.search(&fetcher, &words, &config.mpy_version)
    });
    let found = found
        .and_then(|mut found| found.pop())
        .ok_or(ProjectError::Interrupted)?;
    found.map_err(|source| ProjectError::Package {
        chain: Chain::of(&words.join(" ")),
        source: Box::new(source),
    })
}

/// Whether symbolic links lead from `folder` out of the folder `root`, where nothing may be removed.
fn leads_out(folder: &Path, root: &Path) -> bool {
    match (folder.canonicalize(), root.canonicalize()) {
        (Ok(folder), Ok(root)) => !folder.starts_with(root),
        // What is not there leads nowhere.
        _ => false,
    }
}

/// Removes folders that hold nothing any more, from `folder` up to `top`, which stays.
fn remove_empty(folder: Option<&Path>, top: &Path) {
    let mut folder = folder;
    while let Some(path) = folder.filter(|path| *path != top && path.starts_with(top)) {
        // Fails for a folder that holds something, and then those above hold it.
        if fs::remove_dir(path).is_err() {
            return;
        }
        folder = path.parent();
    }
}
