//! Opening whatever a specifier names.

use crate::telnet::TELNET_PORT;
use crate::{
    Error, Exec, OpenOptions, Rfc2217, Serial, Specifier, Tcp, Telnet, Transport, WebRepl, find,
    list_ports,
};

/// Opens the device that `specifier` names.
///
/// # Errors
/// What the kind of port can fail with; [`Error::Unresolved`] for [`Specifier::Name`] and
/// [`Specifier::Sim`], which only the caller can resolve; [`Error::Unsupported`] for the kinds that
/// cannot be opened; [`Error::Cancelled`].
pub fn open(specifier: &Specifier, options: &OpenOptions) -> Result<Box<dyn Transport>, Error> {
    options.cancel.check(&specifier.to_string())?;
    Ok(match specifier {
        Specifier::Serial(path) => Box::new(Serial::open(path, options.baud_rate)?),
        Specifier::Usb(filter) => {
            let ports = list_ports()?;
            let port = find(filter, &ports)?;
            Box::new(Serial::open(&port.path, options.baud_rate)?)
        }
        Specifier::Tcp { host, port } => Box::new(Tcp::connect(host, *port, options)?),
        Specifier::Telnet(address) => {
            Box::new(Telnet::connect(&address.to_string(), TELNET_PORT, options)?)
        }
        Specifier::Exec(command) => Box::new(Exec::spawn(command)?),
        #[cfg(unix)]
        Specifier::Pty(command) => Box::new(crate::Pty::spawn(command, options)?),
        #[cfg(not(unix))]
        Specifier::Pty(_) => {
            return Err(Error::Unsupported {
                port: specifier.to_string(),
                kind: "pty",
            });
        }
        Specifier::WebRepl {
            secure,
            host,
            port,
            path,
        } => Box::new(WebRepl::connect(*secure, host, *port, path, options)?),
        Specifier::WebWorkflow { host, port } => {
            Box::new(WebRepl::connect_workflow(host, *port, options)?)
        }
        Specifier::Rfc2217 { host, port } => Box::new(Rfc2217::connect(host, *port, options)?),
        Specifier::Name(_) | Specifier::Sim(_) => {
            return Err(Error::Unresolved {
                port: specifier.to_string(),
            });
        }
    })
}
