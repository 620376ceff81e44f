//! Strings and bytes.

mod escape;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;

use super::fail::{Parse, expected};
use super::space;
use crate::value::Value;
use escape::Target;

/// The letters in front of the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prefix {
    length: usize,
    bytes: bool,
    raw: bool,
}

impl Prefix {
    /// The prefix of a literal that starts here, if one does.
    fn of(input: &str) -> Option<Self> {
        let (length, bytes, raw) = match input.as_bytes() {
            [b'\'' | b'"', ..] => (0, false, false),
            [first, b'\'' | b'"', ..] => match first {
                b'b' | b'B' => (1, true, false),
                b'r' | b'R' => (1, false, true),
                b'u' | b'U' => (1, false, false),
                _ => return None,
            },
            [first, second, b'\'' | b'"', ..] => match (first, second) {
                (b'b' | b'B', b'r' | b'R') | (b'r' | b'R', b'b' | b'B') => (2, true, true),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { length, bytes, raw })
    }
}

/// Whether a string or bytes literal starts here.
pub(super) fn starts(input: &str) -> bool {
    Prefix::of(input).is_some()
}

/// A string or bytes literal, or several in a row, which are one. `lines` says whether they may
/// stand on lines of their own.
pub(super) fn text(input: &str, lines: bool) -> Parse<'_, Value> {
    let Some(prefix) = Prefix::of(input) else {
        return expected(input, "a string");
    };
    if prefix.bytes {
        let (rest, bytes) = row::<Vec<u8>>(input, prefix, lines)?;
        Ok((rest, Value::Bytes(bytes)))
    } else {
        let (rest, text) = row::<String>(input, prefix, lines)?;
        Ok((rest, Value::Str(text)))
    }
}

fn row<T: Target>(input: &str, first: Prefix, lines: bool) -> Parse<'_, T> {
    let mut target = T::default();
    let (mut rest, ()) = literal(input, first, &mut target)?;
    loop {
        if let [b',' | b':' | b']' | b'}' | b')', ..] = rest.as_bytes() {
            return Ok((rest, target));
        }
        let next = space::skip(rest, lines);
        match Prefix::of(next) {
            Some(prefix) if prefix.bytes == first.bytes => {
                (rest, ()) = literal(next, prefix, &mut target)?;
            }
            Some(_) => return expected(next, "no mix of strings and bytes"),
            None => return Ok((rest, target)),
        }
    }
}

fn literal<'a, T: Target>(input: &'a str, prefix: Prefix, target: &mut T) -> Parse<'a, ()> {
    let (body, quotes) =
        alt((tag("'''"), tag("\"\"\""), tag("'"), tag("\""))).parse(&input[prefix.length..])?;
    let mut rest = body;
    loop {
        let stop = rest.bytes().position(is_stop).unwrap_or(rest.len());
        target.push(rest, stop)?;
        rest = &rest[stop..];
        match rest.as_bytes() {
            [] => return expected(input, "a string with an end"),
            [b'\'' | b'"', ..] if rest.starts_with(quotes) => {
                return Ok((&rest[quotes.len()..], ()));
            }
            [b'\\', ..] => (rest, ()) = backslash(rest, prefix, target)?,
            [b'\r' | b'\n', ..] if quotes.len() == 1 => {
                return expected(rest, "the end of a string before the end of the line");
            }
            // CPython reads every kind of line end as one line feed.
            [b'\r', tail @ ..] => {
                target.push_byte(b'\n');
                rest = &rest[1 + usize::from(tail.starts_with(b"\n"))..];
            }
            [0, ..] => return expected(rest, "no zero byte"),
            [byte, ..] => {
                target.push_byte(*byte);
                rest = &rest[1..];
            }
        }
    }
}

/// A backslash in a literal and what it makes of the character behind it.
fn backslash<'a, T: Target>(input: &'a str, prefix: Prefix, target: &mut T) -> Parse<'a, ()> {
    if !prefix.raw {
        return escape::escape(input, target);
    }
    target.push_byte(b'\\');
    // In a raw literal the character behind stays as well, but a quote does not end the literal.
    let rest = &input[1..];
    match rest.as_bytes() {
        [quote @ (b'\'' | b'"' | b'\\'), ..] => {
            target.push_byte(*quote);
            Ok((&rest[1..], ()))
        }
        [b'\r', b'\n', ..] => {
            target.push_byte(b'\n');
            Ok((&rest[2..], ()))
        }
        [b'\r' | b'\n', ..] => {
            target.push_byte(b'\n');
            Ok((&rest[1..], ()))
        }
        _ => Ok((rest, ())),
    }
}

/// Whether the byte may end a run of characters that stand for themselves.
#[inline]
pub(super) fn is_stop(byte: u8) -> bool {
    const STOPS: [bool; 256] = {
        let mut stops = [false; 256];
        let bytes = b"'\"\\\r\n\0";
        let mut at = 0;
        while at < bytes.len() {
            stops[bytes[at] as usize] = true;
            at += 1;
        }
        stops
    };
    STOPS[usize::from(byte)]
}
