//! What Belay has put on a board, as the board itself keeps it: a file in its library folder.
//!
//! A file counts as Belay's own as long as it is what Belay put there. What the user has changed since
//! is the user's.

use std::collections::BTreeMap;

use belay_sync::{Digest, DigestKind};
use serde_json::{Value, json};

/// Where it is, seen from the root of the board.
pub(crate) const PATH: &str = "lib/.belay.json";
/// A larger file is none of Belay's. A few thousand files take that much.
pub(crate) const MAX: u64 = 1 << 20;
/// The version of its format.
const FORMAT: u64 = 1;
/// How much of a SHA-256 is kept, in bytes: enough to know a file again.
const KEPT: usize = 8;

/// The files that Belay has put on a board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Files by their paths, seen from the root of the board.
    files: BTreeMap<String, Fingerprint>,
}

/// What a file is known by: boards compute one digest or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    size: u64,
    crc32: u32,
    sha256: [u8; KEPT],
}

impl Record {
    /// Reads what a board has. What is no record is an empty one: then nothing is Belay's own.
    pub(crate) fn parse(content: &[u8]) -> Self {
        Self::read(content).unwrap_or_default()
    }

    fn read(content: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(content).ok()?;
        if value["version"].as_u64() != Some(FORMAT) {
            return None;
        }
        let files = value["files"].as_object()?.iter();
        let files = files.map(|(path, fingerprint)| {
            Some((path.clone(), Fingerprint::parse(fingerprint.as_str()?)?))
        });
        Some(Self {
            files: files.collect::<Option<_>>()?,
        })
    }

    /// Adds a file that is to be on the board.
    pub(crate) fn add(&mut self, path: &str, content: &[u8]) {
        self.files.insert(path.to_owned(), Fingerprint::of(content));
    }

    /// Adds what `other` has of a file.
    pub(crate) fn take(&mut self, path: &str, other: &Self) {
        if let Some(fingerprint) = other.files.get(path) {
            self.files.insert(path.to_owned(), *fingerprint);
        }
    }

    /// The files, by their paths seen from the root of the board.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether Belay put a file of this size there.
    pub(crate) fn has(&self, path: &str, size: u64) -> bool {
        self.files
            .get(path)
            .is_some_and(|fingerprint| fingerprint.size == size)
    }

    /// Whether a file has the digest of what Belay put there.
    pub(crate) fn matches(&self, path: &str, digest: &Digest) -> bool {
        let Some(fingerprint) = self.files.get(path) else {
            return false;
        };
        match digest {
            Digest::Sha256(hash) => hash[..KEPT] == fingerprint.sha256,
            Digest::Crc32(crc) => *crc == fingerprint.crc32,
            Digest::Fnv1a(_) => false,
        }
    }

    /// Whether all that `other` says is said here too. What is said beyond that does no harm: it is
    /// about files that are not there.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let mut files = other.files.iter();
        files.all(|(path, fingerprint)| self.files.get(path) == Some(fingerprint))
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What the board keeps.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let files = self.files.iter();
        let files =
            files.map(|(path, fingerprint)| (path.clone(), Value::from(fingerprint.to_text())));
        let files: serde_json::Map<_, _> = files.collect();
        let mut bytes = json!({ "version": FORMAT, "files": files })
            .to_string()
            .into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

impl Fingerprint {
    fn of(content: &[u8]) -> Self {
        let mut sha256 = [0; KEPT];
        if let Digest::Sha256(hash) = Digest::of(DigestKind::Sha256, content) {
            sha256.copy_from_slice(&hash[..KEPT]);
        }
        let crc32 = match Digest::of(DigestKind::Crc32, content) {
            Digest::Crc32(crc) => crc,
            _ => 0,
        };
        Self {
            size: content.len() as u64,
            crc32,
            sha256,
        }
    }

    /// `SIZE CRC32 SHA256`, the latter two in hexadecimal digits.
    fn to_text(self) -> String {
        let sha256 = u64::from_be_bytes(self.sha256);
        format!("{} {:08x} {sha256:016x}", self.size, self.crc32)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let size = parts.next()?.parse().ok()?;
        let crc32 = u32::from_str_radix(parts.next()?, 16).ok()?;
        let sha256 = u64::from_str_radix(parts.next()?, 16).ok()?.to_be_bytes();
        parts.next().is_none().then_some(Self {
            size,
            crc32,
            sha256,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(files: &[(&str, &str)]) -> Record {
        let mut record = Record::default();
        for (path, content) in files {
            record.add(path, content.as_bytes());
        }
        record
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let written = record(&[("lib/a.py", "x = 1\n"), ("app/é \"b\".py", "")]);
        assert_eq!(Record::parse(&written.to_bytes()), written);
        for broken in [
            "",
            "[]",
            "{\"version\":2,\"files\":{}}",
            "{\"version\":1,\"files\":{\"a\":\"1\"}}",
        ] {
            assert!(Record::parse(broken.as_bytes()).is_empty(), "{broken}");
        }
    }

    #[test]
    fn a_file_is_known_by_either_digest() {
        let record = record(&[("a", "one")]);
        for kind in [DigestKind::Sha256, DigestKind::Crc32] {
            assert!(record.matches("a", &Digest::of(kind, b"one")));
            assert!(!record.matches("a", &Digest::of(kind, b"two")));
            assert!(!record.matches("b", &Digest::of(kind, b"one")));
        }
        assert!(!record.matches("a", &Digest::of(DigestKind::Fnv1a, b"one")));
        assert!(record.has("a", 3) && !record.has("a", 4) && !record.has("b", 3));
    }

    #[test]
    fn what_is_said_beyond_does_no_harm() {
        let (one, two) = (record(&[("a", "1")]), record(&[("a", "1"), ("b", "2")]));
        assert!(two.covers(&one) && one.covers(&one) && !one.covers(&two));
        assert!(!two.covers(&record(&[("a", "2")])));
        let mut new = one.clone();
        new.take("b", &two);
        new.take("c", &two);
        assert_eq!(new, two);
    }
}
