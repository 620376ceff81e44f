//! Errors of the HTTP client as facts.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::http::error::HttpError;

/// The target of a redirect that is not followed.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the redirect to {} is not followed", self.0)
    }
}

impl Error for Refused {}

/// Why no head of an answer came.
pub(super) fn request(url: String, error: &reqwest::Error, silence: Duration) -> HttpError {
    if let Some(Refused(to)) = find(error) {
        if to.ends_with(super::SIGN_IN) {
            return HttpError::Status { url, status: 401 };
        }
        return HttpError::Redirect {
            url,
            to: to.clone(),
        };
    }
    if error.is_builder() {
        return HttpError::Address { url };
    }
    let host = error
        .url()
        .and_then(|url| url.host_str())
        .unwrap_or_default()
        .to_owned();
    if error.is_dns() {
        return HttpError::Resolve { host, url };
    }
    if let Some(fault) = find::<rustls::Error>(error) {
        return HttpError::Tls {
            host,
            url,
            reason: fault.to_string(),
        };
    }
    if error.is_timeout() {
        return HttpError::Timeout {
            url,
            after: silence,
        };
    }
    let reason = deepest(error);
    if error.is_connect() {
        HttpError::Connect { host, url, reason }
    } else {
        HttpError::Broken { url, reason }
    }
}

/// The text of the innermost error, which says most: the outer ones name the address again.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An error inside an `io::Error` is no source of it, but the source of its source is.
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = find::<T>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}
