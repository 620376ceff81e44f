//! Where the controls are.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a [`crate::ControlServer`].
///
/// Written as text, an address with a `/` in it is the path of a Unix socket, and any other an
/// IP address and a port, where port 0 lets the system choose.
///
/// ```
/// use belay_sim::ControlAddress;
///
/// assert!(matches!("127.0.0.1:0".parse(), Ok(ControlAddress::Tcp(_))));
/// assert!(matches!("./board.sock".parse(), Ok(ControlAddress::Unix(_))));
/// assert!("board.sock".parse::<ControlAddress>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlAddress {
    /// A TCP port. Whoever can reach it can work the controls, so let it be of the loopback
    /// interface.
    Tcp(SocketAddr),
    /// A Unix socket, which is made, and removed at the end.
    Unix(PathBuf),
}

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither an IP address with a port, such as 127.0.0.1:0, nor a path with a /")]
#[non_exhaustive]
pub struct AddressError {
    /// What was written.
    pub text: String,
}

impl FromStr for ControlAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.contains('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        text.parse().map(Self::Tcp).map_err(|_| AddressError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for ControlAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}
