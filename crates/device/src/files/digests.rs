//! Digests of files on a board.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use belay_sync::{Digest, DigestKind, RemotePath};

use super::{fault, flat};
use crate::board_code::{self, prepare, quoted};
use crate::link::Link;
use crate::{Error, FileFault};

/// How much of a command the paths may be at once, in bytes. A board without memory for so many gets
/// half as many, down to `FEW`.
const MANY: usize = 4096;
const FEW: usize = 512;

/// The digests of `files`, all of the best kind that the board has.
pub(super) fn of(link: &mut Link, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Error> {
    let kind = link.capabilities()?.digest;
    if link.is_flat()? {
        let mut digests = Vec::with_capacity(files.len());
        for path in files {
            let code = flat::digest(path);
            digests.extend(ask(link, &code, std::slice::from_ref(path))?);
        }
        return Ok(digests);
    }
    let program = prepare(program(kind), &[]);
    let mut digests = Vec::with_capacity(files.len());
    let mut rest = files;
    let mut limit = MANY;
    while !rest.is_empty() {
        let mut length = 0;
        let count = rest
            .iter()
            .take_while(|path| {
                length += path.as_str().len() + 3;
                length <= limit
            })
            .count()
            .max(1);
        let (batch, behind) = rest.split_at(count);
        let values = [("$SHOW", show(kind)), ("$FILES", &*by_folder(batch))];
        let code = format!("{program}{}", prepare(board_code::DIGESTS, &values));
        match ask(link, &code, batch) {
            Err(Error::File {
                fault: FileFault::NoMemory,
                ..
            }) if limit > FEW => {
                limit /= 2;
            }
            other => {
                digests.extend(other?);
                rest = behind;
            }
        }
    }
    Ok(digests)
}

/// What computes digests of a kind on the board.
pub(super) fn program(kind: DigestKind) -> &'static str {
    match kind {
        DigestKind::Sha256 => board_code::DIGEST_SHA256,
        DigestKind::Crc32 => board_code::DIGEST_CRC32,
        DigestKind::Fnv1a => board_code::DIGEST_FNV1A,
    }
}

/// A function that makes a word of a digest: in base 64, without its padding and line end, where that is
/// shorter.
fn show(kind: DigestKind) -> &'static str {
    match kind {
        DigestKind::Sha256 => "lambda d:'s'+str(find('binascii').b2a_base64(d)[:-2],'utf-8')",
        DigestKind::Crc32 => "lambda d:'c'+hex(int.from_bytes(d,'little'))",
        DigestKind::Fnv1a => "lambda d:'f'+hex(int.from_bytes(d,'little'))",
    }
}

/// The arguments of `board/digests.py`: a folder is named once for all its files that stand together.
fn by_folder(files: &[RemotePath]) -> String {
    let split = |path: &RemotePath| {
        let text = path.as_str();
        let (folder, name) = text.split_at(text.rfind('/').map_or(0, |slash| slash + 1));
        (folder.to_owned(), name.to_owned())
    };
    let files: Vec<(String, String)> = files.iter().map(split).collect();
    let arguments: Vec<String> = files
        .chunk_by(|a, b| a.0 == b.0)
        .flat_map(|group| {
            let names: Vec<&str> = group.iter().map(|(_, name)| name.as_str()).collect();
            [quoted(&group[0].0), quoted(&names.join("/"))]
        })
        .collect();
    arguments.join(",")
}

/// Asks for digests until they have come undamaged.
fn ask(link: &mut Link, code: &str, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Error> {
    let all = 0..files.len() as u64;
    let found = link.facts(code, |facts| {
        let texts = all.clone().map(|number| facts.get(&number).cloned());
        texts.collect::<Option<Vec<String>>>()
    });
    let found = found.map_err(|error| fault::located(error, files[0].as_str()))?;
    let found = found.iter().zip(files);
    found.map(|(text, path)| digest(text, path)).collect()
}

fn digest(text: &str, path: &RemotePath) -> Result<Option<Digest>, Error> {
    let (kind, rest) = text.split_at_checked(1).unwrap_or(("", ""));
    let number = || {
        let digits = rest.strip_prefix("0x")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let digest = match kind {
        "n" => return Ok(None),
        "s" => STANDARD_NO_PAD
            .decode(rest)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Digest::Sha256),
        "c" => number().map(Digest::Crc32),
        "f" => number().map(Digest::Fnv1a),
        _ => None,
    };
    digest
        .map(Some)
        .ok_or_else(|| fault::at(path, FileFault::BadReport))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_once() {
        let check = |paths: &[&str], expected: &str| {
            let paths: Vec<RemotePath> = paths
                .iter()
                .map(|path| RemotePath::new(path).unwrap())
                .collect();
            assert_eq!(by_folder(&paths), expected);
        };
        check(&["/a"], "'/','a'");
        check(
            &["/a", "/b", "/c/d e", "/c/f'", "/g"],
            r"'/','a/b','/c/','d e/f\x27','/','g'",
        );
    }
}
