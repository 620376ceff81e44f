//! Plans and applies the synchronisation of a local folder with a board's file system.
//!
//! [`LocalTree::scan`] lists a folder, without what the [`Ignore`] rules hold back;
//! [`LocalTree::load`] reads it, with each file transformed as the caller likes, minified or compiled
//! ([`MpyCross`]). [`plan`] compares the result with what is on the board and leaves what the [`Keep`]
//! rules keep; [`apply`] carries the [`Plan`] out. A board is reached through [`Remote`], which moves
//! data in bulk: round trips are what costs time. [`MemoryRemote`] is one without a board.
//!
//! The synchronisation is a mirror: what the local folder does not hold goes, last, unless it is kept.
//! What is ignored is just not sent; on the board it is like anything else that nobody wants.

mod apply;
mod conformance;
mod digest;
mod error;
mod ignore;
mod keep;
mod local;
mod memory;
mod mpy;
mod path;
mod plan;
mod relative;
mod remote;
mod report;
mod stage;
mod wanted;

pub use apply::{Event, apply, perform};
pub use conformance::check_remote;
pub use digest::{Digest, DigestKind, Hasher};
pub use error::{
    ApplyError, LocalError, MemoryError, PatternError, PlanError, TransformError, WantedError,
};
pub use ignore::{DEFAULT_IGNORE, Ignore};
pub use keep::{CIRCUITPYTHON_KEEP, CIRCUITPYTHON_OWN, DEFAULT_KEEP, Keep};
pub use local::{LocalFile, LocalTree};
pub use memory::{MemoryRemote, Operation};
pub use mpy::{Architecture, Mpy, MpyCross, MpyError, MpyTarget};
pub use path::RemotePath;
pub use plan::{Action, DeleteReason, Plan, PlanOptions, ReplaceReason, plan, plan_tree};
pub use relative::{PathError, RelativePath};
pub use remote::{Entry, EntryKind, Progress, Remote, Space, Step, Tree};
pub use report::{Report, Summary};
pub use stage::PART;
pub use wanted::{Content, Wanted};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
