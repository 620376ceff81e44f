//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

use crate::{RelativePath, RemotePath, Report};

/// What a transformation of a file may fail with.
pub type TransformError = Box<dyn std::error::Error + Send + Sync>;

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Nothing is left without `!` and `/`.
    #[error("the pattern {pattern:?} names nothing")]
    Empty {
        /// The text.
        pattern: String,
    },
    /// A backslash has nothing to escape.
    #[error("the pattern {pattern:?} ends in a backslash")]
    TrailingBackslash {
        /// The text.
        pattern: String,
    },
    /// A bracket is not closed.
    #[error("the pattern {pattern:?} has a `[` without `]`")]
    OpenClass {
        /// The text.
        pattern: String,
    },
    /// There is no such named class.
    #[error("the pattern {pattern:?} has the unknown class [:{name}:]")]
    UnknownClass {
        /// The text.
        pattern: String,
        /// The name of the class.
        name: String,
    },
    /// The text can match no path.
    #[error("the pattern {pattern:?} matches nothing")]
    Malformed {
        /// The text.
        pattern: String,
    },
    /// All patterns together are too much to compile.
    #[error("the patterns are too large")]
    TooLarge,
}

/// Why files cannot be wanted together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WantedError {
    /// Two files are to have the same path.
    #[error("{first} and {second} would both become {path}")]
    Collision {
        /// The path.
        path: RelativePath,
        /// The file that was there first, by the path it comes from.
        first: String,
        /// The other file.
        second: String,
    },
    /// A file is to be where a folder is.
    #[error("{origin} would become {path}, which is a folder too")]
    FileAndFolder {
        /// The path of both.
        path: RelativePath,
        /// Where the file comes from.
        origin: String,
    },
}

/// Why a local folder cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// A file or folder could not be read; it may have gone in the meantime.
    #[error("cannot read {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A symbolic link leads nowhere.
    #[error("the link {} leads nowhere", path.display())]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// A symbolic link leads to a folder it lies in.
    #[error("the link {} leads back to {}", path.display(), ancestor.display())]
    Loop {
        /// The link.
        path: PathBuf,
        /// The folder.
        ancestor: PathBuf,
    },
    /// A name cannot be told to a board: it is not UTF-8.
    #[error("the name of {} is not UTF-8", path.display())]
    Name {
        /// Which.
        path: PathBuf,
    },
    /// Neither a file nor a folder.
    #[error("{} is neither a file nor a folder", path.display())]
    Special {
        /// Which.
        path: PathBuf,
    },
    /// A file in one of two trees is a folder in the other.
    #[error("{} is a folder elsewhere", path.display())]
    FileAndFolder {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be made into what the board gets.
    #[error("cannot convert {}", path.display())]
    Transform {
        /// Which.
        path: PathBuf,
        /// Why.
        source: TransformError,
    },
    /// Two files would be one.
    #[error(transparent)]
    Wanted(#[from] WantedError),
}

impl LocalError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// `folder` is where the walk began.
    pub(crate) fn walk(folder: &Path, error: walkdir::Error) -> Self {
        let path = error.path().unwrap_or(folder).to_owned();
        if let Some(ancestor) = error.loop_ancestor() {
            return Self::Loop {
                ancestor: ancestor.to_owned(),
                path,
            };
        }
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_symlink());
        let other = io::ErrorKind::Other;
        let source = error.into_io_error().unwrap_or_else(|| other.into());
        if is_link && source.kind() == io::ErrorKind::NotFound {
            return Self::Dangling { path };
        }
        Self::Io { path, source }
    }
}

/// Why there is no plan. Nothing on the board has been changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError<E: std::error::Error + 'static> {
    /// The board could not be asked.
    #[error("cannot see what is on the board")]
    Remote {
        /// Why.
        source: E,
    },
    /// A keep rule is no pattern.
    #[error("bad keep rule")]
    Keep {
        /// Why.
        #[from]
        source: PatternError,
    },
    /// The board's answers contradict each other or the question.
    #[error("the board's list of files makes no sense at {path}")]
    Listing {
        /// The first path at which they do.
        path: RemotePath,
    },
    /// The board gave another number of digests than asked for.
    #[error("{given} digests from the board, {asked} were asked for")]
    Digests {
        /// Files asked about.
        asked: usize,
        /// Answers.
        given: usize,
    },
    /// There are changes, and the file system takes none.
    #[error("the board's file system is read-only")]
    ReadOnly {
        /// How many changes.
        changes: usize,
    },
    /// What is wanted cannot fit, even for the shortest time.
    #[error("{needed} bytes needed on the board, {free} are free")]
    NoSpace {
        /// Bytes that are in use at most, beside what is in use now: a file that is replaced is there
        /// twice for a while, and what is not wanted goes last.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// Bytes that the deletes at the end would free.
        freed_at_the_end: u64,
    },
    /// A path is longer than the board takes.
    #[error("the path {path} has {length} bytes, the board takes {limit}")]
    PathTooLong {
        /// The path.
        path: RemotePath,
        /// Its length in bytes of UTF-8.
        length: usize,
        /// The longest the board takes.
        limit: usize,
    },
    /// A name is longer than the board's file system takes.
    #[error("the last part of {path} has {length} bytes, the board takes {limit}")]
    NameTooLong {
        /// The path.
        path: RemotePath,
        /// The length of its last part in bytes of UTF-8.
        length: usize,
        /// The longest the board takes.
        limit: usize,
    },
    /// A folder must go for a file, or the other way round, and a keep rule forbids it.
    #[error("{wanted} cannot be put in its place: {kept} is to be kept")]
    KeptInTheWay {
        /// What is wanted.
        wanted: RemotePath,
        /// What is kept: the same path or one below it.
        kept: RemotePath,
    },
}

/// Why a plan was not carried out to the end. The next run takes up where this one ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError<E: std::error::Error + 'static> {
    /// The caller's closure asked for the end.
    #[error("interrupted after {} of {} changes", report.done.len(), report.changes)]
    Interrupted {
        /// What has been done.
        report: Report,
    },
    /// The board failed.
    #[error("failed after {} of {} changes", report.done.len(), report.changes)]
    Remote {
        /// Why.
        source: E,
        /// What has been done.
        report: Report,
    },
}

/// What a [`MemoryRemote`](crate::MemoryRemote) fails with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The connection was lost, as had been ordered.
    #[error("the connection was lost")]
    Lost,
    /// The caller's closure asked for the end.
    #[error("interrupted")]
    Interrupted,
    /// The file system takes no changes.
    #[error("the file system is read-only")]
    ReadOnly,
    /// There is no room for a file or folder.
    #[error("no room for {path}")]
    NoSpace {
        /// Which.
        path: RemotePath,
    },
    /// The folder that something should go into is not there.
    #[error("{path} lies in no folder")]
    NoFolder {
        /// What should go there.
        path: RemotePath,
    },
    /// A folder where a file was expected.
    #[error("{path} is a folder")]
    IsAFolder {
        /// Which.
        path: RemotePath,
    },
    /// A file where a folder was expected.
    #[error("{path} is a file")]
    IsAFile {
        /// Which.
        path: RemotePath,
    },
    /// A folder to be deleted holds something.
    #[error("{path} is not empty")]
    NotEmpty {
        /// Which.
        path: RemotePath,
    },
}
