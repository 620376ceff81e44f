//! The request for a WebSocket, and its answer.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What RFC 6455 puts behind a client's key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const PAGE: &[u8] = b"HTTP/1.0 200 OK\r\n\r\n<title>WebREPL</title>\r\n\
    <p>This board is reached by a client for WebREPL.\r\n";

/// What a request leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A WebSocket, with this answer.
    Accepted(Vec<u8>),
    /// A page, for it asks for no WebSocket.
    Page(Vec<u8>),
    /// Nothing: the server fails.
    Failed,
}

/// A request, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Request {
    line: Vec<u8>,
    /// Whether the first line lies behind.
    begun: bool,
    key: Option<Vec<u8>>,
    upgrade: bool,
    websocket: bool,
}

impl Request {
    /// Takes the bytes of the request from `bytes`; the answer when it is whole.
    pub(crate) fn take(&mut self, bytes: &mut VecDeque<u8>) -> Option<Answer> {
        while let Some(byte) = bytes.pop_front() {
            self.line.push(byte);
            if byte != b'\n' {
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if !std::mem::replace(&mut self.begun, true) {
                continue;
            }
            if line == b"\r\n" {
                return Some(self.answer());
            }
            let Some(colon) = line.iter().position(|&byte| byte == b':') else {
                return Some(Answer::Failed);
            };
            let value = line[colon + 1..].trim_ascii();
            match line[..colon].trim_ascii() {
                b"Sec-WebSocket-Key" => self.key = Some(value.to_vec()),
                b"Connection" => {
                    self.upgrade |= memchr::memmem::find(value, b"Upgrade").is_some();
                }
                b"Upgrade" => self.websocket |= value == b"websocket",
                _ => {}
            }
        }
        None
    }

    fn answer(&self) -> Answer {
        let Some(key) = self.key.as_ref().filter(|_| self.upgrade && self.websocket) else {
            return Answer::Page(PAGE.to_vec());
        };
        let accept = STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \
             Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        Answer::Accepted(answer.into_bytes())
    }
}
