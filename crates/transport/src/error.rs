//! What can go wrong between the host and a board's port.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::{Holder, PortInfo, UsbFilter};

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
    /// There is no serial port of this name.
    #[error("there is no port {port}; {}", Present(ports))]
    NoSuchPort {
        /// The port as the user named it.
        port: String,
        /// The ports that there are.
        ports: Vec<PortInfo>,
    },
    /// The path leads to something other than a serial port.
    #[error("{port} is not a serial port")]
    NotASerialPort {
        /// The port as the user named it.
        port: String,
    },
    /// This user may not open the port.
    #[error("permission denied for {port}{}", GroupNote(group.as_deref()))]
    PermissionDenied {
        /// The port as the user named it.
        port: String,
        /// The group that owns the device file, where the system has groups: its name, or its
        /// number when it has none. Often `dialout` or `uucp`.
        group: Option<String>,
    },
    /// Another program, or this one, has the port open.
    #[error("{port} is in use{}", HolderNote(holder.as_ref()))]
    PortBusy {
        /// The port as the user named it.
        port: String,
        /// The process that holds it, where that can be seen.
        holder: Option<Holder>,
    },
    /// The port cannot run at this line speed.
    #[error("{port} cannot run at {baud_rate} baud{}", ActualNote(*actual))]
    BadBaudRate {
        /// The port as the user named it.
        port: String,
        /// The speed asked for, in bits per second.
        baud_rate: u32,
        /// The nearest speed that the driver offered instead.
        actual: Option<u32>,
    },
    /// No USB serial port matches.
    #[error("no port matches {filter}; {}", Present(ports))]
    NoMatch {
        /// What was looked for.
        filter: Box<UsbFilter>,
        /// The ports that there are.
        ports: Vec<PortInfo>,
    },
    /// More than one USB serial port matches.
    #[error("{} ports match {filter}: {}", ports.len(), Listed(ports))]
    SeveralMatches {
        /// What was looked for.
        filter: Box<UsbFilter>,
        /// All ports that match, at least two.
        ports: Vec<PortInfo>,
    },
    /// No board is plugged in.
    #[error("no board is plugged in; {}", Present(ports))]
    NoBoard {
        /// The ports that there are, none of them on USB.
        ports: Vec<PortInfo>,
    },
    /// More than one board is plugged in, and none was named.
    #[error("{} boards are plugged in: {}", ports.len(), Listed(ports))]
    SeveralBoards {
        /// The ports on USB, at least two.
        ports: Vec<PortInfo>,
    },
    /// The system could not list its ports.
    #[error("cannot list the ports: {source}")]
    ListPorts {
        /// The operating system's word.
        source: io::Error,
    },
    /// The host's name has no address.
    #[error("{port}: host {host} was not found")]
    HostNotFound {
        /// The port as the user named it.
        port: String,
        /// The name that was looked up.
        host: String,
    },
    /// The host answers, and nothing listens on the port there.
    #[error("{port} refused the connection")]
    ConnectionRefused {
        /// The port as the user named it.
        port: String,
    },
    /// Opening took longer than the caller allowed.
    #[error("{port} did not answer within {limit:?}")]
    ConnectTimeout {
        /// The port as the user named it.
        port: String,
        /// The limit from [`OpenOptions::connect_timeout`](crate::OpenOptions::connect_timeout).
        limit: Duration,
    },
    /// What was waited for has been ended by [`Cancel`](crate::Cancel).
    #[error("waiting for {port} was cancelled")]
    Cancelled {
        /// The port as the user named it.
        port: String,
    },
    /// The telnet server asks for a user and a password, and none were given.
    #[error("{port} asks for a login")]
    LoginRequired {
        /// The port as the user named it.
        port: String,
    },
    /// The telnet server refused the user or the password.
    #[error("{port} refused the login of {user}")]
    LoginRefused {
        /// The port as the user named it.
        port: String,
        /// The user that was sent.
        user: String,
    },
    /// The board asks for a password, and none was given.
    #[error("{port} asks for a password")]
    PasswordRequired {
        /// The port as the user named it.
        port: String,
    },
    /// The board refused the password.
    #[error("{port} refused the password")]
    WrongPassword {
        /// The port as the user named it.
        port: String,
    },
    /// No board can have this password; nothing was sent.
    #[error("a password of {port} has at most {longest} bytes, all on one line")]
    BadPassword {
        /// The port as the user named it.
        port: String,
        /// How many bytes boards keep.
        longest: usize,
    },
    /// What is there accepted the connection and then said nothing.
    #[error("{port} accepted the connection and said nothing for {limit:?}")]
    Silent {
        /// The port as the user named it.
        port: String,
        /// The limit from [`OpenOptions::connect_timeout`](crate::OpenOptions::connect_timeout).
        limit: Duration,
    },
    /// What is there is no WebREPL.
    #[error("{port} is no WebREPL; it answered {answer:?}")]
    NotWebRepl {
        /// The port as the user named it.
        port: String,
        /// How its answer begins: the status line of a page, for instance.
        answer: String,
    },
    /// What is there is no web workflow of CircuitPython.
    #[error("{port} is no web workflow of CircuitPython; it answered {answer:?}")]
    NotWebWorkflow {
        /// The port as the user named it.
        port: String,
        /// How its answer begins: the status line of a page, for instance.
        answer: String,
    },
    /// The board lets nobody in, because it has no password.
    #[error("{port} lets nobody in: CIRCUITPY_WEB_API_PASSWORD in its settings.toml is not set")]
    WebWorkflowOff {
        /// The port as the user named it.
        port: String,
    },
    /// What is there offers no settings of a serial port: it passes bytes on as they are, or it is no
    /// such server at all.
    #[error("{port} offers no settings of a serial port (RFC 2217)")]
    NotRfc2217 {
        /// The port as the user named it.
        port: String,
    },
    /// The server's certificate cannot be relied on.
    #[error("the certificate of {port} is not trusted: {reason}")]
    UntrustedCertificate {
        /// The port as the user named it.
        port: String,
        /// Why, in the words of the TLS library.
        reason: String,
    },
    /// The command of an `exec:` or `pty:` port cannot be split into words.
    #[error("{port}: the command is empty or has a quote without its end")]
    BadCommand {
        /// The port as the user named it.
        port: String,
    },
    /// There is no such program.
    #[error("{port}: command {program} was not found")]
    CommandNotFound {
        /// The port as the user named it.
        port: String,
        /// The first word of the command.
        program: String,
    },
    /// The command of a `pty:` port printed no path of a terminal.
    #[error("{port} printed no path of a pty{}", OutputNote(output))]
    NoPtyPath {
        /// The port as the user named it.
        port: String,
        /// What it printed instead, line by line, no more than its first lines.
        output: Vec<String>,
    },
    /// This kind of port cannot be opened on this system.
    #[error("ports of the kind {kind} are not supported here: {port}")]
    Unsupported {
        /// The port as the user named it.
        port: String,
        /// The kind: `pty` where the system has none.
        kind: &'static str,
    },
    /// The specifier stands for something that only the caller knows: a configured name, or the
    /// simulator.
    #[error("{port} is not the name of a port")]
    Unresolved {
        /// The specifier as the user gave it.
        port: String,
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

/// Why a text names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecifierError {
    /// The text is empty.
    #[error("the name of a device is empty")]
    Empty,
    /// The text has the form `SCHEME:…` with a scheme that is not known.
    #[error(
        "unknown kind of device {scheme:?}; known are ws, wss, http, tcp, rfc2217, exec, pty and sim"
    )]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// `HOST:PORT` or `HOST` was expected.
    #[error("{text:?} has no valid host and port; a right one is {example}")]
    BadAddress {
        /// The whole specifier.
        text: String,
        /// A specifier of the same kind that is right.
        example: &'static str,
    },
    /// `exec:` or `pty:` without a command.
    #[error("{scheme}: is not followed by a command")]
    NoCommand {
        /// `exec` or `pty`.
        scheme: &'static str,
    },
    /// The text starts like a JSON object and is none.
    #[error("invalid JSON at line {line}, column {column}: {reason}; a right one is {example}")]
    InvalidJson {
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1.
        column: usize,
        /// What the parser expected or met.
        reason: String,
        /// A JSON object that is right.
        example: &'static str,
    },
    /// The JSON object has a key that no USB port has.
    #[error("unknown key {key:?}; known are {}", known.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys there are.
        known: &'static [&'static str],
    },
    /// The value of a key has the wrong type or is out of range.
    #[error("the value of {key} is {found}, and {expected} was expected")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What was expected.
        expected: &'static str,
        /// The value, as JSON.
        found: String,
    },
    /// The JSON object says nothing and would match every port.
    #[error("the JSON object is empty; a right one is {example}")]
    EmptyFilter {
        /// A JSON object that is right.
        example: &'static str,
    },
    /// The text is neither a path, nor an address, nor a plain name.
    #[error(
        "{text:?} names no device; a plain name has letters, digits, dots, hyphens and underscores"
    )]
    BadName {
        /// The text.
        text: String,
    },
}

/// The ports that there are, as the end of a sentence.
struct Present<'a>(&'a [PortInfo]);

impl fmt::Display for Present<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.write_str("no serial ports were found")
        } else {
            write!(f, "found: {}", Listed(self.0))
        }
    }
}

struct Listed<'a>(&'a [PortInfo]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, port) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{port}")?;
        }
        Ok(())
    }
}

struct GroupNote<'a>(Option<&'a str>);

impl fmt::Display for GroupNote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(group) => write!(f, ", which belongs to group {group}"),
            None => Ok(()),
        }
    }
}

struct HolderNote<'a>(Option<&'a Holder>);

impl fmt::Display for HolderNote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(holder) => write!(f, " by {holder}"),
            None => Ok(()),
        }
    }
}

struct ActualNote(Option<u32>);

impl fmt::Display for ActualNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(actual) => write!(f, "; the nearest is {actual}"),
            None => Ok(()),
        }
    }
}

struct OutputNote<'a>(&'a [String]);

impl fmt::Display for OutputNote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.last() {
            Some(line) => write!(f, "; the last line was {line:?}"),
            None => Ok(()),
        }
    }
}
