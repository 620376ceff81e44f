//! What can go wrong with web servers.

use std::time::Duration;

/// Why a file could not be had from a web server.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address cannot be read, or is neither http nor https.
    #[error("{url:?} is not an http or https address")]
    Address {
        /// The address.
        url: String,
    },
    /// The HTTP client cannot be set up, for example without any certificate authority.
    #[error("the HTTP client cannot be set up: {reason}")]
    Setup {
        /// What it lacks.
        reason: String,
    },
    /// There is no such host.
    #[error("the host {host:?} cannot be resolved")]
    Resolve {
        /// The host.
        host: String,
        /// The address that was asked for.
        url: String,
    },
    /// The host cannot be reached, or takes no connection.
    #[error("cannot connect to {host:?}: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// The address that was asked for.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// No encrypted connection could be agreed on, or the certificate is not to be trusted.
    #[error("no trusted TLS connection to {host:?}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// The address that was asked for.
        url: String,
        /// What is wrong with the connection or the certificate.
        reason: String,
    },
    /// The server is silent.
    #[error("{url} did not answer within {} s", after.as_secs_f64())]
    Timeout {
        /// The address that was asked for.
        url: String,
        /// How long it was awaited.
        after: Duration,
    },
    /// The server sends so little in so long a time that it could go on for ever.
    #[error("{url} gave only {bytes} bytes in {:.0} s", after.as_secs_f64())]
    Slow {
        /// The address that was asked for.
        url: String,
        /// How much has come, in bytes.
        bytes: u64,
        /// How long it took.
        after: Duration,
    },
    /// The server answers with something else than a whole file: a status other than 200.
    #[error("{url} answers with status {status}")]
    Status {
        /// The address that was asked for.
        url: String,
        /// The status, 100 to 999.
        status: u16,
    },
    /// The body ends too early or cannot be decoded.
    #[error("the answer of {url} is cut off or broken")]
    Broken {
        /// The address that was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is larger than allowed.
    #[error("{url} is larger than {limit} bytes")]
    TooLarge {
        /// The address that was asked for.
        url: String,
        /// The most that is allowed, in bytes.
        limit: u64,
    },
    /// The server sends the client to where it must not go, or in circles.
    #[error("{url} redirects to {to:?}, which is not followed")]
    Redirect {
        /// The address that was asked for.
        url: String,
        /// Where it leads.
        to: String,
    },
    /// The network must not be used.
    #[error("{url} is not in the cache, and the network is not to be used")]
    Offline {
        /// The address that was asked for.
        url: String,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl HttpError {
    /// Whether the server said that there is no such file: status 404 or 410.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 404 | 410,
                ..
            }
        )
    }

    /// Whether asking again may help: time-outs, broken connections, status 429 and 500 to 599.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Connect { .. } | Self::Broken { .. } => true,
            Self::Status { status, .. } => *status == 429 || (500..600).contains(status),
            _ => false,
        }
    }
}
