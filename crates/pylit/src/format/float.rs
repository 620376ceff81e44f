//! Floats in the shortest form that reads back as the same number.

use std::fmt::{self, Formatter, Write};

/// Writes a float as `repr` does, with `.0` when nothing else tells it from an integer.
pub(super) fn write(f: &mut Formatter<'_>, float: f64) -> fmt::Result {
    write_shortest(f, float, ".0")
}

/// Writes a part of a complex number, which needs no `.0`.
pub(super) fn write_part(f: &mut Formatter<'_>, float: f64) -> fmt::Result {
    write_shortest(f, float, "")
}

fn write_shortest(f: &mut Formatter<'_>, float: f64, integer_end: &str) -> fmt::Result {
    if float.is_nan() {
        return f.write_str("nan");
    }
    if float.is_sign_negative() {
        f.write_char('-')?;
    }
    if float.is_infinite() {
        return f.write_str("inf");
    }
    let text = shortest(float.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // CPython writes an exponent from 1e16 upwards and below 1e-4.
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return write!(f, "{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let digits = mantissa.replace('.', "");
    let Ok(exponent) = usize::try_from(exponent) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return write!(f, "0.{zeros}{digits}");
    };
    match digits.split_at_checked(exponent + 1) {
        Some((whole, "")) => write!(f, "{whole}{integer_end}"),
        Some((whole, fraction)) => write!(f, "{whole}.{fraction}"),
        None => write!(f, "{digits:0<width$}{integer_end}", width = exponent + 1),
    }
}

/// The fewest digits that mean this number, with an exponent, as in `1.25e-3`.
///
/// When the number lies half-way between two texts of that length, CPython takes the even one and
/// Rust the greater one. Rust rounds to even when it is told the number of digits.
fn shortest(float: f64) -> String {
    let shortest = format!("{float:e}");
    let digits = shortest
        .bytes()
        .take_while(|&b| b != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    if digits < 15 {
        return shortest;
    }
    let even = format!("{float:.0$e}", digits - 1);
    if even.parse() == Ok(float) {
        even
    } else {
        shortest
    }
}
