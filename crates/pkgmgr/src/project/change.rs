//! Operations that change a project.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::stage::developed;
use super::{LOCK, PYPROJECT, Project, Settings, is_current, names, requested, tree};
use crate::config::{Config, Dependency, MAIN_GROUP};
use crate::edit::EditError;
use crate::edit::{NewSource, add_dependency, remove_dependency};
use crate::error::ProjectError;
use crate::event::Events;
use crate::lock::{Lock, LockedDependency, Sha256};
use crate::name::{DependencyName, PackagePath};
use crate::resolve::{Pins, Wanted, archived, refuse_conflicts, resolve};
use crate::source::{Source, without_login};
use crate::transaction::{Exclusive, Transaction};
use crate::version::{Requirement, Version};

/// A dependency to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Its name; the one that its URI suggests when `None`.
    pub name: Option<DependencyName>,
    /// Where it comes from.
    pub uri: String,
    /// The group it goes to; `main` when `None`.
    pub group: Option<String>,
    /// Whether it is read afresh at each install. Only for what lies on this computer.
    pub develop: bool,
    /// Whether a single module becomes the dependency's `__init__`, which is the rule.
    pub rename_to_init: bool,
}

/// What an operation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What became of the dependencies that were looked at, by group and name.
    pub changes: Vec<Change>,
    /// How many files of the folder of dependencies were written or removed.
    pub files: usize,
}

/// What became of a dependency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: DependencyName,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What became of a dependency. Versions are those of its own package: a version where it has one,
/// otherwise the beginning of a commit, otherwise `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Added {
        /// Its version.
        version: Option<String>,
    },
    /// It has other files, or needs other packages.
    Updated {
        /// The version it had.
        from: Option<String>,
        /// The version it has now.
        to: Option<String>,
    },
    /// It is as it was.
    Unchanged {
        /// Its version.
        version: Option<String>,
    },
    /// It is gone.
    Removed {
        /// The version it had.
        version: Option<String>,
    },
}

/// Which dependencies are resolved anew.
enum Scope<'a> {
    /// None.
    Nothing,
    /// Those for which the lock file has no current entry.
    Missing,
    /// These, or all if there are none. What was not locked before stays so.
    Named(&'a [String]),
}

impl Project {
    /// Adds a dependency: gets it, then writes `pyproject.toml`, the lock file and the folder of
    /// dependencies. What is locked already stays as it is, and so does the dependency itself if the
    /// project has the very same.
    pub fn add(
        &self,
        settings: &Settings,
        addition: &Addition,
        events: Events<'_>,
    ) -> Result<Outcome, ProjectError> {
        let exclusive = self.exclusive(&settings.cancel, events)?;
        let (text, config) = self.read()?;
        let source = |source| ProjectError::Source {
            uri: without_login(&addition.uri),
            source,
        };
        let meant = match &addition.name {
            Some(name) => Source::of_dependency(name, &addition.uri, &config.forges),
            None => Source::parse(&addition.uri, &config.forges),
        };
        let mut meant = meant.map_err(source)?;
        let mut new = NewSource::new(&addition.uri);
        if let Some(named) = meant.as_package_name()
            && !self.root().join(named).exists()
        {
            meant = Source::Index {
                name: named.to_owned(),
                requirement: Requirement::any(),
            };
            new.uri = meant.to_string();
        }
        if addition.develop && !matches!(meant, Source::Local(_)) {
            return Err(ProjectError::NotLocal {
                uri: addition.uri.clone(),
            });
        }
        let name = match &addition.name {
            Some(name) => name.clone(),
            None => meant.natural_name().ok_or_else(|| ProjectError::NoName {
                uri: addition.uri.clone(),
            })?,
        };
        new.develop = addition.develop;
        new.rename_to_init = addition.rename_to_init;
        let group = addition.group.as_deref().unwrap_or(MAIN_GROUP);
        let known = config
            .group(group)
            .and_then(|group| group.get(name.as_str()));
        let text = if known.is_some_and(|known| is_same(known, &meant, addition)) {
            text
        } else {
            add_dependency(&text, group, &name, &new).map_err(|error| self.edit(error))?
        };
        self.change(
            settings,
            &exclusive,
            Some(&text),
            &Scope::Missing,
            true,
            events,
        )
    }

