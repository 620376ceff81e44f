//! What a board holds before an installation, and what of it may go.

use std::collections::HashSet;
use std::ops::ControlFlow;

use belay_device::Device;
use belay_sync::{
    Digest, EntryKind, Keep, LocalError, PlanOptions, Progress, RelativePath, Remote, RemotePath,
    Step, Tree, Wanted,
};

use super::record::{self, Record};
use crate::Error;
use crate::connection::Session;

/// What there is on the board, and whose it is.
pub(super) struct Survey {
    tree: Tree,
    old: Vec<u8>,
    record: Record,
    /// Files in the project's folders that nobody wants any more and that Belay put there.
    own: Vec<RemotePath>,
    /// Files in the project's folders that nobody wants and that Belay did not put there.
    pub(super) foreign: Vec<RemotePath>,
}

impl Survey {
    /// Looks at the board. `folders` are those of the project.
    pub(super) fn make(
        session: &mut Session,
        folders: &[RelativePath],
        wanted: &Wanted,
    ) -> Result<Self, Error> {
        let root = RemotePath::root();
        let failed = |session: &Session, source| session.error(source);
        let tree = match session.device.files().tree(&root) {
            Ok(tree) => tree,
            Err(error) => return Err(failed(session, error)),
        };
        let place = path(record::PATH)?;
        let kept = tree.entries.iter().any(|entry| {
            entry.path == place
                && matches!(entry.kind, EntryKind::File { size } if size <= record::MAX)
        });
        let old = if kept {
            match session.device.files().read(place.as_str()) {
                Ok(old) => old,
                Err(error) => return Err(failed(session, error)),
            }
        } else {
            Vec::new()
        };
        let record = Record::parse(&old);
        let wanted: HashSet<&str> = wanted.files().map(|(path, _)| path.as_str()).collect();
        let (mut known, mut foreign) = (Vec::new(), Vec::new());
        for entry in &tree.entries {
            let EntryKind::File { size } = entry.kind else {
                continue;
            };
            let relative = relative(&entry.path);
            let inside = folders
                .iter()
                .any(|folder| is_below(relative, folder.as_str()));
            if !inside || wanted.contains(relative) || entry.path == place {
                continue;
            }
            if record.has(relative, size) {
                known.push(entry.path.clone());
            } else {
                foreign.push(entry.path.clone());
            }
        }
        let mut own = Vec::new();
        if !known.is_empty() {
            let digests = match session.device.files().digests(&known) {
                Ok(digests) => digests,
                Err(error) => return Err(failed(session, error)),
            };
            for (path, digest) in known.into_iter().zip(digests) {
                let proven = digest.is_some_and(|digest| record.matches(relative(&path), &digest));
                if proven { &mut own } else { &mut foreign }.push(path);
            }
        }
        foreign.sort();
        Ok(Self {
            tree,
            old,
            record,
            own,
            foreign,
        })
    }

    /// What is wanted together with the new record, and a plan that leaves all but what may go.
    pub(super) fn options(
        &self,
        mut wanted: Wanted,
        prune: bool,
    ) -> Result<(Wanted, PlanOptions), Error> {
        let mut new = Record::default();
        for (path, content) in wanted.files() {
            // What lies in the root is replaced, and never deleted.
            if path.parent().is_some() {
                new.add(path.as_str(), content);
            }
        }
        for path in &self.own {
            // Until it is gone, for the case that this run does not come to its end.
            new.take(relative(path), &self.record);
        }
        let content = if self.record.covers(&new) && !self.old.is_empty() {
            self.old.clone()
        } else {
            new.to_bytes()
        };
        if !new.is_empty() || !self.old.is_empty() {
            let place = RelativePath::new(record::PATH);
            let place = place.map_err(|source| Error::BoardPath { source })?;
            let added = wanted.add_file(place, content);
            added.map_err(|source| Error::Local(LocalError::Wanted(source)))?;
        }
        let options = PlanOptions {
            keep: Keep::These(self.kept(&wanted, prune)),
            ..PlanOptions::default()
        };
        Ok((wanted, options))
    }

    /// Everything on the board but what is wanted and what may go, as patterns.
    fn kept(&self, wanted: &Wanted, prune: bool) -> Vec<String> {
        let mut going: HashSet<&str> = self.own.iter().map(relative).collect();
        if prune {
            going.extend(self.foreign.iter().map(relative));
        }
        let wanted: HashSet<&str> = wanted
            .files()
            .map(|(path, _)| path.as_str())
            .chain(wanted.folders().map(RelativePath::as_str))
            .collect();
        // What is kept is kept with all it holds. A folder that holds what goes is not named: it stays
        // if there is something else in it.
        let mut emptied = HashSet::new();
        for path in &going {
            emptied.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
        }
        let kept = self.tree.entries.iter().filter_map(|entry| {
            let path = relative(&entry.path);
            let goes = match entry.kind {
                EntryKind::Folder => emptied.contains(path),
                EntryKind::File { .. } => going.contains(path),
            };
            (!goes && !wanted.contains(path)).then(|| pattern(path))
        });
        kept.collect()
    }
}

/// A board that is not asked again for what has been looked at.
pub(super) struct Surveyed<'d> {
    device: &'d mut Device,
    tree: Option<Tree>,
}

impl<'d> Surveyed<'d> {
    pub(super) fn new(device: &'d mut Device, survey: Survey) -> Self {
        Self {
            device,
            tree: Some(survey.tree),
        }
    }
}

impl Remote for Surveyed<'_> {
    type Error = belay_device::Error;

    fn tree(&mut self, root: &RemotePath) -> Result<Tree, Self::Error> {
        match self.tree.take().filter(|_| root.is_root()) {
            Some(tree) => Ok(tree),
            None => self.device.files().tree(root),
        }
    }

    fn digests(&mut self, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Self::Error> {
        self.device.files().digests(files)
    }

    fn perform(
        &mut self,
        steps: &[Step<'_>],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Self::Error> {
        self.device.files().perform(steps, progress)
    }
}

fn path(text: &str) -> Result<RemotePath, Error> {
    RemotePath::new(text).map_err(|source| Error::BoardPath { source })
}

fn relative(path: &RemotePath) -> &str {
    path.as_str().trim_start_matches('/')
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A pattern that means this path and no other.
fn pattern(path: &str) -> String {
    let mut pattern = String::from("/");
    for character in path.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '!' | '#') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
