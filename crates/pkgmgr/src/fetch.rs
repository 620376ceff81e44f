//! What a package consists of, wherever it comes from.

mod forge;
mod index;
mod local;
mod manifest;
mod package_json;
mod repository;
mod web;

use std::path::PathBuf;

use crate::cache::Cache;
use crate::config::Config;
use crate::error::{FetchError, HttpError};
use crate::git::{Git, Limits};
use crate::http::{Answer, Http, Validator};
use crate::lock::Sha256;
use crate::name::PackagePath;
use crate::package_json::ShortHash;
use crate::source::{Forges, Source};

pub use self::index::{Found, Index};

/// What happens while packages are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another process works on the project; this one waits for it. The first event if it comes.
    Waiting {
        /// The file that is locked.
        path: PathBuf,
    },
    /// A package is being looked up.
    Resolving {
        /// Its canonical URI.
        package: String,
    },
    /// All packages are known.
    Resolved {
        /// How many.
        packages: usize,
        /// How many files they have.
        files: usize,
    },
    /// A file is there. Comes once for each file, after [`Event::Resolved`].
    File {
        /// Its path.
        path: PackagePath,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A request is repeated. May come at any time.
    Retrying {
        /// The address.
        url: String,
        /// Which repetition this is, from 1.
        attempt: u32,
        /// What went wrong.
        reason: String,
    },
}

/// Where events go while several threads work.
pub(crate) type Report<'a> = &'a (dyn Fn(Event) + Sync);

/// Where the paths of a package are seen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// From the board's library folder: the package says itself where its files go.
    Library,
    /// From a folder that is named after the dependency.
    Folder,
    /// It is a single file, in a folder that is named after the dependency.
    File,
}

/// A package as its source describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its version, where the source has versions.
    pub version: Option<String>,
    /// The commit, where the source has commits: 40 hexadecimal digits.
    pub commit: Option<String>,
    /// What the paths of its files are seen from.
    pub layout: Layout,
    /// Its files.
    pub files: Vec<FetchedFile>,
    /// What it needs.
    pub needs: Vec<Source>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile {
    /// Its path, as the layout has it.
    pub path: PackagePath,
    /// What it holds, or where that is.
    pub content: Content,
}

/// What a file holds, or where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It was found on the way.
    Bytes(Vec<u8>),
    /// It is still to be downloaded.
    Url {
        /// From there.
        url: String,
        /// What it must be.
        freshness: Freshness,
    },
}

/// When what the cache has of an address may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// When the server says that it is still current.
    Current,
    /// Always: the address names a commit, whose files do not change.
    Forever,
    /// When its hash begins like this; and what comes from the server must begin so, too.
    Hash(ShortHash),
    /// When its hash is this; and what comes from the server must have it, too.
    Exactly(Sha256),
}

/// One kind of source.
pub(crate) trait Origin {
    /// What the package consists of. `commit` is the one to take, for a source that has commits; the
    /// current one otherwise.
    fn describe(
        &self,
        fetcher: &Fetcher,
        commit: Option<&str>,
        report: Report<'_>,
    ) -> Result<Package, FetchError>;
}

/// Gets packages from all kinds of sources, for one project.
#[derive(Debug)]
pub struct Fetcher {
    http: Http,
    cache: Cache,
    git: Git,
    index: Index,
    forges: Forges,
    limits: Limits,
    project: PathBuf,
}

impl Fetcher {
    /// For the project in the folder `project` with these settings.
    pub fn new(http: Http, cache: Cache, config: &Config, project: impl Into<PathBuf>) -> Self {
        Self {
            git: Git::new(cache.clone(), http.clone()),
            index: Index::new(&config.package_indices, &config.mpy_version),
            forges: config.forges.clone(),
            limits: Limits::default(),
            project: project.into(),
            http,
            cache,
        }
    }

