//! How a device is named.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::{SpecifierError, UsbFilter};

/// The port of MicroPython's WebREPL.
const WEBREPL_PORT: u16 = 8266;
/// WebREPL has no encryption of its own, so behind `wss` there is an ordinary HTTPS server.
const HTTPS_PORT: u16 = 443;
/// That of CircuitPython's web workflow.
const HTTP_PORT: u16 = 80;

/// A device as the user names it.
///
/// | text | device |
/// |---|---|
/// | `/dev/ttyACM0`, `COM3` | a serial port |
/// | `{"vid": 11914, "serial_number": "e66…"}` | the serial port with this on USB |
/// | `id:SERIAL` | the serial port whose USB device has this serial number |
/// | `tcp://HOST:PORT`, `socket://HOST:PORT` | a REPL over TCP |
/// | `10.0.0.7` | a REPL over telnet, port 23 |
/// | `ws://HOST[:PORT][/PATH]`, `wss://…` | a WebREPL; the default port is 8266, or 443 for `wss` |
/// | `http://HOST[:PORT]` | the console of CircuitPython's web workflow; the default port is 80 |
/// | `rfc2217://HOST:PORT` | a serial port behind a server |
/// | `exec:COMMAND` | the standard input and output of a command |
/// | `pty:COMMAND` | the pty whose path a command prints |
/// | `sim:…` | the simulator, with options for the caller to read |
/// | anything else without special characters | a name that the caller knows |
///
/// The text of a specifier parses to the same specifier.
///
/// ```
/// use belay_transport::Specifier;
///
/// # fn main() -> Result<(), belay_transport::SpecifierError> {
/// let specifier: Specifier = "tcp://[fe80::1]:4000".parse()?;
/// assert_eq!(
///     specifier,
///     Specifier::Tcp { host: "fe80::1".to_owned(), port: 4000 },
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Specifier {
    /// A serial port by its path.
    Serial(String),
    /// The serial port whose USB device matches.
    Usb(UsbFilter),
    /// A server that passes bytes on as they are.
    Tcp {
        /// A host's name or address, an IPv6 address without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// A telnet server on port 23.
    Telnet(Ipv4Addr),
    /// A WebREPL.
    WebRepl {
        /// Whether the connection is encrypted (`wss`).
        secure: bool,
        /// A host's name or address, an IPv6 address without brackets.
        host: String,
        /// The TCP port.
        port: u16,
        /// The path on the server: empty, or with a leading slash.
        path: String,
    },
    /// The console of CircuitPython's web workflow.
    WebWorkflow {
        /// A host's name or address, an IPv6 address without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// A serial port behind an RFC 2217 server.
    Rfc2217 {
        /// A host's name or address, an IPv6 address without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// The standard input and output of a command.
    Exec(String),
    /// The pty whose path a command prints.
    Pty(String),
    /// The simulator; the text is what follows `sim:`.
    Sim(String),
    /// A name for the caller to look up in its configuration.
    Name(String),
}

impl Specifier {
    /// What mpremote means by a short name, if it is one: `a0` is `/dev/ttyACM0`, `u0` is
    /// `/dev/ttyUSB0`, `c0` is `COM0`, with any number. It parses as a [`Name`](Self::Name), which the
    /// caller may know as something else.
    pub fn shortcut(name: &str) -> Option<Self> {
        let (kind, number) = name.split_at_checked(1)?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let port = match kind {
            "a" if digits => "/dev/ttyACM",
            "u" if digits => "/dev/ttyUSB",
            "c" if digits => "COM",
            _ => return None,
        };
        Some(Self::Serial(format!("{port}{number}")))
    }
}

impl FromStr for Specifier {
    type Err = SpecifierError;

    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SpecifierError::Empty);
        }
        if text.starts_with('{') {
            return text.parse().map(Self::Usb);
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Telnet(address));
        }
        if text.starts_with(['/', '\\', '.']) || is_com_port(text) {
            return Ok(Self::Serial(text.to_owned()));
        }
        match text.split_once(':') {
            Some((scheme, rest)) => with_scheme(text, scheme, rest),
            None if text.contains('/') => Ok(Self::Serial(text.to_owned())),
            None if text.chars().all(is_name_char) => Ok(Self::Name(text.to_owned())),
            None => Err(SpecifierError::BadName {
                text: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(text) | Self::Name(text) => f.write_str(text),
            Self::Usb(filter) => filter.fmt(f),
            Self::Tcp { host, port } => write!(f, "tcp://{}:{port}", Host(host)),
            Self::Telnet(address) => address.fmt(f),
            Self::WebRepl {
                secure,
                host,
                port,
                path,
            } => {
                let (scheme, default_port) = webrepl_scheme(*secure);
                write!(f, "{scheme}://{}", Host(host))?;
                if *port != default_port {
                    write!(f, ":{port}")?;
                }
                f.write_str(path)
            }
            Self::WebWorkflow { host, port } => {
                write!(f, "http://{}", Host(host))?;
                if *port != HTTP_PORT {
                    write!(f, ":{port}")?;
                }
                Ok(())
            }
            Self::Rfc2217 { host, port } => write!(f, "rfc2217://{}:{port}", Host(host)),
            Self::Exec(command) => write!(f, "exec:{command}"),
            Self::Pty(command) => write!(f, "pty:{command}"),
            Self::Sim(options) => write!(f, "sim:{options}"),
        }
    }
}

fn with_scheme(text: &str, scheme: &str, rest: &str) -> Result<Specifier, SpecifierError> {
    let bad_address = |example| SpecifierError::BadAddress {
        text: text.to_owned(),
        example,
    };
    let address = |example, default_port| {
        rest.strip_prefix("//")
            .and_then(|rest| host_and_port(rest, default_port))
            .ok_or_else(|| bad_address(example))
    };
    match scheme.to_ascii_lowercase().as_str() {
        "id" if !rest.is_empty() => Ok(Specifier::Usb(UsbFilter {
            serial_number: Some(rest.to_owned()),
            ..UsbFilter::default()
        })),
        // As pyserial has it.
        "tcp" | "socket" => {
            let (host, port) = address("tcp://10.0.0.7:4000", None)?;
            Ok(Specifier::Tcp { host, port })
        }
        "rfc2217" => {
            let (host, port) = address("rfc2217://10.0.0.7:2217", None)?;
            Ok(Specifier::Rfc2217 { host, port })
        }
        "http" => {
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            let found = rest.strip_prefix("//");
            let found = found.and_then(|rest| host_and_port(rest, Some(HTTP_PORT)));
            let (host, port) = found.ok_or_else(|| bad_address("http://circuitpython.local"))?;
            Ok(Specifier::WebWorkflow { host, port })
        }
        "ws" => webrepl(rest, false).ok_or_else(|| bad_address("ws://10.0.0.7:8266")),
        "wss" => webrepl(rest, true).ok_or_else(|| bad_address("wss://board.example")),
        "exec" => Ok(Specifier::Exec(command("exec", rest)?)),
        "pty" => Ok(Specifier::Pty(command("pty", rest)?)),
        "sim" => Ok(Specifier::Sim(rest.to_owned())),
        // An address without a scheme.
        _ if rest.parse::<u16>().is_ok() => Err(bad_address("tcp://10.0.0.7:4000")),
        _ => Err(SpecifierError::UnknownScheme {
            scheme: scheme.to_owned(),
        }),
    }
}

fn command(scheme: &'static str, rest: &str) -> Result<String, SpecifierError> {
    match rest.trim() {
        "" => Err(SpecifierError::NoCommand { scheme }),
        command => Ok(command.to_owned()),
    }
}

fn webrepl(rest: &str, secure: bool) -> Option<Specifier> {
    let rest = rest.strip_prefix("//")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (_, default_port) = webrepl_scheme(secure);
    let (host, port) = host_and_port(authority, Some(default_port))?;
    Some(Specifier::WebRepl {
        secure,
        host,
        port,
        path: if path == "/" { "" } else { path }.to_owned(),
    })
}

fn webrepl_scheme(secure: bool) -> (&'static str, u16) {
    if secure {
        ("wss", HTTPS_PORT)
    } else {
        ("ws", WEBREPL_PORT)
    }
}

/// Splits `HOST:PORT`, `HOST` and `[IPV6]:PORT`.
fn host_and_port(text: &str, default_port: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        // An address of a local network may name its interface: fe80::1%eth0.
        let address = host.split_once('%').map_or(host, |(address, _)| address);
        address.parse::<Ipv6Addr>().ok()?;
        let port = if rest.is_empty() {
            None
        } else {
            Some(rest.strip_prefix(':')?)
        };
        (host, port)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let is_host_char = |c: char| is_name_char(c) || matches!(c, ':' | '%');
    if host.is_empty() || !host.chars().all(is_host_char) {
        return None;
    }
    let port = match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok()?,
        Some(_) => return None,
        None => default_port?,
    };
    (port != 0).then(|| (host.to_owned(), port))
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn is_com_port(text: &str) -> bool {
    text.split_at_checked(3).is_some_and(|(stem, number)| {
        stem.eq_ignore_ascii_case("com")
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A host as it stands before a colon and a port.
struct Host<'a>(&'a str);

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') {
            write!(f, "[{}]", self.0)
        } else {
            f.write_str(self.0)
        }
    }
}

#[cfg(test)]
mod tests;
