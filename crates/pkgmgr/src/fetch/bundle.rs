//! Libraries of CircuitPython's bundles.
//!
//! All libraries of a project come from one release of a bundle: the one that the project has locked, until it
//! is updated, or else the latest.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fetcher::{Fetcher, similar};
use super::package::{Content, FetchedFile, Freshness, Layout, Package};
use crate::bundle::{Archive, Library, parse_libraries, without_format};
use crate::error::FetchError;
use crate::file::FileError;
use crate::package_json::IndexEntry;
use crate::source::Source;
use crate::version::Version;

/// The bundles of a project, in the order they are asked, and what is known of them so far.
#[derive(Debug)]
pub(crate) struct Bundles {
    /// Repositories, whose latest releases are meant, archives, and folders of archives.
    locations: Vec<String>,
    /// The format to take: `py`, `9.x-mpy`.
    format: String,
    /// The archives that the project has locked.
    locked: Vec<String>,
    known: Mutex<Known>,
}

/// What was downloaded. It is locked meanwhile, so that nothing is twice.
#[derive(Debug, Default)]
struct Known {
    /// The archives by the locations of the bundles.
    addresses: HashMap<String, String>,
    libraries: HashMap<String, Arc<BTreeMap<String, Library>>>,
    archives: HashMap<String, Arc<Archive>>,
}

impl Bundles {
    pub(super) fn new(locations: &[String], format: String) -> Self {
        Self {
            locations: locations.to_vec(),
            format,
            locked: Vec::new(),
            known: Mutex::default(),
        }
    }

