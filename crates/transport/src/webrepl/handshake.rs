//! From a host and a port to a WebSocket.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_platform_verifier::BuilderVerifierExt;
use tungstenite::handshake::client::{Response, generate_key};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::machine::TryParse as _;
use tungstenite::http::StatusCode;
use tungstenite::protocol::frame::FrameSocket;

use super::WebRepl;
use super::address::{Address, host, is_workflow};
use super::patience::{LONGEST_ANSWER, Patience, not_webrepl};
use super::stream::{Line, Stream};
use crate::tcp::connect;
use crate::{Error, OpenOptions, Specifier};

/// Why there is no WebSocket.
pub(super) enum Refusal {
    Error(Error),
    /// The board is there. The last is what this is if nobody follows.
    Elsewhere {
        host: String,
        port: u16,
        otherwise: Error,
    },
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Refusal {
    pub(super) fn into_error(self) -> Error {
        let (Self::Error(error)
        | Self::Elsewhere {
            otherwise: error, ..
        }) = self;
        error
    }
}

/// Connects, and asks for a WebSocket.
pub(super) fn open(
    address: &Address,
    options: &OpenOptions,
    deadline: Instant,
) -> Result<WebRepl, Refusal> {
    let name = address.name();
    let within = OpenOptions {
        connect_timeout: deadline.saturating_duration_since(Instant::now()),
        ..options.clone()
    };
    let wait = connect(name.clone(), &address.host, address.port, &within)?;
    let waker = wait.waker();
    let _on_cancel = options.cancel.on_cancel(waker.clone());
    let patience = Patience {
        name: &name,
        options,
        deadline,
    };
    let line = Line::new(wait, deadline);
    let mut stream = if address.secure {
        encrypted(line, &address.host, &patience)?
    } else {
        Stream::Plain(line)
    };
    let key = generate_key();
    let request = request(address, options, &key);
    patience.call(|| stream.write_all(request.as_bytes()))?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match Response::try_parse(&answer) {
            Ok(Some((length, response))) => {
                let accept = response.headers().get("Sec-WebSocket-Accept");
                if response.status() != StatusCode::SWITCHING_PROTOCOLS
                    || accept.is_none_or(|accept| *accept != derive_accept_key(key.as_bytes()))
                {
                    return Err(refusal(&response, &answer, &name, options));
                }
                let rest = answer.split_off(length);
                let socket = FrameSocket::from_partially_read(stream, rest);
                return Ok(WebRepl::new(socket, waker, address, options));
            }
            Ok(None) if answer.len() < LONGEST_ANSWER => {}
            Ok(None) | Err(_) => return Err(not_webrepl(&name, &answer).into()),
        }
        match patience.call(|| stream.read(&mut buffer))? {
            0 if answer.is_empty() => return Err(Error::Disconnected { port: name }.into()),
            0 => return Err(not_webrepl(&name, &answer).into()),
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Why the answer is no WebSocket. Only a web workflow has reasons.
fn refusal(response: &Response, answer: &[u8], name: &str, options: &OpenOptions) -> Refusal {
    let port = name.to_owned();
    let otherwise = not_webrepl(name, answer);
    if !is_workflow(name) {
        return otherwise.into();
    }
    match response.status() {
        StatusCode::UNAUTHORIZED if options.password.is_none() => {
            Error::PasswordRequired { port }.into()
        }
        StatusCode::UNAUTHORIZED => Error::WrongPassword { port }.into(),
        StatusCode::FORBIDDEN => Error::WebWorkflowOff { port }.into(),
        StatusCode::TEMPORARY_REDIRECT => {
            let place = response.headers().get("Location");
            let place = place.and_then(|place| place.to_str().ok());
            match place.and_then(host_and_port) {
                Some((host, port)) => Refusal::Elsewhere {
                    host,
                    port,
                    otherwise,
                },
                None => otherwise.into(),
            }
        }
        _ => otherwise.into(),
    }
}

/// Where an address of a web workflow leads.
fn host_and_port(place: &str) -> Option<(String, u16)> {
    let end = place
        .match_indices('/')
        .nth(2)
        .map_or(place.len(), |(at, _)| at);
    match place[..end].parse() {
        Ok(Specifier::WebWorkflow { host, port }) => Some((host, port)),
        _ => None,
    }
}

/// The request. Boards compare the names and values of its headers with case.
fn request(address: &Address, options: &OpenOptions, key: &str) -> String {
    let path = match address.path.as_str() {
        "" => "/",
        path => path,
    };
    let host = host(address);
    // The user has no name.
    let login = options.password.as_deref().filter(|_| address.workflow);
    let login = login.map_or_else(String::new, |password| {
        let text = STANDARD.encode(format!(":{password}"));
        format!("Authorization: Basic {text}\r\n")
    });
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: \
         websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{login}\r\n"
    )
}

/// TLS, with what the system trusts.
fn encrypted(mut line: Line, host: &str, patience: &Patience<'_>) -> Result<Stream, Error> {
    let unusable = |reason: String| Error::UntrustedCertificate {
        port: patience.name.to_owned(),
        reason,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| unusable(error.to_string()))?
        .with_no_client_auth();
    // An address of a local network may name its interface.
    let host = host.split('%').next().unwrap_or(host).to_owned();
    let server = ServerName::try_from(host).map_err(|error| unusable(error.to_string()))?;
    let mut connection = ClientConnection::new(Arc::new(config), server)
        .map_err(|error| unusable(error.to_string()))?;
    while connection.is_handshaking() {
        patience.call(|| connection.complete_io(&mut line))?;
    }
    Ok(Stream::Tls(Box::new(StreamOwned::new(connection, line))))
}
