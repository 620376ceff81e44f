//! The lines that carry frames to `board/serve.py`.

use belay_pylit::Value;

use crate::check::crc32;

/// What the board's standard input lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// All bytes; those that mean something to the line or to a REPL are written as two.
    Binary,
    /// Text only: base 64.
    Text,
}

const CHECK: usize = 3;
const ESCAPE: u8 = b'}';

impl Encoding {
    /// The line for frame `number` with `payload`, which is not empty.
    pub(super) fn line(self, number: u32, payload: &[u8]) -> Vec<u8> {
        let check = numbered_crc32(number, payload).to_le_bytes();
        let mut frame = check[..CHECK].to_vec();
        frame.extend_from_slice(payload);
        self.encode(&frame)
    }

    /// The line that ends a transfer on a board that has failed.
    pub(super) fn end(self) -> Vec<u8> {
        self.encode(b"end")
    }

    /// How many of `bytes` go into a line of `length` bytes; at least one. The escapes of the check
    /// may make the line longer by three bytes.
    pub(super) fn fit(self, bytes: &[u8], length: usize) -> usize {
        let room = length.saturating_sub(CHECK + 1).max(2);
        let count = match self {
            Self::Text => (room / 4 * 3).saturating_sub(CHECK),
            Self::Binary => {
                let mut left = room;
                let fits = |byte: &&u8| {
                    let width = 1 + usize::from(code(**byte).is_some());
                    let fits = width <= left;
                    left = left.saturating_sub(width);
                    fits
                };
                bytes.iter().take_while(fits).count()
            }
        };
        count.clamp(1, bytes.len().max(1))
    }

    fn encode(self, frame: &[u8]) -> Vec<u8> {
        let mut line = Vec::with_capacity(frame.len() * 4 / 3 + 8);
        match self {
            Self::Binary => {
                for &byte in frame {
                    match code(byte) {
                        Some(code) => line.extend_from_slice(&[ESCAPE, code]),
                        None => line.push(byte),
                    }
                }
            }
            Self::Text => base64(frame, &mut line),
        }
        line.push(b'\n');
        line
    }
}

/// The CRC-32 of `bytes`, which are number `number` of their kind.
///
/// What a CRC begins with counts like a change of the first four bytes. A multiple of the number makes
/// that a change of many bits, which no fault brings about; with the number itself, one flipped bit
/// in the first byte would pass for another number.
pub(super) fn numbered_crc32(number: u32, bytes: &[u8]) -> u32 {
    crc32(number.wrapping_mul(SPREAD), bytes)
}

/// Also in `board/serve.py` and `board/send.py`.
const SPREAD: u32 = 0x6c8e_9cf5;

/// The bytes that are written as two, and the letter that stands for each behind the escape, which comes
/// last.
///
/// Ctrl-C interrupts; ctrl-B and ctrl-D would leave the raw REPL or run what lies before its prompt
/// if an interrupt left the rest of a line to it. Links put CR in front of LF, take it away, or stop at
/// XOFF until XON comes.
const ESCAPES: [(u8, u8); 8] = [
    (0x02, b'b'),
    (0x03, b'c'),
    (0x04, b'd'),
    (b'\n', b'j'),
    (b'\r', b'm'),
    (0x11, b'q'),
    (0x13, b's'),
    (ESCAPE, b'p'),
];

/// The letter that stands for a byte behind the escape.
fn code(byte: u8) -> Option<u8> {
    let mut escapes = ESCAPES.iter();
    escapes
        .find(|escape| escape.0 == byte)
        .map(|escape| escape.1)
}

/// The byte that the letter behind an escape stands for.
pub(super) fn decoded(code: u8) -> Option<u8> {
    let mut escapes = ESCAPES.iter();
    escapes
        .find(|escape| escape.1 == code)
        .map(|escape| escape.0)
}

