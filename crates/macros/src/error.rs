//! Why a Python file gives no struct.

/// What is wrong in the text of a Python file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Error {
    pub(crate) kind: ErrorKind,
    /// In bytes from the start of the text.
    pub(crate) start: usize,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The text cannot be split into tokens.
    Tokens(belay_tokenize::ErrorKind),
    /// Something else was expected in the header of a function.
    Expected(&'static str),
    /// Python has no such order of parameters.
    DefaultMissing { name: String },
    /// Python has each name once.
    DuplicateParameter { name: String },
    /// A default that a caller could leave out only together with all that follow.
    PositionalOnlyDefault { name: String },
    /// A name that is kept for the library or for Python.
    ReservedName { name: String },
    /// The struct has a function of this name already.
    Constructor,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, start: usize) -> Self {
        Self { kind, start }
    }

    /// The message with the file's name and the place in it, both from 1.
    pub(crate) fn message(&self, file: &str, text: &str) -> String {
        let before = belay_tokenize::Error {
            kind: belay_tokenize::ErrorKind::NullByte,
            range: self.start..self.start,
        };
        let place = before.position(text);
        format!("{file}:{}:{}: {}", place.line, place.column, self.kind)
    }
}

impl From<belay_tokenize::Error> for Error {
    fn from(error: belay_tokenize::Error) -> Self {
        Self::new(ErrorKind::Tokens(error.kind), error.range.start)
    }
}

impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tokens(kind) => kind.fmt(f),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::DefaultMissing { name } => {
                write!(
                    f,
                    "`{name}` has no default and follows a parameter that has"
                )
            }
            Self::DuplicateParameter { name } => write!(f, "a second parameter `{name}`"),
            Self::PositionalOnlyDefault { name } => write!(
                f,
                "`{name}` has a default and cannot be given by name; remove the `/`"
            ),
            Self::ReservedName { name } => {
                write!(f, "`{name}` is a name kept for Python or for this library")
            }
            Self::Constructor => {
                f.write_str("`new` makes the struct; give the function another name")
            }
        }
    }
}
