//! How long is waited for another end that speaks HTTP, and what it means when it says something else.

use std::io;
use std::time::Instant;

use super::address::is_workflow;
use crate::{Error, OpenOptions};

/// An answer to the request is no longer than this; one of a board has 130 bytes.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024;
/// How much of an answer that is none of a WebREPL is told.
const TOLD: usize = 60;

/// How long is waited for what.
pub(super) struct Patience<'a> {
    pub(super) name: &'a str,
    pub(super) options: &'a OpenOptions,
    pub(super) deadline: Instant,
}

impl Patience<'_> {
    /// Does what may end with a wake, until there is a result.
    pub(super) fn call<T>(&self, mut step: impl FnMut() -> io::Result<T>) -> Result<T, Error> {
        loop {
            match step() {
                Ok(result) => return Ok(result),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.options.cancel.check(self.name)?;
                    if Instant::now() >= self.deadline {
                        return Err(Error::Silent {
                            port: self.name.to_owned(),
                            limit: self.options.connect_timeout,
                        });
                    }
                }
                Err(error) => return Err(self.failure(error)),
            }
        }
    }

    fn failure(&self, error: io::Error) -> Error {
        let port = self.name.to_owned();
        if crate::wait::is_gone(&error) {
            return Error::Disconnected { port };
        }
        match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(reason)) => Error::UntrustedCertificate {
                port,
                reason: reason.to_string(),
            },
            Some(other) => not_webrepl(self.name, other.to_string().as_bytes()),
            None => Error::Io {
                port,
                source: error,
            },
        }
    }
}

/// The first line of an answer that no WebREPL or web workflow gives.
pub(super) fn not_webrepl(name: &str, answer: &[u8]) -> Error {
    let line = answer.split(|&byte| matches!(byte, b'\r' | b'\n')).next();
    let text = String::from_utf8_lossy(line.unwrap_or_default());
    let (port, answer) = (name.to_owned(), text.chars().take(TOLD).collect());
    if is_workflow(name) {
        Error::NotWebWorkflow { port, answer }
    } else {
        Error::NotWebRepl { port, answer }
    }
}
