//! Parse, write and (de)serialize Python literals, with the extra forms that MicroPython prints.
//!
//! A board answers an expression with its `repr`. This crate turns that text into a [`Value`] or
//! into any type that implements [`serde::Deserialize`], and turns values back into text that is
//! equal to CPython's `repr`. It never evaluates anything.
//!
//! # What is a literal
//!
//! Everything `ast.literal_eval` of CPython 3.11 accepts, save two forms that are refused with an
//! error of their own: `\N{…}` escapes ([`Error::NamedCharacter`]) and surrogates, which a Rust
//! string cannot hold ([`Error::LoneSurrogate`]). On top of that, what MicroPython and CPython
//! print for values that have no literal: `bytearray(b'…')`, `array('H', […])`,
//! `OrderedDict({…})` and `OrderedDict([…])`, `frozenset({…})`, `range(0, 3)`, `dict_keys([…])`
//! and the other views, `inf`, `nan`, `Ellipsis`, named tuples `P(x=1, y=2)`, and the nameless
//! ones that `os.uname()` prints on a board, `(sysname='rp2', …)`. Indentation is not an error.
//!
//! Everything else, such as `<function f at 0x3000>` or `ValueError('x',)`, is not a literal.
//! [`parse_or_text`] keeps such text instead of failing.
//!
//! # Bounds
//!
//! Text from a board is not trusted. The parser keeps its own stack, so nesting costs no call
//! stack, and [`Options`] bound the depth, the length of the text and the digits of an integer.

#![allow(
    clippy::similar_names,
    reason = "a range has a stop and a step, and what is closed had a closer"
)]

mod de;
mod error;
mod format;
mod parse;
mod ser;
mod special;
mod value;

pub use de::{from_str, from_str_with, from_value};
pub use error::Error;
pub use num_bigint::BigInt;
pub use parse::{MAX_DEPTH, Options, Parsed, parse, parse_bytes, parse_or_text, parse_with};
pub use ser::{to_string, to_value};
pub use value::{Array, Complex, NamedTuple, Range, Value};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
