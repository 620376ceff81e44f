//! The code that runs on the board, made ready to be sent.

mod shorten;

use belay_pylit::Value;

use crate::check::Check;

/// Brings `CORE` to the board.
pub(crate) const BEGIN: &str = include_str!("../board/begin.py");
/// The board's end of the link.
pub(crate) const CORE: &str = include_str!("../board/core.py");
/// Behind `CORE`: what the firmware can do.
pub(crate) const ABILITIES: &str = include_str!("../board/abilities.py");
/// What the firmware is.
pub(crate) const FACTS: &str = include_str!("../board/facts.py");
/// Adds a piece to a text that comes in pieces.
const PIECE: &str = include_str!("../board/piece.py");
/// Restarts the board.
pub(crate) const RESET: &str = include_str!("../board/reset.py");
/// The board's side of [`Device::run`](crate::Device::run).
pub(crate) const RUN: &str = include_str!("../board/run.py");
/// Behind `RUN`: what stands for `sys.stdin` while a script runs.
pub(crate) const STDIN: &str = include_str!("../board/stdin.py");
/// What CircuitPython's drive is asked.
pub(crate) const DRIVE: &str = include_str!("../board/drive.py");
/// The board's side of [`Device::run_batch`](crate::Device::run_batch).
pub(crate) const BATCH: &str = include_str!("../board/batch.py");
/// What [`Startup::Imports`](crate::Startup::Imports) imports.
pub(crate) const IMPORTS: &str = include_str!("../board/imports.py");
/// Runs text of the host.
pub(crate) const DEFINE: &str = include_str!("../board/define.py");
/// The board's side of [`Generator`](crate::Generator).
pub(crate) const GENERATOR: &str = include_str!("../board/generator.py");
/// The board's side of [`Proxy`](crate::Proxy).
pub(crate) const OBJECTS: &str = include_str!("../board/objects.py");
/// The board's side of [`Event`](crate::Event).
pub(crate) const EVENTS: &str = include_str!("../board/events.py");
/// The board's side of [`HostCalls`](crate::HostCalls).
pub(crate) const HOST: &str = include_str!("../board/host.py");
/// Behind `HOST`: runs code under a name of its own.
pub(crate) const NAMED: &str = include_str!("../board/named.py");
/// The board's clock.
pub(crate) const CLOCK: &str = include_str!("../board/clock.py");
/// Does what the host sends in frames; needs one of the next two in front of it.
pub(crate) const SERVE: &str = include_str!("../board/serve.py");
/// Frames from a standard input that gives bytes.
pub(crate) const FRAME_BINARY: &str = include_str!("../board/frame_binary.py");
/// Frames from a standard input that gives text.
pub(crate) const FRAME_TEXT: &str = include_str!("../board/frame_text.py");
/// For `SERVE`: how much the board has room for.
pub(crate) const HELLO: &str = include_str!("../board/hello.py");
/// Digests of files by SHA-256.
pub(crate) const DIGEST_SHA256: &str = include_str!("../board/digest_sha256.py");
/// Digests of files by CRC-32.
pub(crate) const DIGEST_CRC32: &str = include_str!("../board/digest_crc32.py");
/// Digests of files by FNV-1a.
pub(crate) const DIGEST_FNV1A: &str = include_str!("../board/digest_fnv1a.py");
/// For `SERVE`: writes a file; needs one of the digests.
pub(crate) const PUT: &str = include_str!("../board/put.py");
/// For `SERVE`: inflates with `deflate`.
pub(crate) const INFLATE_DEFLATE: &str = include_str!("../board/inflate_deflate.py");
/// For `SERVE`: inflates with `zlib` or `uzlib`.
pub(crate) const INFLATE_ZLIB: &str = include_str!("../board/inflate_zlib.py");
/// Creates and deletes, by `SERVE` or without it.
pub(crate) const FOLDERS: &str = include_str!("../board/folders.py");
/// For `SERVE`: the length of a file.
pub(crate) const SIZE: &str = include_str!("../board/size.py");
/// Lists what lies below a folder.
pub(crate) const TREE: &str = include_str!("../board/tree.py");
/// The digests of files; needs one of the digests.
pub(crate) const DIGESTS: &str = include_str!("../board/digests.py");
/// Without `SERVE`: writes a file piece by piece.
pub(crate) const PIECEMEAL: &str = include_str!("../board/piecemeal.py");
/// What is at a path.
pub(crate) const STAT: &str = include_str!("../board/stat.py");
/// Deletes a file.
pub(crate) const REMOVE: &str = include_str!("../board/remove.py");
/// Sends a file to the host.
pub(crate) const SEND: &str = include_str!("../board/send.py");
/// Sends a file to the host as text.
pub(crate) const SEND_TEXT: &str = include_str!("../board/send_text.py");
/// Asks a board whether it has a flat file system.
pub(crate) const FLAT_ASK: &str = include_str!("../board/flat_ask.py");
/// Runs a program on a board with a flat file system, which has no memory for `CORE`.
const FLAT_BEGIN: &str = include_str!("../board/flat_begin.py");
/// There: reports a fact.
pub(crate) const FLAT_SAY: &str = include_str!("../board/flat_say.py");
/// There: what firmware it is.
pub(crate) const FLAT_FACTS: &str = include_str!("../board/flat_facts.py");
/// There: lists the files.
pub(crate) const FLAT_TREE: &str = include_str!("../board/flat_tree.py");
/// There: the size of a file.
pub(crate) const FLAT_STAT: &str = include_str!("../board/flat_stat.py");
/// There: the digest of a file.
pub(crate) const FLAT_DIGEST: &str = include_str!("../board/flat_digest.py");
/// There: deletes a file.
pub(crate) const FLAT_REMOVE: &str = include_str!("../board/flat_remove.py");
/// There: sends a file to the host.
pub(crate) const FLAT_SEND: &str = include_str!("../board/flat_send.py");

