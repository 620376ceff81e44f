//! Transfers to a board on which no program of ours can read its standard input: each piece is a
//! command of its own.

use std::ops::ControlFlow;

use belay_pylit::Value;
use belay_rawrepl::Command;
use belay_sync::{Digest, Progress, RemotePath, Step};
use sha2::{Digest as _, Sha256};

use super::helper::quoted;
use super::line::seeded_crc32;
use super::transfer::Ledger;
use super::{PART, digests, fault};
use crate::board_code::{self, prepare};
use crate::{Device, Error, FileFault};

/// Bytes of a file in one command. The board holds the command's text, at most four times as long,
/// and the piece.
const PIECE: usize = 128;

pub(super) fn perform(
    device: &mut Device,
    steps: &[Step<'_>],
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut tell = |progress_now: Progress| match progress(progress_now) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    };
    for (step, action) in steps.iter().enumerate().skip(ledger.confirmed) {
        tell(Progress::Started { step })?;
        let mut wire = 0;
        match action {
            Step::Put { path, content } => {
                let result = put(device, path, content, &mut |content, bytes| {
                    wire += bytes;
                    tell(Progress::Sent {
                        step,
                        content,
                        wire,
                    })
                });
                if let Err(error) = result {
                    abort(device, path);
                    return Err(error);
                }
            }
            Step::Delete(path) if device.is_flat()? => {
                let name = device.name_of(path)?;
                wire += run(
                    device,
                    &prepare(board_code::FLAT_REMOVE, &[("$NAME", &name)]),
                    path,
                )?;
            }
            Step::CreateFolder(path) | Step::DeleteFolder(path) | Step::Rename { to: path, .. }
                if device.is_flat()? =>
            {
                return Err(Error::File {
                    path: path.as_str().to_owned(),
                    fault: FileFault::Unsupported {
                        function: "os.mkdir",
                    },
                });
            }
            Step::CreateFolder(path) => wire += call(device, "create_folder", &[path])?,
            Step::Delete(path) => wire += call(device, "delete", &[path])?,
            Step::DeleteFolder(path) => wire += call(device, "delete_folder", &[path])?,
            Step::Rename { from, to } => wire += call(device, "rename", &[from, to])?,
        }
        ledger.confirmed = step + 1;
        tell(Progress::Done { step, wire })?;
    }
    Ok(())
}

fn run(device: &mut Device, code: &str, path: &RemotePath) -> Result<u64, Error> {
    device.ready()?;
    let mark = device.driver.repl().next_mark();
    let command = Command::exec(code, mark);
    let length = command.code().len() as u64;
    match device.capture(command) {
        Ok(_) => Ok(length),
        Err(Error::Exception(exception)) => Err(fault::from_exception(*exception, path.as_str())),
        Err(error) => Err(error),
    }
}

fn call(device: &mut Device, function: &str, paths: &[&RemotePath]) -> Result<u64, Error> {
    let quoted: Vec<_> = paths.iter().map(|path| quoted(path.as_str())).collect();
    let values = [("$FUNCTION", function), ("$PATH", &quoted.join(","))];
    run(device, &prepare(board_code::CHANGE, &values), paths[0])
}

fn put(
    device: &mut Device,
    path: &RemotePath,
    content: &[u8],
    sent: &mut dyn FnMut(u64, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let part = part(path);
    let values = [
        ("$PART", &*device.name_of(&part)?),
        ("$PATH", &device.name_of(path)?),
    ];
    let mut wire = run(device, &prepare(board_code::OPEN, &values), path)?;
    let mut at = 0;
    for piece in content.chunks(PIECE) {
        let code = format!("_belay_file.write({})", Value::Bytes(piece.to_vec()));
        wire += run(device, &code, path)?;
        at += piece.len() as u64;
        sent(at, std::mem::take(&mut wire))?;
    }
    run(device, "_belay_file.close()", path)?;
    // Where there is no renaming, the file was written under its own name.
    let found = match digests::of(device, std::slice::from_ref(&part))?[0] {
        Some(found) => Some(found),
        None => digests::of(device, std::slice::from_ref(path))?[0],
    };
    if found.is_none_or(|found| found != expected(found, content)) {
        return Err(Error::File {
            path: path.as_str().to_owned(),
            fault: FileFault::Unverified,
        });
    }
    if !device.is_flat()? {
        run(device, &prepare(board_code::COMMIT, &values), path)?;
    }
    Ok(())
}

/// Removes what is left of a put, as far as the board still takes commands.
fn abort(device: &mut Device, path: &RemotePath) {
    let part = part(path);
    let Ok(name) = device.name_of(&part) else {
        return;
    };
    let values = [("$PART", &*name)];
    let _ = run(device, &prepare(board_code::ABORT, &values), path);
}

fn part(path: &RemotePath) -> RemotePath {
    let folder = path.parent().unwrap_or_else(RemotePath::root);
    folder.join(PART).unwrap_or(folder)
}

/// The digest of `content`, of the same kind as `found`.
fn expected(found: Digest, content: &[u8]) -> Digest {
    match found {
        Digest::Sha256(_) => Digest::Sha256(Sha256::digest(content).into()),
        Digest::Crc32(_) => Digest::Crc32(seeded_crc32(0, content)),
        Digest::Fnv1a(_) => Digest::Fnv1a(content.iter().fold(0x811c_9dc5, |state, &byte| {
            (state ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })),
    }
}
