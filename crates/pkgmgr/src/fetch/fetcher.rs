//! What packages of all kinds are fetched with.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::bundle::Bundles;
use super::index::Index;
use super::package::Freshness;
use crate::cache::Cache;
use crate::cancel::Cancel;
use crate::config::Config;
use crate::error::FetchError;
use crate::event::{Event, EventSender};
use crate::file::FileError;
use crate::git::{Git, Limits};
use crate::http::HttpError;
use crate::http::{Answer, Http, Progress, Validator};
use crate::lock::Sha256;
use crate::source::{Forges, Repository, Source};

/// The address of a repository, and a branch, tag or commit of it.
type Reference = (String, Option<String>);

/// Gets packages from all kinds of sources, for one project. Clones share what they know.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    http: Http,
    cache: Cache,
    git: Git,
    index: Arc<Index>,
    bundles: Arc<Bundles>,
    pub(super) forges: Forges,
    limits: Limits,
    pub(super) project: PathBuf,
    /// The commits that branches and tags mean, by the address of the repository: one for the whole
    /// operation, also when a branch moves meanwhile.
    commits: Arc<Mutex<HashMap<Reference, Option<String>>>>,
    /// Who hears what happens.
    events: EventSender,
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
            index: Arc::new(Index::new(&config.package_indices, &config.mpy_version)),
            bundles: Arc::new(Bundles::new(&config.bundles, config.bundle_format())),
            forges: config.forges.clone(),
            limits: Limits::default(),
            project: project.into(),
            commits: Arc::default(),
            events: EventSender::nowhere(),
            http,
            cache,
        }
    }

    /// With libraries of these archives, where they are of a bundle of the project.
    #[must_use]
    pub(crate) fn with_archives(mut self, archives: Vec<String>) -> Self {
        if let Some(bundles) = Arc::get_mut(&mut self.bundles) {
            bundles.keep(archives);
        }
        self
    }

    /// With other limits on the size of packages.
    #[must_use]
    pub(crate) fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, which tells what happens.
    pub(crate) fn reporting(&self, events: &EventSender) -> Self {
        Self {
            events: events.clone(),
            git: self.git.reporting(events),
            ..self.clone()
        }
    }

    /// The index of packages.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The bundles of libraries for CircuitPython.
    pub(crate) fn bundles(&self) -> &Bundles {
        &self.bundles
    }

    /// Where a page leads in the end.
    pub(super) fn redirected(&self, url: &str) -> Result<String, FetchError> {
        let (reached, _) = self.http.open(url, &[], None, self.limits.file_bytes)?;
        Ok(reached)
    }

    /// What ends everything that is under way.
    pub(crate) fn cancel(&self) -> &Cancel {
        self.http.cancel()
    }

    /// The content of an address.
    pub(crate) fn download(&self, url: &str, freshness: &Freshness) -> Result<Vec<u8>, FetchError> {
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
            self.events.send(match progress {
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

    /// The content of a file, seen from the project's folder.
    pub(super) fn local(&self, path: &Path) -> Result<Vec<u8>, FetchError> {
        let path = self.project.join(path);
        let limit = self.limits().file_bytes;
        let metadata =
            fs::metadata(&path).map_err(|_| FetchError::NoFile { path: path.clone() })?;
        // A pipe or a device may never end.
        if !metadata.is_file() {
            return Err(FetchError::NoFile { path });
        }
        if metadata.len() > limit {
            return Err(FetchError::TooLarge {
                uri: path.display().to_string(),
                limit,
            });
        }
        Ok(fs::read(&path).map_err(FileError::new("read", &path))?)
    }

    /// What this address or its cached copy has; `None` when the server says it has nothing.
    pub(crate) fn download_if_there(
        &self,
        url: &str,
        freshness: &Freshness,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        match self.download(url, freshness) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FetchError::Http(error)) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A file of a repository, in a copy of that.
    pub(crate) fn foreign(&self, source: &Source) -> Result<Vec<u8>, FetchError> {
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
        let commit = self.checkout(repository, reference.as_deref())?;
        commit.file(path, &self.limits)?.ok_or_else(missing)
    }

    /// A commit of a repository, in the cache.
    pub(crate) fn checkout(
        &self,
        repository: &Repository,
        reference: Option<&str>,
    ) -> Result<crate::git::GitCommit, FetchError> {
        let (name, url) = (repository.cache_name(), repository.clone_url());
        self.git.commit(&name, &url, reference)
    }

    /// The commit that a branch or tag means now, or from its first mention in this operation on.
    /// `None` when only a fetch can tell.
    pub(crate) fn commit_of(
        &self,
        repository: &Repository,
        reference: Option<&str>,
    ) -> Result<Option<String>, FetchError> {
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
            } => self.commit_of(repository, reference.as_deref()),
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

/// How many similar names an error gives.
const SIMILAR: usize = 3;

/// Of some names those that resemble one, best first.
pub(super) fn similar(name: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let likeness = |known: String| (strsim::jaro_winkler(name, &known), known);
    let names = names.into_iter().map(likeness);
    let mut similar: Vec<_> = names.filter(|(likeness, _)| *likeness > 0.85).collect();
    similar.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    similar.dedup_by(|a, b| a.1 == b.1);
    let similar = similar.into_iter().map(|(_, name)| name);
    similar.take(SIMILAR).collect()
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
