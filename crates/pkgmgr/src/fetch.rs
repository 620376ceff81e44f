//! What a package consists of, wherever it comes from.

mod index;
mod local;
mod manifest;
mod package_json;
mod python;
mod repository;
mod web;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, mpsc};

use crate::cache::Cache;
use crate::cancel::Cancel;
use crate::config::Config;
use crate::error::{FetchError, GitError, HttpError};
use crate::git::{Git, Limits};
use crate::http::{Answer, Http, Progress, Validator};
use crate::lock::Sha256;
use crate::name::PackagePath;
use crate::package_json::ShortHash;
use crate::source::{Forges, Repository, Source};

pub use self::index::Found;
pub(crate) use self::index::Index;
pub(crate) use self::python::check_python;

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
    /// A file is strange, and accepted all the same.
    Strange {
        /// Its path.
        path: PackagePath,
        /// The line, from 1.
        line: usize,
        /// What is strange there.
        message: String,
    },
    /// A file is there. Comes once for each file, after [`Event::Resolved`].
    File {
        /// Its path.
        path: PackagePath,
        /// Its length in bytes.
        bytes: u64,
    },
    /// More of an answer has come. Not for answers that come at once, and a few times a second at most.
    Received {
        /// The address.
        url: String,
        /// How much it is by now, in bytes.
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

/// What is told about an operation; the answer `Break` stops it.
pub(crate) type Events<'e> = &'e mut dyn FnMut(Event) -> ControlFlow<()>;

/// Where events go while several threads work.
#[derive(Debug, Clone)]
pub(crate) struct Report(pub(crate) mpsc::Sender<Event>);

impl Report {
    /// Where nobody listens.
    pub(crate) fn nowhere() -> Self {
        Self(mpsc::channel().0)
    }

    pub(crate) fn tell(&self, event: Event) {
        // Who no longer listens has been told enough.
        let _ = self.0.send(event);
    }
}

/// Where the paths of a package are seen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// From the board's library folder: the package says itself where its files go.
    Library,
    /// From a folder that is named after the dependency.
    Folder,
    /// It is a single file, in a folder that is named after the dependency.
    File,
}

/// A package as its source describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
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
pub(crate) struct FetchedFile {
    /// Its path, as the layout has it.
    pub path: PackagePath,
    /// What it holds, or where that is.
    pub content: Content,
}

/// What a file holds, or where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// It was found on the way.
    Bytes(Vec<u8>),
    /// It is a file of another repository, which is known by a URI that names the commit.
    Foreign(Source),
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
pub(crate) enum Freshness {
    /// When the server says that it is still current.
    Current,
    /// Always: the address names a commit, whose files do not change.
    Forever,
    /// When its hash begins like this; and what comes from the server must begin so, too.
    Hash(ShortHash),
    /// When its hash is this; and what comes from the server must have it, too.
    Exactly(Sha256),
}

/// The address of a repository, and a branch, tag or commit of it.
type Reference = (String, Option<String>);

/// Gets packages from all kinds of sources, for one project.
#[derive(Debug)]
pub(crate) struct Fetcher {
    http: Http,
    cache: Cache,
    git: Git,
    index: Index,
    forges: Forges,
    limits: Limits,
    project: PathBuf,
    /// The commits that branches and tags mean, by the address of the repository: one for the whole
    /// operation, also when a branch moves meanwhile.
    commits: Mutex<HashMap<Reference, Option<String>>>,
}

impl Fetcher {
    /// For the project in the folder `project` with these settings.
    pub(crate) fn new(
        http: Http,
        cache: Cache,
        config: &Config,
        project: impl Into<PathBuf>,
    ) -> Self {
        Self {
            git: Git::new(cache.clone(), http.clone()),
            index: Index::new(&config.package_indices, &config.mpy_version),
            forges: config.forges.clone(),
            limits: Limits::default(),
            project: project.into(),
            commits: Mutex::default(),
            http,
            cache,
        }
    }

    /// With other limits on the size of packages.
    #[must_use]
    pub(crate) fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The index of packages.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// What ends everything that is under way.
    pub(crate) fn cancel(&self) -> &Cancel {
        self.http.cancel()
    }

