//! What a package consists of, wherever it comes from.

mod bundle;
mod fetcher;
mod index;
mod local;
mod manifest;
mod package;
mod package_json;
mod python;
mod repository;
mod web;

pub(crate) use self::bundle::member;
pub(crate) use self::fetcher::Fetcher;
pub(crate) use self::package::{Content, Freshness, Layout, Package};
pub(crate) use self::python::check_python;
use crate::error::FetchError;
use crate::source::Source;

impl Fetcher {
    /// What the package at `source` consists of. A package of the index needs a version, and so goes
    /// through [`Index`].
    pub(crate) fn describe(
        &self,
        source: &Source,
        commit: Option<&str>,
    ) -> Result<Package, FetchError> {
        let package = match source {
            Source::Index { name, requirement } => {
                let version = requirement.exact_version();
                package_json::of_index(self, name, version)
            }
            Source::Repository {
                repository,
                path,
                reference,
            } => {
                let revision = repository::Revision {
                    repository,
                    reference,
                };
                repository::describe(self, &revision, path, commit)
            }
            Source::Circup { name } => bundle::describe(self, name),
            Source::Url(url) => web::describe(self, url),
            Source::Local(path) => local::describe(self, path),
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
    pub(crate) fn content(&self, content: &Content) -> Result<Vec<u8>, FetchError> {
        match content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::Url { url, freshness } => self.download(url, freshness),
            Content::Foreign(source) => self.foreign(source),
            Content::Member { archive, path } => bundle::member(self, archive, path.as_str()),
        }
    }
}
