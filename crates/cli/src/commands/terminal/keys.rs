//! What the user types, key by key.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{Keys, RawMode};
#[cfg(windows)]
pub(super) use windows::{Keys, RawMode};

/// Ctrl-], the key that leaves.
pub(super) const LEAVE: u8 = 0x1d;
/// How many reads of the input wait for the board. A pipe is held back then.
const CHUNKS: usize = 4096;
