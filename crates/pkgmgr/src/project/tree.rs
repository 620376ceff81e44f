//! The folder of dependencies.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Events, Project};
use crate::cache::{Cache, write_atomically};
use crate::config::Config;
use crate::error::{FileError, ProjectError, ResolveError};
use crate::fetch::Fetcher;
use crate::lock::{Lock, LockedDependency, LockedFile, LockedPackage, Sha256};
use crate::name::PackagePath;
use crate::resolve::{Folder, folder_of, restore};
use crate::source::Source;
use crate::transaction::{Transaction, files_of};

/// Builds a new folder of dependencies.
pub(super) struct Builder<'a> {
    pub(super) project: &'a Project,
    pub(super) fetcher: &'a Fetcher,
    pub(super) cache: &'a Cache,
    pub(super) config: &'a Config,
    pub(super) old: Option<&'a Lock>,
    pub(super) new: &'a Lock,
    /// What was downloaded just now.
    pub(super) contents: HashMap<Sha256, Vec<u8>>,
}

impl Builder<'_> {
    /// Builds the folder and makes it a part of the transaction, unless it is as it was. Gives the
    /// number of files that differ.
    pub(super) fn build(
        &self,
        transaction: &mut Transaction<'_>,
        place: &PackagePath,
        events: Events<'_>,
    ) -> Result<usize, ProjectError> {
        let current = place.under(self.project.root());
        let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for path in self.kept(&current)? {
            let content = read(&current.join(&path))?;
            files.insert(path, content);
        }
        for dependency in &self.new.dependencies {
            for package in &dependency.packages {
                for file in &package.files {
                    let path = file.path.under(Path::new(&dependency.group));
                    if let Entry::Vacant(entry) = files.entry(path) {
                        let content = self.content(&current, dependency, package, file, events)?;
                        entry.insert(content);
                    }
                }
            }
        }
        let existing: BTreeSet<PathBuf> = files_of(&current)?.into_iter().collect();
        let changed = files
            .iter()
            .filter(|(path, content)| {
                !existing.contains(*path)
                    || fs::read(current.join(path)).ok().as_ref() != Some(*content)
            })
            .count();
        let removed = existing
            .iter()
            .filter(|path| !files.contains_key(*path))
            .count();
        if changed + removed > 0 {
            let next = transaction.folder(place)?;
            for (path, content) in &files {
                write_atomically(&next.join(path), content)?;
            }
        }
        Ok(changed + removed)
    }

    /// What stays though the lock file does not name it: whatever lies beside the groups' folders,
    /// and the folders of dependencies that were never locked.
    fn kept(&self, current: &Path) -> Result<Vec<PathBuf>, ProjectError> {
        let groups: BTreeSet<&str> = self
            .config
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .chain(
                self.old
                    .iter()
                    .flat_map(|lock| &lock.dependencies)
                    .map(|d| d.group.as_str()),
            )
            .collect();
        let keep = |path: &PathBuf| {
            let mut parts = path.iter().map(|part| part.to_str());
            let Some(Some(group)) = parts.next() else {
                return true;
            };
            if !groups.contains(group) {
                return true;
            }
            let Some(Some(name)) = parts.next() else {
                return false;
            };
            self.config
                .group(group)
                .is_some_and(|group| group.get(name).is_some())
                && self.new.get(group, name).is_none()
        };
        let files = files_of(current)?;
        Ok(files.into_iter().filter(|path| keep(path)).collect())
    }

    fn content(
        &self,
        current: &Path,
        dependency: &LockedDependency,
        package: &LockedPackage,
        file: &LockedFile,
        events: Events<'_>,
    ) -> Result<Vec<u8>, ProjectError> {
        if let Some(content) = self.contents.get(&file.sha256) {
            return Ok(content.clone());
        }
        let existing = current.join(&dependency.group);
        if let Ok(content) = fs::read(file.path.under(&existing))
            && Sha256::of(&content) == file.sha256
        {
            return Ok(content);
        }
        if let Some(content) = self.cache.object(&file.sha256) {
            return Ok(content);
        }
        let failed = |source| ProjectError::Fetch {
            name: dependency.name.to_string(),
            source: Box::new(source),
        };
        let source = Source::parse(&package.source, &self.config.forges).map_err(|source| {
            ProjectError::Source {
                uri: package.source.clone(),
                source,
            }
        })?;
        let folder = folder(dependency, package, &source);
        restore(
            self.fetcher,
            &source,
            package,
            file,
            folder.as_ref(),
            events,
        )
        .map_err(failed)
    }
}

/// The folder of a package that does not say itself where its files go.
fn folder(
    dependency: &LockedDependency,
    package: &LockedPackage,
    source: &Source,
) -> Option<Folder> {
    let own = dependency
        .requested
        .iter()
        .find(|requested| requested.uri == package.source);
    match own {
        Some(requested) => Some(Folder {
            name: dependency.name.clone(),
            rename_to_init: requested.rename_to_init,
        }),
        None => folder_of(source),
    }
}

/// Fails when dependencies of one group have different files at one path.
pub(super) fn refuse_collisions(lock: &Lock) -> Result<(), ProjectError> {
    let mut seen: BTreeMap<(&str, &PackagePath), (&Sha256, &LockedDependency)> = BTreeMap::new();
    for dependency in &lock.dependencies {
        for file in dependency.files() {
            let key = (dependency.group.as_str(), &file.path);
            if let Some((hash, first)) = seen.insert(key, (&file.sha256, dependency))
                && *hash != file.sha256
            {
                let chain = |dependency: &LockedDependency| {
                    crate::error::Chain(vec![dependency.name.to_string()])
                };
                return Err(ResolveError::Files {
                    path: file.path.clone(),
                    first: chain(first),
                    second: chain(dependency),
                }
                .into());
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, ProjectError> {
    Ok(fs::read(path).map_err(FileError::new("read", path))?)
}
