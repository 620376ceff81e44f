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
            DigestKind::Fnv1a => Self::Fnv1a(fnv1a(FNV_START, content)),
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

/// The digests, of every kind, of contents that come in pieces.
#[derive(Debug, Clone)]
pub struct Hasher {
    sha256: Sha256,
    crc32: crc32fast::Hasher,
    fnv1a: u32,
}

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        self.crc32.update(piece);
        self.fnv1a = fnv1a(self.fnv1a, piece);
    }

    /// The digest of what has come.
    pub fn digest(&self, kind: DigestKind) -> Digest {
        match kind {
            DigestKind::Sha256 => Digest::Sha256(self.sha256.clone().finalize().into()),
            DigestKind::Crc32 => Digest::Crc32(self.crc32.clone().finalize()),
            DigestKind::Fnv1a => Digest::Fnv1a(self.fnv1a),
        }
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            sha256: Sha256::new(),
            crc32: crc32fast::Hasher::new(),
            fnv1a: FNV_START,
        }
    }
}

/// What FNV-1a begins with: <http://www.isthe.com/chongo/tech/comp/fnv/>
const FNV_START: u32 = 0x811c_9dc5;

fn fnv1a(start: u32, content: &[u8]) -> u32 {
    content.iter().fold(start, |hash, byte| {
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
    #[test]
    fn pieces_make_up_the_whole() {
        let mut hasher = Hasher::default();
        for piece in [&b"foo"[..], b"", b"bar"] {
            hasher.update(piece);
        }
        for kind in [DigestKind::Sha256, DigestKind::Crc32, DigestKind::Fnv1a] {
            assert_eq!(hasher.digest(kind), Digest::of(kind, b"foobar"));
        }
    }
}
