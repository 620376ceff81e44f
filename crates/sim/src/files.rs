//! The files of the board's drive for whoever is no program of the board: a computer that has mounted
//! it, and the web workflow.
//!
//! Requests wait here until the interpreter has its turn for them (`board/circuit_files.py`), between
//! two steps of whatever program runs. One that an interrupt or a restart has cut off is done again.

use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a board may need for a request. It answers at once, unless it starts or has lost its power.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a file in one request.
const PIECE: usize = 4096;

/// Why something is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileError {
    /// The number of the board's `OSError`.
    Os(u8),
    /// The board does not answer.
    Silent,
}

impl FileError {
    pub(crate) const MISSING: Self = Self::Os(2);
    pub(crate) const EXISTS: Self = Self::Os(17);
    pub(crate) const FULL: Self = Self::Os(28);
}

/// One thing in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) folder: bool,
    /// Bytes.
    pub(crate) size: u32,
    /// Seconds since 1970.
    pub(crate) modified: u64,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    List = 1,
    Read = 2,
    Write = 3,
    MakeFolder = 4,
    Remove = 5,
    Rename = 6,
    Space = 7,
    Stat = 8,
}

#[derive(Debug, Default)]
pub(crate) struct Files {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// In the order in which they are to be done, each with its number.
    requests: VecDeque<(u32, Vec<u8>)>,
    answers: Vec<(u32, Vec<u8>)>,
    last: u32,
    /// On which the interpreter hears that there is something to do.
    listener: Option<UnixStream>,
}

impl State {
    fn call(&mut self) {
        if let Some(listener) = &mut self.listener
            && listener.write_all(&[0]).is_err()
        {
            self.listener = None;
        }
    }
}

impl Files {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a connection the one on which the interpreter hears of requests.
    pub(crate) fn subscribe(&self, listener: UnixStream) {
        let mut state = self.lock();
        state.listener = Some(listener);
        if !state.requests.is_empty() {
            state.call();
        }
    }

    /// The next request, behind its number; nothing when there is none.
    pub(crate) fn take(&self) -> Vec<u8> {
        let state = self.lock();
        let next = state.requests.front();
        next.map_or_else(Vec::new, |(number, request)| {
            [&number.to_le_bytes()[..], request].concat()
        })
    }

    /// Takes the answer to a request.
    pub(crate) fn answer(&self, number: u32, answer: &[u8]) {
        let mut state = self.lock();
        if state.requests.front().is_some_and(|next| next.0 == number) {
            state.requests.pop_front();
            state.answers.push((number, answer.to_vec()));
            self.answered.notify_all();
        }
    }

    fn ask(&self, operation: Operation, path: &str, rest: &[&[u8]]) -> Result<Vec<u8>, FileError> {
        let length = u16::try_from(path.len()).map_err(|_| FileError::MISSING)?;
        let mut request = vec![operation as u8];
        request.extend_from_slice(&length.to_le_bytes());
        request.extend_from_slice(path.as_bytes());
        for part in rest {
            request.extend_from_slice(part);
        }
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        state.last = state.last.wrapping_add(1);
        let number = state.last;
        state.requests.push_back((number, request));
        state.call();
        loop {
            if let Some(at) = state.answers.iter().position(|answer| answer.0 == number) {
                let (_, mut answer) = state.answers.swap_remove(at);
                return match answer.first() {
                    Some(0) => Ok(answer.split_off(1)),
                    Some(&number) => Err(FileError::Os(number)),
                    None => Err(FileError::Silent),
                };
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.requests.retain(|request| request.0 != number);
                return Err(FileError::Silent);
            }
            (state, _) = self
                .answered
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What is in a folder.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<Entry>, FileError> {
        let answer = self.ask(Operation::List, path, &[])?;
        Ok(entries(&answer))
    }

    /// What is at a path; its name is empty.
    pub(crate) fn stat(&self, path: &str) -> Result<Entry, FileError> {
        let answer = self.ask(Operation::Stat, path, &[])?;
        entries(&answer).pop().ok_or(FileError::MISSING)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        loop {
            let offset = u32::try_from(bytes.len()).map_err(|_| FileError::FULL)?;
            let size = (PIECE as u32).to_le_bytes();
            let piece = self.ask(Operation::Read, path, &[&offset.to_le_bytes(), &size])?;
            let last = piece.len() < PIECE;
            bytes.extend_from_slice(&piece);
            if last {
                return Ok(bytes);
            }
        }
    }

    /// Writes a whole file, in the place of one that is there.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mut at = 0;
        loop {
            let end = bytes.len().min(at + PIECE);
            let offset = u32::try_from(at).map_err(|_| FileError::FULL)?;
            self.ask(
                Operation::Write,
                path,
                &[&offset.to_le_bytes(), &bytes[at..end]],
            )?;
            at = end;
            if at == bytes.len() {
                return Ok(());
            }
        }
    }

    pub(crate) fn make_folder(&self, path: &str) -> Result<(), FileError> {
        self.ask(Operation::MakeFolder, path, &[]).map(drop)
    }

    /// Removes a file, or a folder with all that is in it.
    pub(crate) fn remove(&self, path: &str) -> Result<(), FileError> {
        self.ask(Operation::Remove, path, &[]).map(drop)
    }

    pub(crate) fn rename(&self, path: &str, new: &str) -> Result<(), FileError> {
        self.ask(Operation::Rename, path, &[new.as_bytes()])
            .map(drop)
    }

    /// The size of a block, all blocks, and those that are free.
    pub(crate) fn space(&self) -> Result<[u32; 3], FileError> {
        let answer = self.ask(Operation::Space, "/", &[])?;
        let (words, _) = answer.as_chunks::<4>();
        let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        words.try_into().map_err(|_| FileError::Silent)
    }
}

/// Entries as the board tells them: whether it is a folder (1 byte), size (4), time (8) and a name
/// behind its length (1).
fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some((&[folder, a, b, c, d, e, f, g, h, i, j, k, l, length], rest)) =
        bytes.split_first_chunk::<14>()
    {
        let Some((name, rest)) = rest.split_at_checked(usize::from(length)) else {
            break;
        };
        entries.push(Entry {
            name: String::from_utf8_lossy(name).into_owned(),
            folder: folder != 0,
            size: u32::from_le_bytes([a, b, c, d]),
            modified: u64::from_le_bytes([e, f, g, h, i, j, k, l]),
        });
        bytes = rest;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::{Entry, entries};

    #[test]
    fn entries_are_read_as_far_as_they_are_whole() {
        let mut bytes = vec![1, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3];
        bytes.extend_from_slice(b"lib\0\x05\0\0\0");
        let lib = Entry {
            name: "lib".to_owned(),
            folder: true,
            size: 0,
            modified: 7,
        };
        assert_eq!(entries(&bytes), [lib]);
        assert_eq!(entries(b""), []);
    }
}