    /// Takes what is asked for from these archives, where they are of a bundle of the project.
    pub(super) fn keep(&mut self, locked: Vec<String>) {
        self.locked = locked;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The archive that holds a library, and what its bundle says of it.
    fn find(&self, fetcher: &Fetcher, name: &str) -> Result<(String, Library), FetchError> {
        let mut resembling = Vec::new();
        for location in &self.locations {
            let address = self.address(fetcher, location)?;
            let libraries = self.libraries(fetcher, &address)?;
            if let Some(library) = libraries.get(name) {
                return Ok((address, library.clone()));
            }
            resembling.extend(libraries.keys().cloned());
        }
        Err(FetchError::NoLibrary {
            name: name.to_owned(),
            bundles: self.locations.clone(),
            similar: similar(name, resembling),
        })
    }

    /// Where the archive of a bundle is.
    fn address(&self, fetcher: &Fetcher, location: &str) -> Result<String, FetchError> {
        let mut known = self.known();
        if let Some(address) = known.addresses.get(location) {
            return Ok(address.clone());
        }
        let mut locked = self.locked.iter();
        let address = if let Some(archive) = locked.find(|archive| is_of(archive, location)) {
            self.in_format(archive)
        } else if is_archive(location) {
            self.in_format(location)
        } else if is_web(location) {
            self.latest(fetcher, location)?
        } else {
            self.newest_in(fetcher, location)?
        };
        known.addresses.insert(location.to_owned(), address.clone());
        Ok(address)
    }

    /// The archive of the same release in the format of the project.
    fn in_format(&self, archive: &str) -> String {
        let (folder, name) = split(archive);
        match without_format(name) {
            Some((stem, tag)) => format!("{folder}{stem}-{}{tag}.zip", self.format),
            None => archive.to_owned(),
        }
    }

    /// The archive of the latest release of a repository, as GitHub has them.
    fn latest(&self, fetcher: &Fetcher, repository: &str) -> Result<String, FetchError> {
        let page = format!("{repository}/releases/latest");
        let reached = fetcher.redirected(&page)?;
        let Some((_, tag)) = reached.split_once("/releases/tag/") else {
            return Err(FetchError::NotFound { uri: page });
        };
        let name = split(repository).1.to_lowercase().replace('_', "-");
        Ok(format!(
            "{repository}/releases/download/{tag}/{name}-{}-{tag}.zip",
            self.format
        ))
    }

    /// The archive in a folder of this computer whose name comes last.
    fn newest_in(&self, fetcher: &Fetcher, folder: &str) -> Result<String, FetchError> {
        let path = fetcher.project.join(folder);
        let entries = fs::read_dir(&path).map_err(FileError::new("read", &path))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let fitting = names.filter(|name| {
            let (stem, tag) = without_format(name).unwrap_or_default();
            *name == format!("{stem}-{}{tag}.zip", self.format)
        });
        let newest = fitting.max().ok_or_else(|| FetchError::NotFound {
            uri: format!("a bundle for {:?} in {folder}", self.format),
        })?;
        Ok(format!("{}/{newest}", folder.trim_end_matches('/')))
    }

    /// What the JSON beside an archive says.
    fn libraries(
        &self,
        fetcher: &Fetcher,
        archive: &str,
    ) -> Result<Arc<BTreeMap<String, Library>>, FetchError> {
        let uri = json_of(archive);
        let mut known = self.known();
        if let Some(libraries) = known.libraries.get(&uri) {
            return Ok(Arc::clone(libraries));
        }
        let parsed = parse_libraries(&read(fetcher, &uri)?);
        let parsed = parsed.map_err(|source| FetchError::PackageJson {
            uri: uri.clone(),
            source,
        });
        let libraries = Arc::new(parsed?);
        known.libraries.insert(uri, Arc::clone(&libraries));
        Ok(libraries)
    }

    fn archive(&self, fetcher: &Fetcher, address: &str) -> Result<Arc<Archive>, FetchError> {
        let mut known = self.known();
        if let Some(archive) = known.archives.get(address) {
            return Ok(Arc::clone(archive));
        }
        let archive = Arc::new(Archive::new(address, read(fetcher, address)?)?);
        known
            .archives
            .insert(address.to_owned(), Arc::clone(&archive));
        Ok(archive)
    }

    /// The libraries whose name or repository holds all of `words`, by name; their versions are said to be of
    /// `format`.
    pub(crate) fn search(
        &self,
        fetcher: &Fetcher,
        words: &[&str],
        format: &str,
    ) -> Result<Vec<IndexEntry>, FetchError> {
        let mut found: BTreeMap<String, IndexEntry> = BTreeMap::new();
        for location in &self.locations {
            let address = self.address(fetcher, location)?;
            for (name, library) in &*self.libraries(fetcher, &address)? {
                let text = format!("{name} {}", library.repository).to_lowercase();
                if !words.iter().all(|word| text.contains(&word.to_lowercase())) {
                    continue;
                }
                let version = library.version.as_deref();
                let version = version.and_then(Version::new);
                found.entry(name.clone()).or_insert_with(|| IndexEntry {
                    index: location.clone(),
                    name: format!("circup:{name}"),
                    description: library.repository.clone(),
                    author: String::new(),
                    license: String::new(),
                    versions: vec![(format.to_owned(), version.into_iter().collect())],
                });
            }
        }
        Ok(found.into_values().collect())
    }

    /// The newest version of a library.
    pub(crate) fn version(
        &self,
        fetcher: &Fetcher,
        name: &str,
    ) -> Result<Option<String>, FetchError> {
        Ok(self.find(fetcher, name)?.1.version)
    }
}

/// What a library consists of.
pub(super) fn describe(fetcher: &Fetcher, name: &str) -> Result<Package, FetchError> {
    let bundles = fetcher.bundles();
    let (address, library) = bundles.find(fetcher, name)?;
    let files = bundles.archive(fetcher, &address)?.files(name)?;
    if files.is_empty() {
        return Err(FetchError::NotFound {
            uri: format!("the library {name} of {address}"),
        });
    }
    let files = files.into_iter().map(|path| FetchedFile {
        content: Content::Member {
            archive: address.clone(),
            path: path.clone(),
        },
        path,
    });
    let needs = library.dependencies.into_iter();
    Ok(Package {
        version: library.version,
        commit: None,
        layout: Layout::Library,
        files: files.collect(),
        needs: needs.map(|name| Source::Circup { name }).collect(),
    })
}

/// A file of an archive.
pub(crate) fn member(fetcher: &Fetcher, archive: &str, path: &str) -> Result<Vec<u8>, FetchError> {
    let archive = fetcher.bundles().archive(fetcher, archive)?;
    archive.read(path, fetcher.limits())
}

fn read(fetcher: &Fetcher, place: &str) -> Result<Vec<u8>, FetchError> {
    if !is_web(place) {
        return fetcher.local(Path::new(place));
    }
    // What has been released stays as it is.
    let freshness = if place.contains("/releases/download/") {
        Freshness::Forever
    } else {
        Freshness::Current
    };
    fetcher.download(place, &freshness)
}

fn is_archive(place: &str) -> bool {
    place.strip_suffix(".zip").is_some()
}

fn is_web(place: &str) -> bool {
    place.contains("://")
}

/// Everything up to the last slash, and the rest.
fn split(place: &str) -> (&str, &str) {
    place.split_at(place.rfind('/').map_or(0, |slash| slash + 1))
}

/// Where the JSON of an archive's release is.
fn json_of(archive: &str) -> String {
    let (folder, name) = split(archive);
    let (stem, tag) =
        without_format(name).unwrap_or_else(|| (name.strip_suffix(".zip").unwrap_or(name), ""));
    format!("{folder}{stem}{tag}.json")
}

/// Whether an archive belongs to a bundle.
fn is_of(archive: &str, location: &str) -> bool {
    if is_archive(location) {
        return json_of(archive) == json_of(location);
    }
    let place = archive.strip_prefix(location.trim_end_matches('/'));
    let below = if is_web(location) {
        "/releases/download/"
    } else {
        "/"
    };
    place.is_some_and(|place| place.starts_with(below))
}
