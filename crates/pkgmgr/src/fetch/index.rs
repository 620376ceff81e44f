//! The mip index: a list of packages, a `package.json` for each version, and files under their
//! hashes. The layout is that of <https://micropython.org/pi/v2>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::fetcher::{Fetcher, similar};
use super::package::Freshness;
use crate::error::FetchError;
use crate::package_json::{IndexEntry, parse_index};
use crate::version::{Requirement, Version};

/// The lists of packages that were read so far, by index. Each is downloaded once, by the first
/// thread that needs it.
type Lists = Mutex<HashMap<String, Arc<OnceLock<Option<Arc<Vec<IndexEntry>>>>>>>;

/// The indices of a project, in the order they are asked.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) indices: Vec<String>,
    pub(super) format: String,
    lists: Lists,
}

impl Index {
    pub(super) fn new(indices: &[String], format: &str) -> Self {
        Self {
            indices: indices.to_vec(),
            format: format.to_owned(),
            lists: Lists::default(),
        }
    }

    /// The first index; empty when there is none.
    pub(super) fn first(&self) -> &str {
        self.indices.first().map_or("", String::as_str)
    }

    /// The packages whose name or description holds all of `words`, by name.
    pub(crate) fn search(
        &self,
        fetcher: &Fetcher,
        words: &[&str],
    ) -> Result<Vec<IndexEntry>, FetchError> {
        let mut found: Vec<IndexEntry> = Vec::new();
        for index in &self.indices {
            for entry in download_list(fetcher, index)? {
                let text = format!("{} {}", entry.name, entry.description).to_lowercase();
                let fits = words.iter().all(|word| text.contains(&word.to_lowercase()));
                if fits && !found.iter().any(|known| known.name == entry.name) {
                    found.push(entry);
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The versions of a package in the project's format, oldest first, from the first index that
    /// has it. Empty when none says.
    pub(crate) fn versions(
        &self,
        fetcher: &Fetcher,
        name: &str,
    ) -> Result<Vec<Version>, FetchError> {
        let mut failure = None;
        for index in &self.indices {
            match self.list(fetcher, index) {
                Ok(list) => {
                    if let Some(entry) = list.iter().find(|entry| entry.name == name) {
                        let mut versions = entry.versions_in(&self.format).to_vec();
                        versions.sort();
                        return Ok(versions);
                    }
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(Vec::new()), Err)
    }

    pub(crate) fn no_version(
        &self,
        name: &str,
        requirement: &Requirement,
        known: &[Version],
    ) -> FetchError {
        FetchError::NoVersion {
            name: name.to_owned(),
            requirement: requirement.to_string(),
            format: self.format.clone(),
            known: known.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn no_package(&self, fetcher: &Fetcher, name: &str) -> FetchError {
        let lists = self
            .indices
            .iter()
            .filter_map(|index| self.list(fetcher, index).ok());
        let names = lists.flat_map(|list| {
            let names = list.iter().map(|entry| entry.name.clone());
            names.collect::<Vec<_>>()
        });
        FetchError::NoPackage {
            name: name.to_owned(),
            indices: self.indices.clone(),
            similar: similar(name, names),
        }
    }

    /// The list of an index, kept for the next time it is needed.
    fn list(&self, fetcher: &Fetcher, index: &str) -> Result<Arc<Vec<IndexEntry>>, FetchError> {
        let cell = {
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lists.entry(index.to_owned()).or_default())
        };
        let mut failure = None;
        let list = cell.get_or_init(|| match download_list(fetcher, index) {
            Ok(list) => Some(Arc::new(list)),
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        match (list, failure) {
            (Some(list), _) => Ok(Arc::clone(list)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(FetchError::NotFound {
                uri: format!("{index}/index.json"),
            }),
        }
    }
}

fn download_list(fetcher: &Fetcher, index: &str) -> Result<Vec<IndexEntry>, FetchError> {
    let url = format!("{index}/index.json");
    let json = fetcher.download(&url, &Freshness::Current)?;
    parse_index(&json, index).map_err(|source| FetchError::PackageJson { uri: url, source })
}
