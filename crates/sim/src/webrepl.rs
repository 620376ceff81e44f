//! A board's WebREPL server: what stands between a TCP connection and the REPL, without input and
//! output. Bytes of the connection go in, and come out; in between are text for the REPL and orders
//! for the file system.
//!
//! It does what the C modules of MicroPython 1.29 do, their oddities included; see
//! `tests/data/webrepl-1.29.json`.

mod files;
mod frames;
mod request;

use std::collections::VecDeque;
use std::mem;

pub(crate) use files::Order;
use files::{Files, HEADER};
use frames::{Decoder, Piece};
pub(crate) use request::{Answer, Request};

/// How many bytes of a password are kept; longer ones are wrong.
const PASSWORD: usize = 10;

/// What a connection brings, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is a WebSocket.
    Accepted,
    /// The server has failed over it: it stays open, and nothing more is said or heard.
    Failed,
    /// Somebody types.
    Text(Vec<u8>),
    /// The file system is to do something; [`Server::answered`] tells what came of it.
    Files(Order),
}

#[derive(Debug)]
enum State {
    /// Nobody is there.
    Idle,
    /// The request for a WebSocket has not come whole. The board does nothing else meanwhile.
    Request(Request),
    /// The password has not come whole.
    Password(Vec<u8>),
    Repl,
    /// The connection is to be closed behind what has been said.
    Ended,
}

/// The server, with its one client.
#[derive(Debug)]
pub(crate) struct Server {
    password: Vec<u8>,
    /// What the operation "version" answers.
    version: [u8; 3],
    state: State,
    /// Whether new clients are accepted.
    listens: bool,
    decoder: Decoder,
    /// What has not been decoded.
    received: VecDeque<u8>,
    files: Files,
    /// An order behind a text.
    order: Option<Order>,
    /// Bytes for the client.
    replies: Vec<u8>,
}

impl Server {
    pub(crate) fn new(password: &str, version: (u32, u32, u32)) -> Self {
        let number = |part: u32| u8::try_from(part).unwrap_or(u8::MAX);
        Self {
            password: password.as_bytes().to_vec(),
            version: [number(version.0), number(version.1), number(version.2)],
            state: State::Idle,
            listens: false,
            decoder: Decoder::default(),
            received: VecDeque::new(),
            files: Files::default(),
            order: None,
            replies: Vec::new(),
        }
    }

    /// Sets whether new clients are accepted.
    pub(crate) fn listen(&mut self, listens: bool) {
        self.listens = listens;
    }

    /// Whether a new client is accepted now.
    pub(crate) fn accepts(&self) -> bool {
        self.listens && matches!(self.state, State::Idle)
    }

    /// Whether another client, while one is there, is at least answered.
    pub(crate) fn refuses(&self) -> bool {
        self.listens && matches!(self.state, State::Password(_) | State::Repl)
    }

    /// A client has connected.
    pub(crate) fn connected(&mut self) {
        self.reset();
        self.state = State::Request(Request::default());
    }

    /// The client is gone, and all that it sent has been taken.
    pub(crate) fn reset(&mut self) {
        self.state = State::Idle;
        self.decoder = Decoder::default();
        self.received.clear();
        self.files = Files::default();
        self.order = None;
        self.replies.clear();
    }

    /// Ends the connection behind what has been said.
    pub(crate) fn end(&mut self) {
        if !matches!(self.state, State::Idle) {
            self.state = State::Ended;
            self.received.clear();
        }
    }

    /// Whether the connection is to be closed.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Whether the board does nothing else than wait for the request.
    pub(crate) fn blocks(&self) -> bool {
        matches!(self.state, State::Request(_))
    }

    /// Whether the client gets what the board says.
    pub(crate) fn is_logged_in(&self) -> bool {
        matches!(self.state, State::Repl)
    }

    /// Whether bytes can be taken now.
    pub(crate) fn takes_bytes(&self) -> bool {
        !self.files.is_busy()
    }

    /// Takes bytes of the connection. What they mean comes from [`Server::next`].
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.received.extend(bytes);
    }

    /// The next thing that the client has sent, if it is whole.
    pub(crate) fn next(&mut self) -> Option<Event> {
        if let Some(order) = self.order.take() {
            return Some(Event::Files(order));
        }
        let mut text = Vec::new();
        while !self.files.is_busy() {
            if let State::Request(request) = &mut self.state {
                match request.take(&mut self.received)? {
                    Answer::Accepted(reply) => {
                        self.replies.extend(reply);
                        self.state = State::Password(Vec::new());
                        self.say(b"Password: ");
                        return Some(Event::Accepted);
                    }
                    Answer::Page(page) => {
                        self.replies.extend(page);
                        self.state = State::Ended;
                    }
                    Answer::Failed => return Some(Event::Failed),
                }
                continue;
            }
            if matches!(self.state, State::Idle | State::Ended) {
                self.received.clear();
                break;
            }
            match self.decoder.next(&mut self.received) {
                None => break,
                Some(Piece::Byte(byte)) => match &mut self.state {
                    State::Password(typed) if matches!(byte, b'\r' | b'\n') => {
                        let right = *typed == self.password;
                        self.log_in(right);
                    }
                    State::Password(typed) if typed.len() < PASSWORD => typed.push(byte),
                    State::Password(_) => {}
                    _ if self.decoder.is_text() => text.push(byte),
                    _ => {
                        self.order = self.file_byte(byte);
                        if text.is_empty() && self.order.is_some() {
                            return self.order.take().map(Event::Files);
                        }
                    }
                },
                Some(Piece::Closed { ends }) => {
                    frames::write(frames::CLOSE, b"", &mut self.replies);
                    if ends {
                        self.state = State::Ended;
                    }
                }
                Some(Piece::Refused) => self.state = State::Ended,
            }
        }
        (!text.is_empty()).then_some(Event::Text(text))
    }

    /// What came of an order; `None` when it failed.
    pub(crate) fn answered(&mut self, answer: Option<&[u8]>) -> Option<Order> {
        if !self.is_logged_in() {
            self.files = Files::default();
            return None;
        }
        let answered = self.files.answered(answer, &mut self.replies);
        if answered.is_err() {
            self.state = State::Ended;
        }
        answered.ok().flatten()
    }

    /// Something that the board writes at once, for the client.
    pub(crate) fn say(&mut self, text: &[u8]) {
        if text.len() > frames::LONGEST {
            self.end();
        } else {
            frames::write(frames::TEXT, text, &mut self.replies);
        }
    }

    /// Bytes for the client, that have not been taken before.
    pub(crate) fn take_replies(&mut self) -> Vec<u8> {
        mem::take(&mut self.replies)
    }

    fn log_in(&mut self, right: bool) {
        if right {
            self.state = State::Repl;
            self.say(b"\r\nWebREPL connected\r\n>>> ");
        } else {
            self.say(b"\r\nAccess denied\r\n");
            self.state = State::Ended;
        }
    }

    /// A byte of the file protocol.
    fn file_byte(&mut self, byte: u8) -> Option<Order> {
        let header = self.files.take(byte)?;
        match header {
            files::Taken::Header(header) => self.begin(&header),
            files::Taken::Order(order) => Some(order),
        }
    }

    fn begin(&mut self, header: &[u8; HEADER]) -> Option<Order> {
        match self.files.begin(header) {
            Ok(files::Begun::Version) => {
                frames::write(frames::BINARY, &self.version, &mut self.replies);
                None
            }
            Ok(files::Begun::Order(order)) => Some(order),
            Err(files::Failed) => {
                self.state = State::Ended;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
