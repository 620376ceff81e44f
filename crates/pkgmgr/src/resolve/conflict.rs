//! What cannot lie in one folder.

use std::collections::BTreeMap;

use crate::error::{Chain, ProjectError};
use crate::lock::{Lock, LockedDependency, LockedPackage, Sha256};

/// A name in a group's folder: as it is written, what a file of this name holds, and whose it is.
struct Name<'l> {
    path: &'l str,
    file: Option<&'l Sha256>,
    dependency: &'l LockedDependency,
    package: &'l LockedPackage,
}

impl Name<'_> {
    /// Who needs the package that this is of.
    fn chain(&self) -> Chain {
        let mut links = vec![self.package.source.to_string()];
        let mut below = self.package;
        let packages = &self.dependency.packages;
        // A lock file that somebody wrote may have circles.
        while links.len() <= packages.len()
            && let Some(above) = packages
                .iter()
                .find(|each| each.needs.contains(&below.source))
        {
            links.push(above.source.to_string());
            below = above;
        }
        // The last is the dependency's own package.
        links.pop();
        links.push(self.dependency.name.to_string());
        links.reverse();
        Chain(links)
    }
}

/// Fails where two packages of a group have different files at one path, or at paths that are one
/// where case does not count, where one has a file and the other a folder, and where their files
/// together are a repository to git, whose configuration would run programs.
pub(crate) fn refuse_conflicts(lock: &Lock) -> Result<(), ProjectError> {
    let mut names: BTreeMap<(&str, String), Name<'_>> = BTreeMap::new();
    for dependency in &lock.dependencies {
        for package in &dependency.packages {
            for file in &package.files {
                let path = file.path.as_str();
                let ends = path.match_indices('/').map(|(end, _)| end);
                for end in ends.chain([path.len()]) {
                    let name = Name {
                        path: &path[..end],
                        file: (end == path.len()).then_some(&file.sha256),
                        dependency,
                        package,
                    };
                    let key = (dependency.group.as_str(), name.path.to_uppercase());
                    match names.get(&key) {
                        None => _ = names.insert(key, name),
                        Some(known) => refuse_conflict(known, &name)?,
                    }
                }
            }
        }
    }
    for ((group, folded), head) in &names {
        let Some(folder) = folded.strip_suffix("HEAD") else {
            continue;
        };
        let has = |name| names.contains_key(&(*group, format!("{folder}{name}")));
        let inside = folder.is_empty() || folder.ends_with('/');
        if inside && (has("COMMONDIR") || has("OBJECTS") && has("REFS")) {
            return Err(ProjectError::Repository {
                path: head.path.to_owned(),
                chain: head.chain(),
            });
        }
    }
    Ok(())
}

fn refuse_conflict(first: &Name<'_>, second: &Name<'_>) -> Result<(), ProjectError> {
    if first.path == second.path && first.file == second.file {
        return Ok(());
    }
    let path = second.path.to_owned();
    let other = first.path.to_owned();
    let (first, second) = (first.chain(), second.chain());
    Err(if path == other {
        ProjectError::Files {
            path,
            first,
            second,
        }
    } else {
        ProjectError::Case {
            path,
            other,
            first,
            second,
        }
    })
}
