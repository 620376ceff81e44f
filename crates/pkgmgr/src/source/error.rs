//! Why a text is no source.

use crate::name::NameError;
use crate::version::RequirementError;

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
