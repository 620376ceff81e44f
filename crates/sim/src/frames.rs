//! Takes the interpreter's output apart: what programs print, and frames in between.
//!
//! A frame is a mark of eight random bytes, a kind, a length (two bytes, little-endian) and
//! that many bytes. The board's side of it is `board/link.py`.

use memchr::memmem;

/// Length of the mark.
pub(crate) const MARK: usize = 8;

/// A piece of the interpreter's output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded<'a> {
    /// What a program printed, without carriage returns.
    Output(&'a [u8]),
    /// A frame: kind and payload.
    Frame(u8, &'a [u8]),
}

/// Splits a byte stream into pieces.
#[derive(Debug)]
pub(crate) struct Decoder {
    finder: memmem::Finder<'static>,
    held: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new(mark: [u8; MARK]) -> Self {
        Self {
            finder: memmem::Finder::new(&mark).into_owned(),
            held: Vec::new(),
        }
    }

    /// Takes bytes and hands out every piece that is complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut piece: impl FnMut(Decoded<'_>)) {
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let rest = &self.held[at..];
            let Some(start) = self.finder.find(rest) else {
                let sure = rest.len() - self.partial(rest);
                if sure > 0 {
                    piece(Decoded::Output(&rest[..sure]));
                }
                at += sure;
                break;
            };
            if start > 0 {
                piece(Decoded::Output(&rest[..start]));
                at += start;
            }
            let frame = &self.held[at + MARK..];
            let &[kind, low, high, ..] = frame else { break };
            let length = usize::from(u16::from_le_bytes([low, high]));
            let Some(payload) = frame.get(3..3 + length) else {
                break;
            };
            piece(Decoded::Frame(kind, payload));
            at += MARK + 3 + length;
        }
        self.held.drain(..at);
    }

    /// Takes what the interpreter has written at once: a frame or output.
    pub(crate) fn write(&mut self, bytes: &[u8], mut piece: impl FnMut(Decoded<'_>)) {
        match bytes.strip_prefix(self.finder.needle()) {
            Some(&[kind, _, _, ref payload @ ..]) => piece(Decoded::Frame(kind, payload)),
            _ => piece(Decoded::Output(bytes)),
        }
    }

    /// Hands out what looked like the beginning of a mark. The interpreter writes a mark and
    /// its frame in one piece, so when nothing more is there to read, it was none.
    pub(crate) fn flush(&mut self, mut piece: impl FnMut(Decoded<'_>)) {
        if !self.held.is_empty() && self.held.len() < MARK {
            piece(Decoded::Output(&self.held));
            self.held.clear();
        }
    }

    /// Whether the beginning of something is held back.
    pub(crate) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The length of the longest end of `bytes` that begins a mark.
    fn partial(&self, bytes: &[u8]) -> usize {
        let mark = self.finder.needle();
        (1..MARK.min(bytes.len() + 1))
            .rev()
            .find(|&length| bytes.ends_with(&mark[..length]))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Decoder};

    const MARK: [u8; 8] = *b"\x01\x02\x03\x04\x05\x06\x07\x08";

    fn decode(stream: &[u8], chunk: usize) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
        let mut decoder = Decoder::new(MARK);
        let mut output = Vec::new();
        let mut frames = Vec::new();
        let mut take = |piece: Decoded<'_>| match piece {
            Decoded::Output(bytes) => output.extend_from_slice(bytes),
            Decoded::Frame(kind, payload) => frames.push((kind, payload.to_vec())),
        };
        for part in stream.chunks(chunk) {
            decoder.feed(part, &mut take);
        }
        decoder.flush(&mut take);
        (output, frames)
    }

    #[test]
    fn any_chunking_gives_the_same_pieces() {
        let mut stream = b"one\x01\x02".to_vec();
        stream.extend_from_slice(&MARK);
        stream.extend_from_slice(b"d\x03\x00abc");
        stream.extend_from_slice(b"two");
        stream.extend_from_slice(&MARK);
        stream.extend_from_slice(b"k\x00\x00");
        stream.extend_from_slice(b"three\x01\x02\x03");
        for chunk in 1..stream.len() {
            let (output, frames) = decode(&stream, chunk);
            assert_eq!(
                output, b"one\x01\x02twothree\x01\x02\x03",
                "chunks of {chunk}"
            );
            assert_eq!(frames, [(b'd', b"abc".to_vec()), (b'k', Vec::new())]);
        }
    }
}
