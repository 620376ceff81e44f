//! What a path or URI means that stands in a file of a package.

use std::path::PathBuf;

use url::Url;

use super::{Forges, Source};
use crate::error::NameError;
use crate::error::SourceError;
use crate::name::shorten;

pub(super) fn join(
    source: &Source,
    relative: &str,
    forges: &Forges,
) -> Result<Source, SourceError> {
    let refused = || SourceError::Refused {
        uri: shorten(relative),
    };
    // An absolute URI stands for itself, if strangers may name it at all.
    if relative.contains(':') {
        let meant = Source::parse(relative, forges)?;
        let allowed = meant.may_be_named_by_a_package();
        return allowed.then_some(meant).ok_or_else(refused);
    }
    if relative.trim().is_empty() {
        return Err(SourceError::Empty);
    }
    if relative.contains(char::is_control) {
        return Err(refused());
    }
    if relative.starts_with(['/', '\\']) {
        return Err(NameError::Absolute {
            path: shorten(relative),
        }
        .into());
    }
    match source {
        Source::Repository {
            repository,
            path,
            reference,
        } => Ok(Source::Repository {
            repository: repository.clone(),
            path: path.parent().join(relative)?,
            reference: reference.clone(),
        }),
        Source::Url(url) => Url::parse(url)
            .and_then(|base| base.join(relative))
            .map(|url| Source::Url(url.into()))
            .map_err(|_| refused()),
        Source::Local(path) => {
            if relative.contains('\\') {
                return Err(refused());
            }
            let mut joined = path.parent().map_or_else(PathBuf::new, PathBuf::from);
            joined.extend(relative.split('/').filter(|part| !part.is_empty()));
            Ok(Source::Local(joined))
        }
        Source::Index { .. } => Err(refused()),
    }
}