    /// The content of an address.
    pub(crate) fn download(
        &self,
        url: &str,
        freshness: &Freshness,
        report: &Report,
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
        let mut progress = |progress: Progress<'_>| {
            let url = url.to_owned();
            report.tell(match progress {
                Progress::Retrying { attempt, error } => Event::Retrying {
                    url,
                    attempt,
                    reason: error.to_string(),
                },
                Progress::Received { bytes } => Event::Received { url, bytes },
            });
        };
        let answer = match self.http.get(url, &validator, &mut progress)? {
            // What was known may be gone by now, if another process cleared the cache.
            Answer::NotModified => match self.cache.answer(url) {
                Some((_, bytes)) => return Ok(bytes),
                None => self.http.get(url, &Validator::default(), &mut progress)?,
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
        if matches!(freshness, Freshness::Current | Freshness::Forever) && is_page(url, &bytes) {
            return Err(FetchError::Page {
                url: url.to_owned(),
            });
        }
        check(url, freshness, &Sha256::of(&bytes))?;
        self.cache.store(url, validator, &bytes)?;
        Ok(bytes)
    }

    /// What this address or its cached copy has; `None` when the server says it has nothing.
    pub(crate) fn download_if_there(
        &self,
        url: &str,
        freshness: &Freshness,
        report: &Report,
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
        report: &Report,
    ) -> Result<Package, FetchError> {
        let package = match source {
            Source::Index { name, requirement } => {
                let version = requirement.exact_version();
                index::describe(self, name, version, report)
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
        report: &Report,
    ) -> Result<Vec<u8>, FetchError> {
        match content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::Url { url, freshness } => self.download(url, freshness, report),
            Content::Foreign(source) => self.foreign(source, report),
        }
    }

    /// A file of a repository, in a copy of that.
    pub(crate) fn foreign(&self, source: &Source, report: &Report) -> Result<Vec<u8>, FetchError> {
        let missing = || FetchError::NotFound {
            uri: source.to_string(),
        };
        let Source::Repository {
            repository,
            path,
            reference,
        } = source
        else {
            return Err(missing());
        };
        let commit = self.checkout(repository, reference.as_deref(), report)?;
        commit.file(path, &self.limits)?.ok_or_else(missing)
    }

    /// A commit of a repository, in the cache.
    pub(crate) fn checkout(
        &self,
        repository: &Repository,
        reference: Option<&str>,
        report: &Report,
    ) -> Result<crate::git::GitCommit, FetchError> {
        let (name, url) = (repository.cache_name(), repository.clone_url());
        let git = self.git.reporting(report);
        Ok(git.commit(&name, &url, reference)?)
    }

    /// The commit that a branch or tag means now, or from its first mention in this operation on.
    /// `None` when only a fetch can tell.
    pub(crate) fn commit_of(
        &self,
        repository: &Repository,
        reference: Option<&str>,
    ) -> Result<Option<String>, GitError> {
        let known = || self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (repository.clone_url(), reference.map(ToOwned::to_owned));
        if let Some(commit) = known().get(&key) {
            return Ok(commit.clone());
        }
        let commit = self.git.resolve(&key.0, reference)?;
        Ok(known().entry(key).or_insert(commit).clone())
    }

    /// The commit that a source means now; `None` for a source that has no commits.
    pub(crate) fn current_commit(&self, source: &Source) -> Result<Option<String>, FetchError> {
        match source {
            Source::Repository {
                repository,
                reference,
                ..
            } => Ok(self.commit_of(repository, reference.as_deref())?),
            _ => Ok(None),
        }
    }

    pub(crate) fn forges(&self) -> &Forges {
        &self.forges
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Whether a page came instead of a file that is none: what servers show in the place of what is not
/// there or needs a login.
fn is_page(url: &str, bytes: &[u8]) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path.rsplit('/').next().unwrap_or(path);
    let begins = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begins = begins.trim_ascii_start().first_chunk::<5>();
    match name.rsplit_once('.') {
        // Nothing of these begins so.
        Some((_, "py" | "mpy" | "json")) => begins.is_some_and(|chunk| chunk[0] == b'<'),
        Some((_, "html" | "htm" | "xhtml")) => false,
        _ => begins.is_some_and(|chunk| {
            chunk.eq_ignore_ascii_case(b"<html") || chunk.eq_ignore_ascii_case(b"<!doc")
        }),
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

impl FetchedFile {
    /// Files that were found on the way.
    fn all(files: Vec<(PackagePath, Vec<u8>)>) -> Vec<Self> {
        let files = files.into_iter().map(|(path, bytes)| Self {
            path,
            content: Content::Bytes(bytes),
        });
        files.collect()
    }
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
