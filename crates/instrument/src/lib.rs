//! Rewrite Python for a microcontroller board so that assertions report their parts and lines that
//! they ran.
//!
//! [`instrument`] inserts text and changes none: every token stays on its line, so that tracebacks
//! fit the file on the host, and what the program does stays the same. It looks at the tokens of
//! `belay-tokenize` and at what they say of statements and blocks; there is no grammar behind it.
//! What it does not understand, it leaves as it is, whole files included.
//!
//! # What the board needs
//!
//! Three names, as globals of the code or among the built-in functions:
//!
//! | name | how it is used |
//! |---|---|
//! | `_belay_h` | `_belay_h[N]=1`: mark `N` has been reached |
//! | `_belay_e` | `_belay_e(N,0)`: the same in an expression; gives the second argument |
//! | `_belay_a` | `_belay_a(N,…)`: assertion `N` has failed; gives something false. The values of its parts follow, `_belay_a` itself for one that was not evaluated |
//!
//! [`BOARD`] is a program that makes them. Marks allocate nothing, so that interrupt handlers may
//! be rewritten as well.
//!
//! # What is left as it is
//!
//! - The bodies of functions for `@micropython.viper` and the inline assemblers.
//! - Assertions whose condition is more than this crate's idea of an expression, and what is in
//!   lambdas and comprehensions: it has no value of its own.
//!
//! Names `_belay_0`, `_belay_1`, … are assigned where an assertion stands: in a function they are
//! local, in a module or a class they are attributes. They need `:=`, which MicroPython has since
//! version 1.13.

mod assertion;
mod board;
mod constant;
mod edits;
mod explain;
mod expression;
mod flow;
mod instrument;
mod lines;
mod outline;

pub use assertion::Assertion;
pub use board::BOARD;
pub use instrument::{Instrumented, Mark, Options, instrument};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
