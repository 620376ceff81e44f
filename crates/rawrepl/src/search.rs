//! Finds words in a stream of bytes that comes in pieces.

use memchr::memmem;

/// What a search has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The word `which` begins at `at`.
    Word { at: usize, which: usize },
    /// None is there; one may begin at this place, or behind it.
    NotBefore(usize),
}

/// Finds the first of `words`, of which none may contain another or overlap with its end.
pub(crate) fn first_of(bytes: &[u8], words: &[&[u8]]) -> Found {
    let found = words.iter().enumerate().filter_map(|(which, word)| {
        let at = memmem::find(bytes, word)?;
        Some((at, which))
    });
    if let Some((at, which)) = found.min() {
        return Found::Word { at, which };
    }
    let held = words.iter().map(|word| longest_overlap(bytes, word)).max();
    Found::NotBefore(bytes.len() - held.unwrap_or(0))
}

/// Takes `word` out of `buffer`, with what stands before it, which is put behind `before`, and tells
/// whether it was there. What cannot be a part of it does not stay in the buffer.
pub(crate) fn take_until(buffer: &mut Vec<u8>, word: &[u8], before: &mut Vec<u8>) -> bool {
    match first_of(buffer, &[word]) {
        Found::Word { at, .. } => {
            before.extend(buffer.drain(..at));
            buffer.drain(..word.len());
            true
        }
        Found::NotBefore(at) => {
            before.extend(buffer.drain(..at));
            false
        }
    }
}

/// How bytes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Starts {
    /// With the whole text.
    Yes,
    /// They are a beginning of it.
    Partly,
    /// With something else.
    No,
}

/// Whether `bytes` begin with `text`.
pub(crate) fn starts(bytes: &[u8], text: &[u8]) -> Starts {
    if bytes.starts_with(text) {
        Starts::Yes
    } else if text.starts_with(bytes) {
        Starts::Partly
    } else {
        Starts::No
    }
}

/// The length of the longest end of `bytes` that is a beginning of `text`.
pub(crate) fn longest_overlap(bytes: &[u8], text: &[u8]) -> usize {
    (1..=bytes.len().min(text.len() - 1))
        .rev()
        .find(|&length| text.starts_with(&bytes[bytes.len() - length..]))
        .unwrap_or(0)
}
