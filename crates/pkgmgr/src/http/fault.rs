//! Errors of the HTTP client as facts.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::error::{HttpError, HttpPhase};

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
pub(super) fn of_request(url: &str, error: &reqwest::Error, silence: Duration) -> HttpError {
    let url_text = url.to_owned();
    if let Some(Refused(to)) = find(error) {
        if to.ends_with(super::SIGN_IN) {
            return HttpError::Status {
                url: url_text,
                status: 401,
            };
        }
        return HttpError::Redirect {
            url: url_text,
            to: to.clone(),
        };
    }
    if error.is_builder() {
        return HttpError::Address { url: url_text };
    }
    let host = error
        .url()
        .and_then(|url| url.host_str())
        .unwrap_or_default()
        .to_owned();
    if error.is_dns() {
        return HttpError::Resolve {
            host,
            url: url_text,
        };
    }
    if let Some(fault) = find::<rustls::Error>(error) {
        return HttpError::Tls {
            host,
            url: url_text,
            reason: fault.to_string(),
        };
    }
    if error.is_timeout() {
        return HttpError::Timeout {
            url: url_text,
            phase: HttpPhase::Answer,
            after: silence,
        };
    }
    let reason = deepest(error);
    if error.is_connect() {
        HttpError::Connect {
            host,
            url: url_text,
            reason,
        }
    } else {
        HttpError::Broken {
            url: url_text,
            reason,
        }
    }
}

/// Why a body ended.
pub(super) fn of_body(url: &str, error: &io::Error, silence: Duration) -> HttpError {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    let timed_out =
        error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout);
    if timed_out {
        HttpError::Timeout {
            url: url.to_owned(),
            phase: HttpPhase::Body,
            after: silence,
        }
    } else {
        HttpError::Broken {
            url: url.to_owned(),
            reason: deepest(error),
        }
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
