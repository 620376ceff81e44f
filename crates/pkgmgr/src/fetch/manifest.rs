//! Packages that only a `manifest.py` describes.

use super::package::{FetchedFile, Layout, Package};
use crate::error::FetchError;
use crate::manifest::{ManifestTree, collect_manifest};
use crate::name::PathInRepo;
use crate::source::Source;
use crate::version::Requirement;

/// The name of such a file.
pub(super) const NAME: &str = "manifest.py";

/// Reads the manifest `path` of a tree. What it requires and the tree has is a part of the package;
/// the rest is of the index.
pub(super) fn read(
    tree: &mut dyn ManifestTree,
    path: &PathInRepo,
    uri: &str,
) -> Result<Package, FetchError> {
    let collected = collect_manifest(tree, path).map_err(|error| match error {
        FetchError::Manifest { uri: path, reason } => FetchError::Manifest {
            uri: uri.to_owned(),
            reason: format!("{path}:{reason}"),
        },
        error => error,
    })?;
    let mut files = Vec::new();
    for (path, source) in collected.files {
        let bytes = tree.read(&source)?;
        let bytes = bytes.ok_or_else(|| FetchError::NotFound {
            uri: format!("{source} of {uri}"),
        })?;
        files.push((path, bytes));
    }
    let needs = collected.requires.into_iter().map(|(name, version)| {
        let requirement = version.map_or(Ok(Requirement::any()), |version| {
            Requirement::parse(&version)
        });
        let requirement = requirement.map_err(|source| FetchError::Requirement {
            uri: uri.to_owned(),
            source,
        })?;
        Ok(Source::Index { name, requirement })
    });
    Ok(Package {
        version: collected.version,
        commit: None,
        layout: Layout::Library,
        needs: needs.collect::<Result<_, FetchError>>()?,
        files: FetchedFile::all(files),
    })
}
