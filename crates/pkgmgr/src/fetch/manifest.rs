//! Packages that only a `manifest.py` describes.

use std::fmt::Display;

use super::{Content, FetchedFile, Layout, Package};
use crate::error::FetchError;
use crate::manifest::{
    CollectError, ManifestOptions, ManifestTree, collect_manifest, find_required,
};
use crate::name::PathInRepo;
use crate::source::Source;
use crate::version::Requirement;

/// The name of such a file.
pub(super) const NAME: &str = "manifest.py";

/// Reads the manifest `path` of a tree. `at` makes the source of another path in the tree, for the
/// packages that this one requires and the tree has; the others are of the index.
pub(super) fn read<T>(
    tree: &mut T,
    path: &PathInRepo,
    uri: &str,
    commit: Option<String>,
    at: impl Fn(PathInRepo) -> Source,
) -> Result<Package, FetchError>
where
    T: ManifestTree<Error = FetchError>,
{
    let unusable = |reason: &dyn Display| FetchError::Manifest {
        uri: uri.to_owned(),
        reason: reason.to_string(),
    };
    let collected =
        collect_manifest(tree, path, &ManifestOptions::new()).map_err(|error| match error {
            CollectError::Tree(error) => error,
            error => unusable(&error),
        })?;
    let mut files = Vec::new();
    for file in collected.files {
        let bytes = tree.read(&file.source)?;
        let bytes = bytes.ok_or_else(|| FetchError::NotFound {
            uri: format!("{} of {uri}", file.source),
        })?;
        files.push(FetchedFile {
            path: file.path,
            content: Content::Bytes(bytes),
        });
    }
    let mut needs = Vec::new();
    for required in &collected.requires {
        if !required.options.is_empty() {
            let name = &required.name;
            return Err(unusable(&format!("it requires {name:?} with options")));
        }
        if let Some(path) = find_required(tree, required, &collected.libraries)? {
            needs.push(at(path));
            continue;
        }
        let requirement = match &required.version {
            Some(version) => Requirement::parse(version),
            None => Ok(Requirement::any()),
        };
        needs.push(Source::Index {
            name: required.name.clone(),
            requirement: requirement.map_err(|source| FetchError::Requirement {
                uri: uri.to_owned(),
                source,
            })?,
        });
    }
    Ok(Package {
        version: collected.metadata.version,
        commit,
        layout: Layout::Library,
        files,
        needs,
    })
}
