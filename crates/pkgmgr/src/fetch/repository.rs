//! Files and folders of git repositories.

use super::{
    Content, FetchedFile, Fetcher, Layout, Origin, Package, Report, manifest, package_json,
};
use crate::error::{FetchError, NameError};
use crate::git::{GitCommit, GitContent};
use crate::manifest::ManifestTree;
use crate::name::PathInRepo;
use crate::source::Source;

/// A [`Source::Git`].
pub(super) struct Repository<'a>(pub(super) &'a Source);

impl Origin for Repository<'_> {
    fn describe(
        &self,
        fetcher: &Fetcher,
        at: Option<&str>,
        _report: Report<'_>,
    ) -> Result<Package, FetchError> {
        let Source::Git {
            url,
            path,
            reference,
        } = self.0
        else {
            return Err(FetchError::NotFound {
                uri: self.0.to_string(),
            });
        };
        let commit = commit(fetcher, url, at.or(reference.as_deref()))?;
        let at = |path: PathInRepo| Source::Git {
            url: url.clone(),
            path,
            reference: reference.clone(),
        };
        read(fetcher, &commit, path, self.0, at)
    }
}

/// Fetches a commit of a repository that is known by its address alone.
pub(super) fn commit(
    fetcher: &Fetcher,
    url: &str,
    reference: Option<&str>,
) -> Result<GitCommit, FetchError> {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    // Behind a user's name and password, which stay out of the names of files.
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let name = place.trim_matches('/').trim_end_matches(".git");
    Ok(fetcher.git.commit(name, url, reference)?)
}

/// The package at `path` in a commit: as a `package.json` describes it, a file, or a folder. `base`
/// is the source as it was asked for; `at` makes that of another path in the repository.
pub(super) fn read(
    fetcher: &Fetcher,
    commit: &GitCommit,
    path: &PathInRepo,
    base: &Source,
    at: impl Fn(PathInRepo) -> Source,
) -> Result<Package, FetchError> {
    let limits = fetcher.limits();
    let id = Some(commit.id());
    let wrong = |source: NameError| FetchError::Path {
        uri: base.to_string(),
        source,
    };
    let described = |json: &[u8], place: PathInRepo| {
        let base = at(place);
        package_json::read(fetcher, json, &base, id.clone(), |file| {
            let within = match (&base, &file) {
                (
                    Source::Git { url, reference, .. },
                    Source::Git {
                        url: u,
                        path,
                        reference: r,
                    },
                ) if (u, r) == (url, reference) => Some(path),
                (
                    Source::Forge {
                        forge,
                        owner,
                        repo,
                        reference,
                        ..
                    },
                    Source::Forge {
                        forge: f,
                        owner: o,
                        repo: n,
                        path,
                        reference: r,
                    },
                ) if (f, o, n, r) == (forge, owner, repo, reference) => Some(path),
                _ => None,
            };
            let Some(path) = within else {
                return package_json::content_of(fetcher, &base, id.as_deref(), &file);
            };
            match commit.file(path, limits)? {
                Some(bytes) => Ok(Content::Bytes(bytes)),
                None => Err(FetchError::NotFound {
                    uri: file.to_string(),
                }),
            }
        })
    };
    let by_manifest = |place: PathInRepo| {
        let mut tree = CommitTree { commit, fetcher };
        manifest::read(
            &mut tree,
            &place,
            &at(place.clone()).to_string(),
            id.clone(),
            &at,
        )
    };
    match commit.read(path, limits)? {
        GitContent::File(_) if path.file_name() == Some(manifest::NAME) => {
            by_manifest(path.clone())
        }
        GitContent::File(bytes) if path.extension() == Some("json") => {
            described(&bytes, path.clone())
        }
        GitContent::File(bytes) => {
            let name = path.within(&path.parent());
            let name = name.ok_or_else(|| FetchError::NotFound {
                uri: base.to_string(),
            })?;
            Ok(Package::single(name, Content::Bytes(bytes), id))
        }
        GitContent::Folder(files) => {
            let json = files
                .iter()
                .find(|(path, _)| path.as_str() == package_json::NAME);
            if let Some((_, json)) = json {
                return described(json, path.join(package_json::NAME).map_err(wrong)?);
            }
            if files
                .iter()
                .any(|(path, _)| path.as_str() == manifest::NAME)
            {
                return by_manifest(path.join(manifest::NAME).map_err(wrong)?);
            }
            let files = files.into_iter().map(|(path, bytes)| FetchedFile {
                path,
                content: Content::Bytes(bytes),
            });
            Ok(Package {
                version: None,
                commit: id,
                layout: Layout::Folder,
                files: files.collect(),
                needs: Vec::new(),
            })
        }
    }
}

/// A commit as manifests see it.
struct CommitTree<'a> {
    commit: &'a GitCommit,
    fetcher: &'a Fetcher,
}

impl ManifestTree for CommitTree<'_> {
    type Error = FetchError;

    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, FetchError> {
        Ok(self.commit.file(path, self.fetcher.limits())?)
    }

    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError> {
        Ok(self.commit.list(folder)?)
    }
}
