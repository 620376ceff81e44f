//! What a plan comes to, and how far it has been carried out.

use serde::Serialize;

/// What a plan comes to, or what has been changed on the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Folders created.
    pub created_folders: usize,
    /// Files written where there was none.
    pub put: usize,
    /// Files replaced.
    pub replaced: usize,
    /// Files deleted.
    pub deleted: usize,
    /// Folders deleted.
    pub deleted_folders: usize,
    /// Files that were as they should be.
    pub unchanged: usize,
    /// Bytes of the files written.
    pub bytes: u64,
    /// Bytes of the local files that these come from.
    pub source_bytes: u64,
    /// Bytes that went over the link for the changes, one that was broken off included.
    pub wire_bytes: u64,
}

/// How far a plan that was not carried out to the end has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many changes the plan has.
    pub changes: usize,
    /// The changes that the board has confirmed, as indices into [`Plan::actions`](crate::Plan::actions).
    pub done: Vec<usize>,
    /// The change that had been begun: it has been made, or has not, nothing between.
    pub under_way: Option<usize>,
    /// What the confirmed changes amount to.
    pub summary: Summary,
}
