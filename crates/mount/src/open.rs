//! Files that a board has open.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use cap_std::fs::{Dir, File, OpenOptions};

use crate::errno;
use crate::folder::Limits;
use crate::held::open_with;

/// What a mode of `open` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a mode allows"
)]
pub(crate) struct Mode {
    read: bool,
    write: bool,
    create: bool,
    new: bool,
    truncate: bool,
}

impl Mode {
    /// A mode as a program writes it; nothing if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plus = text.contains('+');
        let mut kinds = text.chars().filter(|letter| "rwax".contains(*letter));
        let kind = kinds.next().unwrap_or('r');
        if kinds.next().is_some() || !text.chars().all(|letter| "rwax+bt".contains(letter)) {
            return None;
        }
        Some(Self {
            read: plus || kind == 'r',
            write: plus || kind != 'r',
            create: kind != 'r',
            new: kind == 'x',
            truncate: kind == 'w',
        })
    }

    pub(crate) fn writes(self) -> bool {
        self.write
    }
}

#[derive(Debug)]
struct Open {
    file: File,
    mode: Mode,
}

/// Files by the numbers that the board knows them by.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    files: BTreeMap<u64, Open>,
    last: u64,
}

impl OpenFiles {
    /// Closes all.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
    }

    /// Opens a file, and gives its number and its size.
    pub(crate) fn open(
        &mut self,
        root: &Dir,
        path: &str,
        mode: Mode,
        limits: &Limits,
    ) -> Result<(u64, u64), u32> {
        if self.files.len() >= limits.open_files {
            return Err(errno::TOO_MANY_OPEN);
        }
        let mut options = OpenOptions::new();
        options.read(mode.read).write(mode.write);
        options
            .create(mode.create && !mode.new)
            .create_new(mode.new);
        options.truncate(mode.truncate);
        let (entry, file) = open_with(root, path, &mut options)?;
        self.last += 1;
        self.files.insert(self.last, Open { file, mode });
        Ok((self.last, entry.size.unwrap_or(0)))
    }

    /// Up to `count` bytes from `at` on; fewer at the end of the file only.
    pub(crate) fn read(&mut self, number: u64, at: u64, count: u64) -> Result<Vec<u8>, u32> {
        let open = self.files.get_mut(&number).ok_or(errno::BAD_FILE)?;
        if !open.mode.read {
            return Err(errno::BAD_FILE);
        }
        let mut data = Vec::new();
        let sought = open.file.seek(SeekFrom::Start(at));
        sought
            .and_then(|_| (&mut open.file).take(count).read_to_end(&mut data))
            .map_err(|error| errno::of(&error))?;
        Ok(data)
    }

    /// Writes at `at`, of at most `room` bytes that the file may grow by, and gives by how many it has.
    pub(crate) fn write(
        &mut self,
        number: u64,
        at: u64,
        data: &[u8],
        room: u64,
        limits: &Limits,
    ) -> Result<u64, u32> {
        let open = self.files.get_mut(&number).ok_or(errno::BAD_FILE)?;
        if data.is_empty() {
            return Ok(0);
        }
        if !open.mode.write {
            return Err(errno::BAD_FILE);
        }
        let end = at.saturating_add(data.len() as u64);
        if end > limits.file_size {
            return Err(errno::TOO_BIG);
        }
        let size = open
            .file
            .metadata()
            .map_err(|error| errno::of(&error))?
            .len();
        let growth = end.saturating_sub(size);
        if growth > room {
            return Err(errno::NO_SPACE);
        }
        let sought = open.file.seek(SeekFrom::Start(at));
        sought
            .and_then(|_| open.file.write_all(data))
            .map_err(|error| errno::of(&error))?;
        Ok(growth)
    }

    pub(crate) fn close(&mut self, number: u64) {
        self.files.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_as_programs_write_them() {
        for text in ["r", "rb", "", "rt"] {
            let mode = Mode::parse(text).unwrap();
            assert!(mode.read && !mode.write && !mode.create, "{text}");
        }
        for (text, read, truncate, new) in [
            ("w", false, true, false),
            ("w+b", true, true, false),
            ("a", false, false, false),
            ("ab+", true, false, false),
            ("x", false, false, true),
        ] {
            let mode = Mode::parse(text).unwrap();
            assert!(mode.write && mode.create, "{text}");
            assert_eq!(
                (mode.read, mode.truncate, mode.new),
                (read, truncate, new),
                "{text}"
            );
        }
        let update = Mode::parse("r+").unwrap();
        assert!(update.read && update.write && !update.create);
        for text in ["rw", "z", "ww"] {
            assert_eq!(Mode::parse(text), None, "{text}");
        }
    }
}
