//! What a package consists of, wherever it comes from.

mod error;
mod fetcher;
mod index;
mod local;
mod manifest;
mod package;
mod package_json;
mod python;
mod repository;
mod web;

pub use self::error::{ContentError, FetchError};
pub(crate) use self::fetcher::{Fetcher, Freshness};
pub use self::index::Found;
pub(crate) use self::package::{Content, Layout, Package};
pub(crate) use self::python::check_python;
use crate::event::Report;
use crate::source::Source;

impl Fetcher {
    /// What the package at `source` consists of. A package of the index needs a version, and so goes
    /// through [`Index`].
    pub(crate) fn describe(
        &self,
        source: &Source,
        commit: Option<&str>,
        report: &Report,
    ) -> Result<Package, FetchError> {
        let package = match source {
            Source::Index { name, requirement } => {
                let version = requirement.exact_version();
                package_json::of_index(self, name, version, report)
            }
            Source::Repository {
                repository,
                path,
                reference,
            } => {
                let place = repository::Place {
                    repository,
                    reference,
                };
                repository::describe(self, &place, path, commit, report)
            }
            Source::Url(url) => web::describe(self, url, report),
            Source::Local(path) => local::describe(self, path, report),
        }?;
        if package.files.len() > self.limits().files {
            return Err(FetchError::TooMany {
                uri: source.to_string(),
                limit: self.limits().files,
            });
        }
        Ok(package)
    }

    /// The content of a file of a package.
    pub(crate) fn content(
        &self,
        content: &Content,
        report: &Report,
    ) -> Result<Vec<u8>, FetchError> {
        match content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::Url { url, freshness } => self.download(url, freshness, report),
            Content::Foreign(source) => self.foreign(source, report),
        }
    }
}
