//! Digests of files.

use sha2::{Digest as _, Sha256};

/// How contents are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestKind {
    /// SHA-256.
    Sha256,
    /// CRC-32 as in zlib and `binascii.crc32`.
    Crc32,
    /// FNV-1a with 32 bits.
    Fnv1a,
}

/// A digest of a file's contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256.
    Sha256([u8; 32]),
    /// CRC-32 as in zlib and `binascii.crc32`.
    Crc32(u32),
    /// FNV-1a with 32 bits.
    Fnv1a(u32),
}

impl Digest {
    /// The digest of `content`.
    pub fn of(kind: DigestKind, content: &[u8]) -> Self {
        match kind {
            DigestKind::Sha256 => Self::Sha256(Sha256::digest(content).into()),
            DigestKind::Crc32 => Self::Crc32(crc32fast::hash(content)),
            DigestKind::Fnv1a => Self::Fnv1a(fnv1a(content)),
        }
    }

    /// Which kind this is.
    pub fn kind(&self) -> DigestKind {
        match self {
            Self::Sha256(_) => DigestKind::Sha256,
            Self::Crc32(_) => DigestKind::Crc32,
            Self::Fnv1a(_) => DigestKind::Fnv1a,
        }
    }
}

/// FNV-1a with 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
fn fnv1a(content: &[u8]) -> u32 {
    content.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_agree_with_published_values() {
        let Digest::Sha256(sha) = Digest::of(DigestKind::Sha256, b"abc") else {
            unreachable!();
        };
        assert_eq!(sha[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(
            Digest::of(DigestKind::Crc32, b"123456789"),
            Digest::Crc32(0xcbf4_3926)
        );
        assert_eq!(
            Digest::of(DigestKind::Fnv1a, b""),
            Digest::Fnv1a(0x811c_9dc5)
        );
        assert_eq!(
            Digest::of(DigestKind::Fnv1a, b"foobar"),
            Digest::Fnv1a(0xbf9c_f968)
        );
    }
}
