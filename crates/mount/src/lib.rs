//! A folder of this computer as a file system of a MicroPython board.
//!
//! [`Folder`] answers a board's questions about one folder, without a board: what is in it, what a file holds,
//! what is to be written. It lets nothing out of that folder, whatever the board asks for. [`Mount`] joins it
//! with a session of `belay-device`: the board gets a file system whose questions are calls of the host
//! ([`HostCalls`](belay_device::HostCalls)).
//!
//! # Round trips
//!
//! A question costs a round trip, so an answer brings along what is likely to be asked next: the listing of a
//! folder with the first question about what is in it, and with a module all modules that it imports, as far as
//! the board's memory goes. With a listing the board knows what is *not* there, too.
//!
//! # Nothing is stale
//!
//! The folder keeps a record of what the board holds, with sizes, times and identities of files. A board trusts
//! what it holds for [`TRUST`] after an answer. Then it asks again, and the folder looks whether all of
//! that is still true, which takes no more than a few bytes on the way if it is.

mod board;
mod errno;
mod folder;
mod held;
mod imports;
mod mount;
mod open;
mod pack;
mod path;

pub use folder::{Folder, Limits};
pub use mount::{Error, Mount, MountOptions};

pub use board::TRUST;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
