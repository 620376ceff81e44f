//! What is to be changed on a board.

mod draft;
mod space;
mod table;

use serde::Serialize;

use crate::wanted::Content;
use crate::{Keep, PlanError, Remote, RemotePath, Summary, Tree, Wanted};
use draft::Draft;

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The folder of the board that is to hold what is wanted. By default `/`.
    pub destination: RemotePath,
    /// What is not deleted.
    pub keep: Keep,
    /// Whether the board runs CircuitPython: [`CIRCUITPYTHON_OWN`](crate::CIRCUITPYTHON_OWN) is kept in `/`
    /// whatever `keep` says, and [`CIRCUITPYTHON_KEEP`](crate::CIRCUITPYTHON_KEEP) by default.
    pub circuitpython: bool,
    /// Whether files are written too that are equal already.
    pub force: bool,
    /// Bytes of UTF-8 that a whole path may have; `None` for no limit.
    pub max_path: Option<usize>,
    /// Bytes of UTF-8 that a part of a path may have; `None` for no limit.
    pub max_name: Option<usize>,
}

/// What is to be changed on a board so that it holds what is wanted.
///
/// Its actions stand in the order in which [`apply`](crate::apply) carries them out: what is in the
/// way is deleted, folders are created, files are put in the order of their paths, and last goes what
/// is not wanted. `Display` prints a table; serialized, it has everything but the contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    destination: RemotePath,
    actions: Vec<Action>,
    totals: Summary,
    kept: usize,
    shadowing: Vec<RemotePath>,
}

/// One thing to do, or to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Create a folder.
    CreateFolder {
        /// Where.
        path: RemotePath,
    },
    /// Write a file where there is none.
    Put {
        /// Where.
        path: RemotePath,
        /// Its length in bytes.
        size: u64,
        /// The length of the local file, before it was transformed.
        source_size: u64,
        /// What it is to hold.
        #[serde(skip)]
        content: Content,
    },
    /// Write a file in the place of another.
    Replace {
        /// Where.
        path: RemotePath,
        /// Its length in bytes.
        size: u64,
        /// The length of the local file, before it was transformed.
        source_size: u64,
        /// The length in bytes of the file on the board.
        old_size: u64,
        /// Why.
        reason: ReplaceReason,
        /// What it is to hold.
        #[serde(skip)]
        content: Content,
    },
    /// Leave a file that is as it should be.
    Unchanged {
        /// Where.
        path: RemotePath,
        /// Its length in bytes.
        size: u64,
    },
    /// Delete a file.
    Delete {
        /// Which.
        path: RemotePath,
        /// Its length in bytes.
        size: u64,
        /// Why.
        reason: DeleteReason,
    },
    /// Delete a folder, which is empty by then.
    DeleteFolder {
        /// Which.
        path: RemotePath,
        /// Why.
        reason: DeleteReason,
    },
}

/// Why a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplaceReason {
    /// The file on the board has another length.
    Size,
    /// It has the same length and another content.
    Content,
    /// The board could not read it.
    Unreadable,
    /// It is to be written in any case.
    Forced,
}

/// Why a file or folder is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeleteReason {
    /// Nobody wants it, and no rule keeps it.
    Unwanted,
    /// It is a file where a folder must go, or the other way round, or lies in such a folder.
    InTheWay,
}

/// Compares what is wanted with what is on the board.
///
/// It asks for the board's [`tree`](Remote::tree), and for the [`digests`](Remote::digests) of the
/// files that have the same length on both sides and are not empty; when there are none, it does not
/// ask. Nothing is changed.
///
/// # Errors
///
/// When the board cannot be asked or answers nonsense, and when the plan could not be carried out:
/// see [`PlanError`].
pub fn plan<E: std::error::Error + Send + Sync + 'static>(
    wanted: Wanted,
    remote: &mut dyn Remote<Error = E>,
    options: &PlanOptions,
) -> Result<Plan, PlanError<E>> {
    let tree = remote
        .tree(&options.destination)
        .map_err(|source| PlanError::Remote { source })?;
    plan_tree(wanted, &tree, remote, options)
}

/// As [`plan`], for a board whose [`tree`](Remote::tree) below the destination is known.
///
/// # Errors
///
/// As [`plan`].
pub fn plan_tree<E: std::error::Error + Send + Sync + 'static>(
    wanted: Wanted,
    tree: &Tree,
    remote: &mut dyn Remote<Error = E>,
    options: &PlanOptions,
) -> Result<Plan, PlanError<E>> {
    let draft = Draft::new(wanted, tree, options)?;
    let digests = if draft.questions().is_empty() {
        Vec::new()
    } else {
        remote
            .digests(draft.questions())
            .map_err(|source| PlanError::Remote { source })?
    };
    let plan = draft.finish(&digests)?;
    if tree.writable == Some(false) && !plan.is_empty() {
        return Err(PlanError::ReadOnly {
            changes: plan.changes().count(),
        });
    }
    if let Some(space) = tree.space {
        space::check(&plan.actions, space)?;
    }
    Ok(plan)
}

impl Plan {
    fn new(
        destination: RemotePath,
        actions: Vec<Action>,
        kept: usize,
        shadowing: Vec<RemotePath>,
    ) -> Self {
        let mut totals = Summary::default();
        for action in &actions {
            totals.add(action);
        }
        Self {
            destination,
            actions,
            totals,
            kept,
            shadowing,
        }
    }

    /// The folder of the board that it is about.
    pub fn destination(&self) -> &RemotePath {
        &self.destination
    }

    /// What is to be done, in this order, and what is left as it is.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The actions that change something, each with its index in [`actions`](Self::actions).
    pub fn changes(&self) -> impl Iterator<Item = (usize, &Action)> {
        self.actions
            .iter()
            .enumerate()
            .filter(|(_, action)| action.is_change())
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// What it comes to when it has been carried out; nothing has gone over the link.
    pub fn totals(&self) -> &Summary {
        &self.totals
    }

    /// How many files nobody wants and a rule keeps.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// Kept files `x.py` beside which a wanted `x.mpy` is never imported: source code comes first.
    pub fn shadowing(&self) -> &[RemotePath] {
        &self.shadowing
    }
}

impl Action {
    /// What it is about.
    pub fn path(&self) -> &RemotePath {
        match self {
            Self::CreateFolder { path }
            | Self::Put { path, .. }
            | Self::Replace { path, .. }
            | Self::Unchanged { path, .. }
            | Self::Delete { path, .. }
            | Self::DeleteFolder { path, .. } => path,
        }
    }

    /// Whether it changes something.
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Unchanged { .. })
    }
}

impl Summary {
    pub(crate) fn add(&mut self, action: &Action) {
        match action {
            Action::CreateFolder { .. } => self.created_folders += 1,
            Action::Put {
                size, source_size, ..
            } => {
                self.put += 1;
                self.bytes += size;
                self.source_bytes += source_size;
            }
            Action::Replace {
                size, source_size, ..
            } => {
                self.replaced += 1;
                self.bytes += size;
                self.source_bytes += source_size;
            }
            Action::Unchanged { .. } => self.unchanged += 1,
            Action::Delete { .. } => self.deleted += 1,
            Action::DeleteFolder { .. } => self.deleted_folders += 1,
        }
    }
}
