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
    let float = float.abs();
    if float.is_infinite() {
        return f.write_str("inf");
    }
    // CPython writes an exponent from 1e16 upwards and below 1e-4.
    if float != 0.0 && !(1e-4..1e16).contains(&float) {
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return write!(f, "{digits}e{sign}{exponent:0>2}");
    }
    write!(f, "{float}")?;
    if float.fract() == 0.0 {
        f.write_str(integer_end)?;
    }
    Ok(())
}
