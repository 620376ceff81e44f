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
        let allowed = match &meant {
            Source::Forge { .. } | Source::Url(_) => true,
            Source::Git { url, .. } => !url.starts_with("file:"),
            Source::Index { .. } | Source::Local(_) => false,
        };
        return if allowed { Ok(meant) } else { Err(refused()) };
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
        Source::Forge {
            forge,
            owner,
            repo,
            path,
            reference,
        } => Ok(Source::Forge {
            forge: forge.clone(),
            owner: owner.clone(),
            repo: repo.clone(),
            path: path.parent().join(relative)?,
            reference: reference.clone(),
        }),
        Source::Git {
            url,
            path,
            reference,
        } => Ok(Source::Git {
            url: url.clone(),
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