/// `code` without the lines that only people read, with short names inside its functions, and with
/// each `$NAME` filled in.
///
/// The values are put in one after the other; the one that may hold anything comes last.
pub(crate) fn prepare(code: &str, values: &[(&str, &str)]) -> String {
    let mut text = shorten::shorten(code);
    for (name, value) in values {
        text = text.replace(name, value);
    }
    text
}

/// A path as Python source, in ASCII and without apostrophes inside.
pub(crate) fn quoted(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 2);
    text.push('\'');
    for character in path.chars() {
        let code = u32::from(character);
        match character {
            '\'' | '\\' | '\0'..='\x1f' | '\x7f'..='\u{ff}' => {
                text.extend(["\\x", &format!("{code:02x}")]);
            }
            ' '..='~' => text.push(character),
            '\u{100}'..='\u{ffff}' => text.extend(["\\u", &format!("{code:04x}")]),
            _ => text.extend(["\\U", &format!("{code:08x}")]),
        }
    }
    text.push('\'');
    text
}

/// Adds `piece`, which stands at `at` in a text, to what the board has of that text in `_belay`, if it is
/// as it was sent.
pub(crate) fn piece(piece: &[u8], at: usize) -> String {
    let values = [
        ("$SUM", &*Check::Sum.of(0, piece).to_string()),
        ("$AT", &at.to_string()),
        ("$PIECE", &Value::Bytes(piece.to_vec()).to_string()),
    ];
    prepare(PIECE, &values)
}

/// A program for a board with a flat file system, which gives its value between two of `mark`.
pub(crate) fn flat(code: &str, arguments: &[&str], mark: &str) -> String {
    let mut call = "_belay".to_owned();
    if !arguments.is_empty() {
        let texts = arguments.iter().map(|text| Value::from(*text).to_string());
        call = format!("_belay=_belay({})", texts.collect::<Vec<_>>().join(","));
    }
    let values = [
        ("$MARK", mark),
        ("$CODE", &*Value::from(code.trim_end()).to_string()),
        ("$CALL", &call),
    ];
    prepare(FLAT_BEGIN, &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_s_lines_go_and_names_are_filled_in() {
        let code = "# why\ndef f():\n    # how\n    if 1:\n\n        return $X\n";
        assert_eq!(prepare(code, &[("$X", "5")]), "def f():\n if 1:return 5\n");
    }

    #[test]
    fn what_is_filled_in_last_is_not_searched() {
        let text = prepare(
            "f($SOURCE, $MARK)",
            &[("$MARK", "m"), ("$SOURCE", "'$MARK'")],
        );
        assert_eq!(text, "f('$MARK',m)\n");
    }

    /// Every name that a program uses must be bound in it, given to it or built in, after its names have
    /// become shorter as before.
    #[test]
    fn names_get_shorter_wherever_they_stand() {
        for code in [
            PIECEMEAL, FOLDERS, EVENTS, GENERATOR, OBJECTS, TREE, SERVE, CORE,
        ] {
            let prepared = prepare(code, &[]);
            let words = |text: &str| -> std::collections::BTreeSet<String> {
                let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.map(str::to_owned).collect()
            };
            let kept = words(&prepared);
            for line in code.lines().filter(|line| line.starts_with("def ")) {
                let name = line[4..].split('(').next().unwrap();
                assert!(kept.contains(name), "{name} in {prepared}");
            }
        }
    }

    /// What a program takes from where a user can put something else, and what small firmware lacks.
    #[test]
    fn programs_trust_no_name_of_the_user_s() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("board");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| !line.trim().starts_with('#')) {
                let small = [".decode(", ".encode("]
                    .iter()
                    .any(|word| line.contains(word));
                let imports =
                    line.trim().starts_with("import ") || line.trim().starts_with("from ");
                let allowed = name.starts_with("flat_")
                    || ["begin.py", "piece.py", "core.py"].contains(&&*name);
                assert!(!small && (allowed || !imports), "{name}: {line}");
            }
        }
    }

    #[test]
    fn a_piece_is_added_once() {
        let code = piece(b"x'\\\n", 96);
        assert!(code.contains("_belay_q=b\"x'\\\\\\n\";"), "{code}");
        assert!(
            code.ends_with("if _belay_b.len(_belay)==96:_belay+=_belay_q\n"),
            "{code}"
        );
    }
}
