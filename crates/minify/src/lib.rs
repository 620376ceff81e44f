//! Make Python source smaller for a microcontroller board, with the same names and the same line
//! numbers.
//!
//! [`minify`] takes out comments, docstrings and needless white space. Every token stays on its
//! line, so that a traceback from the board fits the file on the host. With [`Options::strip`],
//! blank lines and annotations go as well.
//!
//! The language, what is checked and how deep things may be nested is `belay-tokenize`'s affair: a
//! text becomes smaller if it can be split into tokens. There is no parser behind that.
//!
//! # What stays the same
//!
//! What the program does, `__doc__` aside: docstrings are gone, and a program that prints its own
//! `__doc__` prints `None`. Text from an interactive prompt is no program: there, the `0` that
//! stands for a lone `pass` would print itself.
//!
//! A text that is wrong in a way that the tokens do not show comes out just as wrong.

mod minify;

pub use minify::{Options, minify};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
