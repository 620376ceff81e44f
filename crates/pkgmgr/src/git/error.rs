//! What can go wrong with repositories.

use crate::file::FileError;
use crate::http::HttpError;
use crate::name::NameError;

/// Why something could not be had from a git repository.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The address cannot be read, or has a scheme other than http, https and file.
    #[error("{url:?} is not an address that git repositories are read from here")]
    Address {
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
    /// A name in the repository is no path that a package may have.
    #[error("{url} holds a file that no package may have")]
    Path {
        /// The address.
        url: String,
        /// What is wrong with the path.
        source: NameError,
    },
    /// A file, or all files together, are larger than allowed.
    #[error("{path:?} in {url} is larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The file or folder.
        path: String,
        /// The most that is allowed, in bytes.
        limit: u64,
    },
    /// There are more files than allowed.
    #[error("{path:?} in {url} holds more than {limit} files")]
    TooMany {
        /// The address.
        url: String,
        /// The folder.
        path: String,
        /// The most that is allowed.
        limit: usize,
    },
    /// The network failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The cache of the repository cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Git itself fails: a broken repository, for example.
    #[error("git cannot read {url}: {reason}")]
    Git {
        /// The address.
        url: String,
        /// What git says.
        reason: String,
    },
}
