//! The commands of the package manager.

mod cache;
mod change;
mod downloads;
mod new;
mod operation;
mod show;

pub(crate) use cache::cache;
pub(crate) use change::{add, clean, lock, remove, tell, update};
pub(crate) use new::{init, new};
pub(crate) use operation::{operate, project, settings};
pub(crate) use show::{list, outdated, search, tree};
