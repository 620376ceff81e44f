//! How a nom parser of this crate fails.

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

use super::options::{MAX_DEPTH, Options};
use crate::error::Error;

pub(super) type Parse<'a, T> = IResult<&'a str, T, Fail>;

/// A problem and where it is, counted in bytes from the end of the text: that is all a parser
/// knows of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fail {
    left: usize,
    problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Expected(&'static str),
    LoneSurrogate(u16),
    NamedCharacter,
    Unhashable(&'static str),
    TooDeep,
    TooManyDigits,
}

impl Fail {
    pub(super) fn new(at: &str, problem: Problem) -> Self {
        Self {
            left: at.len(),
            problem,
        }
    }

    pub(super) fn expected(at: &str, expected: &'static str) -> Self {
        Self::new(at, Problem::Expected(expected))
    }

    pub(super) fn into_error(self, text: &str, options: &Options) -> Error {
        let offset = text.len() - self.left;
        match self.problem {
            Problem::Expected(expected) => Error::Expected { offset, expected },
            Problem::LoneSurrogate(code) => Error::LoneSurrogate { offset, code },
            Problem::NamedCharacter => Error::NamedCharacter { offset },
            Problem::Unhashable(type_name) => Error::Unhashable { offset, type_name },
            Problem::TooDeep => Error::TooDeep {
                offset,
                limit: options.max_depth.min(MAX_DEPTH),
            },
            Problem::TooManyDigits => Error::TooManyDigits {
                offset,
                limit: options.max_digits,
            },
        }
    }
}

/// nom's own parsers say little of what they wanted; [`expected`] says it for them.
impl ParseError<&str> for Fail {
    fn from_error_kind(input: &str, _: ErrorKind) -> Self {
        Self::expected(input, "a literal")
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl From<nom::Err<Fail>> for Fail {
    /// Parsers of this crate see the whole text and never ask for more.
    fn from(error: nom::Err<Fail>) -> Self {
        match error {
            nom::Err::Error(fail) | nom::Err::Failure(fail) => fail,
            nom::Err::Incomplete(_) => Self::expected("", "more text"),
        }
    }
}

/// An error that other alternatives may still mend.
pub(super) fn expected<'a, T>(at: &'a str, what: &'static str) -> Parse<'a, T> {
    Err(nom::Err::Error(Fail::expected(at, what)))
}

/// An error that stands.
pub(super) fn failure<T>(at: &str, problem: Problem) -> Parse<'_, T> {
    Err(nom::Err::Failure(Fail::new(at, problem)))
}
