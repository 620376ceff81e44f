//! How devices are opened.

use std::fmt;
use std::time::Duration;

use crate::{Cancel, DEFAULT_BAUD_RATE};

/// How a device is opened; each kind takes from it what concerns it.
#[derive(Clone)]
pub struct OpenOptions {
    /// The line speed of a serial port, in bits per second. The default is 115200.
    pub baud_rate: u32,
    /// How long finding a host and connecting to it may take, or a `pty:` command until it has
    /// printed its path, or a login. The default is ten seconds.
    pub connect_timeout: Duration,
    /// The user for a telnet server. With none, no login is tried.
    pub user: Option<String>,
    /// The password for a telnet server, where none is an empty one, or for a WebREPL.
    pub password: Option<String>,
    /// Ends opening from another thread, connecting and a login included.
    pub cancel: Cancel,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            baud_rate: DEFAULT_BAUD_RATE,
            connect_timeout: Duration::from_secs(10),
            user: None,
            password: None,
            cancel: Cancel::default(),
        }
    }
}

impl fmt::Debug for OpenOptions {
    /// Everything but the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("baud_rate", &self.baud_rate)
            .field("connect_timeout", &self.connect_timeout)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
