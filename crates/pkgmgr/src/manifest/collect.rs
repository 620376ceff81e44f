//! The files of the package that a manifest describes, with what its other manifests say.

use std::collections::{BTreeMap, HashSet};

use super::{Step, parse};
use crate::error::FetchError;
use crate::name::{PackagePath, PathInRepo};

/// The most manifests of one package, included and required ones among them.
const MAX_MANIFESTS: usize = 500;

/// The most files of a package.
const MAX_FILES: usize = 5_000;

/// Where manifests and modules are read from: a checkout, or a commit of a repository.
pub(crate) trait ManifestTree {
    /// The content of a file; `None` when there is no such file, be it because it is a folder.
    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, FetchError>;

    /// The files at any depth in a folder, as paths from the root of the tree. Empty when there is
    /// no such folder. Links that lead out of the tree are no files.
    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError>;
}

/// What a manifest comes to.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// The package's version, as written.
    pub(crate) version: Option<String>,
    /// Its files by where they are installed, with where they are in the tree.
    pub(crate) files: BTreeMap<PackagePath, PathInRepo>,
    /// The packages it requires that the tree has not, each name once, and their versions where one is
    /// asked for.
    pub(crate) requires: Vec<(String, Option<String>)>,
}

/// The folders of micropython-lib that packages are looked for in, in their order.
const LIBRARIES: [&str; 3] = ["micropython", "python-stdlib", "python-ecosys"];

/// Follows the manifest `path`, a file, with those it includes and those it requires, as far as the
/// tree has them.
///
/// A manifest that was followed already is passed over, as MicroPython's own tool does, so that
/// they cannot go round in circles. `$(MPY_LIB_DIR)` is the root of the tree.
pub(crate) fn collect_manifest(
    tree: &mut dyn ManifestTree,
    path: &PathInRepo,
) -> Result<Collected, FetchError> {
    let mut libraries: Vec<_> = LIBRARIES.iter().map(|name| (*name).to_owned()).collect();
    // A package knows its neighbours: those of a library that none of these names come first.
    if let [library, _, .., _] = path.as_str().split('/').collect::<Vec<_>>()[..]
        && !LIBRARIES.contains(&library)
    {
        libraries.insert(0, library.to_owned());
    }
    let libraries = libraries
        .into_iter()
        .filter_map(|name| Some((PathInRepo::new(&name).ok()?, name)));
    let mut collector = Collector {
        tree,
        visited: HashSet::new(),
        libraries: libraries.map(|(path, name)| (name, path)).collect(),
        collected: Collected::default(),
    };
    collector.follow(path, true)?;
    Ok(collector.collected)
}

struct Collector<'t> {
    tree: &'t mut dyn ManifestTree,
    visited: HashSet<PathInRepo>,
    /// The folders to look for required packages in, and their names: for this manifest and all that
    /// follow, wherever they were added.
    libraries: Vec<(String, PathInRepo)>,
    collected: Collected,
}

