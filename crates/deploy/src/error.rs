//! What can go wrong.

use std::io;
use std::path::PathBuf;

use belay_device::FileFault;
use belay_sync::{
    ApplyError, LocalError, MpyError, PathError, PatternError, PlanError, RemotePath, WantedError,
};

/// Why files were not brought onto a board, or from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call of the board failed.
    #[error(transparent)]
    Device(#[from] belay_device::Error),
    /// Code on the board may not write: a computer has the board's drive, and it cannot be taken away.
    #[error("the file system is read-only: a computer has the board's drive")]
    DriveInUse {
        /// What the drive's `boot_out.txt` has behind `UID:`; empty if the board does not tell.
        uid: String,
    },
    /// Only the computer may write, to the board's drive, and has mounted it so that nobody writes to it.
    #[error(
        "the file system is read-only: the board's drive is mounted at {}, where nobody may write",
        folder.display()
    )]
    DriveReadOnly {
        /// Where.
        folder: PathBuf,
    },
    /// Only the computer may write, and several drives are of boards with the same UID.
    #[error(
        "the file system is read-only, and {} drives here are of boards with the UID {uid}: {}",
        folders.len(),
        folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    SameUid {
        /// The UID.
        uid: String,
        /// Where they are mounted.
        folders: Vec<PathBuf>,
    },
    /// There is no way to make the board hold what it should; it has not been changed.
    #[error(transparent)]
    Plan(Box<PlanError<belay_device::Error>>),
    /// The changes were not made to the end.
    #[error(transparent)]
    Apply(Box<ApplyError<belay_device::Error>>),
    /// The local folder cannot be made into what the board is to have.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// A pattern of what is left out is none.
    #[error(transparent)]
    Ignore(#[from] PatternError),
    /// A path on the board is none.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A pattern for names on the board is none.
    #[error(":{path} is no pattern: {message}")]
    Pattern {
        /// The pattern.
        path: RemotePath,
        /// What is wrong with it.
        message: String,
    },
    /// There is nothing on the board at a path, or that matches a pattern.
    #[error("there is no :{path} on the board")]
    NotFound {
        /// The path or pattern.
        path: RemotePath,
    },
    /// The folder that something is to be created in is not there.
    #[error("there is no folder for :{path} on the board")]
    NoFolder {
        /// What was to be created.
        path: RemotePath,
    },
    /// There is something on the board already.
    #[error(":{path} exists already")]
    Exists {
        /// Where.
        path: RemotePath,
    },
    /// A file of the board is needed, and this is a folder.
    #[error(":{path} is a folder")]
    IsAFolder {
        /// The folder.
        path: RemotePath,
    },
    /// A folder of the board is needed, and this is a file.
    #[error(":{path} is a file")]
    IsAFile {
        /// The file.
        path: RemotePath,
    },
    /// A folder would be moved to where it is itself.
    #[error(":{path} cannot become :{target}, which lies in it")]
    IntoItself {
        /// The folder.
        path: RemotePath,
        /// Where it was to go.
        target: RemotePath,
    },
    /// Two sources would get the same name in the same folder.
    #[error("{} and {} would both become {target}", sources[0], sources[1])]
    SameTarget {
        /// The two, as the user writes them.
        sources: [String; 2],
        /// What they would become.
        target: String,
    },
    /// A file of this computer is needed, and this is a folder.
    #[error("{} is a folder", path.display())]
    IsALocalFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A name on the board would lead out of the folder it is copied to.
    #[error("{name:?} cannot be the name of a file here")]
    BadLocalName {
        /// The name.
        name: String,
    },
    /// A file on this computer cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's word.
        source: io::Error,
    },
    /// A file or folder on this computer could not be written.
    #[error("{} was not written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's word.
        source: io::Error,
    },
    /// A compiled file is for other boards.
    #[error("{}: {source}", path.display())]
    Mpy {
        /// The file, as it is here.
        path: PathBuf,
        /// What is wrong with it.
        source: MpyError,
    },
}

impl Error {
    /// Whether the board's file system takes no changes as things are.
    pub fn is_read_only(&self) -> bool {
        let refused = |error: &belay_device::Error| {
            let belay_device::Error::File { fault, .. } = error else {
                return false;
            };
            matches!(fault, FileFault::ReadOnly)
        };
        match self {
            Self::Device(error) => refused(error),
            Self::Plan(error) => matches!(**error, PlanError::ReadOnly { .. }),
            Self::Apply(error) => {
                matches!(&**error, ApplyError::Remote { source, .. } if refused(source))
            }
            _ => false,
        }
    }

    /// Whether something is wrong with what was asked for, rather than with the board or the files: a
    /// folder that is not there, a path or pattern that is none.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Local(LocalError::Io { .. })
                | Self::Ignore(_)
                | Self::Path(_)
                | Self::Pattern { .. }
                | Self::IsAFolder { .. }
                | Self::IsALocalFolder { .. }
                | Self::Read { .. }
                | Self::Write { .. }
        )
    }
}

impl From<Error> for belay_device::Error {
    /// For what a session [remembers](belay_device::Device::remember).
    fn from(error: Error) -> Self {
        match error {
            Error::Device(error) => error,
            other => Self::Remembered(Box::new(other)),
        }
    }
}

impl From<PlanError<belay_device::Error>> for Error {
    fn from(error: PlanError<belay_device::Error>) -> Self {
        match error {
            PlanError::Remote { source } => Self::Device(source),
            other => Self::Plan(Box::new(other)),
        }
    }
}

impl From<ApplyError<belay_device::Error>> for Error {
    fn from(error: ApplyError<belay_device::Error>) -> Self {
        Self::Apply(Box::new(error))
    }
}

impl From<WantedError> for Error {
    fn from(error: WantedError) -> Self {
        Self::Local(error.into())
    }
}
