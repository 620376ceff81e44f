//! From what a project asks for to packages and their files.
//!
//! The graph of packages is walked level by level, each level at once. A package of the index is
//! taken in one version for the whole project: when those who need it ask for different ones, the
//! newest that suits all is chosen and the walk begins again, with what is known already.
//!
//! There is no search that goes back on choices: packages for MicroPython ask for the latest version
//! of what they need, or for one version, and a solver would answer with the same conflict.

mod graph;
mod parallel;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use crate::error::{Chain, ContentError, FetchError, ResolveError};
use crate::fetch::{Content, Event, Fetcher, Freshness, Layout};
use crate::lock::{LockedDependency, LockedFile, LockedPackage, RequestedSource, Sha256};
use crate::name::{DependencyName, PackagePath};
use crate::source::Source;
use crate::version::Version;

use self::graph::{Graph, Node};
pub(crate) use self::graph::{folder_of, key_of};
pub(crate) use self::parallel::parallel;

/// Looks at the content of a file before it is accepted.
pub type Check<'a> = dyn Fn(&PackagePath, &[u8]) -> Result<(), ContentError> + Sync + 'a;

/// A dependency to resolve.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) group: String,
    pub(crate) name: DependencyName,
    /// All that `pyproject.toml` asks for.
    pub(crate) requested: Vec<RequestedSource>,
    /// What is to be resolved of it: not what is read afresh at each install.
    pub(crate) sources: Vec<(Source, RequestedSource)>,
}

/// What is to stay as it is.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    /// Versions of packages of the index, by their names. They give way to what is asked for.
    pub(crate) versions: HashMap<String, Version>,
    /// Commits of other packages, by their canonical URIs.
    pub(crate) commits: HashMap<String, String>,
}

/// What dependencies were resolved to.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) dependencies: Vec<LockedDependency>,
    /// What the files hold.
    pub(crate) contents: HashMap<Sha256, Vec<u8>>,
}

/// Resolves dependencies and gets their files.
pub(crate) fn resolve(
    fetcher: &Fetcher,
    wanted: &[Wanted],
    pins: &Pins,
    check: &Check<'_>,
    report: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Resolved, ResolveError> {
    let graph = Graph::build(fetcher, wanted, pins, report)?;
    let packages = graph.packages();
    let files: usize = packages
        .iter()
        .map(|(_, node)| node.package.files.len())
        .sum();
    let resolved = Event::Resolved {
        packages: packages.len(),
        files,
    };
    if report(resolved).is_break() {
        return Err(ResolveError::Interrupted);
    }
    let mut contents = HashMap::new();
    let hashes = download(fetcher, &packages, check, report, &mut contents)?;
    let mut dependencies = Vec::new();
    let mut placed = Placed::default();
    for wanted in wanted {
        dependencies.push(lock(wanted, &graph, &hashes, &contents, &mut placed)?);
    }
    Ok(Resolved {
        dependencies,
        contents,
    })
}

/// The hashes of the files of each package, by its key.
type Hashes<'g> = HashMap<&'g str, Vec<Sha256>>;

fn download<'g>(
    fetcher: &Fetcher,
    packages: &[(&'g str, &'g Node)],
    check: &Check<'_>,
    report: &mut dyn FnMut(Event) -> ControlFlow<()>,
    contents: &mut HashMap<Sha256, Vec<u8>>,
) -> Result<Hashes<'g>, ResolveError> {
    let files: Vec<_> = packages
        .iter()
        .flat_map(|&(key, node)| node.package.files.iter().map(move |file| (key, node, file)))
        .collect();
    let results = parallel(&files, report, |(_, node, file), events| {
        let uri = || node.source.to_string();
        let bytes = fetcher.content(&file.content, events)?;
        let limit = fetcher.limits().file_bytes;
        if bytes.len() as u64 > limit {
            return Err(FetchError::TooLarge { uri: uri(), limit });
        }
        check(&file.path, &bytes).map_err(|source| FetchError::Content {
            uri: uri(),
            path: file.path.clone(),
            source,
        })?;
        events(Event::File {
            path: file.path.clone(),
            bytes: bytes.len() as u64,
        });
        Ok((Sha256::of(&bytes), bytes))
    });
    let mut hashes = Hashes::new();
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    let results = results.ok_or(ResolveError::Interrupted)?;
    for ((key, node, _), result) in files.into_iter().zip(results) {
        let failed = |source| ResolveError::Package {
            chain: node.chain.clone(),
            source: Box::new(source),
        };
        let (hash, bytes) = result.map_err(failed)?;
        let size = sizes.entry(key).or_default();
        *size += bytes.len() as u64;
        let limit = fetcher.limits().package_bytes;
        if *size > limit {
            return Err(failed(FetchError::TooLarge {
                uri: node.source.to_string(),
                limit,
            }));
        }
        hashes.entry(key).or_default().push(hash.clone());
        contents.insert(hash, bytes);
    }
    Ok(hashes)
}

/// What lies where in the groups' folders, and who put it there.
#[derive(Default)]
struct Placed(BTreeMap<(String, PackagePath), (Sha256, Chain)>);

