//! Copies to the board.

use std::collections::BTreeMap;

use belay_sync::{Digest, EntryKind, PlanOptions, Remote, RemotePath, Step, Wanted, apply, plan};

use super::super::find::{child, stat};
use super::{Item, What, counted};
use crate::Error;
use crate::connection::Session;
use crate::context::Context;
use crate::progress::Progress;
use crate::settings::BoardPath;

/// So few files are asked about one by one: that takes fewer bytes than a listing of all that lies
/// around them.
const FEW: usize = 2;

/// Puts `items` at a place of the board, or into the folder there.
pub(super) fn upload(
    session: &mut Session,
    items: Vec<Item>,
    destination: &BoardPath,
    force: bool,
    context: &Context,
) -> Result<(), Error> {
    let mut into = destination.folder || items.len() > 1;
    let mut there = None;
    if !into {
        there = stat(session, &destination.path)?;
        into = there == Some(EntryKind::Folder);
    }
    let mut wanted = Wanted::new().partial();
    let mut root = destination.path.clone();
    let mut names = BTreeMap::new();
    for item in items {
        let name = item.name.clone();
        if let Some(name) = name.as_ref().filter(|_| into)
            && let Some(other) = names.insert(name.clone(), item.origin.clone())
        {
            let target = child(&destination.path, name)?;
            return Err(Error::SameTarget {
                sources: [other, item.origin],
                target: format!(":{target}"),
            });
        }
        match (&item.what, destination.path.parent()) {
            (What::Folder(_), _) if !into => item.add_to(&mut wanted, None)?,
            (What::File(_), Some(parent)) if !into => {
                root = parent;
                item.add_to(&mut wanted, destination.path.name())?;
            }
            _ => item.add_to(&mut wanted, name.as_deref())?,
        }
    }
    let mut puts = Puts::new(&wanted, &root);
    if there == Some(EntryKind::Folder) {
        puts.folders.clear();
    }
    if force {
        puts.perform(session, context)?;
        let sent = counted(wanted.files().count(), "file");
        context.printer.note(&format!("{sent} sent"));
        return Ok(());
    }
    if wanted.folders().next().is_none() && wanted.files().count() <= FEW {
        let is_asked = |(path, _): &(RemotePath, _)| !into && *path == destination.path;
        let asked = usize::from(puts.files.iter().all(is_asked));
        if puts.leave_out_equal(session, &[there][..asked])? {
            puts.perform(session, context)?;
            let sent = puts.files.len();
            tell(sent, wanted.files().count() - sent, context);
            return Ok(());
        }
    }
    let options = PlanOptions {
        destination: root.clone(),
        ..PlanOptions::default()
    };
    let plan = plan(wanted, &mut session.device.files(), &options)
        .map_err(|source| Error::from_plan(session.port(), source))?;
    let mut progress = Progress::new(context, plan.totals().bytes);
    let done = apply(&plan, &mut session.device.files(), &mut |event| {
        progress.event(&plan, event)
    });
    progress.finish();
    let done = done.map_err(|source| Error::from_apply(session.port(), source))?;
    tell(done.put + done.replaced, done.unchanged, context);
    Ok(())
}

fn tell(sent: usize, equal: usize, context: &Context) {
    let sent = counted(sent, "file");
    context
        .printer
        .note(&format!("{sent} sent, {equal} equal already"));
}

/// What is sent without a plan.
struct Puts<'a> {
    /// The folders to create where they are missing, each before what it holds.
    folders: Vec<RemotePath>,
    files: Vec<(RemotePath, &'a [u8])>,
}

impl<'a> Puts<'a> {
    fn new(wanted: &'a Wanted, root: &RemotePath) -> Self {
        let above = std::iter::successors(Some(root.clone()), RemotePath::parent);
        let mut folders: Vec<_> = above.filter(|path| !path.is_root()).collect();
        folders.reverse();
        folders.extend(wanted.folders().map(|path| root.below(path)));
        let files = wanted.files();
        Self {
            folders,
            files: files
                .map(|(path, content)| (root.below(path), content))
                .collect(),
        }
    }

    /// Leaves out the files that are on the board as they should be. What is at the places of the
    /// first ones may be known already.
    ///
    /// Tells whether the rest can be sent: `false` if a folder is where a file is to go.
    fn leave_out_equal(
        &mut self,
        session: &mut Session,
        known: &[Option<EntryKind>],
    ) -> Result<bool, Error> {
        let mut same_size = Vec::new();
        for (number, (path, content)) in self.files.iter().enumerate() {
            let there = match known.get(number) {
                Some(there) => *there,
                None => stat(session, path)?,
            };
            match there {
                Some(EntryKind::Folder) => return Ok(false),
                Some(EntryKind::File { size }) if size == content.len() as u64 => {
                    same_size.push(path.clone());
                }
                Some(EntryKind::File { .. }) => self.folders.clear(),
                None => {}
            }
        }
        if same_size.is_empty() {
            return Ok(true);
        }
        self.folders.clear();
        let digests = session.device.files().digests(&same_size);
        let digests = digests.map_err(|error| session.error(error))?;
        let digests: BTreeMap<_, _> = same_size.into_iter().zip(digests).collect();
        self.files.retain(|(path, content)| {
            let digest = digests.get(path).copied().flatten();
            digest.is_none_or(|digest| Digest::of(digest.kind(), content) != digest)
        });
        Ok(true)
    }

    fn perform(&self, session: &mut Session, context: &Context) -> Result<(), Error> {
        let folders = self.folders.iter().map(Step::CreateFolder);
        let puts = self
            .files
            .iter()
            .map(|(path, content)| Step::Put { path, content });
        let steps: Vec<_> = folders.chain(puts).collect();
        if steps.is_empty() {
            return Ok(());
        }
        let bytes = self.files.iter().map(|(_, content)| content.len() as u64);
        let mut progress = Progress::new(context, bytes.sum());
        let result = session
            .device
            .files()
            .perform(&steps, &mut |event| progress.step(&steps, event));
        progress.finish();
        result.map_err(|error| session.error(error))
    }
}