    /// With other limits on the size of packages.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The index of packages.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The content of an address.
    pub(crate) fn download(
        &self,
        url: &str,
        freshness: &Freshness,
        report: Report<'_>,
    ) -> Result<Vec<u8>, FetchError> {
        let known = self.cache.answer(url);
        let mut validator = Validator::default();
        if let Some((answer, bytes)) = known {
            let usable = match freshness {
                Freshness::Current => self.http.options().offline,
                Freshness::Forever => true,
                Freshness::Hash(_) | Freshness::Exactly(_) => {
                    check(url, freshness, &answer.object).is_ok()
                }
            };
            if usable {
                return Ok(bytes);
            }
            if *freshness == Freshness::Current {
                validator = answer.validator;
            }
        }
        let mut retry = |retry: crate::http::Retry<'_>| {
            report(Event::Retrying {
                url: url.to_owned(),
                attempt: retry.attempt,
                reason: retry.error.to_string(),
            });
        };
        let answer = match self.http.get(url, &validator, &mut retry)? {
            // What was known may be gone by now, if another process cleared the cache.
            Answer::NotModified => match self.cache.answer(url) {
                Some((_, bytes)) => return Ok(bytes),
                None => self.http.get(url, &Validator::default(), &mut retry)?,
            },
            answer @ Answer::Body { .. } => answer,
        };
        let Answer::Body { bytes, validator } = answer else {
            return Err(HttpError::Broken {
                url: url.to_owned(),
                reason: "it is said not to have changed, though nothing was known".to_owned(),
            }
            .into());
        };
        check(url, freshness, &Sha256::of(&bytes))?;
        self.cache.store(url, validator, &bytes)?;
        Ok(bytes)
    }

    /// What this address or its cached copy has; `None` when the server says it has nothing.
    pub(crate) fn download_if_there(
        &self,
        url: &str,
        freshness: &Freshness,
        report: Report<'_>,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        match self.download(url, freshness, report) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FetchError::Http(error)) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the package at `source` consists of. A package of the index needs a version, and so goes
    /// through [`Index`].
    pub(crate) fn describe(
        &self,
        source: &Source,
        commit: Option<&str>,
        report: Report<'_>,
    ) -> Result<Package, FetchError> {
        let package = match source {
            Source::Index { name, requirement } => {
                let version = requirement.exact_version();
                self.index.describe(self, name, version, report)
            }
            Source::Forge { .. } => forge::Repository(source).describe(self, commit, report),
            Source::Git { .. } => repository::Repository(source).describe(self, commit, report),
            Source::Url(url) => web::Address(url).describe(self, commit, report),
            Source::Local(path) => local::Place(path).describe(self, commit, report),
        }?;
        if package.files.len() > self.limits.files {
            return Err(FetchError::TooMany {
                uri: source.to_string(),
                limit: self.limits.files,
            });
        }
        Ok(package)
    }

    /// The content of a file of a package.
    pub(crate) fn content(
        &self,
        content: &Content,
        report: Report<'_>,
    ) -> Result<Vec<u8>, FetchError> {
        let bytes = match content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Url { url, freshness } => self.download(url, freshness, report)?,
        };
        Ok(bytes)
    }

    /// The commit that a source means now; `None` for a source that has no commits.
    pub(crate) fn current_commit(&self, source: &Source) -> Result<Option<String>, FetchError> {
        let (url, reference) = match source {
            Source::Forge {
                forge,
                owner,
                repo,
                reference,
                ..
            } => (forge.clone_url(owner, repo), reference),
            Source::Git { url, reference, .. } => (url.clone(), reference),
            _ => return Ok(None),
        };
        Ok(self.git.resolve(&url, reference.as_deref())?)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Whether content with the hash `found` is what was to be had from `url`.
fn check(url: &str, freshness: &Freshness, found: &Sha256) -> Result<(), FetchError> {
    let (expected, right) = match freshness {
        Freshness::Current | Freshness::Forever => return Ok(()),
        Freshness::Hash(hash) => (hash.as_str(), hash.matches(found.as_str())),
        Freshness::Exactly(hash) => (hash.as_str(), hash == found),
    };
    if right {
        return Ok(());
    }
    Err(FetchError::Hash {
        url: url.to_owned(),
        expected: expected.to_owned(),
        found: found.to_string(),
    })
}

impl Package {
    /// A package that is one file.
    fn single(path: PackagePath, content: Content, commit: Option<String>) -> Self {
        Self {
            version: None,
            commit,
            layout: Layout::File,
            files: vec![FetchedFile { path, content }],
            needs: Vec::new(),
        }
    }
}