impl Placed {
    /// A path that two packages use must be the same file in both, and no file may lie where
    /// another has a folder.
    fn add(
        &mut self,
        group: &str,
        path: &PackagePath,
        hash: &Sha256,
        chain: &Chain,
    ) -> Result<(), ResolveError> {
        let conflict = |path: &PackagePath, first: &Chain| ResolveError::Files {
            path: path.clone(),
            first: first.clone(),
            second: chain.clone(),
        };
        let key = (group.to_owned(), path.clone());
        if let Some((known, first)) = self.0.get(&key) {
            return if known == hash {
                Ok(())
            } else {
                Err(conflict(path, first))
            };
        }
        let mut parent = path.parent();
        while let Some(folder) = parent {
            if let Some((_, first)) = self.0.get(&(group.to_owned(), folder.clone())) {
                return Err(conflict(&folder, first));
            }
            parent = folder.parent();
        }
        let below = format!("{path}/");
        let inside = self
            .0
            .range(key.clone()..)
            .take_while(|((other, path), _)| {
                other == group && path.as_str().starts_with(key.1.as_str())
            });
        for ((_, other), (_, first)) in inside {
            if other.as_str().starts_with(&below) {
                return Err(conflict(path, first));
            }
        }
        self.0.insert(key, (hash.clone(), chain.clone()));
        Ok(())
    }
}

fn lock(
    wanted: &Wanted,
    graph: &Graph,
    hashes: &Hashes<'_>,
    contents: &HashMap<Sha256, Vec<u8>>,
    placed: &mut Placed,
) -> Result<LockedDependency, ResolveError> {
    let mut packages: Vec<LockedPackage> = Vec::new();
    for (key, folder) in graph.reachable(wanted) {
        let Some(node) = graph.node(&key) else {
            continue;
        };
        let mut files: Vec<LockedFile> = Vec::new();
        let known = hashes.get(key.as_str()).into_iter().flatten();
        for (file, hash) in node.package.files.iter().zip(known) {
            let path = place(node.package.layout, &file.path, folder.as_ref());
            let path = path.map_err(|source| ResolveError::Package {
                chain: node.chain.clone(),
                source: Box::new(FetchError::Path {
                    uri: node.source.to_string(),
                    source,
                }),
            })?;
            placed.add(&wanted.group, &path, hash, &node.chain)?;
            let taken = packages
                .iter()
                .flat_map(|package| &package.files)
                .chain(&files)
                .any(|known| known.path == path);
            if taken {
                continue;
            }
            files.push(LockedFile {
                path,
                size: contents.get(hash).map_or(0, |bytes| bytes.len() as u64),
                sha256: hash.clone(),
                url: match &file.content {
                    Content::Url { url, .. } => Some(url.clone()),
                    Content::Bytes(_) => None,
                },
            });
        }
        packages.push(LockedPackage {
            version: node.version.clone(),
            commit: node.package.commit.clone(),
            needs: node.needs.clone(),
            source: key,
            files,
        });
    }
    Ok(LockedDependency {
        group: wanted.group.clone(),
        name: wanted.name.clone(),
        requested: wanted.requested.clone(),
        packages,
    })
}

/// The folder of a package that does not say itself where its files go.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) name: DependencyName,
    /// Whether a single module becomes `__init__`.
    pub(crate) rename_to_init: bool,
}

/// Where a file of a package lies in its group's folder, which mirrors the library folder of a
/// board.
pub(crate) fn place(
    layout: Layout,
    path: &PackagePath,
    folder: Option<&Folder>,
) -> Result<PackagePath, crate::error::NameError> {
    let Some(folder) = folder.filter(|_| layout != Layout::Library) else {
        return Ok(path.clone());
    };
    let name = &folder.name;
    match path.extension() {
        Some(extension @ ("py" | "mpy")) if layout == Layout::File && folder.rename_to_init => {
            PackagePath::new(&format!("{name}/__init__.{extension}"))
        }
        _ => PackagePath::new(&format!("{name}/{path}")),
    }
}

/// Gets the content of a locked file again: by its address, or with the package it is a part of.
pub(crate) fn restore(
    fetcher: &Fetcher,
    source: &Source,
    package: &LockedPackage,
    file: &LockedFile,
    folder: Option<&Folder>,
    report: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Vec<u8>, FetchError> {
    // The one who listens may not stop in the middle of a file.
    let (sender, receiver) = std::sync::mpsc::channel();
    let events = move |event| {
        let _ = sender.send(event);
    };
    let bytes = if let Some(url) = &file.url {
        fetcher.download(url, &Freshness::Exactly(file.sha256.clone()), &events)
    } else {
        again(fetcher, source, package, file, folder, &events)
    };
    drop(events);
    for event in receiver {
        let _ = report(event);
    }
    let bytes = bytes?;
    let found = Sha256::of(&bytes);
    if found != file.sha256 {
        return Err(FetchError::Hash {
            url: file
                .url
                .clone()
                .unwrap_or_else(|| format!("{} of {source}", file.path)),
            expected: file.sha256.to_string(),
            found: found.to_string(),
        });
    }
    Ok(bytes)
}

/// The content of a file that has no address of its own: its package is described once more.
fn again(
    fetcher: &Fetcher,
    source: &Source,
    package: &LockedPackage,
    file: &LockedFile,
    folder: Option<&Folder>,
    report: crate::fetch::Report<'_>,
) -> Result<Vec<u8>, FetchError> {
    let described = fetcher.describe(source, package.commit.as_deref(), report)?;
    let found = described.files.iter().find(|found| {
        place(described.layout, &found.path, folder).is_ok_and(|path| path == file.path)
    });
    match found {
        Some(found) => fetcher.content(&found.content, report),
        None => Err(FetchError::NotFound {
            uri: format!("{} of {source}", file.path),
        }),
    }
}
