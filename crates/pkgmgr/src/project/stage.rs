//! What goes to a board's library folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{Project, Settings};
use crate::config::{Dependency, Group, MAIN_GROUP};
use crate::error::FetchError;
use crate::error::{Chain, ProjectError};
use crate::event::Events;
use crate::fetch::{Fetcher, check_python};
use crate::file::FileError;
use crate::name::{DependencyName, PackagePath};
use crate::resolve::{Home, parallel, place};
use crate::transaction::files_of;

/// A file for the library folder of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// Its path in the library folder.
    pub path: PackagePath,
    /// What it holds.
    pub content: Vec<u8>,
    /// Where it comes from: `GROUP`, or `GROUP/NAME` for a dependency that is read afresh.
    pub origin: String,
}

/// A file of a dependency that is in development.
#[derive(Debug, Clone)]
pub(super) struct Developed {
    pub(super) group: String,
    name: DependencyName,
    /// Its path in the group's folder.
    pub(super) path: PackagePath,
    pub(super) content: Vec<u8>,
}

impl Project {
    /// The files of the groups that are not optional and of those in `with`, by path: as the folder
    /// of dependencies has them, and read afresh for dependencies that are in development. The latter
    /// take the place of the former. Writes nothing.
    pub fn stage(
        &self,
        settings: &Settings,
        with: &[String],
        events: Events<'_>,
    ) -> Result<Vec<StagedFile>, ProjectError> {
        let _shared = self.shared(&settings.cancel, events)?;
        let config = self.config()?;
        if let Some(name) = with.iter().find(|name| config.group(name).is_none()) {
            let known = config.groups.iter().map(|group| group.name.clone());
            return Err(ProjectError::NoGroup {
                name: name.clone(),
                known: known.collect(),
            });
        }
        let chosen = |group: &&Group| {
            group.name == MAIN_GROUP || !group.optional || with.contains(&group.name)
        };
        let groups: Vec<Group> = config.groups.iter().filter(chosen).cloned().collect();
        let lock = self.read_lock(&config)?;
        let folder = self.dependencies_path(&config)?.under(&self.root);
        let mut staged = BTreeMap::new();
        for group in &groups {
            let locked = lock.iter().flat_map(|lock| &lock.dependencies);
            let locked = locked.filter(|each| each.group == group.name);
            let locked: BTreeSet<&PackagePath> = locked
                .flat_map(|each| each.files().map(|file| &file.path))
                .collect();
            let folder = folder.join(&group.name);
            for file in files_of(&folder)? {
                let parts: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
                let path = PackagePath::new(&parts.join("/"))?;
                // What is in development may have had it once.
                let top = path.parts().next().and_then(|name| group.get(name));
                if top.is_some_and(Dependency::develops) && !locked.contains(&path) {
                    continue;
                }
                let source = folder.join(&file);
                let content = fs::read(&source).map_err(FileError::new("read", &source))?;
                let origin = group.name.clone();
                add(&mut staged, path, content, origin)?;
            }
        }
        let fetcher = self.fetcher(settings, &config)?;
        let mut fresh = BTreeMap::new();
        for file in developed(&fetcher, &groups, events)? {
            let origin = format!("{}/{}", file.group, file.name);
            add(&mut fresh, file.path, file.content, origin)?;
        }
        staged.extend(fresh);
        Ok(staged.into_values().collect())
    }
}

/// The files of the dependencies of these groups that are in development.
pub(super) fn developed(
    fetcher: &Fetcher,
    groups: &[Group],
    events: Events<'_>,
) -> Result<Vec<Developed>, ProjectError> {
    let mut sources = Vec::new();
    for group in groups {
        for dependency in &group.dependencies {
            let develop = dependency.sources.iter().filter(|source| source.develop);
            sources.extend(develop.map(|source| (group, dependency, source)));
        }
    }
    let cancel = fetcher.cancel();
    let results = parallel(
        &sources,
        cancel,
        events,
        |(group, dependency, source), events| {
            let fetcher = fetcher.reporting(events);
            let package = fetcher.describe(&source.source, None)?;
            let home = Home::Dependency {
                name: dependency.name.clone(),
                rename_to_init: source.rename_to_init,
            };
            let mut files = Vec::new();
            for file in package.files {
                let uri = || source.uri.clone();
                let path = place(package.layout, &file.path, &home)
                    .map_err(|source| FetchError::Path { uri: uri(), source })?;
                let content = fetcher.content(&file.content)?;
                check_python(&source.uri, &file.path, &content, events)?;
                files.push(Developed {
                    group: group.name.clone(),
                    name: dependency.name.clone(),
                    path,
                    content,
                });
            }
            Ok(files)
        },
    );
    let results = results.ok_or(ProjectError::Interrupted)?;
    let mut files = Vec::new();
    for ((_, dependency, _), result) in sources.iter().zip(results) {
        files.extend(result.map_err(|source| ProjectError::Package {
            chain: Chain::of(&dependency.name),
            source: Box::new(source),
        })?);
    }
    Ok(files)
}

/// Adds a file; another one at its path must hold the same.
fn add(
    staged: &mut BTreeMap<PackagePath, StagedFile>,
    path: PackagePath,
    content: Vec<u8>,
    origin: String,
) -> Result<(), ProjectError> {
    match staged.get(&path) {
        Some(known) if known.content != content => Err(ProjectError::Files {
            path: path.to_string(),
            first: Chain::of(&known.origin),
            second: Chain::of(&origin),
        }),
        _ => {
            let file = StagedFile {
                path: path.clone(),
                content,
                origin,
            };
            staged.insert(path, file);
            Ok(())
        }
    }
}
