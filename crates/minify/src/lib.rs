//! Make Python source smaller for a microcontroller board, with the same names and the same line
//! numbers.
//!
//! [`minify`] takes out comments, docstrings and needless white space. Every token stays on its
//! line, so that a traceback from the board fits the file on the host. With [`Options::strip`],
//! blank lines and annotations go as well.
//!
//! The language is Python as CPython up to 3.14 and MicroPython write it. The tokenizer is a
//! module of its own, [`tokenize`]; there is no parser behind it, and none is needed: what a
//! statement is, and where a block begins, can be seen from the tokens.
//!
//! # What stays the same
//!
//! What the program does, `__doc__` aside: docstrings are gone, and a program that prints its own
//! `__doc__` prints `None`. Text from an interactive prompt is no program: there, the `0` that
//! stands for a lone `pass` would print itself.
//!
//! # What is checked
//!
//! Only what splitting into tokens needs: strings, brackets, numbers, indentation. A text that is
//! wrong in another way comes out just as wrong. Names with characters beyond ASCII are not
//! compared with Unicode's tables.
//!
//! # Bounds
//!
//! Brackets, blocks and formatted strings may be nested as deep as in CPython ([`MAX_BRACKETS`],
//! [`MAX_INDENT`]). Nesting costs no call stack, and time grows with the length of the text only.

mod decode;
mod error;
mod lexer;
mod minify;
mod token;

pub use decode::decode;
pub use error::{Error, ErrorKind, Position};
pub use lexer::{MAX_BRACKETS, MAX_INDENT, tokenize};
pub use minify::{Options, minify};
pub use token::{Token, TokenKind};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
