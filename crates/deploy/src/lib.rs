//! Folders, files and packages on boards.
//!
//! A [`Device`](belay_device::Device) moves single files and knows the board, and `belay-sync` plans
//! without one. This crate joins the two for whoever deals in folders: [`SyncOptions`] brings a folder onto a
//! board, [`Transform`] is what becomes of its files on the way, [`Installation`] puts a project on a board
//! that keeps a record of what was put there, and [`find`], [`upload`], [`download`], [`rename`],
//! [`create_folders`] and [`remove`] are what a user means by `cp -r`, `mv`, `mkdir -p` and `rm -r`,
//! with patterns ([`BoardPath`]). [`WriteAccess`] has boards with CircuitPython take changes, whose drive belongs
//! to the computer otherwise.
//!
//! It decides nothing for a user: what is to be warned of or asked is handed back.

mod board_path;
mod change;
mod download;
mod drive;
mod error;
mod find;
mod install;
mod record;
mod sync;
mod transform;
mod upload;
mod write;

pub use board_path::BoardPath;
pub use change::{create_folders, remove, rename};
pub use download::{Download, download};
pub use drive::{Access, WriteAccess, with_remount, without_remount};
pub use error::Error;
pub use find::{find, read, stat};
pub use install::Installation;
pub use sync::{SyncOptions, Synced};
pub use transform::{NotPython, Transform, Warning, mpy_target};
pub use upload::{Copied, Source, upload};
pub use write::write_file;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
