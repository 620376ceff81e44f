//! A `package.json` as a package.

use super::fetcher::Fetcher;
use super::package::{Content, FetchedFile, Freshness, Layout, Package};
use crate::error::FetchError;
use crate::git::GitCommit;
use crate::http::HttpError;
use crate::package_json::{FileOrigin, PackageJson};
use crate::source::SourceError;
use crate::source::{Repository, Source};
use crate::version::{Requirement, Version};

/// The name of such a file.
pub(super) const NAME: &str = "package.json";

/// Where a `package.json` lies.
pub(super) struct Base<'a> {
    /// The file; relative paths in it are seen from there.
    source: Source,
    /// Its commit, where it has one: 40 hexadecimal digits.
    pub(super) commit: Option<String>,
    /// The same, where all of it is at hand.
    pub(super) checkout: Option<&'a GitCommit>,
    /// The index whose files it names by their hashes; the first one that is configured when `None`.
    pub(super) index: Option<&'a str>,
}

impl Base<'_> {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            commit: None,
            checkout: None,
            index: None,
        }
    }

    /// What the file names belongs to its own branch, tag or commit where it is of the same repository
    /// and does not say otherwise.
    fn adopt(&self, named: Source) -> Result<Source, SourceError> {
        if let Source::Repository {
            repository: own,
            reference: Some(reference),
            ..
        } = &self.source
            && let Source::Repository { repository, .. } = &named
            && repository.is(own)
        {
            return named.or_at(reference);
        }
        Ok(named)
    }

    /// The commit of a file that is in the same repository at the same place in its history.
    fn commit_of(&self, repository: &Repository, reference: Option<&str>) -> Option<&str> {
        match &self.source {
            Source::Repository {
                repository: own,
                reference: at,
                ..
            } if at.as_deref() == reference && own.is(repository) => self.commit.as_deref(),
            _ => None,
        }
    }
}

/// Reads a `package.json`.
///
/// A file for certain boards only is left out: which board the package goes to is not known here.
pub(super) fn read(fetcher: &Fetcher, json: &[u8], base: &Base<'_>) -> Result<Package, FetchError> {
    let uri = || base.source.to_string();
    let parsed = PackageJson::parse(json)
        .map_err(|source| FetchError::PackageJson { uri: uri(), source })?;
    let wrong_place = |source| FetchError::Place { uri: uri(), source };
    let mut files = Vec::new();
    for file in parsed.files.into_iter().filter(|file| file.mpy.is_none()) {
        let content = match file.origin {
            FileOrigin::Url(url) => {
                let named = base.source.join(&url, &fetcher.forges);
                let named = named.and_then(|named| base.adopt(named));
                content(fetcher, base, named.map_err(wrong_place)?)?
            }
            FileOrigin::Index(hash) => Content::Url {
                url: hash.url(base.index.unwrap_or(fetcher.index().first())),
                freshness: Freshness::Hash(hash),
            },
        };
        files.push(FetchedFile {
            path: file.path,
            content,
        });
    }
    let needs = parsed.dependencies.iter().map(|needed| {
        let named = needed.source(&fetcher.forges);
        named
            .and_then(|named| base.adopt(named))
            .map_err(wrong_place)
    });
    Ok(Package {
        needs: needs.collect::<Result<_, _>>()?,
        version: parsed.version,
        commit: base.commit.clone(),
        layout: Layout::Library,
        files,
    })
}

/// The content of a file that a package names. A file of a repository is that of a commit, which
/// stays, wherever the server tells one.
fn content(fetcher: &Fetcher, base: &Base<'_>, file: Source) -> Result<Content, FetchError> {
    let (repository, path, reference) = match file {
        Source::Repository {
            repository,
            path,
            reference,
        } => (repository, path, reference),
        Source::Url(url) => {
            return Ok(Content::Url {
                url,
                freshness: Freshness::Current,
            });
        }
        Source::Local(path) => return fetcher.local(&path).map(Content::Bytes),
        Source::Index { .. } | Source::Circup { .. } => {
            return Err(FetchError::NotFound {
                uri: file.to_string(),
            });
        }
    };
    let own = base.commit_of(&repository, reference.as_deref());
    if let Some(checkout) = base.checkout.filter(|_| own.is_some()) {
        let bytes = checkout.file(&path, fetcher.limits())?;
        return match bytes {
            Some(bytes) => Ok(Content::Bytes(bytes)),
            None => Err(FetchError::NotFound {
                uri: format!("{path} of {}", base.source),
            }),
        };
    }
    let commit = match own {
        Some(commit) => Some(commit.to_owned()),
        None => pin(fetcher, &repository, reference.as_deref())?,
    };
    Ok(match &repository {
        Repository::Forge { forge, owner, repo } => Content::Url {
            url: forge.raw_url(
                owner,
                repo,
                &path,
                commit.as_deref().or(reference.as_deref()),
            ),
            freshness: match commit {
                Some(_) => Freshness::Forever,
                None => Freshness::Current,
            },
        },
        Repository::Git { .. } => Content::Foreign(Source::Repository {
            repository,
            path,
            reference: commit.or(reference),
        }),
    })
}

/// The commit that a reference means now. `None` when the forge answers only for single files.
pub(super) fn pin(
    fetcher: &Fetcher,
    repository: &Repository,
    reference: Option<&str>,
) -> Result<Option<String>, FetchError> {
    match fetcher.commit_of(repository, reference) {
        // The beginning of an id: only the repository itself tells the whole.
        Ok(None) => Ok(Some(fetcher.checkout(repository, reference)?.id())),
        Ok(commit) => Ok(commit),
        Err(FetchError::NoRepository { .. } | FetchError::Http(HttpError::Status { .. }))
            if matches!(repository, Repository::Forge { .. }) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What a version of a package consists of; the latest when `version` is `None`.
pub(super) fn of_index(
    fetcher: &Fetcher,
    name: &str,
    version: Option<&Version>,
) -> Result<Package, FetchError> {
    let index = fetcher.index();
    let wanted = version.map_or("latest", Version::as_str);
    let mut failure = None;
    for address in &index.indices {
        let (name, wanted) = (segment(name), segment(wanted));
        let url = format!("{address}/package/{}/{name}/{wanted}.json", index.format);
        // One index that fails does not keep the next from having the package.
        match fetcher.download_if_there(&url, &Freshness::Current) {
            Ok(Some(json)) => {
                let mut base = Base::new(Source::Url(url));
                base.index = Some(address);
                return read(fetcher, &json, &base);
            }
            Ok(None) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let known = index.versions(fetcher, name).unwrap_or_default();
    match version {
        Some(version) if !known.is_empty() => {
            Err(index.no_version(name, &Requirement::exact(version.clone()), &known))
        }
        _ => Err(index.no_package(fetcher, name)),
    }
}

/// A name as one segment of an address.
fn segment(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
}
