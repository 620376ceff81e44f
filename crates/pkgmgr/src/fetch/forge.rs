//! Files and folders of forges: the single file first, the repository otherwise.

use super::{
    Content, Fetcher, Freshness, Origin, Package, Report, manifest, package_json, repository,
};
use crate::error::{FetchError, GitError, HttpError, NameError};
use crate::name::PathInRepo;
use crate::source::Source;

/// A [`Source::Forge`].
pub(super) struct Repository<'a>(pub(super) &'a Source);

impl Origin for Repository<'_> {
    fn describe(
        &self,
        fetcher: &Fetcher,
        at: Option<&str>,
        report: Report<'_>,
    ) -> Result<Package, FetchError> {
        let Source::Forge {
            forge,
            owner,
            repo,
            path,
            reference,
        } = self.0
        else {
            return Err(FetchError::NotFound {
                uri: self.0.to_string(),
            });
        };
        let wrong = |source: NameError| FetchError::Path {
            uri: self.0.to_string(),
            source,
        };
        let clone_url = forge.clone_url(owner, repo);
        // All files come from one commit, even when the branch moves meanwhile.
        let commit = match at {
            Some(commit) => Some(commit.to_owned()),
            None => pin(fetcher, &clone_url, reference.as_deref())?,
        };
        let freshness = match commit {
            Some(_) => Freshness::Forever,
            None => Freshness::Current,
        };
        let raw = |path: &PathInRepo| {
            let at = commit.as_deref().or(reference.as_deref());
            forge.raw_url(owner, repo, path, at)
        };
        let source_of = |path: PathInRepo| Source::Forge {
            forge: forge.clone(),
            owner: owner.clone(),
            repo: repo.clone(),
            path,
            reference: reference.clone(),
        };
        // A name with a dot is a file as a rule, and one without is a folder.
        let (place, is_json) = match path.extension() {
            Some(extension) => (path.clone(), extension == "json"),
            None => (path.join(package_json::NAME).map_err(wrong)?, true),
        };
        // What a manifest names can be found only in the whole repository.
        let single = if place.file_name() == Some(manifest::NAME) {
            None
        } else {
            match fetcher.download_if_there(&raw(&place), &freshness, report) {
                // GitLab takes a login for git, and not for its pages.
                Err(FetchError::Http(HttpError::Status {
                    status: 401 | 403, ..
                })) => None,
                single => single?,
            }
        };
        if let Some(bytes) = single {
            if is_json {
                let base = source_of(place);
                return package_json::read(fetcher, &bytes, &base, commit.clone(), |file| {
                    package_json::content_of(fetcher, &base, commit.as_deref(), &file)
                });
            }
            if let Some(name) = path.within(&path.parent()) {
                let content = Content::Url {
                    url: raw(&place),
                    freshness: Freshness::Forever,
                };
                return Ok(Package::single(name, content, commit));
            }
        }
        let name = format!("{}-{owner}-{repo}", forge.name());
        let at = commit.as_deref().or(reference.as_deref());
        let commit = fetcher.git.commit(&name, &clone_url, at)?;
        repository::read(fetcher, &commit, path, self.0, source_of)
    }
}

/// The commit that a reference means now. `None` when the forge answers only for single files.
fn pin(
    fetcher: &Fetcher,
    clone_url: &str,
    reference: Option<&str>,
) -> Result<Option<String>, FetchError> {
    match fetcher.git.resolve(clone_url, reference) {
        Ok(commit) => Ok(commit),
        Err(GitError::NoRepository { .. } | GitError::Http(HttpError::Status { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
