//! WebSocket frames.

use std::io::{self, Write};

pub(super) const TEXT: u8 = 1;
pub(super) const CLOSE: u8 = 8;
const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// The longest frame that is taken, in bytes.
const LONGEST: usize = 1 << 20;

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// What is typed, as far as it has come.
    Data(Vec<u8>),
    Ping(Vec<u8>),
    Close(Vec<u8>),
}

/// Takes frames apart.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// Takes bytes; what is complete by then.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Message> {
        self.held.extend_from_slice(bytes);
        let mut messages = Vec::new();
        while let Some((opcode, payload, end)) = frame(&self.held) {
            self.held.drain(..end);
            messages.push(match opcode {
                CLOSE => Message::Close(payload),
                PING => Message::Ping(payload),
                PONG => continue,
                _ => Message::Data(payload),
            });
        }
        messages
    }
}

/// The first frame: its opcode, its payload, and where it ends. One that is too long closes the connection.
fn frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let &[first, second, ref rest @ ..] = bytes else {
        return None;
    };
    let width = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let length = if width == 0 {
        usize::from(second & 0x7f)
    } else {
        let digits = rest.get(..width)?;
        digits.iter().fold(0, |length: usize, &byte| {
            length.saturating_mul(256).saturating_add(usize::from(byte))
        })
    };
    if length > LONGEST {
        return Some((CLOSE, Vec::new(), bytes.len()));
    }
    let mut at = width;
    let mask = if second & 0x80 == 0 {
        [0; 4]
    } else {
        at += 4;
        *rest.get(width..)?.first_chunk()?
    };
    let payload = rest.get(at..at + length)?;
    let payload = payload.iter().zip(mask.iter().cycle());
    let payload = payload.map(|(byte, mask)| byte ^ mask).collect();
    Some((first & 0x0f, payload, 2 + at + length))
}

/// Sends a frame, which is the only one of its message.
pub(super) fn write(opcode: u8, payload: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut bytes = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..126), _) => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    }
    bytes.extend_from_slice(payload);
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Message, PING, write};

    #[test]
    fn frames_are_taken_apart_in_any_chunking() {
        let mut stream = b"\x81\x83\x01\x02\x03\x04`ab".to_vec();
        write(PING, b"there", &mut stream).unwrap();
        write(2, &[b'x'; 300], &mut stream).unwrap();
        stream.extend_from_slice(b"\x88\x00");
        for chunk in [1, 2, 7, stream.len()] {
            let mut decoder = Decoder::default();
            let messages: Vec<Message> = stream
                .chunks(chunk)
                .flat_map(|bytes| decoder.feed(bytes))
                .collect();
            let expected = [
                Message::Data(b"aca".to_vec()),
                Message::Ping(b"there".to_vec()),
                Message::Data(vec![b'x'; 300]),
                Message::Close(Vec::new()),
            ];
            assert_eq!(messages, expected, "chunks of {chunk}");
        }
        let huge = Decoder::default().feed(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff");
        assert_eq!(huge, [Message::Close(Vec::new())]);
    }
}