    /// Removes dependencies, from all groups or from one.
    pub fn remove(
        &self,
        settings: &Settings,
        removed: &[String],
        group: Option<&str>,
        events: Events<'_>,
    ) -> Result<Outcome, ProjectError> {
        let exclusive = self.exclusive(&settings.cancel, events)?;
        let (mut text, config) = self.read()?;
        if let Some(name) = group.filter(|name| config.group(name).is_none()) {
            return Err(ProjectError::NoGroup {
                name: name.to_owned(),
                known: config
                    .groups
                    .iter()
                    .map(|group| group.name.clone())
                    .collect(),
            });
        }
        refuse_unknown(&config, removed, group)?;
        for each in &config.groups {
            for name in removed {
                let asked = group.is_none_or(|group| group == each.name);
                if asked && each.get(name).is_some() {
                    text = remove_dependency(&text, &each.name, name).map_err(|e| self.edit(e))?;
                }
            }
        }
        self.change(
            settings,
            &exclusive,
            Some(&text),
            &Scope::Nothing,
            true,
            events,
        )
    }

    /// Resolves the dependencies with these names anew, all of them when there are none, and writes
    /// the lock file and the folder of dependencies. The others stay as they are.
    pub fn update(
        &self,
        settings: &Settings,
        names: &[String],
        events: Events<'_>,
    ) -> Result<Outcome, ProjectError> {
        let exclusive = self.exclusive(&settings.cancel, events)?;
        refuse_unknown(&*self.config()?, names, None)?;
        self.change(
            settings,
            &exclusive,
            None,
            &Scope::Named(names),
            true,
            events,
        )
    }

    /// Makes the lock file agree with `pyproject.toml`: what is locked and still asked for stays as
    /// it is. The folder of dependencies is not touched.
    pub fn relock(&self, settings: &Settings, events: Events<'_>) -> Result<Outcome, ProjectError> {
        let exclusive = self.exclusive(&settings.cancel, events)?;
        self.change(settings, &exclusive, None, &Scope::Missing, false, events)
    }

    /// Makes the lock file agree with `pyproject.toml` and the folder of dependencies with the lock
    /// file. Without a network this works when everything is locked and in the folder or the cache.
    pub fn sync(&self, settings: &Settings, events: Events<'_>) -> Result<Outcome, ProjectError> {
        let exclusive = self.exclusive(&settings.cancel, events)?;
        self.change(settings, &exclusive, None, &Scope::Missing, true, events)
    }

    fn edit(&self, source: EditError) -> ProjectError {
        ProjectError::Edit {
            path: self.pyproject(),
            source,
        }
    }

    fn change(
        &self,
        settings: &Settings,
        exclusive: &Exclusive,
        new_text: Option<&str>,
        scope: &Scope<'_>,
        with_tree: bool,
        events: Events<'_>,
    ) -> Result<Outcome, ProjectError> {
        let config = match new_text {
            Some(text) => Arc::new(self.parse(text)?),
            None => self.config()?,
        };
        let place = self.dependencies_path(&config)?;
        let old = self.read_lock(&config)?;
        let same_format = old.as_ref().is_some_and(|lock| lock.is_for(&config));
        let mut new = Lock::of(&config);
        // Libraries of one release fit each other, so they go on together.
        let new_release = match scope {
            Scope::Named(names) => config
                .dependencies()
                .any(|(_, each)| is_of_bundle(each) && is_named(each, names)),
            Scope::Nothing | Scope::Missing => false,
        };
        let mut wanted = Vec::new();
        for (group, dependency) in config.dependencies() {
            let locked = old
                .as_ref()
                .and_then(|lock| lock.get(&group.name, dependency.name.as_str()));
            let anew = match scope {
                Scope::Nothing => false,
                Scope::Missing => !same_format || !is_current(dependency, locked),
                Scope::Named(names) => {
                    names.is_empty()
                        || is_named(dependency, names)
                        || new_release && is_of_bundle(dependency)
                }
            };
            if anew {
                wanted.push(Wanted {
                    group: group.name.clone(),
                    name: dependency.name.clone(),
                    requested: requested(dependency),
                });
            } else if let Some(locked) = locked {
                new.insert(locked.clone());
            }
        }
        let pins = match scope {
            Scope::Missing if same_format => pins(old.iter().flat_map(|lock| &lock.dependencies)),
            _ => pins(&new.dependencies),
        };
        let fetcher = self.fetcher(settings, &config)?;
        let fetcher = fetcher.with_archives(pins.archives.iter().cloned().collect());
        let mut contents: HashMap<Sha256, Vec<u8>> = HashMap::new();
        if !wanted.is_empty() {
            let resolved = resolve(&fetcher, &wanted, &pins, events)?;
            contents = resolved.contents;
            for dependency in resolved.dependencies {
                new.insert(dependency);
            }
        }
        refuse_conflicts(&new)?;
        let mut outcome = Outcome {
            changes: changes(old.as_ref(), &new),
            files: 0,
        };
        let mut transaction = exclusive.begin()?;
        if with_tree {
            let builder = tree::Builder {
                project: self,
                fetcher: &fetcher,
                cache: &settings.cache,
                config: &config,
                old: old.as_ref(),
                new: &new,
                contents,
                developed: developed(&fetcher, &config.groups, events)?,
            };
            outcome.files = builder.build(&mut transaction, &place, events)?;
        }
        write_lock(&mut transaction, old.as_ref(), &new)?;
        if let Some(text) = new_text {
            transaction.file(&PackagePath::new(PYPROJECT)?, text.as_bytes())?;
        }
        transaction.commit()?;
        Ok(outcome)
    }
}

