//! From what a project asks for to packages and their files.
//!
//! The graph of packages is walked level by level, each level at once. A package of the index is
//! taken in one version for the whole project: when those who need it ask for different ones, the
//! newest that suits all is chosen and the walk begins again, with what is known already.
//!
//! There is no search that goes back on choices: packages for MicroPython ask for the latest version
//! of what they need, or for one version, and a solver would answer with the same conflict.

mod conflict;
mod graph;
mod parallel;

use std::collections::{BTreeSet, HashMap};

use crate::error::{FetchError, ProjectError};
use crate::event::{Event, Events};
use crate::fetch::{Content, Fetcher, Freshness, Layout, check_python, member};
use crate::lock::{LockedDependency, LockedFile, LockedPackage, RequestedSource, Sha256};
use crate::name::NameError;
use crate::name::{DependencyName, PackagePath};
use crate::source::Source;
use crate::version::Version;

pub(crate) use self::conflict::refuse_conflicts;
use self::graph::{Graph, Node};
pub(crate) use self::parallel::parallel;

/// A dependency to resolve.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) group: String,
    pub(crate) name: DependencyName,
    /// All that `pyproject.toml` asks for.
    pub(crate) requested: Vec<RequestedSource>,
}

impl Wanted {
    /// What is to be resolved of it: not what is read afresh at each install.
    fn sources(&self) -> impl Iterator<Item = &RequestedSource> {
        self.requested.iter().filter(|requested| !requested.develop)
    }
}

