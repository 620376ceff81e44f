//! What can go wrong with packages.

use std::fmt;
use std::path::PathBuf;

use super::{
    FileError, GitError, HttpError, NameError, PackageJsonError, RequirementError, SourceError,
};
use crate::name::PackagePath;

/// What is wrong with the content of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ContentError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// Why a package could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No index has the package.
    #[error("there is no package {name:?} in {}", indices.join(", "))]
    NoPackage {
        /// The package.
        name: String,
        /// The indices that were asked.
        indices: Vec<String>,
        /// Packages with a similar name, best first.
        similar: Vec<String>,
    },
    /// The package has no such version in this format.
    #[error("the package {name:?} has no version {requirement} for {format:?}")]
    NoVersion {
        /// The package.
        name: String,
        /// What was asked for.
        requirement: String,
        /// `py`, or the number of an .mpy version.
        format: String,
        /// The versions there are, oldest first.
        known: Vec<String>,
    },
    /// There is no such file or folder on this computer.
    #[error("there is no file or folder {}", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// There is nothing at this place.
    #[error("{uri} is not there")]
    NotFound {
        /// The place.
        uri: String,
    },
    /// A server shows a page where a file was asked for.
    #[error("{url} is a page for a browser, not a file of a package")]
    Page {
        /// The address.
        url: String,
    },
    /// The bytes that came are not those that were promised.
    #[error("{url} has the SHA-256 {found}, not {expected}")]
    Hash {
        /// Where they came from.
        url: String,
        /// The promised SHA-256, or its beginning.
        expected: String,
        /// That of the bytes.
        found: String,
    },
    /// A `package.json` or the list of an index is not as it must be.
    #[error("{uri} cannot be read")]
    PackageJson {
        /// Where it is.
        uri: String,
        /// What is wrong.
        source: PackageJsonError,
    },
    /// A package names a place that it may not name.
    #[error("{uri} names a place that cannot be used")]
    Place {
        /// The package.
        uri: String,
        /// What is wrong with the place.
        source: SourceError,
    },
    /// A package asks for a version that cannot be read.
    #[error("{uri} asks for a version that cannot be read")]
    Requirement {
        /// The package.
        uri: String,
        /// What is wrong.
        source: RequirementError,
    },
    /// A name is no path that a package may have.
    #[error("{uri} holds a file that no package may have")]
    Path {
        /// The package.
        uri: String,
        /// What is wrong with the path.
        source: NameError,
    },
    /// A file is not acceptable.
    #[error("{path} of {uri} is not valid")]
    Content {
        /// The package.
        uri: String,
        /// The file.
        path: PackagePath,
        /// What is wrong with it.
        source: ContentError,
    },
    /// A package is larger than allowed.
    #[error("{uri} is larger than {limit} bytes")]
    TooLarge {
        /// The package or file.
        uri: String,
        /// The most that is allowed, in bytes.
        limit: u64,
    },
    /// A package has more files than allowed.
    #[error("{uri} has more than {limit} files")]
    TooMany {
        /// The package.
        uri: String,
        /// The most that is allowed.
        limit: usize,
    },
    /// The package has only a `manifest.py`, and that cannot be used.
    #[error("{uri} cannot be evaluated: {reason}")]
    Manifest {
        /// The manifest.
        uri: String,
        /// Why not.
        reason: String,
    },
    /// A server failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A repository failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file of this computer failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Who needs a package: a dependency of the project, what that needs, and so on to the package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain(pub Vec<String>);

impl fmt::Display for Chain {
    /// `a → b → c`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" → "))
    }
}

/// Why the dependencies could not be resolved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A package could not be had.
    #[error("cannot get {chain}")]
    Package {
        /// Who needs it.
        chain: Chain,
        /// Why not.
        source: Box<FetchError>,
    },
    /// Packages need one another in a circle.
    #[error("packages need one another in a circle: {chain}")]
    Cycle {
        /// The circle, with the same package at both ends.
        chain: Chain,
    },
    /// No version of a package meets what all ask for.
    #[error("no version of {package:?} meets all that is asked of it")]
    Conflict {
        /// The package.
        package: String,
        /// What is asked for, and by whom.
        wishes: Vec<(String, Chain)>,
        /// The versions there are, oldest first.
        known: Vec<String>,
    },
    /// Two packages have different files at the same path, or a file where the other has a folder.
    #[error("{path} of {first} and of {second} differ")]
    Files {
        /// The path.
        path: String,
        /// Who needs the one package.
        first: Chain,
        /// Who needs the other.
        second: Chain,
    },
    /// Two files or folders have names that many systems take for one.
    #[error("{path} of {second} is {other} of {first} where case does not count")]
    Case {
        /// The one path.
        path: String,
        /// The other.
        other: String,
        /// Who needs the package with the other.
        first: Chain,
        /// Who needs the package with the one.
        second: Chain,
    },
    /// Files of packages are a repository to git, whose configuration would run programs.
    #[error("{path} of {chain} is a part of a git repository")]
    Repository {
        /// The path of its `HEAD`.
        path: String,
        /// Who needs the package.
        chain: Chain,
    },
    /// Packages go on asking for other versions without end.
    #[error("the dependencies do not settle after {rounds} rounds")]
    Unsettled {
        /// How many were tried.
        rounds: usize,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}
