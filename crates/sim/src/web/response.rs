//! What clients are answered.

use std::io::{self, Write};
use std::net::TcpStream;

#[derive(Debug)]
pub(super) struct Response {
    status: u16,
    reason: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Whether the connection ends behind it.
    pub(super) closes: bool,
}

impl Response {
    pub(super) fn new(status: u16, reason: &'static str) -> Self {
        Self {
            status,
            reason,
            headers: Vec::new(),
            body: Vec::new(),
            closes: false,
        }
    }

    pub(super) fn json(value: &serde_json::Value) -> Self {
        Self::bytes("application/json", value.to_string().into_bytes())
    }

    pub(super) fn html(text: &str) -> Self {
        Self::bytes("text/html", text.as_bytes().to_vec())
    }

    pub(super) fn bytes(kind: &str, body: Vec<u8>) -> Self {
        let mut response = Self::new(200, "OK").with("Content-Type", kind);
        response.body = body;
        response
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same as the last answer of its connection.
    pub(super) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    pub(super) fn send(&self, stream: &mut &TcpStream) -> io::Result<()> {
        let mut bytes = Vec::new();
        write!(bytes, "HTTP/1.1 {} {}\r\n", self.status, self.reason)?;
        for (name, value) in &self.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        if self.closes {
            bytes.extend_from_slice(b"Connection: close\r\n");
        }
        write!(bytes, "Content-Length: {}\r\n\r\n", self.body.len())?;
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes)
    }
}
