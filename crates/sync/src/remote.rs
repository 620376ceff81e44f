//! The board's side of a synchronisation.

use std::ops::ControlFlow;

use crate::{Digest, RemotePath};

/// A board's file system, as far as a synchronisation needs it.
///
/// Each method is one conversation with the board, whatever the number of files, and is to take as
/// few round trips as the link allows. [`check_remote`](crate::check_remote) tries an implementation.
pub trait Remote {
    /// What can go wrong; it comes back to the caller of `apply` unchanged.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Everything below the folder `root`. A folder that does not exist is an empty tree with
    /// [`exists`](Tree::exists) false; a file in its place is an entry with an empty relative path.
    /// What a call of [`perform`](Self::perform) that was cut has left under a name that ends in
    /// [`PART`](crate::PART) is removed, where that can be done, and not listed.
    fn tree(&mut self, root: &RemotePath) -> Result<Tree, Self::Error>;

    /// The digests of the contents of `files`, in their order, all of one kind: the best that the
    /// board can compute. `None` for a file that could not be read.
    fn digests(&mut self, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Self::Error>;

    /// Takes `steps` in their order, and stops at the first that fails: all before it have been
    /// done, none behind it has been begun.
    ///
    /// [`Step::Put`] is atomic: at every moment, also when the link or the power is cut, the path
    /// holds the old contents or the new, whole; and the new ones have been read back from the file
    /// system and found right before they take the old ones' place.
    ///
    /// `progress` hears of each step in order: `Started`, any number of `Sent`, `Done`. When it
    /// breaks, the step under way is given up, and the call ends with an error that says so.
    fn perform(
        &mut self,
        steps: &[Step<'_>],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;

    /// Whether [`Step::Rename`] can be done. Where it cannot, folders that hide a module of the firmware are
    /// filled and emptied in their place.
    fn renames(&mut self) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// A change to a board's file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Create a folder whose parent exists. One that is there already is no error.
    CreateFolder(&'a RemotePath),
    /// Write a file into a folder that exists.
    Put {
        /// Where.
        path: &'a RemotePath,
        /// What it is to hold.
        content: &'a [u8],
    },
    /// Delete a file. One that is not there is no error.
    Delete(&'a RemotePath),
    /// Delete an empty folder. One that is not there is no error.
    DeleteFolder(&'a RemotePath),
    /// Give a file or folder a name that nothing has. One that has it already is no error.
    Rename {
        /// The name it has.
        from: &'a RemotePath,
        /// The name it is to have.
        to: &'a RemotePath,
    },
}

impl<'a> Step<'a> {
    /// What it is about: for a [`Rename`](Self::Rename), what has the name so far.
    pub fn path(&self) -> &'a RemotePath {
        match self {
            Self::CreateFolder(path)
            | Self::Put { path, .. }
            | Self::Delete(path)
            | Self::DeleteFolder(path)
            | Self::Rename { from: path, .. } => path,
        }
    }
}

/// How far [`Remote::perform`] has come. The index is that of the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A step begins.
    Started {
        /// Which.
        step: usize,
    },
    /// More of a file has reached the board.
    Sent {
        /// Which step.
        step: usize,
        /// Bytes of its content that the board has, from the beginning.
        content: u64,
        /// Bytes that have gone over the link for this step, what is compressed and what is sent
        /// again included.
        wire: u64,
    },
    /// A step is done and, for a file, verified.
    Done {
        /// Which.
        step: usize,
        /// Bytes that have gone over the link for it.
        wire: u64,
    },
}

/// What lies below a folder of a board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Whether the folder exists.
    pub exists: bool,
    /// All files and folders below it, each folder before what it holds.
    pub entries: Vec<Entry>,
    /// The folders among these that are other file systems, such as a card at `/sd`. A
    /// synchronisation deletes nothing there that it was not aimed at.
    pub mounts: Vec<RemotePath>,
    /// The room on the file system; `None` when the board cannot tell.
    pub space: Option<Space>,
    /// Whether the file system can be written to; `None` when only trying would tell.
    pub writable: Option<bool>,
}

/// A file or folder on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: RemotePath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File {
        /// Its length in bytes.
        size: u64,
    },
    /// A folder.
    Folder,
}

/// The room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes in all.
    pub total: u64,
    /// Bytes that are free.
    pub free: u64,
    /// Bytes of the unit in which files take up room.
    pub block: u64,
}

impl Space {
    /// Bytes that a file of this size takes at least.
    ///
    /// No file system gets by with less: LittleFS keeps files of up to an eighth of a block in the
    /// folder's own blocks. So nothing is refused that would fit.
    pub fn taken(&self, size: u64) -> u64 {
        if size <= self.block / 8 {
            size
        } else {
            self.freed(size)
        }
    }

    /// Bytes that a file of this size frees at most: whole blocks.
    pub fn freed(&self, size: u64) -> u64 {
        let block = self.block.max(1);
        size.div_ceil(block).saturating_mul(block)
    }
}