impl Collector<'_> {
    /// Follows a manifest; `own` if it describes the package itself and not one that it requires.
    fn follow(&mut self, path: &PathInRepo, own: bool) -> Result<(), FetchError> {
        if !self.visited.insert(path.clone()) {
            return Ok(());
        }
        if self.visited.len() > MAX_MANIFESTS {
            return Err(unusable(path, "there are too many manifests"));
        }
        let content = self.tree.read(path)?;
        let content = content.ok_or_else(|| unusable(path, "there is no such file"))?;
        let text = String::from_utf8(content).map_err(|_| unusable(path, "it is not UTF-8"))?;
        let steps = parse(&text).map_err(|error| FetchError::Manifest {
            uri: path.to_string(),
            reason: error.to_string(),
        })?;
        for step in steps {
            self.step(path, own, step)?;
        }
        Ok(())
    }

    fn step(&mut self, manifest: &PathInRepo, own: bool, step: Step) -> Result<(), FetchError> {
        match step {
            // An included manifest may describe the package in the place of the one that includes it.
            Step::Metadata { version } if own && self.collected.version.is_none() => {
                self.collected.version = version;
                Ok(())
            }
            Step::Metadata { .. } => Ok(()),
            Step::Module { path, base } => {
                let folder = resolve(manifest, &base)?;
                self.module(manifest, &folder, &path)
            }
            Step::Package { path, files, base } => {
                let base = resolve(manifest, &base)?;
                let folder = within(manifest, &base, &path)?;
                if let Some(files) = files {
                    for file in files {
                        self.module(manifest, &base, &format!("{path}/{file}"))?;
                    }
                    return Ok(());
                }
                let mut files = self.tree.files(&folder)?;
                files.retain(|file| file.extension() == Some("py"));
                if files.is_empty() {
                    return Err(missing(manifest, &path));
                }
                for file in files {
                    if let Some(target) = file.within(&base) {
                        self.add(target, file)?;
                    }
                }
                Ok(())
            }
            Step::Require {
                name,
                version,
                library,
            } => match self.find(&name, library.as_deref())? {
                Some(path) => self.follow(&path, false),
                None if library.is_some() => Err(missing(manifest, &name)),
                None => {
                    let known = &mut self.collected.requires;
                    if known.iter().all(|(known, _)| *known != name) {
                        known.push((name, version));
                    }
                    Ok(())
                }
            },
            Step::Include { paths } => {
                for named in paths {
                    let mut path = resolve(manifest, &named)?;
                    if path.extension() != Some("py") {
                        path = within(manifest, &path, "manifest.py")?;
                    }
                    self.follow(&path, own)?;
                }
                Ok(())
            }
            Step::AddLibrary {
                name,
                path,
                prepend,
            } => {
                let library = (name, resolve(manifest, &path)?);
                let index = if prepend { 0 } else { self.libraries.len() };
                self.libraries.insert(index, library);
                Ok(())
            }
        }
    }

    /// The manifest of a required package, where the tree has it: the file
    /// `LIBRARY/…/NAME/manifest.py` of the first library that has one, or of the one that is named.
    fn find(
        &mut self,
        name: &str,
        library: Option<&str>,
    ) -> Result<Option<PathInRepo>, FetchError> {
        let asked = |known: &&(String, PathInRepo)| library.is_none_or(|asked| known.0 == asked);
        let mut folders: Vec<PathInRepo> = self
            .libraries
            .iter()
            .filter(asked)
            .map(|(_, path)| path.clone())
            .collect();
        // A library of the tree that no manifest names has its folder's name.
        folders.extend(library.and_then(|library| PathInRepo::new(library).ok()));
        for folder in folders {
            let files = self.tree.files(&folder)?;
            let found = files.into_iter().filter(|file| {
                file.file_name() == Some("manifest.py") && file.parent().file_name() == Some(name)
            });
            let depth = |file: &PathInRepo| (file.as_str().matches('/').count(), file.clone());
            if let Some(file) = found.min_by_key(depth) {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    fn module(
        &mut self,
        manifest: &PathInRepo,
        base: &PathInRepo,
        path: &str,
    ) -> Result<(), FetchError> {
        let source = within(manifest, base, path)?;
        let content = self.tree.read(&source)?;
        // What leads out of the base has no place in the package.
        match (content, source.within(base)) {
            (Some(_), Some(target)) => self.add(target, source),
            _ => Err(missing(manifest, path)),
        }
    }

    fn add(&mut self, path: PackagePath, source: PathInRepo) -> Result<(), FetchError> {
        let files = &mut self.collected.files;
        if files.len() >= MAX_FILES {
            return Err(unusable(&source, "the package has too many files"));
        }
        match files.get(&path) {
            Some(first) if *first != source => {
                let what = format!("{first} and this would both be installed as {path}");
                Err(unusable(&source, &what))
            }
            _ => {
                files.insert(path, source);
                Ok(())
            }
        }
    }
}

/// Why a manifest, or a file that one names, does not come to a package.
fn unusable(path: &PathInRepo, reason: &str) -> FetchError {
    FetchError::Manifest {
        uri: path.to_string(),
        reason: reason.to_owned(),
    }
}

fn missing(manifest: &PathInRepo, named: &str) -> FetchError {
    unusable(manifest, &format!("{named:?} is not there"))
}

/// What a path in a manifest means: seen from its folder, or from the root by a variable.
fn resolve(manifest: &PathInRepo, named: &str) -> Result<PathInRepo, FetchError> {
    if let Some(rest) = named.strip_prefix("$(MPY_LIB_DIR)") {
        return within(manifest, &PathInRepo::root(), rest);
    }
    within(manifest, &manifest.parent(), named)
}

fn within(
    manifest: &PathInRepo,
    folder: &PathInRepo,
    named: &str,
) -> Result<PathInRepo, FetchError> {
    if named.contains("$(") {
        let reason = format!("{named:?} is known only where firmware is built");
        return Err(unusable(manifest, &reason));
    }
    let wrong = |error| unusable(manifest, &format!("{error}"));
    folder.join(named).map_err(wrong)
}
