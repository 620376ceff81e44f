//! What can go wrong with packages.

use std::path::PathBuf;

use crate::file::FileError;
use crate::git::GitError;
use crate::http::HttpError;
use crate::name::{NameError, PackagePath};
use crate::package_json::PackageJsonError;
use crate::source::SourceError;
use crate::version::RequirementError;

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
