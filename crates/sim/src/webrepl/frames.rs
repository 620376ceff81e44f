//! WebSocket frames as a board reads and writes them.

use std::collections::VecDeque;

pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;

/// The longest frame that a board reads or writes.
pub(super) const LONGEST: usize = 0xFFFF;

/// Appends a frame, which is the only one of its message.
pub(super) fn write(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    if let Ok(length @ ..126) = u8::try_from(payload.len()) {
        out.push(length);
    } else {
        out.push(126);
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
        out.extend(length.to_be_bytes());
    }
    out.extend(payload);
}

/// What frames hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Byte(u8),
    /// A frame that closes the connection; whether the board leaves it, too.
    Closed {
        ends: bool,
    },
    /// A frame whose length has eight bytes.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first two bytes.
    Start,
    /// The length or the mask.
    Rest {
        bytes: usize,
    },
    Payload,
}

/// Takes frames apart.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    header: Vec<u8>,
    /// That of the frame.
    opcode: u8,
    /// That of the message. Control frames change it, which is a mistake of the C code.
    message: u8,
    mask: [u8; 4],
    length: usize,
    /// How much of the payload has been taken.
    taken: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            state: State::Start,
            header: Vec::new(),
            opcode: TEXT,
            message: TEXT,
            mask: [0; 4],
            length: 0,
            taken: 0,
        }
    }
}

impl Decoder {
    /// Whether the last piece was of a text.
    pub(super) fn is_text(&self) -> bool {
        self.message == TEXT
    }

    /// The next piece, if it is there.
    pub(super) fn next(&mut self, bytes: &mut VecDeque<u8>) -> Option<Piece> {
        loop {
            match self.state {
                State::Start => {
                    if !self.collect(2, bytes) {
                        return None;
                    }
                    if let Some(piece) = self.start() {
                        return Some(piece);
                    }
                }
                State::Rest { bytes: count } => {
                    if !self.collect(count, bytes) {
                        return None;
                    }
                    let header = std::mem::take(&mut self.header);
                    if count % 4 == 2 {
                        self.length = usize::from(u16::from_be_bytes([header[0], header[1]]));
                    }
                    if let Some(&mask) = header.last_chunk() {
                        self.mask = mask;
                    }
                    self.state = State::Payload;
                }
                State::Payload => {
                    if self.taken < self.length {
                        let byte = bytes.pop_front()? ^ self.mask[self.taken % 4];
                        self.taken += 1;
                        // Of a control frame with more than one byte, the first is taken for one of
                        // a file.
                        if self.opcode < CLOSE || self.taken == 1 && self.length > 1 {
                            return Some(Piece::Byte(byte));
                        }
                        continue;
                    }
                    self.state = State::Start;
                    if self.opcode == CLOSE {
                        let ends = self.length < 2;
                        return Some(Piece::Closed { ends });
                    }
                }
            }
        }
    }

    fn collect(&mut self, count: usize, bytes: &mut VecDeque<u8>) -> bool {
        let more = (count - self.header.len()).min(bytes.len());
        self.header.extend(bytes.drain(..more));
        self.header.len() == count
    }

    fn start(&mut self) -> Option<Piece> {
        let [first, second] = [self.header[0], self.header[1]];
        self.header.clear();
        self.opcode = first & 0x0F;
        if self.opcode != 0 {
            self.message = self.opcode;
        }
        self.mask = [0; 4];
        self.length = usize::from(second & 0x7F);
        self.taken = 0;
        let mut rest = if second & 0x80 == 0 { 0 } else { 4 };
        match self.length {
            126 => rest += 2,
            127 => return Some(Piece::Refused),
            _ => {}
        }
        self.state = if rest == 0 {
            State::Payload
        } else {
            State::Rest { bytes: rest }
        };
        None
    }
}
