//! The files of the package that a manifest describes, with what its other manifests say.

use std::collections::{BTreeMap, HashSet};

use super::{
    MAX_MANIFEST, Manifest, ManifestMetadata, ManifestOptions, ManifestRequire, ManifestStep,
};
use crate::error::{ManifestError, NameError};
use crate::name::{PackagePath, PathInRepo};

/// The most manifests that one may include, each other and itself among them.
const MAX_INCLUDES: usize = 100;

/// The most files of a package.
const MAX_FILES: usize = 5_000;

/// Where manifests and modules are read from: a checkout, or a commit of a repository.
pub trait ManifestTree {
    /// Why something could not be read.
    type Error;

    /// The content of a file; `None` when there is no such file, be it because it is a folder.
    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The files at any depth in a folder, as paths from the root of the tree. Empty when there is
    /// no such folder. Links that lead out of the tree are no files.
    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, Self::Error>;
}

/// What a manifest comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// What the package says about itself.
    pub metadata: ManifestMetadata,
    /// Its files in the order of their paths, which differ.
    pub files: Vec<CollectedFile>,
    /// The packages it requires, each name once, in the order they are asked for.
    pub requires: Vec<ManifestRequire>,
    /// The folders to look for these in besides the usual ones: the first is asked first.
    pub libraries: Vec<(String, PathInRepo)>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectedFile {
    /// Where it is installed.
    pub path: PackagePath,
    /// Where it is in the tree.
    pub source: PathInRepo,
}

/// Why a manifest does not come to a package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError<E> {
    /// Something could not be read.
    #[error("cannot read the files of the package")]
    Tree(#[source] E),
    /// There is no such manifest.
    #[error("there is no manifest {:?}", path.as_str())]
    NoManifest {
        /// The file.
        path: PathInRepo,
    },
    /// A manifest is no text.
    #[error("the manifest {:?} is not UTF-8 of at most {MAX_MANIFEST} bytes", path.as_str())]
    NoText {
        /// The file.
        path: PathInRepo,
    },
    /// A manifest cannot be read.
    #[error("{}:{source}", path.as_str())]
    Manifest {
        /// The file.
        path: PathInRepo,
        /// What is wrong.
        source: ManifestError,
    },
    /// A manifest names a path that is none, or that leads out of the tree.
    #[error("{:?} in the manifest {:?} is no path in its repository", named, path.as_str())]
    Path {
        /// The manifest.
        path: PathInRepo,
        /// What it names.
        named: String,
        /// What is wrong.
        source: NameError,
    },
    /// A manifest names a folder that is known only where firmware is built.
    #[error("{:?} in the manifest {:?} is known only where firmware is built", named, path.as_str())]
    Variable {
        /// The manifest.
        path: PathInRepo,
        /// What it names.
        named: String,
    },
    /// A file or folder that a manifest names is not there.
    #[error("the manifest {:?} names {named:?}, which is not there", path.as_str())]
    Missing {
        /// The manifest.
        path: PathInRepo,
        /// What it names.
        named: String,
    },
    /// Two files would be installed under one path.
    #[error("both {:?} and {:?} would be installed as {:?}", first.as_str(), second.as_str(), path.as_str())]
    Twice {
        /// The path.
        path: PackagePath,
        /// A file.
        first: PathInRepo,
        /// Another.
        second: PathInRepo,
    },
    /// There are more manifests or files than any package has.
    #[error("the package has too many manifests or files")]
    TooMuch,
}

/// Follows the manifest `path`, a file, and those it includes.
///
/// A manifest that was followed already is passed over, as MicroPython's own tool does, so that
/// includes cannot go round in circles. `$(MPY_LIB_DIR)` is the root of the tree.
pub fn collect_manifest<T: ManifestTree>(
    tree: &mut T,
    path: &PathInRepo,
    options: &ManifestOptions,
) -> Result<Collected, CollectError<T::Error>> {
    let mut collector = Collector {
        tree,
        visited: HashSet::new(),
        files: BTreeMap::new(),
        collected: Collected::default(),
    };
    collector.follow(path, options)?;
    let mut collected = collector.collected;
    let files = collector.files.into_iter();
    collected.files = files
        .map(|(path, source)| CollectedFile { path, source })
        .collect();
    Ok(collected)
}

/// The folders of micropython-lib that packages are looked for in, in their order.
const LIBRARIES: [&str; 3] = ["micropython", "python-stdlib", "python-ecosys"];

