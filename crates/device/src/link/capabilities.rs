//! What a board's firmware can do, as it says in its answer to the first question.

use belay_sync::DigestKind;

use crate::check::Check;

/// What `board/abilities.py` looks for, by the names that programs use. The last is that which boards need whose
/// file system is a drive.
pub(crate) const ABILITIES: &str = "hashlib.sha256 deflate.DeflateIO zlib.decompress uzlib.decompress \
     os.rename storage.remount";
/// In front of them: whether the standard streams have bytes.
const BUFFER: &str = "sys.stdin.buffer";

/// What the board's standard input gives to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Bytes.
    Bytes,
    /// Text.
    Text,
    /// Nothing that could be checked: data comes in commands only.
    Commands,
}

/// What inflates a block of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflater {
    /// `deflate.DeflateIO`.
    Deflate,
    /// `decompress` of this module.
    Module(&'static str),
}

/// What a board's firmware can do.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one ability, and any may go with any other"
)]
pub(crate) struct Capabilities {
    pub(crate) check: Check,
    pub(crate) input: Input,
    /// Whether standard output takes bytes.
    pub(crate) sends_bytes: bool,
    /// The best digest of a file.
    pub(crate) digest: DigestKind,
    pub(crate) inflater: Option<Inflater>,
    /// Whether files can be renamed.
    pub(crate) renames: bool,
    /// Whether the board has noted that somebody has taken its drive from a computer.
    pub(crate) drive_taken: bool,
    /// Whether the file system has no folders, and the board no memory for more than small programs.
    pub(crate) flat: bool,
}

impl Capabilities {
    /// Those of a board with a flat file system: the first micro:bit.
    pub(crate) fn flat() -> Self {
        Self {
            check: Check::Sum,
            input: Input::Commands,
            sends_bytes: false,
            digest: DigestKind::Fnv1a,
            inflater: None,
            renames: false,
            drive_taken: false,
            flat: true,
        }
    }

    /// Reads what `board/abilities.py` reports, whose check is of this kind; nothing if it is no number.
    pub(crate) fn from_report(report: &str, check: Check) -> Option<Self> {
        let bits: u32 = report.parse().ok()?;
        let names = ABILITIES.split_whitespace().rev().chain([BUFFER]);
        let found = names
            .enumerate()
            .filter(|(place, _)| bits >> (place + 1) & 1 == 1);
        let abilities: Vec<&str> = found.map(|(_, name)| name).collect();
        let has = |name: &str| abilities.contains(&name);
        Some(Self {
            check,
            input: match check {
                Check::Crc32 if has(BUFFER) => Input::Bytes,
                Check::Crc32 => Input::Text,
                Check::Sum => Input::Commands,
            },
            sends_bytes: check == Check::Crc32 && has(BUFFER),
            digest: match check {
                Check::Crc32 if has("hashlib.sha256") => DigestKind::Sha256,
                Check::Crc32 => DigestKind::Crc32,
                Check::Sum => DigestKind::Fnv1a,
            },
            inflater: if has("deflate.DeflateIO") {
                Some(Inflater::Deflate)
            } else if has("zlib.decompress") {
                Some(Inflater::Module("zlib"))
            } else if has("uzlib.decompress") {
                Some(Inflater::Module("uzlib"))
            } else {
                None
            },
            renames: has("os.rename"),
            drive_taken: bits & 1 == 1,
            flat: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(abilities: &str, check: Check) -> Capabilities {
        let has = |name: &str| u32::from(abilities.split_whitespace().any(|other| other == name));
        let names = [BUFFER].into_iter().chain(ABILITIES.split_whitespace());
        let bits = names.fold(0, |bits, name| 2 * bits + has(name));
        Capabilities::from_report(&(2 * bits).to_string(), check).unwrap()
    }

    #[test]
    fn the_best_that_the_firmware_has_is_chosen() {
        let all = of(&format!("{BUFFER} {ABILITIES}"), Check::Crc32);
        assert_eq!((all.input, all.digest), (Input::Bytes, DigestKind::Sha256));
        assert_eq!(all.inflater, Some(Inflater::Deflate));
        assert!(all.renames && all.sends_bytes && !all.flat);
        assert!(Capabilities::from_report("!", Check::Sum).is_none());
        let small = of("zlib.decompress", Check::Crc32);
        assert_eq!(
            (small.input, small.digest),
            (Input::Text, DigestKind::Crc32)
        );
        assert_eq!(small.inflater, Some(Inflater::Module("zlib")));
        let bare = of(
            "deflate.DeflateIO sys.stdin.buffer hashlib.sha256",
            Check::Sum,
        );
        assert_eq!(
            (bare.input, bare.digest),
            (Input::Commands, DigestKind::Fnv1a)
        );
        assert_eq!(bare.inflater, Some(Inflater::Deflate));
    }
}
