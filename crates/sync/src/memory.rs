//! A board that is not there.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::{
    Digest, DigestKind, Entry, EntryKind, MemoryError, PART, Progress, Remote, RemotePath, Space,
    Step, Tree,
};

/// A board's file system in memory, as strict as a real one, that can lose its connection at any
/// moment.
#[derive(Debug, Clone)]
pub struct MemoryRemote {
    /// `None` is a folder. The root is not among them.
    nodes: BTreeMap<RemotePath, Option<Vec<u8>>>,
    /// What the board computes.
    pub digest: DigestKind,
    /// Whether files can be changed.
    pub writable: bool,
    limit: Option<(u64, u64)>,
    /// Moments until the connection is lost.
    left: Option<usize>,
    operations: Vec<Operation>,
}

/// What a [`MemoryRemote`] was asked, or has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Listed what is below a folder.
    Tree(RemotePath),
    /// Computed digests.
    Digests(Vec<RemotePath>),
    /// Was asked for so many changes.
    Perform(usize),
    /// Created a folder.
    CreateFolder(RemotePath),
    /// Put a file in its place.
    Put(RemotePath),
    /// Deleted a file.
    Delete(RemotePath),
    /// Deleted a folder.
    DeleteFolder(RemotePath),
    /// Gave something its name.
    Rename(RemotePath),
}

impl Default for MemoryRemote {
    /// Empty, without a limit of room, computing SHA-256.
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            digest: DigestKind::Sha256,
            writable: true,
            limit: None,
            left: None,
            operations: Vec::new(),
        }
    }
}

impl MemoryRemote {
    /// Empty, without a limit of room, computing SHA-256.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the room to `total` bytes, in which each file and folder takes whole blocks.
    ///
    /// # Panics
    ///
    /// When a block has no bytes.
    pub fn set_space_limit(&mut self, total: u64, block: u64) {
        assert!(block > 0, "a block has bytes");
        self.limit = Some((total, block));
    }

    /// Loses the connection after so many moments, once: what is done until then stays. A moment is
    /// a question, the beginning of a change, its end before it is told, and, for a file, the middle
    /// between.
    pub fn lose_after(&mut self, moments: usize) {
        self.left = Some(moments);
    }

    /// Whether the connection is still to be lost.
    pub fn is_to_be_lost(&self) -> bool {
        self.left.is_some()
    }

    /// Adds or replaces a file, and the folders it lies in.
    pub fn insert(&mut self, path: RemotePath, content: Vec<u8>) {
        self.insert_folders(path.parent());
        self.nodes.insert(path, Some(content));
    }

    /// Adds a folder, and the folders it lies in.
    pub fn insert_folder(&mut self, path: RemotePath) {
        self.insert_folders(Some(path));
    }

    /// What a file holds; `None` when there is no such file.
    pub fn content(&self, path: &RemotePath) -> Option<&[u8]> {
        self.nodes.get(path)?.as_deref()
    }