/// The manifest of a package that another requires, where the tree has it: the file
/// `LIBRARY/…/NAME/manifest.py` of the first library that has one. The libraries are those of
/// micropython-lib and `libraries`, which [`Collected::libraries`] gives; when the package must be
/// of one library, that one alone.
pub fn find_required<T: ManifestTree>(
    tree: &mut T,
    require: &ManifestRequire,
    libraries: &[(String, PathInRepo)],
) -> Result<Option<PathInRepo>, T::Error> {
    let usual = LIBRARIES.map(|name| (name.to_owned(), PathInRepo::new(name)));
    let usual = usual
        .into_iter()
        .filter_map(|(name, path)| Some((name, path.ok()?)));
    let mut searched: Vec<(String, PathInRepo)> = libraries.iter().cloned().chain(usual).collect();
    if let Some(library) = &require.library {
        // A library of the tree that no manifest names has its folder's name.
        searched.extend(
            PathInRepo::new(library)
                .ok()
                .map(|path| (library.clone(), path)),
        );
        searched.retain(|(name, _)| name == library);
    }
    for (_, folder) in searched {
        let mut found: Vec<PathInRepo> = tree
            .files(&folder)?
            .into_iter()
            .filter(|file| {
                let parent = file.parent();
                file.file_name() == Some("manifest.py") && parent.file_name() == Some(&require.name)
            })
            .collect();
        found.sort_by_key(|file| (file.as_str().matches('/').count(), file.clone()));
        if let Some(file) = found.into_iter().next() {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

struct Collector<'t, T> {
    tree: &'t mut T,
    visited: HashSet<PathInRepo>,
    files: BTreeMap<PackagePath, PathInRepo>,
    collected: Collected,
}

impl<T: ManifestTree> Collector<'_, T> {
    fn follow(
        &mut self,
        path: &PathInRepo,
        options: &ManifestOptions,
    ) -> Result<(), CollectError<T::Error>> {
        if !self.visited.insert(path.clone()) {
            return Ok(());
        }
        if self.visited.len() > MAX_INCLUDES {
            return Err(CollectError::TooMuch);
        }
        let content = self.tree.read(path).map_err(CollectError::Tree)?;
        let content = content.ok_or_else(|| CollectError::NoManifest { path: path.clone() })?;
        let text = String::from_utf8(content)
            .ok()
            .filter(|text| text.len() <= MAX_MANIFEST)
            .ok_or_else(|| CollectError::NoText { path: path.clone() })?;
        let manifest = Manifest::parse(&text, options).map_err(|source| {
            let path = path.clone();
            CollectError::Manifest { path, source }
        })?;
        // An included manifest may describe the package in the place of the one that includes it.
        if self.visited.len() == 1 || self.collected.metadata == ManifestMetadata::default() {
            self.collected.metadata = manifest.metadata;
        }
        for step in manifest.steps {
            self.step(path, step)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        manifest: &PathInRepo,
        step: ManifestStep,
    ) -> Result<(), CollectError<T::Error>> {
        match step {
            ManifestStep::Module { path, base } => {
                let folder = resolve(manifest, &base)?;
                self.module(manifest, &folder, &path)
            }
            ManifestStep::Package { path, files, base } => {
                let base = resolve(manifest, &base)?;
                let folder = within(manifest, &base, &path)?;
                if let Some(files) = files {
                    for file in files {
                        self.module(manifest, &base, &format!("{path}/{file}"))?;
                    }
                    return Ok(());
                }
                let mut files = self.tree.files(&folder).map_err(CollectError::Tree)?;
                files.retain(|file| file.extension() == Some("py"));
                if files.is_empty() {
                    return Err(CollectError::Missing {
                        path: manifest.clone(),
                        named: path,
                    });
                }
                for file in files {
                    if let Some(target) = file.within(&base) {
                        self.add(target, file)?;
                    }
                }
                Ok(())
            }
            ManifestStep::Require(require) => {
                let known = &mut self.collected.requires;
                if known.iter().all(|known| known.name != require.name) {
                    known.push(require);
                }
                Ok(())
            }
            ManifestStep::Include { paths, options } => {
                for named in paths {
                    let mut path = resolve(manifest, &named)?;
                    if path.extension() != Some("py") {
                        path = within(manifest, &path, "manifest.py")?;
                    }
                    self.follow(&path, &options)?;
                }
                Ok(())
            }
            ManifestStep::AddLibrary {
                name,
                path,
                prepend,
            } => {
                let library = (name, resolve(manifest, &path)?);
                let libraries = &mut self.collected.libraries;
                let index = if prepend { 0 } else { libraries.len() };
                libraries.insert(index, library);
                Ok(())
            }
        }
    }

    fn module(
        &mut self,
        manifest: &PathInRepo,
        base: &PathInRepo,
        path: &str,
    ) -> Result<(), CollectError<T::Error>> {
        let source = within(manifest, base, path)?;
        let missing = || CollectError::Missing {
            path: manifest.clone(),
            named: path.to_owned(),
        };
        let content = self.tree.read(&source).map_err(CollectError::Tree)?;
        content.ok_or_else(missing)?;
        // What leads out of the base has no place in the package.
        let target = source.within(base).ok_or_else(missing)?;
        self.add(target, source)
    }

    fn add(&mut self, path: PackagePath, source: PathInRepo) -> Result<(), CollectError<T::Error>> {
        if self.files.len() >= MAX_FILES {
            return Err(CollectError::TooMuch);
        }
        match self.files.get(&path) {
            Some(first) if *first != source => Err(CollectError::Twice {
                first: first.clone(),
                second: source,
                path,
            }),
            _ => {
                self.files.insert(path, source);
                Ok(())
            }
        }
    }
}

/// What a path in a manifest means: seen from its folder, or from the root by a variable.
fn resolve<E>(manifest: &PathInRepo, named: &str) -> Result<PathInRepo, CollectError<E>> {
    if let Some(rest) = named.strip_prefix("$(MPY_LIB_DIR)") {
        return within(manifest, &PathInRepo::root(), rest);
    }
    within(manifest, &manifest.parent(), named)
}

fn within<E>(
    manifest: &PathInRepo,
    folder: &PathInRepo,
    named: &str,
) -> Result<PathInRepo, CollectError<E>> {
    if named.contains("$(") {
        return Err(CollectError::Variable {
            path: manifest.clone(),
            named: named.to_owned(),
        });
    }
    folder.join(named).map_err(|source| CollectError::Path {
        path: manifest.clone(),
        named: named.to_owned(),
        source,
    })
}
