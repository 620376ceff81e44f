//! The flash image of a board.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::Error;
use crate::running::RunningBoard;

/// Where a board keeps its flash, and how that is laid out.
///
/// The image holds a LittleFS version 2, made when the image is new or blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    place: Place,
    block_size: u32,
    block_count: u32,
    erased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Copy(PathBuf),
    Temporary,
}

/// How much the flash of a board has been used since the board was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlashCounters {
    /// Blocks erased.
    pub erases: u64,
    /// Program operations.
    pub programs: u64,
    /// Bytes programmed.
    pub programmed_bytes: u64,
}

impl Default for Flash {
    /// A temporary flash of 2 MiB.
    fn default() -> Self {
        Self::temporary()
    }
}

impl Flash {
    /// A flash that lasts as long as the board: resets keep it, dropping the board deletes it.
    pub fn temporary() -> Self {
        Self {
            place: Place::Temporary,
            block_size: 4096,
            block_count: 512,
            erased: false,
        }
    }

    /// A flash in the file at `path`, which is made, with its folders, when it is not there.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::File(path.into()),
            ..Self::temporary()
        }
    }

    /// A flash that lasts as long as the board, and begins as a copy of the image at `path`.
    pub fn copy_of(path: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Copy(path.into()),
            ..Self::temporary()
        }
    }

    /// Sets the size of an erase block in bytes and the number of blocks; 4096 and 512 unless
    /// set. An existing image must have that size.
    ///
    /// # Panics
    /// When the block size is no power of two from 256 to 65,536, or there are fewer than
    /// four blocks.
    #[must_use]
    pub fn geometry(mut self, block_size: u32, block_count: u32) -> Self {
        assert!(
            block_size.is_power_of_two() && (256..=65_536).contains(&block_size),
            "a block of {block_size} bytes is no erase block"
        );
        assert!(block_count >= 4, "{block_count} blocks hold no file system");
        self.block_size = block_size;
        self.block_count = block_count;
        self
    }

    /// Erases what is in the flash when the board is powered on.
    #[must_use]
    pub fn erased(mut self) -> Self {
        self.erased = true;
        self
    }

    /// The size of the flash in bytes.
    pub fn size(&self) -> u64 {
        u64::from(self.block_size) * u64::from(self.block_count)
    }

    /// Opens the file of an image for this process alone.
    pub(crate) fn lock(path: &Path) -> Result<File, Error> {
        let failed = |source| Error::Flash {
            path: path.to_owned(),
            source,
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::FlashInUse {
                running: RunningBoard::of(path),
                path: path.to_owned(),
            }),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Opens and locks the image; `folder` is where a temporary one lives.
    pub(crate) fn open(&self, folder: &Path) -> Result<Image, Error> {
        let path = match &self.place {
            Place::File(path) => path.clone(),
            Place::Temporary | Place::Copy(_) => folder.join("flash"),
        };
        let failed = |source| Error::Flash {
            path: path.clone(),
            source,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if let Place::Copy(from) = &self.place {
            fs::copy(from, &path).map_err(|source| Error::Flash {
                path: from.clone(),
                source,
            })?;
        }
        let mut file = Self::lock(&path)?;
        if self.erased {
            file.set_len(0).map_err(failed)?;
        }
        let found = file.metadata().map_err(failed)?.len();
        if found == 0 && matches!(self.place, Place::Copy(_)) && !self.erased {
            return Err(Error::FlashSize {
                path,
                expected: self.size(),
                found,
            });
        }
        if found == 0 {
            fill(&mut file, self.size()).map_err(failed)?;
        } else if found != self.size() {
            return Err(Error::FlashSize {
                path,
                expected: self.size(),
                found,
            });
        }
        Ok(Image {
            path: path.canonicalize().map_err(failed)?,
            block_size: self.block_size,
            block_count: self.block_count,
            lock: file,
        })
    }
}

/// An image that this process holds the lock of.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) path: PathBuf,
    pub(crate) block_size: u32,
    pub(crate) block_count: u32,
    lock: File,
}

impl Drop for Image {
    fn drop(&mut self) {
        RunningBoard::withdraw(&self.path);
        // Closing alone would leave the lock to a process that is being started elsewhere in
        // this one, and has a copy of the file descriptor up to its exec.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

fn fill(file: &mut File, size: u64) -> io::Result<()> {
    let erased = [0xff; 4096];
    let mut left = size;
    while left > 0 {
        let piece = left.min(erased.len() as u64);
        file.write_all(&erased[..usize::try_from(piece).unwrap_or(erased.len())])?;
        left -= piece;
    }
    Ok(())
}

/// Reads the counters that the block device keeps in a file.
pub(crate) fn read_counters(path: &Path) -> io::Result<FlashCounters> {
    let bytes = fs::read(path)?;
    let word = |n: usize| {
        bytes
            .get(n * 8..n * 8 + 8)
            .and_then(|word| word.try_into().ok())
            .map_or(0, u64::from_le_bytes)
    };
    Ok(FlashCounters {
        erases: word(0),
        programs: word(1),
        programmed_bytes: word(2),
    })
}
