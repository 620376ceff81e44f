//! What clients ask for.

use std::io::{self, Read};
use std::net::TcpStream;

/// The longest head of a request, in bytes.
const HEAD: usize = 16 << 10;

/// A connection, and what has been read of it.
pub(super) struct Stream {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A request without what follows its head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: String,
    /// As the client has written it.
    pub(super) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Stream {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            read: Vec::new(),
        }
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether something has been read that belongs to the next request.
    pub(super) fn has_more(&self) -> bool {
        !self.read.is_empty()
    }

    fn more(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer)?;
        self.read.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    /// The head of the next request; `None` at the end, or when it is none.
    pub(super) fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.read, b"\r\n\r\n") {
                let text: Vec<u8> = self.read.drain(..end + 4).collect();
                return Ok(Head::parse(&String::from_utf8_lossy(&text)));
            }
            if self.read.len() > HEAD || self.more()? == 0 {
                return Ok(None);
            }
        }
    }

    /// What has been read behind the last head.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.read)
    }

    /// What follows a head.
    pub(super) fn body(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.read.len() < length {
            if self.more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.read.drain(..length).collect())
    }
}

impl Head {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if !words.next()?.starts_with("HTTP/1.") || !target.starts_with('/') {
            return None;
        }
        let headers = lines.filter_map(|line| line.split_once(':'));
        Some(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
        })
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.0 == name);
        found.map(|header| header.1.as_str())
    }

    /// Bytes behind the head.
    pub(super) fn length(&self) -> usize {
        let length = self.header("content-length");
        length.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The path without its escapes.
    pub(super) fn path(&self) -> String {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        unescape(path)
    }
}

/// Takes the escapes of an address out of it.
pub(super) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            plain.push(byte);
            at += 3;
        } else {
            plain.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Head, unescape};

    #[test]
    fn heads_are_read() {
        let head =
            Head::parse("PUT /fs/a%20b?x HTTP/1.1\r\nHost: a:80\r\ncontent-LENGTH: 12\r\n\r\n");
        let head = head.unwrap();
        assert_eq!(
            (head.method.as_str(), head.path().as_str()),
            ("PUT", "/fs/a b")
        );
        assert_eq!((head.header("host"), head.length()), (Some("a:80"), 12));
        for text in [
            "",
            "GET\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET x HTTP/1.1\r\n\r\n",
        ] {
            assert!(Head::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn texts_are_decoded() {
        assert_eq!(unescape("%41%2f%zz%"), "A/%zz%");
    }
}
