//! Files of web servers.

use super::{Content, Fetcher, Freshness, Origin, Package, Report, package_json};
use crate::error::{FetchError, NameError};
use crate::name::{PackagePath, PathInRepo};
use crate::source::Source;

/// The address of a file or a `package.json`.
pub(super) struct Address<'a>(pub(super) &'a str);

impl Origin for Address<'_> {
    fn describe(
        &self,
        fetcher: &Fetcher,
        _commit: Option<&str>,
        report: Report<'_>,
    ) -> Result<Package, FetchError> {
        let base = Source::Url(self.0.to_owned());
        let path = file_path(self.0).map_err(|source| FetchError::Path {
            uri: self.0.to_owned(),
            source,
        })?;
        let bytes = fetcher.download(self.0, &Freshness::Current, report)?;
        if path.extension() == Some("json") {
            return package_json::read(fetcher, &bytes, &base, None, |file| {
                package_json::content_of(fetcher, &base, None, &file)
            });
        }
        let content = Content::Url {
            url: self.0.to_owned(),
            freshness: Freshness::Forever,
        };
        Ok(Package::single(path, content, None))
    }
}

/// The name of the file at an address.
fn file_path(url: &str) -> Result<PackagePath, NameError> {
    let path = url::Url::parse(url)
        .map(|url| url.path().to_owned())
        .unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    PathInRepo::new(&name)?;
    PackagePath::new(&name)
}
