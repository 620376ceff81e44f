//! What is said about an error.

/// The operation failed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or environment.
pub(crate) const USAGE: u8 = 2;
/// The longest piece of foreign text inside a message, in characters.
const EXCERPT: usize = 200;

/// What an error means for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What to say. May hold control characters from a board, which are escaped when it is said.
    pub explanation: Explanation,
    /// The exit status.
    pub status: u8,
}

/// What to say about an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// Nothing: it is none.
    Nothing,
    /// What the board has to say, such as a traceback.
    Board(String),
    /// What went wrong and where, and what to do.
    Failure {
        /// One line, or a few.
        message: String,
        /// What to do, where there is something.
        hint: Option<String>,
    },
}

impl Diagnosis {
    /// A failure with this status.
    pub(crate) fn failure(status: u8, message: String, hint: Option<String>) -> Self {
        Self {
            explanation: Explanation::Failure { message, hint },
            status,
        }
    }
}

/// The beginning of a foreign text that may be long.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
