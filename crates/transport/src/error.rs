//! What can go wrong between the host and a board's port.

use std::io;

/// An error of a byte stream or of the search for one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The other end is gone: the cable was pulled, the peer closed, the child ended.
    #[error("{port} was disconnected")]
    Disconnected {
        /// The port as the user named it.
        port: String,
    },
    /// The stream took no more bytes before the deadline.
    #[error("{port} took no more bytes ({unsent} not sent)")]
    WriteTimeout {
        /// The port as the user named it.
        port: String,
        /// How many bytes had not been taken.
        unsent: usize,
    },
    /// Any other failure that the operating system reports.
    #[error("{port}: {source}")]
    Io {
        /// The port as the user named it.
        port: String,
        /// The operating system's word.
        source: io::Error,
    },
}
