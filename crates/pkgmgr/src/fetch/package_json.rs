//! A `package.json` as a package.

use super::{Content, FetchedFile, Fetcher, Freshness, Layout, Package};
use crate::error::FetchError;
use crate::package_json::{FileOrigin, PackageJson};
use crate::source::Source;

/// The name of such a file.
pub(super) const NAME: &str = "package.json";

/// Reads a `package.json`. `base` is where it lies; relative paths in it are seen from there. `place`
/// says where the content of a file is that it names.
///
/// A file for certain boards only is left out: which board the package goes to is not known here.
pub(super) fn read(
    fetcher: &Fetcher,
    json: &[u8],
    base: &Source,
    commit: Option<String>,
    mut place: impl FnMut(Source) -> Result<Content, FetchError>,
) -> Result<Package, FetchError> {
    let uri = base.to_string();
    let parsed = parse(json, &uri)?;
    let wrong_place = |source| FetchError::Place {
        uri: uri.clone(),
        source,
    };
    let mut files = Vec::new();
    for file in parsed.files.into_iter().filter(|file| file.mpy.is_none()) {
        let content = match file.origin {
            FileOrigin::Url(url) => place(base.join(&url, &fetcher.forges).map_err(wrong_place)?)?,
            // Only an index has files under their hashes; the first one that is configured is meant.
            FileOrigin::Index(hash) => Content::Url {
                url: hash.url(fetcher.index.first()),
                freshness: Freshness::Hash(hash),
            },
        };
        files.push(FetchedFile {
            path: file.path,
            content,
        });
    }
    let needs = parsed
        .dependencies
        .iter()
        .map(|needed| needed.source(&fetcher.forges).map_err(wrong_place));
    Ok(Package {
        needs: needs.collect::<Result<_, _>>()?,
        version: parsed.version,
        commit,
        layout: Layout::Library,
        files,
    })
}

pub(super) fn parse(json: &[u8], uri: &str) -> Result<PackageJson, FetchError> {
    PackageJson::parse(json).map_err(|source| FetchError::PackageJson {
        uri: uri.to_owned(),
        source,
    })
}

/// Where the content of a file is that a package names: for a file of a forge at `commit`, if the
/// file is in the same repository as `base`.
pub(super) fn content_of(
    fetcher: &Fetcher,
    base: &Source,
    commit: Option<&str>,
    file: &Source,
) -> Result<Content, FetchError> {
    match file {
        Source::Url(url) => Ok(Content::Url {
            url: url.clone(),
            freshness: Freshness::Current,
        }),
        Source::Forge {
            forge,
            owner,
            repo,
            path,
            reference,
        } => {
            let same = matches!(
                base,
                Source::Forge { forge: f, owner: o, repo: r, reference: at, .. }
                    if (f, o, r, at) == (forge, owner, repo, reference)
            );
            let pinned = commit.filter(|_| same);
            let reference = pinned.or(reference.as_deref());
            let freshness = match pinned {
                Some(_) => Freshness::Forever,
                None => Freshness::Current,
            };
            Ok(Content::Url {
                url: forge.raw_url(owner, repo, path, reference),
                freshness,
            })
        }
        Source::Git {
            url,
            path,
            reference,
        } => {
            let same = matches!(
                base,
                Source::Git { url: u, reference: at, .. } if (u, at) == (url, reference)
            );
            let reference = commit.filter(|_| same).or(reference.as_deref());
            let commit = super::repository::commit(fetcher, url, reference)?;
            match commit.read(path, fetcher.limits())? {
                crate::git::GitContent::File(bytes) => Ok(Content::Bytes(bytes)),
                crate::git::GitContent::Folder(_) => Err(FetchError::NotFound {
                    uri: file.to_string(),
                }),
            }
        }
        Source::Local(path) => super::local::read(fetcher, path).map(Content::Bytes),
        Source::Index { .. } => Err(FetchError::NotFound {
            uri: file.to_string(),
        }),
    }
}