/// What is to stay as it is.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    /// Versions of packages of the index, by their names. They give way to what is asked for.
    pub(crate) versions: HashMap<String, Version>,
    /// Commits of other packages, by their canonical URIs.
    pub(crate) commits: HashMap<String, String>,
    /// The archives of bundles that libraries come from.
    pub(crate) archives: BTreeSet<String>,
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
    events: Events<'_>,
) -> Result<Resolved, ProjectError> {
    let graph = Graph::build(fetcher, wanted, pins, events)?;
    let packages = graph.packages();
    let files: usize = packages
        .iter()
        .map(|(_, node)| node.package.files.len())
        .sum();
    let resolved = Event::Resolved {
        packages: packages.len(),
        files,
    };
    if events(resolved).is_break() {
        return Err(ProjectError::Interrupted);
    }
    let mut contents = HashMap::new();
    let hashes = download(fetcher, &packages, events, &mut contents)?;
    let locked = wanted
        .iter()
        .map(|wanted| lock(wanted, &graph, &hashes, &contents));
    let dependencies = locked.collect::<Result<_, _>>()?;
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
    events: Events<'_>,
    contents: &mut HashMap<Sha256, Vec<u8>>,
) -> Result<Hashes<'g>, ProjectError> {
    let files: Vec<_> = packages
        .iter()
        .flat_map(|&(key, node)| node.package.files.iter().map(move |file| (key, node, file)))
        .collect();
    let results = parallel(
        &files,
        fetcher.cancel(),
        events,
        |(_, node, file), events| {
            let fetcher = fetcher.reporting(events);
            let uri = || node.source.to_string();
            let bytes = fetcher.content(&file.content)?;
            let limit = fetcher.limits().file_bytes;
            if bytes.len() as u64 > limit {
                return Err(FetchError::TooLarge { uri: uri(), limit });
            }
            check_python(&node.source, &file.path, &bytes, events)?;
            events.send(Event::File {
                path: file.path.clone(),
                bytes: bytes.len() as u64,
            });
            Ok((Sha256::of(&bytes), bytes))
        },
    );
    let mut hashes = Hashes::new();
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    let results = results.ok_or(ProjectError::Interrupted)?;
    for ((key, node, _), result) in files.into_iter().zip(results) {
        let failed = |source| ProjectError::Package {
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

fn lock(
    wanted: &Wanted,
    graph: &Graph,
    hashes: &Hashes<'_>,
    contents: &HashMap<Sha256, Vec<u8>>,
) -> Result<LockedDependency, ProjectError> {
    let mut packages: Vec<LockedPackage> = Vec::new();
    for (key, home) in graph.reachable(wanted) {
        let Some(node) = graph.node(&key) else {
            continue;
        };
        let mut files: Vec<LockedFile> = Vec::new();
        let known = hashes.get(key.as_str()).into_iter().flatten();
        for (file, hash) in node.package.files.iter().zip(known) {
            let path = place(node.package.layout, &file.path, &home);
            let path = path.map_err(|source| ProjectError::Package {
                chain: node.chain.clone(),
                source: Box::new(FetchError::Path {
                    uri: node.source.to_string(),
                    source,
                }),
            })?;
            let known = packages
                .iter()
                .flat_map(|package| &package.files)
                .chain(&files);
            let mut same = known.filter(|known| known.path == path);
            if same.any(|known| known.sha256 == *hash) {
                continue;
            }
            files.push(LockedFile {
                path,
                size: contents.get(hash).map_or(0, |bytes| bytes.len() as u64),
                sha256: hash.clone(),
                url: match &file.content {
                    Content::Url { url, .. } => Some(url.clone()),
                    Content::Foreign(source) => Some(source.to_string()),
                    Content::Member { archive, path } => Some(format!("{archive}#{path}")),
                    Content::Bytes(_) => None,
                },
            });
        }
        packages.push(LockedPackage {
            version: node.version.clone(),
            commit: node.package.commit.clone(),
            needs: node.package.needs.iter().map(Source::package).collect(),
            source: node.source.package(),
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

/// Who asks for a package, which decides on the place of files that say nothing of it themselves.
#[derive(Debug, Clone)]
pub(crate) enum Home {
    /// A dependency of the project.
    Dependency {
        /// Its name, and that of its folder.
        name: DependencyName,
        /// Whether a single module becomes `__init__`.
        rename_to_init: bool,
    },
    /// Another package. The name is that of a folder.
    Package(Option<DependencyName>),
}

/// Where a file of a package lies in its group's folder, which mirrors the library folder of a
/// board.
pub(crate) fn place(
    layout: Layout,
    path: &PackagePath,
    home: &Home,
) -> Result<PackagePath, NameError> {
    let name = match (layout, home) {
        // A module that another package needs lies where mip puts it.
        (Layout::Library, _) | (_, Home::Package(None)) | (Layout::File, Home::Package(_)) => {
            return Ok(path.clone());
        }
        (_, Home::Package(Some(name)) | Home::Dependency { name, .. }) => name,
    };
    let renamed = matches!(home, Home::Dependency { rename_to_init, .. } if *rename_to_init);
    match path.extension() {
        Some(extension @ ("py" | "mpy")) if layout == Layout::File && renamed => {
            PackagePath::new(&format!("{name}/__init__.{extension}"))
        }
        _ => PackagePath::new(&format!("{name}/{path}")),
    }
}

/// Gets the content of a locked file again: by its address, or with the package it is a part of.
pub(crate) fn restore(
    fetcher: &Fetcher,
    package: &LockedPackage,
    file: &LockedFile,
    home: &Home,
) -> Result<Vec<u8>, FetchError> {
    let source = &package.source;
    let missing = || format!("{} of {source}", file.path);
    let bytes = match &file.url {
        Some(url) if url.starts_with("git+") => {
            let source = Source::parse(url, fetcher.forges());
            let source = source.map_err(|_| FetchError::NotFound { uri: url.clone() })?;
            fetcher.foreign(&source)?
        }
        Some(url) if let Some((archive, path)) = archived(url) => member(fetcher, archive, path)?,
        Some(url) => fetcher.download(url, &Freshness::Exactly(file.sha256.clone()))?,
        // It has no address of its own: its package is described once more.
        None => {
            let described = fetcher.describe(source, package.commit.as_deref())?;
            let found = described.files.iter().find(|found| {
                place(described.layout, &found.path, home).is_ok_and(|path| path == file.path)
            });
            let found = found.ok_or_else(|| FetchError::NotFound { uri: missing() })?;
            fetcher.content(&found.content)?
        }
    };
    let found = Sha256::of(&bytes);
    if found != file.sha256 {
        return Err(FetchError::Hash {
            url: file.url.clone().unwrap_or_else(missing),
            expected: file.sha256.to_string(),
            found: found.to_string(),
        });
    }
    Ok(bytes)
}

/// Where an archive is and a file in it, if that is what a locked file comes from.
pub(crate) fn archived(url: &str) -> Option<(&str, &str)> {
    let end = url.find(".zip#")? + ".zip".len();
    Some((&url[..end], &url[end + 1..]))
}
