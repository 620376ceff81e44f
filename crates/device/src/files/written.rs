//! Changes that others than code on the board make for it.

use std::ops::ControlFlow;
use std::time::Duration;

use belay_sync::{Digest, EntryKind, PART, Progress, RemotePath, Step};

use super::tree::Depth;
use super::{digests, fault, tree};
use crate::link::Link;
use crate::{Error, FileFault, FileWriter};

/// How long the board may need to see what has been written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Has `writer` take steps, each until the board sees what it has done.
pub(super) fn perform(
    link: &mut Link,
    writer: &mut dyn FileWriter,
    steps: &[Step<'_>],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut tell = |event| match progress(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    };
    for (index, step) in steps.iter().enumerate() {
        tell(Progress::Started { step: index })?;
        let wire = take(link, writer, step)?;
        tell(Progress::Done { step: index, wire })?;
    }
    Ok(())
}

/// Takes a step, and gives how many bytes have been written for it.
fn take(link: &mut Link, writer: &mut dyn FileWriter, step: &Step<'_>) -> Result<u64, Error> {
    let path = step.path();
    let at = |path: &RemotePath| {
        let path = path.clone();
        move |fault| fault::at(&path, fault)
    };
    match *step {
        Step::Put { path, content } => {
            // It takes its place when the board has read it.
            let part = RemotePath::new(&format!("{path}{PART}"))?;
            let written = writer.write(&part, content).map_err(at(path));
            let seen = written
                .and_then(|()| await_seen(link, path, &mut |link| reads(link, &part, content)));
            if let Err(error) = seen {
                // No listing of the board may ever show it to whoever would remove it.
                let _ = writer.delete(&part);
                return Err(error);
            }
            writer.rename(&part, path).map_err(at(path))?;
            await_seen(link, path, &mut |link| reads(link, path, content))?;
            return Ok(content.len() as u64);
        }
        Step::CreateFolder(path) => writer.create_folder(path).map_err(at(path))?,
        Step::Delete(path) => writer.delete(path).map_err(at(path))?,
        Step::DeleteFolder(path) => {
            // A writer may take what it holds with it.
            if !tree::list(link, path, Depth::One)?.tree.entries.is_empty() {
                return Err(fault::at(path, FileFault::NotEmpty));
            }
            writer.delete_folder(path).map_err(at(path))?;
        }
        Step::Rename { from, to } => writer.rename(from, to).map_err(at(from))?,
    }
    let created = matches!(step, Step::CreateFolder(_));
    await_seen(link, path, &mut |link| {
        let kind = tree::stat(link, path)?;
        Ok(kind.is_some() == created && (!created || kind == Some(EntryKind::Folder)))
    })?;
    Ok(0)
}

/// Whether the board reads this from a file.
fn reads(link: &mut Link, path: &RemotePath, content: &[u8]) -> Result<bool, Error> {
    let found = digests::of(link, std::slice::from_ref(path))?;
    let found = found.into_iter().next().flatten();
    Ok(found.is_some_and(|found| found == Digest::of(found.kind(), content)))
}

/// Waits until the board sees what has been done.
fn await_seen(
    link: &mut Link,
    path: &RemotePath,
    is_seen: &mut dyn FnMut(&mut Link) -> Result<bool, Error>,
) -> Result<(), Error> {
    let deadline = link.driver.now() + PATIENCE;
    while !is_seen(link)? {
        if link.driver.now() >= deadline {
            return Err(fault::at(path, FileFault::Unverified));
        }
    }
    Ok(())
}
