//! The file protocol: what binary frames say.

use std::mem;

use super::frames;

/// The length of the header of an operation: `WA`, the operation, flags, an offset (8 bytes), the
/// size (4), the length of the name (2) and the name (64).
pub(super) const HEADER: usize = 82;

const PUT: u8 = 1;
const GET: u8 = 2;
const VERSION: u8 = 3;

/// How much of a file is written at once.
const CHUNK: usize = 512;

/// What the file system is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    OpenToRead(Vec<u8>),
    OpenToWrite(Vec<u8>),
    /// Give some more of the file.
    Read,
    /// That this fails is not noticed.
    Write(Vec<u8>),
    Close,
}

impl Order {
    /// The operation by its number, which `board/executor.py` knows, and what belongs to it.
    pub(crate) fn parts(&self) -> (u8, &[u8]) {
        match self {
            Self::OpenToRead(name) => (0, name),
            Self::OpenToWrite(name) => (1, name),
            Self::Read => (2, b""),
            Self::Write(data) => (3, data),
            Self::Close => (4, b""),
        }
    }
}

/// Something that ends the connection without an answer.
#[derive(Debug)]
pub(super) struct Failed;

/// What a byte has completed.
pub(super) enum Taken {
    Header([u8; HEADER]),
    Order(Order),
}

/// What an operation begins with.
pub(super) enum Begun {
    /// The version is to be told.
    Version,
    Order(Order),
}

#[derive(Debug, Default)]
enum State {
    /// A header is awaited.
    #[default]
    Header,
    /// A file is being opened, which gets so many bytes; `None` when it is read.
    Opening(Option<u32>),
    /// A byte asks for the next part.
    Get,
    Reading,
    Put(u32),
    /// So many bytes are still to come.
    Writing(u32),
    /// The file is being closed; how often that is answered.
    Closing(u8),
}

/// The operation under way.
#[derive(Debug, Default)]
pub(super) struct Files {
    state: State,
    received: Vec<u8>,
}

impl Files {
    /// Whether an order is under way.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.state, State::Header | State::Get | State::Put(_))
    }

    /// Takes a byte.
    pub(super) fn take(&mut self, byte: u8) -> Option<Taken> {
        self.received.push(byte);
        match self.state {
            State::Header => {
                let header = self.received.first_chunk().copied()?;
                self.received.clear();
                Some(Taken::Header(header))
            }
            State::Get => {
                self.received.clear();
                self.state = State::Reading;
                Some(Taken::Order(Order::Read))
            }
            State::Put(left) => {
                let left = left - 1;
                self.state = State::Put(left);
                if left > 0 && self.received.len() < CHUNK {
                    return None;
                }
                self.state = State::Writing(left);
                Some(Taken::Order(Order::Write(mem::take(&mut self.received))))
            }
            State::Opening(_) | State::Reading | State::Writing(_) | State::Closing(_) => None,
        }
    }

    /// Begins the operation of a header.
    pub(super) fn begin(&mut self, header: &[u8; HEADER]) -> Result<Begun, Failed> {
        let size = u32::from_le_bytes([header[12], header[13], header[14], header[15]]);
        // The length of the name is not looked at.
        let name = &header[18..];
        let end = name.iter().position(|&byte| byte == 0);
        let name = name[..end.unwrap_or(name.len())].to_vec();
        match header[2] {
            VERSION => Ok(Begun::Version),
            GET => {
                self.state = State::Opening(None);
                Ok(Begun::Order(Order::OpenToRead(name)))
            }
            PUT => {
                self.state = State::Opening(Some(size));
                Ok(Begun::Order(Order::OpenToWrite(name)))
            }
            _ => Err(Failed),
        }
    }

    /// Takes what came of an order, and gives the next.
    pub(super) fn answered(
        &mut self,
        answer: Option<&[u8]>,
        replies: &mut Vec<u8>,
    ) -> Result<Option<Order>, Failed> {
        let data = answer.ok_or(Failed)?;
        let done = |replies: &mut Vec<u8>| frames::write(frames::BINARY, b"WB\0\0", replies);
        let (state, order) = match mem::take(&mut self.state) {
            State::Opening(None) => {
                done(replies);
                (State::Get, None)
            }
            // An empty file is done before it has begun.
            State::Opening(Some(0)) => (State::Closing(2), Some(Order::Close)),
            State::Opening(Some(size)) => {
                done(replies);
                (State::Put(size), None)
            }
            State::Reading => {
                let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
                let part = [&length.to_le_bytes()[..], data].concat();
                frames::write(frames::BINARY, &part, replies);
                if data.is_empty() {
                    (State::Closing(1), Some(Order::Close))
                } else {
                    (State::Get, None)
                }
            }
            State::Writing(0) => (State::Closing(1), Some(Order::Close)),
            State::Writing(left) => (State::Put(left), None),
            State::Closing(answers) => {
                (0..answers).for_each(|_| done(replies));
                (State::Header, None)
            }
            state @ (State::Header | State::Get | State::Put(_)) => (state, None),
        };
        self.state = state;
        Ok(order)
    }
}
