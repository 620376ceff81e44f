//! A client that knows WebSocket frames and nothing else.

use std::io::{Read, Write};
use std::net::TcpStream;

use belay_sim::Board;

use super::PASSWORD;
use crate::host::LIMIT;

pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;

/// What WebREPL says to somebody who knows the password.
pub(super) const WELCOME: &str = "\r\nWebREPL connected\r\n>>> ";

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: board\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub(super) struct Client {
    pub(super) stream: TcpStream,
    seen: Vec<u8>,
}

impl Client {
    /// A TCP connection on which nothing has been said.
    pub(super) fn silent(board: &Board) -> Self {
        let stream = TcpStream::connect(board.webrepl_address().unwrap()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            seen: Vec::new(),
        }
    }

    /// A WebSocket, and the answer to its request.
    pub(super) fn upgraded(board: &Board) -> (Self, String) {
        let mut client = Self::silent(board);
        let answer = client.request(REQUEST);
        (client, answer)
    }

    /// Sends a request, and gives its answer with the blank line at its end.
    pub(super) fn request(&mut self, request: &[u8]) -> String {
        self.stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(self.byte().expect("an answer"));
        }
        String::from_utf8(answer).unwrap()
    }

    /// A client that has been let in.
    pub(super) fn logged_in(board: &Board) -> Self {
        let (mut client, _) = Self::upgraded(board);
        client.until("Password: ");
        client.send(TEXT, format!("{PASSWORD}\r"));
        client.until(WELCOME);
        client
    }

    /// One that has the board in its raw REPL.
    pub(super) fn raw(board: &Board) -> Self {
        let mut client = Self::logged_in(board);
        client.send(TEXT, "\r\x03\x03\r\x01");
        client.until("raw REPL; CTRL-B to exit\r\n>");
        client
    }

    pub(super) fn send(&mut self, opcode: u8, payload: impl AsRef<[u8]>) {
        self.send_part(0x80 | opcode, payload);
    }

    /// Sends a frame whose first byte is given.
    pub(super) fn send_part(&mut self, first: u8, payload: impl AsRef<[u8]>) {
        let payload = payload.as_ref();
        let mask = [0x11, 0x22, 0x33, 0x44];
        let mut frame = vec![first];
        if payload.len() < 126 {
            frame.push(0x80 | u8::try_from(payload.len()).unwrap());
        } else {
            frame.push(0xFE);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
        self.stream.write_all(&frame).unwrap();
    }

    /// The next byte; `None` at the end.
    fn byte(&mut self) -> Option<u8> {
        if self.seen.is_empty() {
            let mut buffer = [0; 4096];
            let count = match self.stream.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
                Err(error) => panic!("nothing comes: {error}"),
            };
            self.seen.extend_from_slice(&buffer[..count]);
        }
        (!self.seen.is_empty()).then(|| self.seen.remove(0))
    }

    /// The next frame; `None` at the end of the connection.
    pub(super) fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let opcode = self.byte()? & 0x0F;
        let mut length = usize::from(self.byte()?);
        if length == 126 {
            length = usize::from(u16::from_be_bytes([self.byte()?, self.byte()?]));
        }
        let payload = (0..length).map_while(|_| self.byte()).collect();
        Some((opcode, payload))
    }

    /// Reads frames until `end` comes; gives all that they held.
    pub(super) fn until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            match self.frame() {
                Some((_, payload)) => text.extend(payload),
                None => panic!(
                    "{end:?} did not come, but {:?}",
                    String::from_utf8_lossy(&text)
                ),
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Reads frames to the end of the connection; gives all that they held.
    pub(super) fn until_end(&mut self) -> String {
        let mut text = Vec::new();
        while let Some((_, payload)) = self.frame() {
            text.extend(payload);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Runs a program in the raw REPL.
    pub(super) fn exec(&mut self, source: &str) -> String {
        self.send(TEXT, format!("{source}\x04"));
        let answer = self.until("\x04>");
        let output = answer.strip_prefix("OK").unwrap();
        output.strip_suffix("\x04\x04>").expect(output).to_owned()
    }
}

/// The header of an operation on a file.
pub(super) fn header(operation: u8, size: usize, name: &str) -> Vec<u8> {
    let mut header = vec![b'W', b'A', operation, 0];
    header.extend([0; 8]);
    header.extend(u32::try_from(size).unwrap().to_le_bytes());
    header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    header.extend(name.bytes());
    header.resize(82, 0);
    header
}
