//! Files of web servers.

use url::Url;

use super::fetcher::Fetcher;
use super::package::{Content, Freshness, Package};
use super::package_json;
use crate::error::FetchError;
use crate::name::NameError;
use crate::name::PackagePath;
use crate::source::Source;

/// A module, a `package.json`, or else a folder that has one, as mip takes addresses. What is no such
/// folder and has an extension of its own is a file.
pub(super) fn describe(fetcher: &Fetcher, address: &str) -> Result<Package, FetchError> {
    let single = |name| {
        let content = Content::Url {
            url: address.to_owned(),
            freshness: Freshness::Forever,
        };
        Package::single(name, content, None)
    };
    let described = |place: &str, json: &[u8]| {
        let base = package_json::Base::new(Source::Url(place.to_owned()));
        package_json::read(fetcher, json, &base)
    };
    let get = |url: &str| fetcher.download(url, &Freshness::Current);
    let name = file_name(address);
    let extension = name.as_ref().ok().and_then(PackagePath::extension);
    match extension {
        Some("py" | "mpy") => {}
        Some("json") => return described(address, &get(address)?),
        _ => {
            let place = inside(address, package_json::NAME);
            let json = fetcher.download_if_there(&place, &Freshness::Current)?;
            if let Some(json) = json {
                return described(&place, &json);
            }
            if extension.is_none() {
                return Err(FetchError::NotFound { uri: place });
            }
        }
    }
    let name = name.map_err(|source| FetchError::Path {
        uri: address.to_owned(),
        source,
    })?;
    // It must be there, and be no page.
    get(address)?;
    Ok(single(name))
}

/// The name of the file at an address.
fn file_name(address: &str) -> Result<PackagePath, NameError> {
    let path = Url::parse(address)
        .map(|url| url.path().to_owned())
        .unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    PackagePath::new(&name)
}

/// The address of a file in the folder at `address`.
fn inside(address: &str, name: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    let folder = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{folder}/{name}"));
    url.set_fragment(None);
    url.into()
}
