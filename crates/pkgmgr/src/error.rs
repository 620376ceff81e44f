//! What can be wrong, as facts.

mod fetch;
mod io;
mod project;

use std::fmt;

pub use fetch::{Chain, ContentError, FetchError, ResolveError};
pub use io::{FileError, GitError, HttpError, HttpPhase};
pub use project::ProjectError;

use crate::config::Mistake;
use crate::location::Location;

/// Why a text is no name of a dependency, or no path inside a package or repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name of a dependency is no Python identifier.
    #[error("{name:?} is not a Python identifier")]
    NotAnIdentifier {
        /// The name.
        name: String,
        /// The nearest identifier.
        suggestion: Option<String>,
    },
    /// The text is longer than any name or path may be.
    #[error("a name or path of {length} bytes is longer than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// The path begins with a slash, a backslash or a drive letter.
    #[error("the path {path:?} is absolute")]
    Absolute {
        /// The path, shortened.
        path: String,
    },
    /// The path leads out of its folder.
    #[error("the path {path:?} leads out of its folder")]
    LeavesFolder {
        /// The path, shortened.
        path: String,
    },
    /// The path holds a backslash, a colon, a control character or one that does not show.
    #[error("the path {path:?} holds the character {character:?}")]
    Character {
        /// The path, shortened.
        path: String,
        /// The character.
        character: char,
    },
    /// A part of the path means something to git or to an operating system.
    #[error("the path {path:?} has the name {part:?}, which git or a system takes for its own")]
    Reserved {
        /// The path, shortened.
        path: String,
        /// The part.
        part: String,
    },
    /// A part of the path is empty, or ends in a dot or a blank.
    #[error("the path {path:?} has the part {part:?}")]
    Part {
        /// The path, shortened.
        path: String,
        /// The part.
        part: String,
    },
}

/// The text is no version as PEP 440 defines it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{version:?} is not a version")]
pub struct VersionError {
    /// The text, shortened.
    pub version: String,
}

/// Why a text is no requirement on a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementError {
    /// It is none of the known forms.
    #[error("{text:?} is not a requirement on a version")]
    Malformed {
        /// The text, shortened.
        text: String,
        /// What was probably meant; it is a requirement.
        suggestion: Option<String>,
    },
    /// The text is longer than any requirement may be.
    #[error("a requirement of {length} bytes is longer than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
}

/// Why a text does not say where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The text is empty.
    #[error("the URI is empty")]
    Empty,
    /// The text is longer than any URI may be.
    #[error("a URI of {length} bytes is longer than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// The text holds a control character.
    #[error("the URI {uri:?} holds the character {character:?}")]
    Character {
        /// The URI, shortened.
        uri: String,
        /// The character.
        character: char,
    },
    /// Nothing is known under what stands before the colon.
    #[error("the scheme {scheme:?} is not known")]
    UnknownScheme {
        /// The scheme.
        scheme: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// The URI does not have the form that its beginning asks for.
    #[error("{uri:?} does not have the form {expected}")]
    Malformed {
        /// The URI, shortened.
        uri: String,
        /// The form.
        expected: &'static str,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// What is asked of the version cannot be read.
    #[error("cannot read which version of {package:?} is asked for")]
    Requirement {
        /// The package.
        package: String,
        /// What is wrong.
        source: RequirementError,
    },
    /// The path inside the repository is none.
    #[error(transparent)]
    Path(#[from] NameError),
    /// The name of the branch, tag or commit is none that git allows.
    #[error("{reference:?} is not the name of a branch, tag or commit")]
    Reference {
        /// The name, shortened.
        reference: String,
    },
    /// The owner or the repository has a name that no forge allows.
    #[error("{repository:?} is not the name of a repository")]
    Repository {
        /// Owner and repository.
        repository: String,
    },
    /// A file of a package names what only the user may name.
    #[error("{uri:?} is not a file that a package may name")]
    Refused {
        /// The URI, shortened.
        uri: String,
    },
    /// An address has a user's name or password in it, which would get into the lock file.
    #[error("the address of {host} has a login in it, which does not belong into a project")]
    Login {
        /// The server.
        host: String,
    },
    /// A forge cannot have this name.
    #[error("a forge cannot be called {name:?}")]
    ForgeName {
        /// The name.
        name: String,
    },
}

/// Why a `package.json` or an index's list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageJsonError {
    /// The file is larger than any should be.
    #[error("{size} bytes are more than the {limit} that are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// The file is not JSON.
    #[error("malformed JSON at line {line}, column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A value is not what the format asks for.
    #[error("{} is not {expected}", if place.is_empty() { "the file" } else { place.as_str() })]
    Shape {
        /// The field and the position in it: `urls[2]`; empty for the whole file.
        place: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A list has more entries than any should have.
    #[error("{place} has {count} entries, more than {limit}")]
    TooMany {
        /// The field.
        place: String,
        /// How many there are.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
    /// A file would be installed under a path that is none.
    #[error("{place} names no path inside the package")]
    Path {
        /// The field and the position in it.
        place: String,
        /// What is wrong with the path.
        source: NameError,
    },
}

/// Why a lock file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The text is no TOML, or holds what no lock file holds.
    #[error("{message}")]
    Malformed {
        /// Where.
        location: Location,
        /// What is wrong.
        message: String,
    },
    /// The file has a format that this version does not read.
    #[error("the lock file has format {found}, and {known} is the one known here")]
    Version {
        /// The format's version.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// Something that there can be one of comes twice.
    #[error("{what:?} comes twice in {dependency}")]
    Duplicate {
        /// A dependency's name, a package's source or a file's path.
        what: String,
        /// Group and name of the dependency.
        dependency: String,
    },
}

/// What is wrong in a `pyproject.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The mistakes, at least one, in the order of the file.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ConfigError {
    /// A line for each mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

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
