//! What may stand between tokens.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, line_ending};
use nom::combinator::{not, recognize};
use nom::multi::many0_count;
use nom::sequence::preceded;

use super::fail::{Fail, Parse};

/// Skips blanks, and line ends and comments where a line may end: inside of brackets, and around
/// the whole literal.
#[inline]
pub(super) fn skip(input: &str, lines: bool) -> &str {
    match input.as_bytes() {
        [] | [b'!'..=b'"' | b'$'..=b'[' | b']'..=b'~', ..] => input,
        [b' ', b'!'..=b'"' | b'$'..=b'[' | b']'..=b'~', ..] => &input[1..],
        _ => skip_all(input, lines),
    }
}

fn skip_all(input: &str, lines: bool) -> &str {
    let rest = if lines {
        many0_count(alt((blanks, continuation, newline, comment))).parse(input)
    } else {
        many0_count(alt((blanks, continuation))).parse(input)
    };
    rest.map_or(input, |(rest, _)| rest)
}

/// CPython takes a form feed for a blank, and a vertical tab for an error.
fn blanks(input: &str) -> Parse<'_, &str> {
    take_while1(|c| matches!(c, ' ' | '\t' | '\x0c')).parse(input)
}

/// A backslash joins a line with the next, which must be there.
fn continuation(input: &str) -> Parse<'_, &str> {
    let (rest, joined) = recognize((char('\\'), newline)).parse(input)?;
    not(nom::combinator::eof::<_, Fail>).parse(rest)?;
    Ok((rest, joined))
}

fn newline(input: &str) -> Parse<'_, &str> {
    alt((line_ending, tag("\r"))).parse(input)
}

fn comment(input: &str) -> Parse<'_, &str> {
    preceded(char('#'), take_while(|c| !matches!(c, '\n' | '\r' | '\0'))).parse(input)
}
