//! What a board's firmware is and can do, as it says in its answer to the first question.

use belay_pylit::Value;
use belay_sync::DigestKind;

use crate::Implementation;
use crate::check::Check;

/// What `board/facts.py` looks for, by the names that programs use.
pub(crate) const ABILITIES: &str = "binascii.crc32 binascii.hexlify sys.stdin.buffer sys.stdout.buffer \
     hashlib.sha256 deflate.DeflateIO io.BytesIO zlib.decompress uzlib.decompress os.rename";

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

/// What a board's firmware is and can do.
#[derive(Debug, Clone)]
pub(crate) struct Capabilities {
    /// What it is; `None` on a board with a flat file system, which has no memory to be asked for both.
    pub(crate) implementation: Option<Implementation>,
    pub(crate) check: Check,
    pub(crate) input: Input,
    /// Whether standard output takes bytes.
    pub(crate) sends_bytes: bool,
    /// The best digest of a file.
    pub(crate) digest: DigestKind,
    pub(crate) inflater: Option<Inflater>,
    /// Whether files can be renamed.
    pub(crate) renames: bool,
    /// Whether the file system has no folders, and the board no memory for more than small programs.
    pub(crate) flat: bool,
}

impl Capabilities {
    /// Those of a board with a flat file system: the first micro:bit.
    pub(crate) fn flat() -> Self {
        Self {
            implementation: None,
            check: Check::Sum,
            input: Input::Commands,
            sends_bytes: false,
            digest: DigestKind::Fnv1a,
            inflater: None,
            renames: false,
            flat: true,
        }
    }

    /// Reads what `board/facts.py` reports, whose check is of this kind.
    pub(crate) fn from_report(report: &str, check: Check) -> Self {
        let report = belay_pylit::parse(report).unwrap_or(Value::None);
        let abilities: Vec<&str> = match &report {
            Value::Tuple(facts) => match facts.get(8) {
                Some(Value::List(names)) => names.iter().filter_map(text).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let has = |name: &str| abilities.contains(&name);
        let frames = check == Check::Crc32 && has("binascii.hexlify");
        Self {
            implementation: Some(Implementation::from_report(&report)),
            check,
            input: match (frames, has("sys.stdin.buffer")) {
                (true, true) => Input::Bytes,
                (true, false) => Input::Text,
                (false, _) => Input::Commands,
            },
            sends_bytes: check == Check::Crc32 && has("sys.stdout.buffer"),
            digest: match check {
                Check::Crc32 if has("hashlib.sha256") => DigestKind::Sha256,
                Check::Crc32 => DigestKind::Crc32,
                Check::Sum => DigestKind::Fnv1a,
            },
            inflater: if has("deflate.DeflateIO") && has("io.BytesIO") {
                Some(Inflater::Deflate)
            } else if has("zlib.decompress") {
                Some(Inflater::Module("zlib"))
            } else if has("uzlib.decompress") {
                Some(Inflater::Module("uzlib"))
            } else {
                None
            },
            renames: has("os.rename"),
            flat: false,
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(abilities: &str, check: Check) -> Capabilities {
        let names: Vec<Value> = abilities.split_whitespace().map(Value::from).collect();
        let facts = format!(
            "('micropython', (1, 9, 2), 'x', '', 0, [], 9000, '', {})",
            Value::List(names)
        );
        Capabilities::from_report(&facts, check)
    }

    #[test]
    fn the_best_that_the_firmware_has_is_chosen() {
        let all = of(ABILITIES, Check::Crc32);
        assert_eq!((all.input, all.digest), (Input::Bytes, DigestKind::Sha256));
        assert_eq!(all.inflater, Some(Inflater::Deflate));
        assert!(all.renames && all.sends_bytes && !all.flat);
        assert_eq!(all.implementation.unwrap().free_memory, Some(9000));
        let small = of(
            "binascii.crc32 binascii.hexlify zlib.decompress",
            Check::Crc32,
        );
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
        assert_eq!(bare.inflater, None);
    }
}