    /// The files, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&RemotePath, &[u8])> {
        self.nodes
            .iter()
            .filter_map(|(path, node)| Some((path, node.as_deref()?)))
    }

    /// The folders but the root, in the order of their paths.
    pub fn folders(&self) -> impl Iterator<Item = &RemotePath> {
        self.nodes
            .iter()
            .filter(|(_, node)| node.is_none())
            .map(|(path, _)| path)
    }

    /// What it was asked and has done since the last call.
    pub fn take_operations(&mut self) -> Vec<Operation> {
        std::mem::take(&mut self.operations)
    }

    fn insert_folders(&mut self, mut next: Option<RemotePath>) {
        while let Some(folder) = next.filter(|folder| !folder.is_root()) {
            next = folder.parent();
            self.nodes.entry(folder).or_insert(None);
        }
    }

    /// Lets a moment pass.
    fn moment(&mut self) -> Result<(), MemoryError> {
        match &mut self.left {
            Some(0) => {
                self.left = None;
                Err(MemoryError::Lost)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn space(&self) -> Option<Space> {
        let (total, block) = self.limit?;
        let used: u64 = self
            .nodes
            .values()
            .map(|node| {
                node.as_ref()
                    .map_or(block, |file| rounded(file.len(), block))
            })
            .sum();
        Some(Space {
            total,
            free: total.saturating_sub(used),
            block,
        })
    }

    fn take_space(&self, path: &RemotePath, bytes: Option<usize>) -> Result<(), MemoryError> {
        match self.space() {
            Some(space) if bytes.map_or(space.block, |n| rounded(n, space.block)) > space.free => {
                Err(MemoryError::NoSpace { path: path.clone() })
            }
            _ => Ok(()),
        }
    }

    fn is_folder(&self, path: &RemotePath) -> bool {
        path.is_root() || self.nodes.get(path) == Some(&None)
    }

    /// A path can only be created in a folder.
    fn check_place(&self, path: &RemotePath) -> Result<(), MemoryError> {
        if path.parent().is_some_and(|folder| self.is_folder(&folder)) {
            Ok(())
        } else {
            Err(MemoryError::NoFolder { path: path.clone() })
        }
    }

    fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<u64, MemoryError> {
        let path = to.clone();
        let taken = self.nodes.contains_key(to);
        if !self.nodes.contains_key(from) {
            return if taken {
                Ok(0)
            } else {
                Err(MemoryError::NoFolder { path })
            };
        }
        self.check_place(to)?;
        if taken {
            return Err(MemoryError::IsAFolder { path });
        }
        let nodes = std::mem::take(&mut self.nodes).into_iter();
        self.nodes = nodes
            .map(|(path, node)| match path.relative_to(from) {
                Some(rest) => (to.join(rest).unwrap_or(path), node),
                None => (path, node),
            })
            .collect();
        self.operations.push(Operation::Rename(path));
        Ok(0)
    }

    fn step(
        &mut self,
        index: usize,
        step: Step<'_>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<u64, MemoryError> {
        match step {
            Step::CreateFolder(path) => {
                if self.is_folder(path) {
                    return Ok(0);
                }
                if self.nodes.contains_key(path) {
                    return Err(MemoryError::IsAFile { path: path.clone() });
                }
                self.check_place(path)?;
                self.take_space(path, None)?;
                self.nodes.insert(path.clone(), None);
                self.operations.push(Operation::CreateFolder(path.clone()));
                Ok(0)
            }
            Step::Put { path, content } => {
                if self.is_folder(path) {
                    return Err(MemoryError::IsAFolder { path: path.clone() });
                }
                self.check_place(path)?;
                self.take_space(path, Some(content.len()))?;
                let total = content.len() as u64;
                for sent in [total / 2, total] {
                    let sent = Progress::Sent {
                        step: index,
                        content: sent,
                        wire: sent,
                    };
                    if progress(sent).is_break() {
                        return Err(MemoryError::Interrupted);
                    }
                    self.moment()?;
                }
                self.nodes.insert(path.clone(), Some(content.to_vec()));
                self.operations.push(Operation::Put(path.clone()));
                Ok(total)
            }
            Step::Delete(path) => {
                if self.is_folder(path) {
                    return Err(MemoryError::IsAFolder { path: path.clone() });
                }
                if self.nodes.remove(path).is_some() {
                    self.operations.push(Operation::Delete(path.clone()));
                }
                Ok(0)
            }
            Step::DeleteFolder(path) => {
                match self.nodes.get(path) {
                    None => return Ok(0),
                    Some(Some(_)) => return Err(MemoryError::IsAFile { path: path.clone() }),
                    Some(None) => {}
                }
                // Two paths of which one begins with the other may have others between them.
                let holds = |other: &RemotePath| other != path && other.relative_to(path).is_some();
                if self
                    .nodes
                    .range(path.clone()..)
                    .take_while(|(other, _)| other.as_str().starts_with(path.as_str()))
                    .any(|(other, _)| holds(other))
                {
                    return Err(MemoryError::NotEmpty { path: path.clone() });
                }
                self.nodes.remove(path);
                self.operations.push(Operation::DeleteFolder(path.clone()));
                Ok(0)
            }
            Step::Rename { from, to } => self.rename(from, to),
        }
    }
}

fn rounded(bytes: usize, block: u64) -> u64 {
    (bytes as u64).div_ceil(block) * block
}

impl Remote for MemoryRemote {
    type Error = MemoryError;

    fn tree(&mut self, root: &RemotePath) -> Result<Tree, MemoryError> {
        self.moment()?;
        self.operations.push(Operation::Tree(root.clone()));
        let is_part = |path: &RemotePath| path.as_str().split('/').any(|name| name.ends_with(PART));
        self.nodes
            .retain(|path, _| path.relative_to(root).is_none() || !is_part(path));
        let is_file = self.content(root).is_some();
        let entries = self
            .nodes
            .iter()
            .filter(|(path, _)| path.relative_to(root).is_some())
            .filter(|(path, _)| is_file || *path != root)
            .map(|(path, node)| Entry {
                path: path.clone(),
                kind: match node {
                    Some(content) => EntryKind::File {
                        size: content.len() as u64,
                    },
                    None => EntryKind::Folder,
                },
            })
            .collect();
        Ok(Tree {
            exists: self.is_folder(root),
            entries,
            mounts: Vec::new(),
            space: self.space(),
            writable: Some(self.writable),
        })
    }

    fn digests(&mut self, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, MemoryError> {
        self.moment()?;
        self.operations.push(Operation::Digests(files.to_vec()));
        let digest = |path| {
            self.content(path)
                .map(|content| Digest::of(self.digest, content))
        };
        Ok(files.iter().map(digest).collect())
    }

    fn perform(
        &mut self,
        steps: &[Step<'_>],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), MemoryError> {
        self.moment()?;
        self.operations.push(Operation::Perform(steps.len()));
        if !self.writable {
            return Err(MemoryError::ReadOnly);
        }
        for (index, step) in steps.iter().enumerate() {
            if progress(Progress::Started { step: index }).is_break() {
                return Err(MemoryError::Interrupted);
            }
            self.moment()?;
            let wire = self.step(index, *step, progress)?;
            self.moment()?;
            let done = Progress::Done { step: index, wire };
            if progress(done).is_break() {
                return Err(MemoryError::Interrupted);
            }
        }
        Ok(())
    }
}
