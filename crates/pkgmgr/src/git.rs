//! Files from git repositories, through a bare copy of each in the cache.

mod files;
mod refs;
mod transport;

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use git2::{AutotagOption, Direction, FetchOptions, ObjectType, Oid, RemoteCallbacks, Repository};

use crate::cache::Cache;
use crate::error::FetchError;
use crate::event::EventSender;
use crate::file::FileError;
use crate::http::Http;
use crate::http::HttpError;
use crate::lock_file::FileLock;

pub(crate) use self::files::GitContent;
pub use self::files::Limits;
use self::refs::Advertised;

/// What fetches everything that a commit can be reached from.
const ALL: [&str; 2] = [
    "+refs/heads/*:refs/belay/heads/*",
    "+refs/tags/*:refs/belay/tags/*",
];

/// Depth 0x7fffffff asks for the whole history, also where only a part of it was fetched before.
const WHOLE_HISTORY: i32 = i32::MAX;

/// Reads git repositories: `https:`, `http:` and `file:`.
///
/// Web servers are reached through [`Http`], with its limits, time-outs and trust; nothing of the
/// user's git configuration is used, and no program is started.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    cache: Cache,
    http: Http,
    events: EventSender,
}

/// A commit whose content is in the cache.
#[derive(Debug, Clone)]
pub(crate) struct GitCommit {
    git: Git,
    name: String,
    url: String,
    repository: PathBuf,
    id: Oid,
}

impl Git {
    /// Repositories are kept in `cache`, and reached through `http`.
    pub(crate) fn new(cache: Cache, http: Http) -> Self {
        let events = EventSender::nowhere();
        Self {
            cache,
            http,
            events,
        }
    }

    /// The same, which tells how much of a repository has come.
    pub(crate) fn reporting(&self, events: &EventSender) -> Self {
        Self {
            events: events.clone(),
            ..self.clone()
        }
    }

    /// The id of the commit that `reference` (a branch, tag or commit, `HEAD` when `None`) means on
    /// the server now, without fetching it. `None` when only a fetch can tell, for the beginning of
    /// an id.
    pub(crate) fn resolve(
        &self,
        url: &str,
        reference: Option<&str>,
    ) -> Result<Option<String>, FetchError> {
        if let Some(id) = reference.filter(|text| is_whole_id(text)) {
            return Ok(Some(id.to_ascii_lowercase()));
        }
        let advertised = self.advertised(url, reference)?;
        match advertised.find(reference) {
            Some(found) => Ok(Some(found.id.clone())),
            None if reference.is_some_and(is_id_beginning) => Ok(None),
            None => Err(self.no_reference(url, reference)),
        }
    }

    /// Fetches what `reference` means, unless it is there already. `name` is what the cache calls
    /// the repository. A copy in the cache that is damaged is made anew.
    ///
    /// A whole commit id that is in the cache needs no network.
    pub(crate) fn commit(
        &self,
        name: &str,
        url: &str,
        reference: Option<&str>,
    ) -> Result<GitCommit, FetchError> {
        check_scheme(url)?;
        let (path, _lock) = self.repository(name)?;
        let known = path.exists();
        let id = match self.obtain(&path, url, reference) {
            Err(error) if known && (is_git(&error) || !is_sound(&path)) => {
                discard(&path)?;
                self.obtain(&path, url, reference)?
            }
            obtained => obtained?,
        };
        Ok(GitCommit {
            git: self.clone(),
            name: name.to_owned(),
            url: url.to_owned(),
            repository: path,
            id,
        })
    }

