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
        let mut count = match self {
            Self::Text => (length.saturating_sub(1) / 4 * 3).saturating_sub(CHECK),
            Self::Binary => length.saturating_sub(CHECK + 2),
        };
        loop {
            count = count.clamp(1, bytes.len().max(1));
            let excess = match self {
                Self::Text => 0,
                Self::Binary => {
                    (self.line(0, &bytes[..count.min(bytes.len())]).len()).saturating_sub(length)
                }
            };
            if excess == 0 || count == 1 {
                return count;
            }
            count = count.saturating_sub(excess);
        }
    }

    fn encode(self, frame: &[u8]) -> Vec<u8> {
        let mut line = Vec::with_capacity(frame.len() * 4 / 3 + 8);
        match self {
            Self::Binary => frame.chunks(BLOCK).for_each(|block| mask(block, &mut line)),
            Self::Text => base64(frame, &mut line),
        }
        line.push(b'\n');
        line
    }
}

/// Adds a block, combined with a byte that leaves few to be escaped, behind that byte.
fn mask(block: &[u8], line: &mut Vec<u8>) {
    let mut counts = [0_u8; 256];
    for byte in block {
        for escaped in ESCAPED {
            counts[usize::from(byte ^ escaped)] += 1;
        }
    }
    let keys = (0..=u8::MAX).filter(|key| !ESCAPED.contains(key));
    let key = keys.min_by_key(|&key| counts[usize::from(key)]);
    let key = key.unwrap_or_default();
    for byte in std::iter::once(0).chain(block.iter().copied()) {
        let byte = byte ^ key;
        if ESCAPED.contains(&byte) {
            line.extend([ESCAPE, byte ^ CODE]);
        } else {
            line.push(byte);
        }
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

/// The bytes that no line of bytes has: each is written as two, the escape and the byte combined with `CODE`.
/// The escape itself comes last.
///
/// Ctrl-C interrupts; ctrl-B and ctrl-D would leave the raw REPL or run what lies before its prompt
/// if an interrupt left the rest of a line to it. Links put CR in front of LF, take it away, or stop at
/// XOFF until XON comes.
const ESCAPED: [u8; 8] = [0x02, 0x03, 0x04, b'\n', b'\r', 0x11, 0x13, ESCAPE];
/// Also in `board/frame_binary.py` and `board/send.py`.
const CODE: u8 = 0x60;
/// How many bytes are combined with the same one: of so many, most of the time, one leaves none to be escaped. Also
/// in `board/frame_binary.py`.
pub(super) const BLOCK: usize = 147;

/// The byte that another one behind an escape stands for.
pub(super) fn decoded(code: u8) -> Option<u8> {
    Some(code ^ CODE).filter(|byte| ESCAPED.contains(byte))
}

/// The codes behind escapes as Python source, in the order in which they are taken out of a line.
pub(super) fn codes() -> String {
    Value::Bytes(ESCAPED.map(|byte| byte ^ CODE).to_vec()).to_string()
}

/// The same in the order in which they are put in.
pub(super) fn codes_to_write() -> String {
    let mut codes = ESCAPED.map(|byte| byte ^ CODE);
    codes.reverse();
    Value::Bytes(codes.to_vec()).to_string()
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

/// The frame of a line of bytes, as `board/frame_binary.py` finds it.
#[cfg(test)]
pub(crate) fn frame(line: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.iter();
    while let Some(&byte) = rest.next() {
        let meant = rest.as_slice().first().and_then(|&code| decoded(code));
        match meant {
            Some(meant) if byte == ESCAPE => {
                rest.next();
                bytes.push(meant);
            }
            _ => bytes.push(byte),
        }
    }
    let blocks = bytes.chunks(BLOCK + 1);
    blocks
        .flat_map(|block| block[1..].iter().map(|byte| byte ^ block[0]))
        .collect()
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
            let special = [2, 3, 4, b'\n', b'\r', 0x11, 0x13];
            proptest::prop_assert!(!inner.iter().any(|byte| special.contains(byte)));
            proptest::prop_assert_eq!(&frame(inner)[3..], &bytes[..]);

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
                proptest::prop_assert!(count == bytes.len() || line.len() + 12 >= length);
            }
        }
    }
}
