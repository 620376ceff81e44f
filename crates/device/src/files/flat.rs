//! A flat file system, of the kind that the first micro:bit has: names without folders, no slash in front
//! of them, no renaming, and hardly any memory. What is done there is done by programs of its own.

use std::ops::ControlFlow;

use belay_pylit::Value;
use belay_sync::{Digest, EntryKind, Progress, RemotePath, Step};

use super::{digests, fault};
use crate::board_code::{self, prepare, quoted};
use crate::link::{Link, Program};
use crate::{Error, FileFault, Implementation};

/// Bytes of a file in one command. The board holds the command's text, at most four times as long,
/// and the piece.
const PIECE: usize = 128;

/// A path as Python source.
pub(super) fn name_of(path: &RemotePath) -> String {
    quoted(path.as_str().trim_start_matches('/'))
}

fn program(code: &str, values: &[(&str, &str)]) -> String {
    prepare(board_code::FLAT_SAY, &[]) + &prepare(code, values)
}

/// The program that lists the files.
pub(super) fn tree() -> String {
    program(board_code::FLAT_TREE, &[])
}

/// The program that tells a file's digest.
pub(super) fn digest(path: &RemotePath) -> String {
    program(board_code::FLAT_DIGEST, &[("$NAME", &name_of(path))])
}

/// The program that sends `count` pieces of a file.
pub(super) fn send(path: &RemotePath, from: u64, count: u64) -> String {
    let values = [
        ("$FROM", &*from.to_string()),
        ("$COUNT", &count.to_string()),
        ("$NAME", &name_of(path)),
    ];
    program(board_code::FLAT_SEND, &values)
}

/// What is at a path.
pub(super) fn stat(link: &mut Link, path: &RemotePath) -> Result<Option<EntryKind>, Error> {
    let code = program(board_code::FLAT_STAT, &[("$NAME", &name_of(path))]);
    let fact = fact(link, &code)?;
    if path.is_root() {
        return Ok(Some(EntryKind::Folder));
    }
    // A size of -1 is none.
    Ok(fact.parse().ok().map(|size| EntryKind::File { size }))
}

/// What firmware the board has.
pub(crate) fn implementation(link: &mut Link) -> Result<Implementation, Error> {
    let fact = fact(link, &program(board_code::FLAT_FACTS, &[]))?;
    let report = belay_pylit::parse(&fact).unwrap_or(Value::None);
    Ok(Implementation::from_report(&report))
}

/// The only fact that a program reports.
fn fact(link: &mut Link, code: &str) -> Result<String, Error> {
    link.facts(code, |facts| facts.get(&0).cloned())
}

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
        match action {
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
                    abort(link, path);
                    return Err(error);
                }
            }
            Step::Delete(_) => {
                let name = name_of(path);
                wire += run(
                    link,
                    &prepare(board_code::FLAT_REMOVE, &[("$NAME", &name)]),
                    path,
                )?;
            }
            Step::CreateFolder(_) | Step::DeleteFolder(_) | Step::Rename { .. } => {
                let function = "os.mkdir";
                return Err(fault::at(path, FileFault::Unsupported { function }));
            }
        }
        tell(Progress::Done { step, wire })?;
    }
    Ok(())
}

/// There is no memory for a second copy, so the file is written under its own name.
fn put(
    link: &mut Link,
    path: &RemotePath,
    content: &[u8],
    sent: &mut dyn FnMut(u64, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let name = name_of(path);
    let mut wire = run(link, &format!("main['_belay_f']=open({name},'wb')"), path)?;
    let mut at = 0;
    for piece in content.chunks(PIECE) {
        let piece_code = Value::Bytes(piece.to_vec());
        wire += run(link, &format!("main['_belay_f'].write({piece_code})"), path)?;
        at += piece.len() as u64;
        sent(at, std::mem::take(&mut wire))?;
    }
    run(link, "main.pop('_belay_f').close()", path)?;
    let found = digests::of(link, std::slice::from_ref(path))?[0];
    if found.is_none_or(|found| found != Digest::of(found.kind(), content)) {
        return Err(fault::at(path, FileFault::Unverified));
    }
    Ok(())
}

/// Removes what is left of a put, as far as the board still takes commands: a half file has nothing to
/// look for under a name that means a whole one.
fn abort(link: &mut Link, path: &RemotePath) {
    let name = name_of(path);
    let _ = run(link, "main.pop('_belay_f').close()", path);
    let _ = run(link, &format!("find('os').remove({name})"), path);
}

fn run(link: &mut Link, code: &str, path: &RemotePath) -> Result<u64, Error> {
    let program = Program {
        repeats: false,
        ..Program::helper(code)
    };
    link.ask(&program)
        .map_err(|error| fault::located(error, path.as_str()))?;
    Ok(code.len() as u64)
}