fn is_named(dependency: &Dependency, names: &[String]) -> bool {
    names.iter().any(|name| name == dependency.name.as_str())
}

/// Whether a part of a dependency is a library of a bundle.
fn is_of_bundle(dependency: &Dependency) -> bool {
    let mut sources = dependency.sources.iter();
    sources.any(|source| matches!(source.source, Source::Circup { .. }))
}

/// Whether a dependency is what is to be added.
fn is_same(known: &Dependency, meant: &Source, addition: &Addition) -> bool {
    match known.sources.as_slice() {
        [known] => {
            known.source == *meant
                && known.develop == addition.develop
                && known.rename_to_init == addition.rename_to_init
        }
        _ => false,
    }
}

fn write_lock(
    transaction: &mut Transaction<'_>,
    old: Option<&Lock>,
    new: &Lock,
) -> Result<(), ProjectError> {
    let text = new.to_string();
    // A project without dependencies gets no lock file just for being looked at.
    let needed = old.map_or(!new.dependencies.is_empty(), |old| old.to_string() != text);
    if needed {
        transaction.file(&PackagePath::new(LOCK)?, text.as_bytes())?;
    }
    Ok(())
}

fn refuse_unknown(
    config: &Config,
    asked: &[String],
    group: Option<&str>,
) -> Result<(), ProjectError> {
    let known = |name: &&String| {
        config.dependencies().any(|(each, dependency)| {
            dependency.name.as_str() == name.as_str()
                && group.is_none_or(|group| group == each.name)
        })
    };
    let unknown: Vec<String> = asked.iter().filter(|name| !known(name)).cloned().collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(ProjectError::Unknown {
        names: unknown,
        known: names(config),
    })
}

/// The versions and commits that locked dependencies have.
fn pins<'l>(locked: impl IntoIterator<Item = &'l LockedDependency>) -> Pins {
    let mut pins = Pins::default();
    for package in locked
        .into_iter()
        .flat_map(|dependency| &dependency.packages)
    {
        if let (Source::Index { name, .. }, Some(version)) = (&package.source, &package.version) {
            if let Some(version) = Version::new(version) {
                pins.versions.insert(name.clone(), version);
            }
        } else if let Source::Circup { .. } = package.source {
            let urls = package.files.iter().filter_map(|file| file.url.as_deref());
            let archives = urls.filter_map(|url| Some(archived(url)?.0.to_owned()));
            pins.archives.extend(archives);
        } else if let Some(commit) = &package.commit {
            pins.commits
                .insert(package.source.to_string(), commit.clone());
        }
    }
    pins
}

fn changes(old: Option<&Lock>, new: &Lock) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |dependency: &LockedDependency, kind| {
        changes.push(Change {
            group: dependency.group.clone(),
            name: dependency.name.clone(),
            kind,
        });
    };
    let before = |group: &str, name: &str| old.and_then(|lock| lock.get(group, name));
    for dependency in &new.dependencies {
        let version = dependency.shown_version();
        let kind = match before(&dependency.group, dependency.name.as_str()) {
            None => ChangeKind::Added { version },
            Some(old) if contents_of(old) == contents_of(dependency) => {
                ChangeKind::Unchanged { version }
            }
            Some(old) => ChangeKind::Updated {
                from: old.shown_version(),
                to: version,
            },
        };
        add(dependency, kind);
    }
    for dependency in old.iter().flat_map(|lock| &lock.dependencies) {
        if new
            .get(&dependency.group, dependency.name.as_str())
            .is_none()
        {
            let version = dependency.shown_version();
            add(dependency, ChangeKind::Removed { version });
        }
    }
    changes.sort();
    changes
}

fn contents_of(dependency: &LockedDependency) -> BTreeSet<(&PackagePath, &Sha256)> {
    dependency
        .files()
        .map(|file| (&file.path, &file.sha256))
        .collect()
}
