//! Files and folders of this computer.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::fetcher::Fetcher;
use super::package::{Content, FetchedFile, Layout, Package};
use super::{manifest, package_json};
use crate::error::FetchError;
use crate::file::FileError;
use crate::manifest::ManifestTree;
use crate::name::{PackagePath, PathInRepo};
use crate::source::Source;

/// What is no part of any package.
const LEFT_OUT: [&str; 4] = [".git", "__pycache__", ".DS_Store", ".pytest_cache"];

/// The package at a path, seen from the project's folder.
pub(super) fn describe(fetcher: &Fetcher, place: &Path) -> Result<Package, FetchError> {
    let path = fetcher.project.join(place);
    let missing = |_| FetchError::NoFile { path: path.clone() };
    if !fs::metadata(&path).map_err(missing)?.is_dir() {
        return file(fetcher, place);
    }
    for name in [package_json::NAME, manifest::NAME] {
        let described = place.join(name);
        if fetcher.project.join(&described).is_file() {
            return file(fetcher, &described);
        }
    }
    folder(fetcher, &path)
}

/// A file, or the package that it describes.
fn file(fetcher: &Fetcher, place: &Path) -> Result<Package, FetchError> {
    if place.file_name().is_some_and(|name| name == manifest::NAME) {
        return by_manifest(fetcher, place);
    }
    let bytes = fetcher.local(place)?;
    if place
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let base = package_json::Base::new(Source::Local(place.to_owned()));
        return package_json::read(fetcher, &bytes, &base);
    }
    let name = place.file_name().unwrap_or_default();
    let name = package_path(place, Path::new(name))?;
    Ok(Package::single(name, Content::Bytes(bytes), None))
}

/// The package that a `manifest.py` describes. What it names is looked for in the checkout that it
/// is a part of, or in its own folder.
fn by_manifest(fetcher: &Fetcher, place: &Path) -> Result<Package, FetchError> {
    let path = fetcher.project.join(place);
    let folder = path.parent().unwrap_or(&path);
    let root = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(folder);
    let inside = path.strip_prefix(root).unwrap_or(&path);
    let inside = PathInRepo::from(package_path(&path, inside)?);
    let mut tree = LocalTree { root, fetcher };
    manifest::read(&mut tree, &inside, &place.display().to_string())
}

/// A checkout as manifests see it.
struct LocalTree<'a> {
    root: &'a Path,
    fetcher: &'a Fetcher,
}

impl ManifestTree for LocalTree<'_> {
    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, FetchError> {
        let path = self.root.join(path.as_str());
        if !path.is_file() {
            return Ok(None);
        }
        self.fetcher.local(&path).map(Some)
    }

    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError> {
        let mut files = Vec::new();
        let entries = WalkDir::new(self.root.join(folder.as_str()))
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| !LEFT_OUT.iter().any(|name| entry.file_name() == *name));
        for entry in entries.filter_map(Result::ok) {
            if entry.file_type().is_file()
                && let Ok(inside) = entry.path().strip_prefix(self.root)
                && let Ok(path) = package_path(self.root, inside)
            {
                files.push(path.into());
            }
        }
        Ok(files)
    }
}

fn folder(fetcher: &Fetcher, folder: &PathBuf) -> Result<Package, FetchError> {
    let limits = fetcher.limits();
    let mut files = Vec::new();
    let mut taken = 0;
    let entries = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !LEFT_OUT.iter().any(|name| entry.file_name() == *name));
    for entry in entries {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            FileError::new("read", path)(error.into())
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        if files.len() >= limits.files {
            return Err(FetchError::TooMany {
                uri: folder.display().to_string(),
                limit: limits.files,
            });
        }
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = package_path(folder, inside)?;
        let bytes = fetcher.local(entry.path())?;
        taken += bytes.len() as u64;
        if taken > limits.package_bytes {
            return Err(FetchError::TooLarge {
                uri: folder.display().to_string(),
                limit: limits.package_bytes,
            });
        }
        files.push((path, bytes));
    }
    Ok(Package {
        version: None,
        commit: None,
        layout: Layout::Folder,
        files: FetchedFile::all(files),
        needs: Vec::new(),
    })
}

fn package_path(package: &Path, path: &Path) -> Result<PackagePath, FetchError> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    PackagePath::new(&parts.join("/")).map_err(|source| FetchError::Path {
        uri: package.display().to_string(),
        source,
    })
}
