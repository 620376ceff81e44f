//! Files and folders of repositories: of a forge the single file first, the whole repository otherwise.

use super::fetcher::Fetcher;
use super::package::{Content, FetchedFile, Freshness, Layout, Package};
use super::{manifest, package_json};
use crate::error::FetchError;
use crate::git::{GitCommit, GitContent};
use crate::http::HttpError;
use crate::manifest::ManifestTree;
use crate::name::NameError;
use crate::name::PathInRepo;
use crate::source::{Repository, Source};

/// A repository at some point in its history.
pub(super) struct Revision<'a> {
    pub(super) repository: &'a Repository,
    /// A branch, tag or commit.
    pub(super) reference: &'a Option<String>,
}

impl Revision<'_> {
    /// A file or folder there.
    fn at(&self, path: PathInRepo) -> Source {
        Source::Repository {
            repository: self.repository.clone(),
            path,
            reference: self.reference.clone(),
        }
    }
}

/// The package at `path`. `commit` is the one to take; the one that the reference means now otherwise.
pub(super) fn describe(
    fetcher: &Fetcher,
    revision: &Revision<'_>,
    path: &PathInRepo,
    commit: Option<&str>,
) -> Result<Package, FetchError> {
    let reference = revision.reference.as_deref();
    // All files come from one commit, even when the branch moves meanwhile.
    let commit = match commit {
        Some(commit) => Some(commit.to_owned()),
        None => package_json::pin(fetcher, revision.repository, reference)?,
    };
    if let Some(package) = single(fetcher, revision, path, commit.as_deref())? {
        return Ok(package);
    }
    let at = commit.as_deref().or(reference);
    let commit = fetcher.checkout(revision.repository, at)?;
    read(fetcher, &commit, revision, path)
}

/// The package of a forge that is one file, or whose `package.json` can be had alone.
fn single(
    fetcher: &Fetcher,
    revision: &Revision<'_>,
    path: &PathInRepo,
    commit: Option<&str>,
) -> Result<Option<Package>, FetchError> {
    let Repository::Forge { forge, owner, repo } = revision.repository else {
        return Ok(None);
    };
    // A name with a dot is a file as a rule, and one without is a folder.
    let (file, is_json) = match path.extension() {
        Some(extension) => (path.clone(), extension == "json"),
        None => (inside(revision, path, package_json::NAME)?, true),
    };
    // What a manifest names can be found only in the whole repository.
    if file.file_name() == Some(manifest::NAME) {
        return Ok(None);
    }
    let freshness = match commit {
        Some(_) => Freshness::Forever,
        None => Freshness::Current,
    };
    let url = forge.raw_url(owner, repo, &file, commit.or(revision.reference.as_deref()));
    let bytes = match fetcher.download_if_there(&url, &freshness) {
        // GitLab takes a login for git, and not for its pages.
        Err(FetchError::Http(HttpError::Status {
            status: 401 | 403, ..
        })) => None,
        bytes => bytes?,
    };
    let commit = commit.map(ToOwned::to_owned);
    match (bytes, file.within(&file.parent())) {
        (Some(json), _) if is_json => {
            let mut base = package_json::Base::new(revision.at(file));
            base.commit = commit;
            package_json::read(fetcher, &json, &base).map(Some)
        }
        (Some(_), Some(name)) => {
            let freshness = Freshness::Forever;
            let content = Content::Url { url, freshness };
            Ok(Some(Package::single(name, content, commit)))
        }
        _ => Ok(None),
    }
}

/// The package at `path` in a commit: as a `package.json` or a manifest describes it, a file, or a
/// folder.
fn read(
    fetcher: &Fetcher,
    commit: &GitCommit,
    revision: &Revision<'_>,
    path: &PathInRepo,
) -> Result<Package, FetchError> {
    let described = |json: &[u8], path: PathInRepo| {
        let mut base = package_json::Base::new(revision.at(path));
        base.commit = Some(commit.id());
        base.checkout = Some(commit);
        package_json::read(fetcher, json, &base)
    };
    let by_manifest = |path: PathInRepo| {
        let mut tree = CommitTree { commit, fetcher };
        let uri = revision.at(path.clone()).to_string();
        let package = manifest::read(&mut tree, &path, &uri)?;
        let commit = Some(commit.id());
        Ok(Package { commit, ..package })
    };
    match commit.read(path, fetcher.limits())? {
        GitContent::File(_) if path.file_name() == Some(manifest::NAME) => {
            by_manifest(path.clone())
        }
        GitContent::File(bytes) if path.extension() == Some("json") => {
            described(&bytes, path.clone())
        }
        GitContent::File(bytes) => {
            let name = path.within(&path.parent());
            let name = name.ok_or_else(|| FetchError::NotFound {
                uri: revision.at(path.clone()).to_string(),
            })?;
            let content = Content::Bytes(bytes);
            Ok(Package::single(name, content, Some(commit.id())))
        }
        GitContent::Folder(files) => {
            let find = |name| files.iter().find(|(path, _)| path.as_str() == name);
            if let Some((_, json)) = find(package_json::NAME) {
                return described(json, inside(revision, path, package_json::NAME)?);
            }
            if find(manifest::NAME).is_some() {
                return by_manifest(inside(revision, path, manifest::NAME)?);
            }
            Ok(Package {
                version: None,
                commit: Some(commit.id()),
                layout: Layout::Folder,
                files: FetchedFile::all(files),
                needs: Vec::new(),
            })
        }
    }
}

/// A file in the folder `path`.
fn inside(
    revision: &Revision<'_>,
    path: &PathInRepo,
    name: &str,
) -> Result<PathInRepo, FetchError> {
    path.join(name)
        .map_err(|source: NameError| FetchError::Path {
            uri: revision.at(path.clone()).to_string(),
            source,
        })
}

/// A commit as manifests see it.
struct CommitTree<'a> {
    commit: &'a GitCommit,
    fetcher: &'a Fetcher,
}

impl ManifestTree for CommitTree<'_> {
    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, FetchError> {
        self.commit.file(path, self.fetcher.limits())
    }

    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError> {
        self.commit.list(folder)
    }
}
