//! Numbers without a sign.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{opt, recognize};
use nom::multi::{many0_count, many1_count};
use num_bigint::BigInt;

use super::fail::{Fail, Parse, Problem, expected, failure};
use super::name::continues_name;
use crate::value::{Complex, Value};

/// An integer, a float or an imaginary number, with nothing directly behind it that would make it
/// something else.
pub(super) fn number(input: &str, max_digits: usize) -> Parse<'_, Value> {
    let (rest, value) = match input.as_bytes() {
        [b'0', b'x' | b'X', ..] => radix(input, 16, max_digits)?,
        [b'0', b'o' | b'O', ..] => radix(input, 8, max_digits)?,
        [b'0', b'b' | b'B', ..] => radix(input, 2, max_digits)?,
        _ => decimal(input, max_digits)?,
    };
    if rest.starts_with(continues_name) {
        return expected(rest, "the end of a number");
    }
    Ok((rest, value))
}

/// An integer behind a prefix that says its base.
fn radix(input: &str, radix: u32, max_digits: usize) -> Parse<'_, Value> {
    let body = &input[2..];
    let digit = || take_while1(move |c: char| c.is_digit(radix));
    let Ok((rest, digits)) =
        recognize(many1_count((opt(char('_')), digit()))).parse(body) as Parse<'_, &str>
    else {
        return expected(body, "a digit");
    };
    Ok((rest, integer(input, digits, radix, max_digits)?))
}

fn decimal(input: &str, max_digits: usize) -> Parse<'_, Value> {
    let (rest, whole) = opt(digits).parse(input)?;
    let (rest, point) = opt((char('.'), opt(digits))).parse(rest)?;
    if whole.is_none() && !matches!(point, Some((_, Some(_)))) {
        return expected(input, "a number");
    }
    let (rest, exponent) = opt(exponent).parse(rest)?;
    let mantissa = &input[..input.len() - rest.len()];
    let (rest, imaginary) = opt(one_of("jJ")).parse(rest)?;
    let value = if imaginary.is_some() {
        Value::Complex(Complex {
            re: 0.0,
            im: float(mantissa),
        })
    } else if point.is_some() || exponent.is_some() {
        Value::Float(float(mantissa))
    } else {
        if mantissa.starts_with('0') && mantissa.contains(|c| !matches!(c, '0' | '_')) {
            return expected(input, "an integer without leading zeros");
        }
        integer(input, mantissa, 10, max_digits)?
    };
    Ok((rest, value))
}

/// Digits with single underscores between them.
fn digits(input: &str) -> Parse<'_, &str> {
    recognize((digit1, many0_count((char('_'), digit1)))).parse(input)
}

fn exponent(input: &str) -> Parse<'_, &str> {
    recognize((alt((char('e'), char('E'))), opt(one_of("+-")), digits)).parse(input)
}

/// Rust reads all that Python does here, save underscores.
fn float(text: &str) -> f64 {
    let parsed = if text.contains('_') {
        text.replace('_', "").parse()
    } else {
        text.parse()
    };
    parsed.unwrap_or(f64::NAN)
}

fn integer(at: &str, text: &str, radix: u32, max_digits: usize) -> Result<Value, nom::Err<Fail>> {
    if text.bytes().filter(|&b| b != b'_').count() > max_digits {
        return failure(at, Problem::TooManyDigits).map(|(_, value)| value);
    }
    let text = text.replace('_', "");
    if let Ok(small) = i64::from_str_radix(&text, radix) {
        return Ok(Value::Int(small));
    }
    match BigInt::parse_bytes(text.as_bytes(), radix) {
        Some(big) => Ok(Value::from(big)),
        None => expected(at, "an integer").map(|(_, value)| value),
    }
}
