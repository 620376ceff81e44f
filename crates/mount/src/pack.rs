//! What travels with an answer: bytes, compressed where that pays, as a line of base 64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress, Status};

/// Data for the board.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    /// The window that inflating takes, as a power of two; 0 for bytes as they are.
    pub(crate) bits: u8,
}

/// Data must shrink by this many bytes to be worth the board's work.
const LEAST_GAIN: usize = 32;

impl Packed {
    /// `content`, compressed if the board can inflate it and if that makes it shorter.
    pub(crate) fn new(content: &[u8], inflates: bool) -> Self {
        if inflates
            && let Some(bytes) = deflate(content)
            && bytes.len() + LEAST_GAIN <= content.len()
        {
            return Self {
                bytes,
                bits: window(content.len()),
            };
        }
        Self {
            bytes: content.to_vec(),
            bits: 0,
        }
    }

    /// The length of what the board keeps.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The line that travels.
    pub(crate) fn line(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// The check of the bytes.
    pub(crate) fn sum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }
}

/// What a board sends.
pub(crate) fn unpack(line: &str) -> Option<Vec<u8>> {
    STANDARD.decode(line.trim_end()).ok()
}

/// The smallest window that reaches over all of `length` bytes, from what zlib allows.
fn window(length: usize) -> u8 {
    let bits = usize::BITS - length.saturating_sub(1).leading_zeros();
    u8::try_from(bits.clamp(8, 15)).unwrap_or(15)
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut state = Compress::new(Compression::best(), false);
    match state.compress_vec(bytes, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Some(out),
        _ => None,
    }
}