    /// The folder of a repository in the cache, locked.
    fn repository(&self, name: &str) -> Result<(PathBuf, FileLock), FetchError> {
        let cancel = self.http.cancel();
        let locked = self.cache.repository(name, &mut |_| {
            if cancel.is_cancelled() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        locked.ok_or(FetchError::Http(HttpError::Interrupted))
    }

    /// The id of the commit that `reference` means, which is in the repository at `path` then.
    fn obtain(&self, path: &Path, url: &str, reference: Option<&str>) -> Result<Oid, FetchError> {
        let failure = |error: git2::Error| failure(url, &error);
        let whole = reference.filter(|text| is_whole_id(text));
        // A repository that is not there leaves nothing in the cache.
        let advertised = match whole {
            Some(_) => None,
            None => Some(self.advertised(url, reference)?),
        };
        let repository = match Repository::open_bare(path) {
            Ok(repository) => repository,
            Err(_) => Repository::init_bare(path).map_err(failure)?,
        };
        let id = if let Some(id) = whole {
            let id = Oid::from_str(id).map_err(failure)?;
            if repository.find_commit(id).is_err() {
                self.fetch(&repository, url, &ALL, WHOLE_HISTORY)?;
            }
            id
        } else if let Some(advertised) = advertised.as_ref().and_then(|all| all.find(reference)) {
            let id = Oid::from_str(&advertised.id).map_err(failure)?;
            if repository.find_commit(id).is_err() {
                let kept = advertised.name.strip_prefix("refs/");
                let kept = kept.unwrap_or(&advertised.name);
                let spec = format!("+{}:refs/belay/{kept}", advertised.name);
                self.fetch(&repository, url, &[&spec], 1)?;
            }
            id
        } else {
            let beginning = reference
                .filter(|text| is_id_beginning(text))
                .ok_or_else(|| self.no_reference(url, reference))?;
            self.fetch(&repository, url, &ALL, WHOLE_HISTORY)?;
            match repository.revparse_single(beginning) {
                Ok(object) => object.id(),
                Err(_) => return Err(self.no_reference(url, reference)),
            }
        };
        let commit = repository
            .find_object(id, None)
            .and_then(|object| object.peel(ObjectType::Commit));
        match commit {
            Ok(commit) => Ok(commit.id()),
            Err(_) => Err(self.no_reference(url, reference)),
        }
    }

    fn advertised(&self, url: &str, reference: Option<&str>) -> Result<Advertised, FetchError> {
        check_scheme(url)?;
        if is_web(url) {
            return refs::ask(&self.http, url, reference);
        }
        let failure = |error: git2::Error| failure(url, &error);
        let mut remote = git2::Remote::create_detached(url).map_err(failure)?;
        remote
            .connect(Direction::Fetch)
            .map_err(|error| match (error.code(), error.class()) {
                (git2::ErrorCode::NotFound, _)
                | (_, git2::ErrorClass::Repository | git2::ErrorClass::Os) => {
                    FetchError::NoRepository {
                        url: url.to_owned(),
                    }
                }
                _ => failure(error),
            })?;
        let heads = remote.list().map_err(failure)?;
        Ok(Advertised::new(heads.iter().map(|head| {
            (head.name().to_owned(), head.oid().to_string())
        })))
    }

    fn fetch(
        &self,
        repository: &Repository,
        url: &str,
        specs: &[&str],
        depth: i32,
    ) -> Result<(), FetchError> {
        let mut remote = repository
            .remote_anonymous(url)
            .map_err(|error| failure(url, &error))?;
        let cancel = self.http.cancel();
        let mut callbacks = RemoteCallbacks::new();
        callbacks
            .transfer_progress(|_| !cancel.is_cancelled())
            .sideband_progress(|_| !cancel.is_cancelled());
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(callbacks)
            .download_tags(AutotagOption::None)
            .update_fetchhead(false);
        let failure = |error: git2::Error| {
            if cancel.is_cancelled() {
                return FetchError::Http(HttpError::Interrupted);
            }
            failure(url, &error)
        };
        if !is_web(url) {
            return remote
                .fetch(specs, Some(&mut options), None)
                .map_err(failure);
        }
        // A repository that was fetched whole stays whole.
        if depth != 1 || repository.is_shallow() || repository.is_empty().unwrap_or(true) {
            options.depth(depth);
        }
        let mut fetched = None;
        let outcome = transport::through(&self.http, &self.events, || {
            fetched = Some(remote.fetch(specs, Some(&mut options), None));
        });
        match (fetched, outcome) {
            (Some(Err(_)), Some(error)) => Err(of_http(url, error)),
            (Some(Err(error)), None) => Err(failure(error)),
            _ => Ok(()),
        }
    }

    fn no_reference(&self, url: &str, reference: Option<&str>) -> FetchError {
        let known = self
            .advertised(url, Some(""))
            .map(|advertised| advertised.names(20))
            .unwrap_or_default();
        FetchError::NoReference {
            url: url.to_owned(),
            reference: reference.unwrap_or("HEAD").to_owned(),
            known,
        }
    }
}

impl GitCommit {
    /// The id of the commit: 40 hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }

    /// Where the repository is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Does something with the repository in the cache. If it turns out to be damaged, it is made anew
    /// and `work` is done again.
    fn with_repository<T>(
        &self,
        work: impl Fn(&Repository) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let attempt = || {
            let repository = Repository::open_bare(&self.repository)
                .map_err(|error| failure(self.url(), &error))?;
            work(&repository)
        };
        match attempt() {
            Err(error) if is_git(&error) => {}
            done => return done,
        }
        let (path, _lock) = self.git.repository(&self.name)?;
        // Somebody else may have made it anew meanwhile.
        match attempt() {
            Err(error) if is_git(&error) => {}
            done => return done,
        }
        discard(&path)?;
        self.git.obtain(&path, &self.url, Some(&self.id()))?;
        attempt()
    }
}

/// Whether git itself fails, as it does with a damaged repository.
fn is_git(error: &FetchError) -> bool {
    matches!(error, FetchError::Git { .. })
}

/// Whether the commits that the repository's references name can be read.
fn is_sound(path: &Path) -> bool {
    let readable = || {
        let repository = Repository::open_bare(path)?;
        for reference in repository.references()? {
            reference?.peel_to_commit()?.tree()?;
        }
        Ok::<_, git2::Error>(())
    };
    readable().is_ok()
}

/// Removes a repository from the cache, or whatever is in its place.
fn discard(path: &Path) -> Result<(), FileError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::new("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn check_scheme(url: &str) -> Result<(), FetchError> {
    if is_web(url) || url.starts_with("file://") {
        return Ok(());
    }
    Err(FetchError::GitAddress {
        url: url.to_owned(),
    })
}

fn is_whole_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn is_id_beginning(text: &str) -> bool {
    (4..40).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn failure(url: &str, error: &git2::Error) -> FetchError {
    FetchError::Git {
        url: url.to_owned(),
        reason: error.message().to_owned(),
    }
}

/// Servers answer 401 or 403 for a repository that is not there or not for everyone.
fn of_http(url: &str, error: HttpError) -> FetchError {
    match error {
        HttpError::Status {
            status: 401 | 403 | 404 | 410,
            ..
        } => FetchError::NoRepository {
            url: url.to_owned(),
        },
        error => FetchError::Http(error),
    }
}