/// The escapes as Python source, in the order in which they are taken out of a line: pairs of what is
/// written and what it means.
pub(super) fn escapes() -> String {
    pairs(ESCAPES.iter())
}

/// The same in the order in which they are put in.
pub(super) fn escapes_to_write() -> String {
    pairs(ESCAPES.iter().rev())
}

fn pairs<'a>(escapes: impl Iterator<Item = &'a (u8, u8)>) -> String {
    let pair = |&(byte, code): &(u8, u8)| {
        let byte = Value::Bytes(vec![byte]);
        format!("({},{byte})", Value::Bytes(vec![ESCAPE, code]))
    };
    let pairs: Vec<String> = escapes.map(pair).collect();
    pairs.join(",")
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8], line: &mut Vec<u8>) {
    for group in bytes.chunks(3) {
        let mut word = [0; 3];
        word[..group.len()].copy_from_slice(group);
        let word = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        for place in 0..4 {
            let sextet = word >> (18 - 6 * place) & 0x3f;
            line.push(if place <= group.len() {
                ALPHABET[sextet as usize]
            } else {
                b'='
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The bytes that base 64 stands for.
    fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        if !text.len().is_multiple_of(4) {
            return None;
        }
        for group in text.chunks(4) {
            let padding = group.iter().rev().take_while(|&&c| c == b'=').count();
            let mut word = 0;
            for &letter in &group[..4 - padding.min(2)] {
                let sextet = ALPHABET.iter().position(|&other| other == letter)?;
                word = word << 6 | u32::try_from(sextet).ok()?;
            }
            word <<= 6 * padding.min(2);
            bytes
                .write_all(&word.to_be_bytes()[1..4 - padding.min(2)])
                .ok()?;
        }
        Some(bytes)
    }

    /// As `board/frame_binary.py` takes a line apart: one replacement after the other.
    fn replaced(line: &[u8]) -> Vec<u8> {
        let mut bytes = line.to_vec();
        for (_, code) in ESCAPES {
            let mut out = Vec::new();
            let mut rest = &bytes[..];
            while let Some(&first) = rest.first() {
                if rest.starts_with(&[ESCAPE, code]) {
                    out.extend(decoded(code));
                    rest = &rest[2..];
                } else {
                    out.push(first);
                    rest = &rest[1..];
                }
            }
            bytes = out;
        }
        bytes
    }

    #[test]
    fn check_values_are_those_of_binascii() {
        assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xcbf4_3926);
    }

    #[test]
    fn numbers_that_are_close_look_very_different() {
        for number in 0..2000_u32 {
            for other in number + 1..number + 20 {
                let change = number.wrapping_mul(SPREAD) ^ other.wrapping_mul(SPREAD);
                assert!(change.count_ones() >= 4, "{number} and {other}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_line_holds_its_frame(bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 1..300)) {
            let line = Encoding::Binary.line(7, &bytes);
            let (end, inner) = line.split_last().unwrap();
            proptest::prop_assert_eq!(*end, b'\n');
            proptest::prop_assert!(!inner.iter().any(|byte| [2, 3, 4, b'\n'].contains(byte)));
            proptest::prop_assert_eq!(&replaced(inner)[3..], &bytes[..]);

            let line = Encoding::Text.line(7, &bytes);
            let text = line.strip_suffix(b"\n").unwrap();
            proptest::prop_assert!(text.is_ascii());
            proptest::prop_assert_eq!(&from_base64(text).unwrap()[3..], &bytes[..]);
        }

        #[test]
        fn what_fits_makes_no_longer_line(
            bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 1..300),
            length in 16_usize..200,
        ) {
            for encoding in [Encoding::Binary, Encoding::Text] {
                let count = encoding.fit(&bytes, length);
                let line = encoding.line(1, &bytes[..count]);
                proptest::prop_assert!(line.len() <= length + 3, "{} > {length}", line.len());
                proptest::prop_assert!(count == bytes.len() || line.len() + 7 >= length);
            }
        }
    }
}
