//! The code that runs on the board, made ready to be sent.

mod shorten;

use belay_pylit::Value;

/// Checks the code of calls and their values.
pub(crate) const CHECKED: &str = include_str!("../board/checked.py");
/// The board's side of [`Device::implementation`](crate::Device::implementation).
pub(crate) const FACTS: &str = include_str!("../board/facts.py");
/// The board's side of [`Device::run`](crate::Device::run).
pub(crate) const RESET: &str = include_str!("../board/reset.py");
pub(crate) const RUN: &str = include_str!("../board/run.py");
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
/// The board's clock.
pub(crate) const CLOCK: &str = include_str!("../board/clock.py");
/// Does what the host sends in frames; needs one of the next two in front of it.
pub(crate) const SERVE: &str = include_str!("../board/serve.py");
/// Runs a line from a standard input that gives bytes.
pub(crate) const LOAD: &str = include_str!("../board/load.py");
/// Frames from a standard input that gives bytes.
pub(crate) const FRAME_BINARY: &str = include_str!("../board/frame_binary.py");
/// Frames from a standard input that gives text.
pub(crate) const FRAME_TEXT: &str = include_str!("../board/frame_text.py");
/// For `SERVE`: what the board can do.
pub(crate) const HELLO: &str = include_str!("../board/hello.py");
/// For `SERVE`: with which module the board inflates.
pub(crate) const INFLATES: &str = include_str!("../board/inflates.py");
/// For `SERVE`: digests of files by SHA-256.
pub(crate) const DIGEST_SHA256: &str = include_str!("../board/digest_sha256.py");
/// For `SERVE`: digests of files by CRC-32.
pub(crate) const DIGEST_CRC32: &str = include_str!("../board/digest_crc32.py");
/// For `SERVE`: writes a file.
pub(crate) const PUT: &str = include_str!("../board/put.py");
/// For `SERVE`: inflates with `deflate`.
pub(crate) const INFLATE_DEFLATE: &str = include_str!("../board/inflate_deflate.py");
/// For `SERVE`: inflates with `zlib` or `uzlib`.
pub(crate) const INFLATE_ZLIB: &str = include_str!("../board/inflate_zlib.py");
/// For `SERVE`: creates and deletes.
pub(crate) const FOLDERS: &str = include_str!("../board/folders.py");
/// For `SERVE`: the length of a file.
pub(crate) const SIZE: &str = include_str!("../board/size.py");
/// Lists what lies below a folder.
pub(crate) const TREE: &str = include_str!("../board/tree.py");
/// The digests of files.
pub(crate) const DIGESTS: &str = include_str!("../board/digests.py");
/// Without `SERVE`: opens a file to write to.
pub(crate) const OPEN: &str = include_str!("../board/open.py");
/// Without `SERVE`: puts the written file in its place.
pub(crate) const COMMIT: &str = include_str!("../board/commit.py");
/// Without `SERVE`: removes what was written.
pub(crate) const ABORT: &str = include_str!("../board/abort.py");
/// Without `SERVE`: creates or deletes.
pub(crate) const CHANGE: &str = include_str!("../board/change.py");
/// What is at a path.
pub(crate) const STAT: &str = include_str!("../board/stat.py");
/// What is at a path, on any board; explains its errors.
pub(crate) const STAT_ANY: &str = include_str!("../board/stat_any.py");
/// Renames.
pub(crate) const RENAME: &str = include_str!("../board/rename.py");
/// Calls a function of `os`.
pub(crate) const OS_CALL: &str = include_str!("../board/os_call.py");
/// Tells a flat file system from one with folders.
pub(crate) const FLAT: &str = include_str!("../board/flat.py");
/// Lists the files of a flat file system.
pub(crate) const FLAT_TREE: &str = include_str!("../board/flat_tree.py");
/// The digest of a file of a flat file system.
pub(crate) const FLAT_DIGEST: &str = include_str!("../board/flat_digest.py");
/// Deletes a file of a flat file system.
pub(crate) const FLAT_REMOVE: &str = include_str!("../board/flat_remove.py");
/// Sends a file to the host.
pub(crate) const SEND: &str = include_str!("../board/send.py");
/// Sends a file to the host as text.
pub(crate) const SEND_TEXT: &str = include_str!("../board/send_text.py");

/// `code` without the lines that only people read, with short names inside its functions, and with
/// each `$NAME` filled in.
///
/// The values are put in one after the other; the one that may hold anything comes last.
pub(crate) fn prepare(code: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(code.len());
    for line in code.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = (line.len() - trimmed.len()) / 4;
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(trimmed);
        text.push('\n');
    }
    text = shorten::shorten(&text);
    for (name, value) in values {
        text = text.replace(name, value);
    }
    text
}

/// `code` so that it runs only as it was sent: a link may change a byte of it, and what runs then
/// could do anything. `code` is ASCII and has no three apostrophes in a row; the board has `binascii`.
pub(crate) fn guarded(code: &str) -> String {
    let code = code.trim_end();
    let check = crc32fast::hash(code.as_bytes());
    format!(
        "import binascii\n_belay=rb'''{code}'''\n\
         if binascii.crc32(_belay)!={check}:raise ValueError('{DAMAGED}')\nexec(_belay)"
    )
}

/// Adds `piece`, which stands at `at` in a text, to what the board has of that text, if it is as it was
/// sent. A piece that the board has already changes nothing.
pub(crate) fn piece(piece: &[u8], at: usize) -> String {
    let check = crc32fast::hash(piece);
    let piece = Value::Bytes(piece.to_vec());
    let begin = if at == 0 { "_belay=b''\n" } else { "" };
    format!(
        "import binascii\n_belaypart={piece}\n\
         if binascii.crc32(_belaypart)!={check}:raise ValueError('{DAMAGED}')\n\
         {begin}if len(_belay)=={at}:_belay+=_belaypart"
    )
}

/// Runs `code`, which the board has got in pieces, as [`guarded`] does.
pub(crate) fn guarded_pieces(code: &str) -> String {
    let check = crc32fast::hash(code.as_bytes());
    format!(
        "import binascii\ndel _belaypart\n\
         if binascii.crc32(_belay)!={check}:raise ValueError('{DAMAGED}')\nexec(_belay)"
    )
}

/// What code says of itself that is not as it was sent.
pub(crate) const DAMAGED: &str = "damaged";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_s_lines_go_and_names_are_filled_in() {
        let code = "# why\ndef f():\n    # how\n    if 1:\n\n        return $X\n";
        assert_eq!(
            prepare(code, &[("$X", "5")]),
            "def f():\n if 1:\n  return 5\n"
        );
    }

    #[test]
    fn what_is_filled_in_last_is_not_searched() {
        let text = prepare(
            "f($SOURCE, $MARK)",
            &[("$MARK", "m"), ("$SOURCE", "'$MARK'")],
        );
        assert_eq!(text, "f('$MARK',m)\n");
    }

    #[test]
    fn global_names_stay_as_they_are() {
        for code in [CHECKED, BATCH, GENERATOR, OBJECTS, EVENTS, CLOCK] {
            let prepared = prepare(code, &[]);
            for word in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
                assert!(
                    !word.starts_with("_belay_") || prepared.contains(word),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn a_piece_is_added_once() {
        let code = piece(b"x'\\\n", 96);
        let check = crc32fast::hash(b"x'\\\n");
        let expected = format!(
            "import binascii\n_belaypart=b\"x'\\\\\\n\"\n\
             if binascii.crc32(_belaypart)!={check}:raise ValueError('damaged')\n\
             if len(_belay)==96:_belay+=_belaypart"
        );
        assert_eq!(code, expected);
    }
}
