//! Why a change of `pyproject.toml` cannot be made.

use crate::location::Location;

/// Why a change of `pyproject.toml` cannot be made. The file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file is no TOML.
    #[error("{location}: {message}")]
    Malformed {
        /// Where.
        location: Location,
        /// What the parser says.
        message: String,
    },
    /// There is such a dependency already.
    #[error("the group {group:?} has a dependency {name:?}")]
    Exists {
        /// The dependency.
        name: String,
        /// The group.
        group: String,
    },
    /// Another device has this name.
    #[error("there is a device {name:?} already")]
    Named {
        /// The name.
        name: String,
    },
    /// There is no such dependency.
    #[error("the group {group:?} has no dependency {name:?}")]
    Missing {
        /// The dependency.
        name: String,
        /// The group.
        group: String,
        /// The groups that have one of this name.
        elsewhere: Vec<String>,
        /// The dependency of the group that was probably meant.
        suggestion: Option<String>,
    },
    /// The name of a group cannot be that of a folder.
    #[error("a group cannot be called {group:?}")]
    GroupName {
        /// The name.
        group: String,
    },
    /// The file is that of a project already.
    #[error("there is a table [tool.belay]")]
    Declared,
    /// Something that must be a table is none.
    #[error("{location}: {key:?} is not a table")]
    NotATable {
        /// The key, with those of the tables around it.
        key: String,
        /// Where.
        location: Location,
    },
    /// The file is written in a way that the change cannot be made in without writing it anew.
    #[error("the change cannot be made without writing the file anew")]
    Impossible {
        /// Where the change would begin.
        location: Location,
    },
}
