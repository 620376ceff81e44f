//! What the user types, key by key.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(in super::super) use unix::{Keys, RawMode};
#[cfg(windows)]
pub(in super::super) use windows::{Keys, RawMode};

/// What people call a key.
pub(in super::super) fn name(key: u8) -> String {
    match key {
        0x00..=0x1f => format!("ctrl-{}", (key | 0x40) as char),
        _ => (key as char).to_string(),
    }
}

/// How many reads of the input wait for the board. A pipe is held back then.
const CHUNKS: usize = 4096;
