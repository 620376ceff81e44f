//! What of a file goes over the link: compressed where that pays.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::link::Inflater;

/// A part of a file, on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// What is sent.
    pub(super) bytes: Cow<'a, [u8]>,
    /// The window that inflating takes, as a power of two; 0 for bytes that are sent as they are.
    pub(super) bits: u8,
    /// How many bytes of the file it is.
    pub(super) content: usize,
}

/// A block must shrink by this many bytes in all to be worth the board's work.
const LEAST_GAIN: usize = 16;

/// The blocks of `content`, of which each is `piece` bytes long at most where it is compressed.
pub(super) fn blocks(content: &[u8], piece: usize, compress: bool) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut plain = 0..0;
    if compress {
        for (index, part) in content.chunks(piece).enumerate() {
            let start = index * piece;
            match deflate(part) {
                Some(bytes) if bytes.len() + LEAST_GAIN <= part.len() => {
                    push_plain(&mut blocks, &content[plain]);
                    plain = start + part.len()..start + part.len();
                    blocks.push(Block {
                        bytes: bytes.into(),
                        bits: window(part.len()),
                        content: part.len(),
                    });
                }
                _ => plain.end = start + part.len(),
            }
        }
    } else {
        plain = 0..content.len();
    }
    push_plain(&mut blocks, &content[plain]);
    blocks
}

fn push_plain<'a>(blocks: &mut Vec<Block<'a>>, bytes: &'a [u8]) {
    if !bytes.is_empty() {
        blocks.push(Block {
            bytes: bytes.into(),
            bits: 0,
            content: bytes.len(),
        });
    }
}

/// The window for programs, as a power of two.
const PROGRAM_BITS: u8 = 11;

/// A program that inflates and runs `code`, and leaves `z` for those that follow, which inflates.
pub(super) fn program(code: &str, inflater: Inflater) -> Option<String> {
    let inflate = match inflater {
        Inflater::Deflate => {
            format!("find('deflate').DeflateIO(find('io').BytesIO(b),1,{PROGRAM_BITS}).read()")
        }
        Inflater::Module(name) => format!("find('{name}').decompress(b,-{PROGRAM_BITS})"),
    };
    let text = STANDARD.encode(programs(&[code])?);
    Some(format!(
        "z=lambda b:{inflate}\nexec(z(find('binascii').a2b_base64('{text}')))"
    ))
}

/// What is inflated to programs, with a `#` between two of them; `None` if it does not get shorter.
pub(super) fn programs(programs: &[&str]) -> Option<Vec<u8>> {
    let code = programs.join("#");
    // All of the text is within the window.
    deflate(code.as_bytes()).filter(|_| code.len() <= 1 << PROGRAM_BITS)
}

/// The smallest window that holds a block whole, from what zlib allows.
fn window(length: usize) -> u8 {
    let bits = usize::BITS - length.saturating_sub(1).leading_zeros();
    u8::try_from(bits.clamp(8, 15)).unwrap_or(15)
}

/// `bytes` as raw deflate data; `None` if it does not get shorter.
fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut state = Compress::new(Compression::best(), false);
    match state.compress_vec(bytes, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Some(out),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn windows_hold_their_block() {
        for (length, bits) in [(0, 8), (1, 8), (256, 8), (257, 9), (4096, 12), (32768, 15)] {
            assert_eq!(window(length), bits, "{length}");
        }
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        let content = [vec![b'a'; 4096], noise(8192), vec![b'b'; 100]].concat();
        let blocks = blocks(&content, 4096, true);
        let shape: Vec<_> = blocks.iter().map(|b| (b.bits, b.content)).collect();
        assert_eq!(shape, [(12, 4096), (0, 8192), (8, 100)]);
        assert_eq!(blocks[1].bytes, &content[4096..12288]);
        let mut inflated = Vec::with_capacity(5000);
        flate2::Decompress::new(false)
            .decompress_vec(
                &blocks[0].bytes,
                &mut inflated,
                flate2::FlushDecompress::Finish,
            )
            .unwrap();
        assert_eq!(inflated, &content[..4096]);
    }

    #[test]
    fn an_empty_file_has_no_blocks() {
        assert_eq!(blocks(b"", 1024, true), []);
        assert_eq!(blocks(b"abc", 1024, false).len(), 1);
    }
}
