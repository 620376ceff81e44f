//! Scalars in their usual form, which are most of what boards print.
//!
//! This is the fast path in front of [`number`](super::number), [`text`](super::text) and
//! [`name`](super::name): it takes what needs no second look, and leaves everything else to them.

use super::fail::{Parse, expected};
use crate::value::Value;

/// A scalar that has not been put on the heap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
}

impl From<Scalar<'_>> for Value {
    #[inline]
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::None => Self::None,
            Scalar::Bool(bool) => Self::Bool(bool),
            Scalar::Int(int) => Self::Int(int),
            Scalar::Float(float) => Self::Float(float),
            Scalar::Str(text) => Self::Str(text.to_owned()),
        }
    }
}

/// A keyword, a number of few digits with a sign perhaps, or a string without escapes. What comes
/// behind it is the caller's to check: it must not be a letter, a digit, a point or a quote.
#[inline]
pub(super) fn scalar(input: &str, max_digits: usize) -> Parse<'_, Scalar<'_>> {
    match input.as_bytes() {
        [quote @ (b'\'' | b'"'), body @ ..] => string(input, *quote, body),
        [b'0'..=b'9', ..] => match plain_number(input.as_bytes(), max_digits) {
            Some((length, number)) => Ok((&input[length..], number)),
            None => expected(input, "a plain number"),
        },
        [b'-', digits @ ..] => match plain_number(digits, max_digits) {
            Some((length, Scalar::Int(int))) => Ok((&input[1 + length..], Scalar::Int(-int))),
            Some((length, Scalar::Float(float))) => {
                Ok((&input[1 + length..], Scalar::Float(-float)))
            }
            _ => expected(input, "a plain number"),
        },
        [b'N', b'o', b'n', b'e', ..] => Ok((&input[4..], Scalar::None)),
        [b'T', b'r', b'u', b'e', ..] => Ok((&input[4..], Scalar::Bool(true))),
        [b'F', b'a', b'l', b's', b'e', ..] => Ok((&input[5..], Scalar::Bool(false))),
        _ => expected(input, "a plain scalar"),
    }
}

#[inline]
fn string<'a>(input: &'a str, quote: u8, body: &[u8]) -> Parse<'a, Scalar<'a>> {
    match body.iter().position(|&byte| super::text::is_stop(byte)) {
        Some(length) if body[length] == quote => {
            let (text, rest) = (&input[1..=length], &input[length + 2..]);
            Ok((rest, Scalar::Str(text)))
        }
        _ => expected(input, "a plain string"),
    }
}

/// Up to 15 digits, perhaps with a point in between.
///
/// Both the digits and a power of ten up to 10^22 are exact as floats, so that their quotient is
/// the float nearest to the text (Clinger, "How to read floating point numbers accurately").
#[inline]
fn plain_number(bytes: &[u8], max_digits: usize) -> Option<(usize, Scalar<'static>)> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    const MOST: usize = POWERS.len() - 1;
    let digits = |from: usize, mut sum: i64| {
        let mut at = from;
        // With one digit too many the sum still fits, and the loop ends.
        while at <= MOST + 1
            && let Some(digit @ b'0'..=b'9') = bytes.get(at)
        {
            sum = sum * 10 + i64::from(digit - b'0');
            at += 1;
        }
        (at, sum)
    };
    let (whole, integer) = digits(0, 0);
    if whole == 0 || whole > MOST {
        return None;
    }
    if bytes.get(whole) == Some(&b'.') {
        let (end, digits) = digits(whole + 1, integer);
        if end > MOST + 1 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "15 digits fit 53 bits")]
        let float = digits as f64 / POWERS[end - whole - 1];
        return Some((end, Scalar::Float(float)));
    }
    // Leading zeros are an error in an integer.
    (whole <= max_digits && (bytes[0] != b'0' || whole == 1))
        .then_some((whole, Scalar::Int(integer)))
}
