//! Split Python source into tokens with byte ranges, as CPython and MicroPython do.
//!
//! [`tokenize`] takes a text apart; [`Lexer`] does it a line at a time, for whoever goes through a
//! text once. The language is Python as CPython up to 3.14 and MicroPython write it. There is no
//! parser behind it: what a statement is, and where a block begins, can be seen from the tokens.
//!
//! # What is checked
//!
//! Only what splitting into tokens needs: strings, brackets, numbers, indentation, and that a
//! semicolon ends a statement. Names with characters beyond ASCII are not compared with Unicode's
//! tables.
//!
//! # Indentation behind a backslash
//!
//! Where a backslash continues a line that holds only white space, that white space is the
//! indentation for CPython, and for this crate. MicroPython takes the indentation of the line where
//! the statement stands. The two are one if the backslash stands in the first column.
//!
//! # Bounds
//!
//! Brackets, blocks and formatted strings may be nested as deep as in CPython ([`MAX_BRACKETS`],
//! [`MAX_INDENT`]). Nesting costs no call stack, and time grows with the length of the text only.

mod decode;
mod error;
mod lexer;
mod spacing;
mod token;

pub use decode::decode;
pub use error::{Error, ErrorKind, Position};
pub use lexer::{Lexer, MAX_BRACKETS, MAX_INDENT, tokenize};
pub use spacing::would_merge;
pub use token::{Token, TokenKind};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
