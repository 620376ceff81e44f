//! Names: keywords, the functions of reprs, fields.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{not, peek, recognize};

use super::fail::Parse;

/// An identifier.
pub(super) fn name(input: &str) -> Parse<'_, &str> {
    recognize((
        take_while1(|c: char| c == '_' || c.is_alphabetic()),
        take_while(continues_name),
    ))
    .parse(input)
}

/// Whether a character after a name or a number would belong to it.
pub(super) fn continues_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The `=` between a field and its value, which is no `==`.
pub(super) fn equals(input: &str) -> Parse<'_, char> {
    let (rest, equals) = char('=').parse(input)?;
    peek(not(char('='))).parse(rest)?;
    Ok((rest, equals))
}
