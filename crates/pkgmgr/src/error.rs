//! What can be wrong, as facts.

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
    /// The path holds a backslash, a colon or a control character.
    #[error("the path {path:?} holds the character {character:?}")]
    Character {
        /// The path, shortened.
        path: String,
        /// The character.
        character: char,
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
