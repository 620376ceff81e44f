//! Plans and applies the synchronisation of a local folder with a board's file system.
//!
//! A board is reached through [`Remote`], which moves data in bulk: round trips are what costs time.

mod path;
mod remote;

pub use path::{PathError, RemotePath};
pub use remote::{Digest, DigestKind, Entry, EntryKind, Progress, Remote, Space, Step, Tree};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
