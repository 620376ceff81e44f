//! Why packages do not come together.

use std::fmt;

use crate::fetch::FetchError;

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
