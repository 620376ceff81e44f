//! The folder of dependencies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use super::stage::Developed;
use crate::cache::Cache;
use crate::config::Config;
use crate::error::{Chain, ProjectError};
use crate::event::{Event, Events};
use crate::fetch::Fetcher;
use crate::file::{FileError, write_atomically};
use crate::lock::{Lock, LockedDependency, LockedFile, LockedPackage, Sha256};
use crate::name::PackagePath;
use crate::resolve::{Home, parallel, restore};
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
    /// What is read afresh at each install. It takes the place of what is locked.
    pub(super) developed: Vec<Developed>,
}

/// A locked file with the package and the dependency that it is of.
type Locked<'l> = (&'l LockedDependency, &'l LockedPackage, &'l LockedFile);

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
            let place = current.join(&path);
            let content = fs::read(&place).map_err(FileError::new("read", place))?;
            files.insert(path, content);
        }
        for file in &self.developed {
            let path = file.path.under(Path::new(&file.group));
            files.insert(path, file.content.clone());
        }
        let mut missing: BTreeMap<PathBuf, Locked<'_>> = BTreeMap::new();
        for dependency in &self.new.dependencies {
            for package in &dependency.packages {
                for file in &package.files {
                    let path = file.path.under(Path::new(&dependency.group));
                    if files.contains_key(&path) {
                        continue;
                    }
                    match self.at_hand(&current, &path, file) {
                        Some(content) => _ = files.insert(path, content),
                        None => _ = missing.insert(path, (dependency, package, file)),
                    }
                }
            }
        }
        let asked: Vec<Locked<'_>> = missing.values().copied().collect();
        let cancel = self.fetcher.cancel();
        let found = parallel(&asked, cancel, events, |locked, events| {
            let fetcher = self.fetcher.reporting(events);
            let content = restored(&fetcher, *locked)?;
            events.send(Event::File {
                path: locked.2.path.clone(),
                bytes: content.len() as u64,
            });
            Ok::<_, ProjectError>(content)
        });
        let found = found.ok_or(ProjectError::Interrupted)?;
        for (path, content) in missing.into_keys().zip(found) {
            files.insert(path, content?);
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

    /// The content of a locked file, if no network is needed for it.
    fn at_hand(&self, current: &Path, path: &Path, file: &LockedFile) -> Option<Vec<u8>> {
        if let Some(content) = self.contents.get(&file.sha256) {
            return Some(content.clone());
        }
        let existing = fs::read(current.join(path)).ok();
        existing
            .filter(|content| Sha256::of(content) == file.sha256)
            .or_else(|| self.cache.object(&file.sha256))
    }
}

/// The content of a locked file, from where it came.
fn restored(
    fetcher: &Fetcher,
    (dependency, package, file): Locked<'_>,
) -> Result<Vec<u8>, ProjectError> {
    let mut requested = dependency.requested.iter();
    let home = match requested.find(|each| each.source.package() == package.source) {
        Some(requested) => Home::Dependency {
            name: dependency.name.clone(),
            rename_to_init: requested.rename_to_init,
        },
        None => Home::Package(package.source.natural_name()),
    };
    restore(fetcher, package, file, &home).map_err(|source| ProjectError::Package {
        chain: Chain::of(&dependency.name),
        source: Box::new(source),
    })
}
