//! What can go wrong.

use std::fmt;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::edit::EditError;
use crate::file::FileError;
use crate::http::HttpError;
use crate::lock::LockError;
use crate::name::{NameError, PackagePath};
use crate::package_json::PackageJsonError;
use crate::source::SourceError;
use crate::version::RequirementError;

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
    /// No bundle has the library.
    #[error("there is no library {name:?} in {}", bundles.join(", "))]
    NoLibrary {
        /// The library.
        name: String,
        /// Where the bundles are that were asked.
        bundles: Vec<String>,
        /// Libraries with a similar name, best first.
        similar: Vec<String>,
    },
    /// The archive of a bundle is damaged, or holds what it must not.
    #[error("{uri} cannot be unpacked: {reason}")]
    Archive {
        /// Where it is.
        uri: String,
        /// What is wrong with it.
        reason: String,
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
    #[error("{path} of {uri} is not valid: line {line}: {message}")]
    Content {
        /// The package.
        uri: String,
        /// The file.
        path: PackagePath,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
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
    /// An address of a repository cannot be read, or has a scheme other than http, https and file.
    #[error("{url:?} is not an address that git repositories are read from here")]
    GitAddress {
        /// The address.
        url: String,
    },
    /// There is no repository, or it is not for everyone.
    #[error("there is no repository at {url}")]
    NoRepository {
        /// The address.
        url: String,
    },
    /// The repository has no such branch, tag or commit.
    #[error("{url} has no branch, tag or commit {reference:?}")]
    NoReference {
        /// The address.
        url: String,
        /// What was asked for.
        reference: String,
        /// Branches and tags there are: at most 20, by name.
        known: Vec<String>,
    },
    /// The commit has no such file or folder.
    #[error("{url} has no {path:?} at commit {commit}")]
    NoPath {
        /// The address.
        url: String,
        /// What was asked for.
        path: String,
        /// The commit, 40 hexadecimal digits.
        commit: String,
    },
    /// A symbolic link leads out of the repository, in circles, or nowhere.
    #[error(
        "the symbolic link {path:?} in {url} leads to {target:?}, which is not in the repository"
    )]
    Link {
        /// The address.
        url: String,
        /// The link's path in the repository.
        path: String,
        /// Where it leads.
        target: String,
    },
    /// Git itself fails: a broken repository, for example.
    #[error("git cannot read {url}: {reason}")]
    Git {
        /// The address.
        url: String,
        /// What git says.
        reason: String,
    },
    /// A server failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A file of this computer failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Who needs a package: a dependency of the project, what that needs, and so on to the package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain(pub Vec<String>);

impl Chain {
    /// One that is asked for by the project itself.
    pub(crate) fn of(name: &impl fmt::Display) -> Self {
        Self(vec![name.to_string()])
    }
}

impl fmt::Display for Chain {
    /// `a → b → c`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" → "))
    }
}

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
    /// Two packages, two groups, or a development dependency and another one have different files at the
    /// same path, or a file where the other has a folder.
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
                | Self::Package { .. }
                | Self::Cycle { .. }
                | Self::Conflict { .. }
                | Self::Files { .. }
                | Self::Case { .. }
                | Self::Repository { .. }
                | Self::Unsettled { .. }
                | Self::Http(_)
                | Self::File(_)
                | Self::Interrupted
        )
    }
}
