//! Transfers to a board that cannot check frames: each piece is a program of its own.

use std::ops::ControlFlow;

use belay_pylit::Value;
use belay_sync::{Digest, PART, Progress, RemotePath, Step};

use super::{digests, fault};
use crate::board_code::{self, prepare, quoted};
use crate::link::{Link, Program};
use crate::{Error, FileFault};

/// Bytes of a file in one program. The board holds its text, at most four times as long, and the piece.
const PIECE: usize = 128;

/// Does `steps`, one after the other.
pub(super) fn perform(
    link: &mut Link,
    steps: &[Step<'_>],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut tell = |progress_now: Progress| match progress(progress_now) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    };
    for (step, action) in steps.iter().enumerate() {
        tell(Progress::Started { step })?;
        let mut wire = 0;
        let path = action.path();
        let quoted_path = quoted(path.as_str());
        let call = match action {
            Step::Put { content, .. } => {
                let result = put(link, path, content, &mut |content, bytes| {
                    wire += bytes;
                    tell(Progress::Sent {
                        step,
                        content,
                        wire,
                    })
                });
                if let Err(error) = result {
                    // As far as the board still takes commands.
                    let _ = run(link, &format!("abort({quoted_path})"), path);
                    return Err(error);
                }
                None
            }
            Step::CreateFolder(_) => Some(format!("create_folder({quoted_path})")),
            Step::Delete(_) => Some(format!("delete({quoted_path})")),
            Step::DeleteFolder(_) => Some(format!("delete_folder({quoted_path})")),
            Step::Rename { from, to } => {
                let (from, to) = (quoted(from.as_str()), quoted(to.as_str()));
                Some(format!("rename({from},{to})"))
            }
        };
        if let Some(call) = call {
            let code = prepare(board_code::FOLDERS, &[]);
            wire += run(link, &format!("done=int\n{code}{call}"), path)?;
        }
        tell(Progress::Done { step, wire })?;
    }
    Ok(())
}

fn put(
    link: &mut Link,
    path: &RemotePath,
    content: &[u8],
    sent: &mut dyn FnMut(u64, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let name = quoted(path.as_str());
    let helper = |call: &str| prepare(board_code::PIECEMEAL, &[("$PART", PART)]) + call;
    let mut wire = run(link, &helper(&format!("begin({name})")), path)?;
    let mut at = 0;
    for piece in content.chunks(PIECE) {
        let bytes = Value::Bytes(piece.to_vec());
        let code = format!("file=main['_belay_f']\nfile.seek({at})\nfile.write({bytes})");
        wire += run(link, &code, path)?;
        at += piece.len() as u64;
        sent(at, std::mem::take(&mut wire))?;
    }
    run(link, &helper("end()"), path)?;
    // Where there is no renaming, the file was written under its own name.
    let renames = link.capabilities()?.renames;
    let written = if renames {
        let folder = path.parent().unwrap_or_else(RemotePath::root);
        folder.join(PART).unwrap_or(folder)
    } else {
        path.clone()
    };
    let found = digests::of(link, std::slice::from_ref(&written))?[0];
    if found.is_none_or(|found| found != Digest::of(found.kind(), content)) {
        return Err(fault::at(path, FileFault::Unverified));
    }
    run(link, &helper(&format!("commit({name})")), path)?;
    Ok(())
}

/// Runs a program that may run twice, and tells how long it was.
fn run(link: &mut Link, code: &str, path: &RemotePath) -> Result<u64, Error> {
    link.ask(&Program::helper(code))
        .map_err(|error| fault::located(error, path.as_str()))?;
    Ok(code.len() as u64)
}
