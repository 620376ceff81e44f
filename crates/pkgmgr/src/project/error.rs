//! What can go wrong with a project.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::edit::EditError;
use crate::fetch::FetchError;
use crate::file::FileError;
use crate::http::HttpError;
use crate::lock::LockError;
use crate::name::NameError;
use crate::resolve::ResolveError;
use crate::source::SourceError;

/// Why an operation on a project failed. Unless a variant says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// Neither the folder nor one above it has a `pyproject.toml`.
    #[error("there is no pyproject.toml in {} or above", start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// The settings of the project cannot be used.
    #[error("{} has mistakes", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// All of them.
        source: ConfigError,
    },
    /// The lock file cannot be used.
    #[error("{} cannot be used", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: LockError,
    },
    /// `pyproject.toml` cannot be changed as asked.
    #[error("{} cannot be changed", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: EditError,
    },
    /// The project keeps its dependencies outside of its own folder.
    #[error("the dependencies cannot be kept in {}, which is not inside the project", path.display())]
    DependenciesPath {
        /// The folder.
        path: PathBuf,
    },
    /// A URI cannot be read.
    #[error("{uri:?} is no source of a dependency")]
    Source {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        source: SourceError,
    },
    /// A dependency needs a name, and its URI does not give one.
    #[error("{uri:?} does not say how the dependency is to be called")]
    NoName {
        /// The URI.
        uri: String,
    },
    /// A dependency's name is no identifier, or its folder's path is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Only what lies on this computer can be read afresh at each install.
    #[error("{uri:?} is not on this computer and cannot be developed")]
    NotLocal {
        /// The URI.
        uri: String,
    },
    /// The project has no such dependencies.
    #[error("there is no dependency {}", names.join(", "))]
    Unknown {
        /// The names.
        names: Vec<String>,
        /// The dependencies there are.
        known: Vec<String>,
    },
    /// The project has no such group.
    #[error("there is no group {name:?}")]
    NoGroup {
        /// The name.
        name: String,
        /// The groups there are.
        known: Vec<String>,
    },
    /// `belay.lock`, `pyproject.toml` and the dependencies in the project do not agree.
    #[error("the lock file does not agree with {}", differences.join(", "))]
    Differs {
        /// What differs: dependencies as `group/name`, files as `group/path`.
        differences: Vec<String>,
    },
    /// Two groups, or a development dependency and another one, have different files for one place.
    #[error("{path} of {first} and of {second} differ")]
    Collision {
        /// The path in the library folder.
        path: String,
        /// Where the one comes from.
        first: String,
        /// Where the other comes from.
        second: String,
    },
    /// The dependencies cannot be resolved.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A dependency cannot be had.
    #[error("cannot get {name}")]
    Fetch {
        /// The dependency.
        name: String,
        /// Why not.
        source: Box<FetchError>,
    },
    /// A server cannot be used.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A file of this computer failed. What was under way is finished by the next operation, if it
    /// had got so far that files of the project were being replaced.
    #[error(transparent)]
    File(#[from] FileError),
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl ProjectError {
    /// Whether something is wrong with what was asked for, or with the project's own files, so that
    /// asking again is of no use.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::Differs { .. }
                | Self::Collision { .. }
                | Self::Resolve(_)
                | Self::Fetch { .. }
                | Self::Http(_)
                | Self::File(_)
                | Self::Interrupted
        )
    }
}
