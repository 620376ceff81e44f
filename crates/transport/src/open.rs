//! Opening whatever a specifier names.

use std::fmt;
use std::time::Duration;

use crate::telnet::TELNET_PORT;
use crate::{
    DEFAULT_BAUD_RATE, Error, Exec, Serial, Specifier, Tcp, Telnet, Transport, find, list_ports,
};

/// How a device is opened; each kind takes from it what concerns it.
#[derive(Clone)]
pub struct OpenOptions {
    /// The line speed of a serial port, in bits per second. The default is 115200.
    pub baud_rate: u32,
    /// How long finding a host and connecting to it may take, or a `pty:` command until it has
    /// printed its path, or a telnet login. The default is ten seconds.
    pub connect_timeout: Duration,
    /// The user for a telnet server. With none, no login is tried.
    pub user: Option<String>,
    /// The password for a telnet server. The default is empty.
    pub password: Option<String>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            baud_rate: DEFAULT_BAUD_RATE,
            connect_timeout: Duration::from_secs(10),
            user: None,
            password: None,
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

/// Opens the device that `specifier` names.
///
/// # Errors
/// What the kind of port can fail with; [`Error::Unresolved`] for [`Specifier::Name`] and
/// [`Specifier::Sim`], which only the caller can resolve; [`Error::Unsupported`] for the kinds that
/// cannot be opened.
pub fn open(specifier: &Specifier, options: &OpenOptions) -> Result<Box<dyn Transport>, Error> {
    let unsupported = |kind| Error::Unsupported {
        port: specifier.to_string(),
        kind,
    };
    Ok(match specifier {
        Specifier::Serial(path) => Box::new(Serial::open(path, options.baud_rate)?),
        Specifier::Usb(filter) => {
            let ports = list_ports()?;
            let port = find(filter, &ports)?;
            Box::new(Serial::open(&port.path, options.baud_rate)?)
        }
        Specifier::Tcp { host, port } => {
            Box::new(Tcp::connect(host, *port, options.connect_timeout)?)
        }
        Specifier::Telnet(address) => {
            Box::new(Telnet::connect(&address.to_string(), TELNET_PORT, options)?)
        }
        Specifier::Exec(command) => Box::new(Exec::spawn(command)?),
        #[cfg(unix)]
        Specifier::Pty(command) => Box::new(crate::Pty::spawn(
            command,
            options.baud_rate,
            options.connect_timeout,
        )?),
        #[cfg(not(unix))]
        Specifier::Pty(_) => return Err(unsupported("pty")),
        Specifier::WebRepl { secure: false, .. } => return Err(unsupported("ws")),
        Specifier::WebRepl { secure: true, .. } => return Err(unsupported("wss")),
        Specifier::Rfc2217 { .. } => return Err(unsupported("rfc2217")),
        Specifier::Name(_) | Specifier::Sim(_) => {
            return Err(Error::Unresolved {
                port: specifier.to_string(),
            });
        }
    })
}
