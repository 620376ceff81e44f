//! Digests of files on a board.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use belay_sync::{Digest, RemotePath};

use super::helper::{quoted, run_helper, take};
use super::{ATTEMPTS, fault, report};
use crate::{Device, Error, FileFault, board_code};

/// How much of a command the paths may be at once, in bytes. A board without memory for so many gets
/// half as many, down to `FEW`.
const MANY: usize = 4096;
const FEW: usize = 512;

/// The digests of `files`, all of the best kind that the board has.
pub(super) fn of(device: &mut Device, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Error> {
    let mut digests = Vec::with_capacity(files.len());
    if device.is_flat()? {
        for path in files {
            let name = device.name_of(path)?;
            digests.extend(ask(
                device,
                board_code::FLAT_DIGEST,
                ("$NAME", &name),
                std::slice::from_ref(path),
            )?);
        }
        return Ok(digests);
    }
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
        match of_some(device, batch) {
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

fn of_some(device: &mut Device, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Error> {
    let value = ("$FILES", &*by_folder(files));
    ask(device, board_code::DIGESTS, value, files)
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
fn ask(
    device: &mut Device,
    code: &str,
    value: (&str, &str),
    files: &[RemotePath],
) -> Result<Vec<Option<Digest>>, Error> {
    let mut facts = BTreeMap::new();
    for _ in 0..ATTEMPTS {
        let mut output = Vec::new();
        let limit = device.options.max_result;
        let result = run_helper(device, code, &[value], &mut |bytes| {
            take(&mut output, bytes, limit)
        });
        if let Err(error) = result {
            return Err(fault::located(error, files[0].as_str()));
        }
        report::facts(&output, &mut facts);
        let found: Option<Vec<&String>> = (0..files.len() as u64).map(|n| facts.get(&n)).collect();
        let Some(found) = found else { continue };
        return found
            .into_iter()
            .zip(files)
            .map(|(text, path)| digest(text, path))
            .collect();
    }
    Err(Error::Damaged { attempts: ATTEMPTS })
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
    digest.map(Some).ok_or_else(|| Error::File {
        path: path.as_str().to_owned(),
        fault: FileFault::BadReport,
    })
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
