//! Escapes, and the two kinds of text that hold what they stand for.

use nom::Parser;
use nom::bytes::complete::take_while_m_n;

use super::super::fail::Fail;
use super::super::fail::{Parse, Problem, expected, failure};

/// A string or bytes in the making.
pub(super) trait Target: Default {
    /// Adds the first `length` bytes of `input`.
    fn push(&mut self, input: &str, length: usize) -> Result<(), nom::Err<Fail>>;

    /// Adds an ASCII character.
    fn push_byte(&mut self, byte: u8);

    /// Adds what an octal escape stands for, up to 0o777.
    fn push_octal(&mut self, value: u32);

    /// Adds what a `\x` escape stands for.
    fn push_hex(&mut self, value: u8);

    /// Adds what an escape only of strings stands for: `\u`, `\U` and `\N`. `None` when that is no
    /// escape here.
    fn push_unicode<'a>(&mut self, escape: &'a str) -> Option<Parse<'a, ()>>;
}

impl Target for String {
    #[inline]
    fn push(&mut self, input: &str, length: usize) -> Result<(), nom::Err<Fail>> {
        self.push_str(&input[..length]);
        Ok(())
    }

    fn push_byte(&mut self, byte: u8) {
        self.push(byte.into());
    }

    fn push_octal(&mut self, value: u32) {
        // No surrogate is as small as an octal escape.
        self.extend(char::from_u32(value));
    }

    fn push_hex(&mut self, value: u8) {
        self.push(value.into());
    }

    fn push_unicode<'a>(&mut self, escape: &'a str) -> Option<Parse<'a, ()>> {
        let length = match escape.as_bytes().get(1)? {
            b'u' => 4,
            b'U' => 8,
            b'N' => return Some(failure(escape, Problem::NamedCharacter)),
            _ => return None,
        };
        Some(unicode(escape, length).map(|(rest, character)| {
            self.push(character);
            (rest, ())
        }))
    }
}

impl Target for Vec<u8> {
    #[inline]
    fn push(&mut self, input: &str, length: usize) -> Result<(), nom::Err<Fail>> {
        let bytes = &input.as_bytes()[..length];
        if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii()) {
            return expected(&input[at..], "an ascii character").map(|(_, ())| ());
        }
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn push_byte(&mut self, byte: u8) {
        self.push(byte);
    }

    /// CPython keeps the low byte of an escape such as `\777`.
    fn push_octal(&mut self, value: u32) {
        self.push(value as u8);
    }

    fn push_hex(&mut self, value: u8) {
        self.push(value);
    }

    fn push_unicode<'a>(&mut self, _: &'a str) -> Option<Parse<'a, ()>> {
        None
    }
}

/// Reads an escape, of which the backslash is the first byte of `input`.
pub(super) fn escape<'a, T: Target>(input: &'a str, target: &mut T) -> Parse<'a, ()> {
    let rest = &input[1..];
    let Some(&kind) = rest.as_bytes().first() else {
        return Ok((rest, ()));
    };
    let simple = match kind {
        b'x' => {
            // They come in rows.
            let mut rest = input;
            while rest.starts_with("\\x") {
                let value;
                (rest, value) = hex_byte(rest)?;
                target.push_hex(value);
            }
            return Ok((rest, ()));
        }
        b'\\' | b'\'' | b'"' => kind,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'\n' => return Ok((&rest[1..], ())),
        b'\r' => return Ok((&rest[1 + usize::from(rest[1..].starts_with('\n'))..], ())),
        b'0'..=b'7' => {
            let (rest, value) = digits(rest, 1, 3, 8)?;
            target.push_octal(value);
            return Ok((rest, ()));
        }
        _ => {
            return target.push_unicode(input).unwrap_or_else(|| {
                // An unknown escape is a backslash and the character behind it.
                target.push_byte(b'\\');
                Ok((rest, ()))
            });
        }
    };
    target.push_byte(simple);
    Ok((&rest[1..], ()))
}

/// `\xHH`, the escape that bytes are made of.
#[inline]
fn hex_byte(input: &str) -> Parse<'_, u8> {
    fn digit(byte: u8) -> Option<u8> {
        match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            b'A'..=b'F' => Some(byte - b'A' + 10),
            _ => None,
        }
    }
    if let [_, _, high, low, ..] = input.as_bytes()
        && let (Some(high), Some(low)) = (digit(*high), digit(*low))
    {
        return Ok((&input[4..], high << 4 | low));
    }
    expected(input, "an escape with two hexadecimal digits")
}

/// `\uHHHH` or `\UHHHHHHHH`.
fn unicode(input: &str, length: usize) -> Parse<'_, char> {
    let Ok((rest, code)) = digits(&input[2..], length, length, 16) else {
        return expected(input, "an escape with four or eight hexadecimal digits");
    };
    match char::from_u32(code) {
        Some(character) => Ok((rest, character)),
        None if code <= 0xffff => failure(input, Problem::LoneSurrogate(code as u16)),
        None => expected(input, "a character up to \\U0010ffff"),
    }
}

fn digits(input: &str, least: usize, most: usize, radix: u32) -> Parse<'_, u32> {
    let (rest, digits) = take_while_m_n(least, most, |c: char| c.is_digit(radix)).parse(input)?;
    match u32::from_str_radix(digits, radix) {
        Ok(value) => Ok((rest, value)),
        Err(_) => expected(input, "digits"),
    }
}
