//! The files of a board with CircuitPython, over HTTP beside its console.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tungstenite::handshake::client::Response;
use tungstenite::handshake::machine::TryParse as _;

use super::address::{Address, host};
use super::patience::{LONGEST_ANSWER, Patience, not_webrepl};
use super::stream::Line;
use crate::tcp::connect;
use crate::{Error, OpenOptions, WebChange, WebFiles};

/// Each change is a request, and a connection, of its own.
#[derive(Debug, Clone)]
pub(super) struct HttpFiles {
    address: Address,
    options: OpenOptions,
}

impl HttpFiles {
    pub(super) fn new(address: &Address, options: &OpenOptions) -> Self {
        Self {
            address: address.clone(),
            options: options.clone(),
        }
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<u16, Error> {
        let name = self.address.name();
        // A board may write four kilobytes a second.
        let writing = Duration::from_secs(body.len() as u64 / 4096);
        let deadline = Instant::now() + self.options.connect_timeout + writing;
        let wait = connect(
            name.clone(),
            &self.address.host,
            self.address.port,
            &self.options,
        )?;
        let _on_cancel = self.options.cancel.on_cancel(wait.waker());
        let patience = Patience {
            name: &name,
            options: &self.options,
            deadline,
        };
        let mut line = Line::new(wait, deadline);
        let host = host(&self.address);
        let password = self.options.password.as_deref().unwrap_or_default();
        let login = STANDARD.encode(format!(":{password}"));
        let length = body.len();
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {login}\r\n\
             Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        let mut rest = &request[..];
        let mut answer = Vec::new();
        while !rest.is_empty() {
            let sent = patience.call(|| line.write(rest));
            match sent {
                Ok(count) => rest = &rest[count..],
                // A board that refuses what comes says so and hangs up.
                Err(Error::Disconnected { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        let mut buffer = [0; 1024];
        loop {
            match Response::try_parse(&answer) {
                Ok(Some((_, response))) => return Ok(response.status().as_u16()),
                Ok(None) if answer.len() < LONGEST_ANSWER => {}
                Ok(None) | Err(_) => return Err(not_webrepl(&name, &answer)),
            }
            match patience.call(|| line.read(&mut buffer))? {
                0 if answer.is_empty() => return Err(Error::Disconnected { port: name }),
                0 => return Err(not_webrepl(&name, &answer)),
                count => answer.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

impl WebFiles for HttpFiles {
    fn change(&self, path: &str, change: WebChange<'_>) -> Result<u16, Error> {
        let (method, body) = match change {
            WebChange::Put(content) => ("PUT", content),
            WebChange::CreateFolder => ("PUT", &[][..]),
            WebChange::Delete | WebChange::DeleteFolder => ("DELETE", &[][..]),
            WebChange::Move(_) | WebChange::MoveFolder(_) => ("MOVE", &[][..]),
        };
        let slash = match change {
            WebChange::CreateFolder | WebChange::DeleteFolder | WebChange::MoveFolder(_) => "/",
            WebChange::Put(_) | WebChange::Delete | WebChange::Move(_) => "",
        };
        let mut headers = String::new();
        match change {
            WebChange::Move(to) | WebChange::MoveFolder(to) => {
                headers.extend(["X-Destination: /fs", &escaped(to), slash, "\r\n"]);
            }
            WebChange::Put(_) | WebChange::CreateFolder => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let now = now.unwrap_or_default().as_millis().to_string();
                headers.extend(["X-Timestamp: ", &now, "\r\n"]);
            }
            WebChange::Delete | WebChange::DeleteFolder => {}
        }
        let target = format!("/fs{}{slash}", escaped(path));
        self.request(method, &target, &headers, body)
    }
}

/// A path as it stands in an address.
fn escaped(path: &str) -> String {
    let mut text = String::new();
    for &byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.extend(["%", &format!("{byte:02X}")]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_escaped() {
        assert_eq!(super::escaped("/a b/é?#%.py"), "/a%20b/%C3%A9%3F%23%25.py");
    }
}
