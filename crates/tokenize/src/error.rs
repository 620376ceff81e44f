//! Why a text cannot be split into tokens.

use std::ops::Range;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes from the start of the text. May be empty, at the end of the text.
    pub range: Range<usize>,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not UTF-8.
    #[error("invalid utf-8")]
    InvalidUtf8,
    /// A comment in one of the first two lines declares an encoding other than UTF-8.
    #[error("unsupported encoding {name}")]
    UnsupportedEncoding {
        /// The encoding as it is declared.
        name: String,
    },
    /// A null byte, which no Python source may have.
    #[error("null byte")]
    NullByte,
    /// A character that has no meaning outside strings and comments, or a semicolon where no
    /// statement ends.
    #[error("unexpected character {found:?}")]
    UnexpectedCharacter {
        /// The character.
        found: char,
    },
    /// Something other than the end of the line follows a backslash.
    #[error("unexpected character after a backslash")]
    BadContinuation,
    /// A backslash continues a line, and the text ends.
    #[error("unexpected end after a backslash")]
    UnexpectedEnd,
    /// A string whose closing quote is not on its line.
    #[error("unterminated string")]
    UnterminatedString,
    /// A string with three quotes that are not closed.
    #[error("unterminated triple-quoted string")]
    UnterminatedTripleString,
    /// A replacement field of a formatted string that is not closed.
    #[error("replacement field without its '}}'")]
    UnterminatedField,
    /// A `}` in a formatted string that closes nothing and is not doubled.
    #[error("single '}}' in a formatted string")]
    SingleBrace,
    /// A number with a letter, or a second `_`, that does not belong to it.
    #[error("invalid number")]
    InvalidNumber,
    /// A bracket that is not closed.
    #[error("'{open}' is not closed")]
    UnclosedBracket {
        /// The bracket.
        open: char,
    },
    /// A closing bracket without an opening one.
    #[error("unmatched '{close}'")]
    UnmatchedBracket {
        /// The bracket.
        close: char,
    },
    /// A closing bracket of another kind than the one it would close.
    #[error("'{close}' does not match '{open}'")]
    MismatchedBracket {
        /// The bracket that would be closed.
        open: char,
        /// The one that closes.
        close: char,
    },
    /// A line is indented more than the one before, which opens no block.
    #[error("unexpected indent")]
    UnexpectedIndent,
    /// A line ends in a colon and no indented block follows.
    #[error("expected an indented block")]
    ExpectedIndent,
    /// A line is indented less than the one before, and not as any block around it.
    #[error("unindent does not match any outer level")]
    InconsistentDedent,
    /// How two lines are indented depends on the width of a tab.
    #[error("inconsistent tabs and spaces")]
    InconsistentTabs,
    /// Nested deeper than CPython allows.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
}

/// A place as editors show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in its line, from 1.
    pub column: usize,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, range: Range<usize>) -> Self {
        Self { kind, range }
    }

    /// The line and column where the error starts, in the text or bytes that it comes from.
    ///
    /// `\n`, `\r` and `\r\n` end lines. Bytes that are not UTF-8 count as one character for each
    /// piece that a decoder would replace.
    pub fn position(&self, source: impl AsRef<[u8]>) -> Position {
        let source = source.as_ref();
        let before = &source[..self.range.start.min(source.len())];
        let mut line = 1;
        let mut start = 0;
        for (index, &byte) in before.iter().enumerate() {
            // The `\r` of a `\r\n` does not count.
            if byte == b'\n' || byte == b'\r' && source.get(index + 1) != Some(&b'\n') {
                line += 1;
                start = index + 1;
            }
        }
        let text = before[start..]
            .strip_prefix(if start == 0 { BOM } else { b"" })
            .unwrap_or(&before[start..]);
        Position {
            line,
            column: String::from_utf8_lossy(text).chars().count() + 1,
        }
    }
}

/// The byte order mark in UTF-8, which is no part of the first line.
pub(crate) const BOM: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let check = |source: &[u8], offset, line, column| {
            let error = Error::new(ErrorKind::NullByte, offset..offset);
            assert_eq!(error.position(source), Position { line, column });
        };
        check(b"", 0, 1, 1);
        check(b"ab", 2, 1, 3);
        check(b"a\nb", 1, 1, 2);
        check(b"a\nb", 2, 2, 1);
        check(b"a\r\nb\rc", 3, 2, 1);
        check(b"a\r\nb\rc", 5, 3, 1);
        check("\u{feff}aé!".as_bytes(), 6, 1, 3);
        check(b"\n\xff\xffx", 3, 2, 3);
        check(b"a", 9, 1, 2);
    }
}
