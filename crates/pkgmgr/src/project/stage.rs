//! What goes to a board's library folder.

use std::collections::BTreeMap;
use std::fs;

use super::{Events, Project, Settings};
use crate::config::{Config, Group, MAIN_GROUP};
use crate::error::{FetchError, FileError, ProjectError};
use crate::name::PackagePath;
use crate::resolve::{Folder, parallel, place};
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

impl Project {
    /// The files of the groups that are not optional and of those in `with`, by path: as the folder
    /// of dependencies has them, and read afresh for dependencies that are in development. The latter
    /// take the place of the former. Writes nothing.
    pub fn stage(
        &self,
        settings: &Settings<'_>,
        with: &[String],
        events: Events<'_>,
    ) -> Result<Vec<StagedFile>, ProjectError> {
        let _shared = self.shared(events)?;
        let config = self.config()?;
        let known = || {
            config
                .groups
                .iter()
                .map(|group| group.name.clone())
                .collect()
        };
        if let Some(name) = with.iter().find(|name| config.group(name).is_none()) {
            return Err(ProjectError::NoGroup {
                name: name.clone(),
                known: known(),
            });
        }
        let groups: Vec<&Group> = config
            .groups
            .iter()
            .filter(|group| {
                group.name == MAIN_GROUP || !group.optional || with.contains(&group.name)
            })
            .collect();
        let folder = self.dependencies_path(&config)?.under(&self.root);
        let mut staged: BTreeMap<PackagePath, StagedFile> = BTreeMap::new();
        for group in &groups {
            let folder = folder.join(&group.name);
            for file in files_of(&folder)? {
                let parts: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
                let path = PackagePath::new(&parts.join("/"))?;
                let source = folder.join(&file);
                let content = fs::read(&source).map_err(FileError::new("read", &source))?;
                let file = StagedFile {
                    origin: group.name.clone(),
                    path: path.clone(),
                    content,
                };
                if let Some(known) = staged
                    .get(&path)
                    .filter(|known| known.content != file.content)
                {
                    return Err(collision(known, &file));
                }
                staged.insert(path, file);
            }
        }
        let mut developed: BTreeMap<PackagePath, StagedFile> = BTreeMap::new();
        for file in self.developed(settings, &config, &groups, events)? {
            if let Some(known) = developed
                .get(&file.path)
                .filter(|known| known.content != file.content)
            {
                return Err(collision(known, &file));
            }
            developed.insert(file.path.clone(), file);
        }
        staged.extend(developed);
        Ok(staged.into_values().collect())
    }

    /// The files of dependencies in development.
    fn developed(
        &self,
        settings: &Settings<'_>,
        config: &Config,
        groups: &[&Group],
        events: Events<'_>,
    ) -> Result<Vec<StagedFile>, ProjectError> {
        let mut sources = Vec::new();
        for group in groups {
            for dependency in &group.dependencies {
                let develop = dependency.sources.iter().filter(|source| source.develop);
                sources.extend(develop.map(|source| (*group, dependency, source)));
            }
        }
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let fetcher = self.fetcher(settings, config)?;
        let results = parallel(&sources, events, |(group, dependency, source), report| {
            let package = fetcher.describe(&source.source, None, report)?;
            let folder = Folder {
                name: dependency.name.clone(),
                rename_to_init: source.rename_to_init,
            };
            let mut files = Vec::new();
            for file in package.files {
                let path = place(package.layout, &file.path, Some(&folder)).map_err(|error| {
                    FetchError::Path {
                        uri: source.uri.clone(),
                        source: error,
                    }
                })?;
                let content = fetcher.content(&file.content, report)?;
                (settings.check)(&path, &content).map_err(|error| FetchError::Content {
                    uri: source.uri.clone(),
                    path: file.path.clone(),
                    source: error,
                })?;
                files.push(StagedFile {
                    path,
                    content,
                    origin: format!("{}/{}", group.name, dependency.name),
                });
            }
            Ok(files)
        });
        let results = results.ok_or(ProjectError::Interrupted)?;
        let mut files = Vec::new();
        for ((_, dependency, _), result) in sources.iter().zip(results) {
            files.extend(result.map_err(|source| ProjectError::Fetch {
                name: dependency.name.to_string(),
                source: Box::new(source),
            })?);
        }
        Ok(files)
    }
}

fn collision(first: &StagedFile, second: &StagedFile) -> ProjectError {
    ProjectError::Collision {
        path: first.path.to_string(),
        first: first.origin.clone(),
        second: second.origin.clone(),
    }
}
