//! Strings and bytes with CPython's quotes and escapes.

use std::fmt::{self, Formatter, Write};

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

pub(super) fn write_str(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = quote(text.as_bytes());
    f.write_char(quote)?;
    let mut written = 0;
    for (at, character) in text.char_indices() {
        if is_plain(character) && character != quote && character != '\\' {
            continue;
        }
        f.write_str(&text[written..at])?;
        written = at + character.len_utf8();
        match u32::from(character) {
            code @ 0..0x80 => write_escaped(f, code as u8)?,
            code @ 0x80..0x100 => write!(f, "\\x{code:02x}")?,
            code @ 0x100..0x1_0000 => write!(f, "\\u{code:04x}")?,
            code => write!(f, "\\U{code:08x}")?,
        }
    }
    f.write_str(&text[written..])?;
    f.write_char(quote)
}

pub(super) fn write_bytes(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let quote = quote(bytes);
    f.write_char('b')?;
    f.write_char(quote)?;
    for &byte in bytes {
        if matches!(byte, b' '..=b'~') && char::from(byte) != quote && byte != b'\\' {
            f.write_char(byte.into())?;
        } else {
            write_escaped(f, byte)?;
        }
    }
    f.write_char(quote)
}

/// Single quotes, unless that would need escapes which double quotes do not.
fn quote(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

fn write_escaped(f: &mut Formatter<'_>, byte: u8) -> fmt::Result {
    match byte {
        b'\t' => f.write_str("\\t"),
        b'\n' => f.write_str("\\n"),
        b'\r' => f.write_str("\\r"),
        b'\\' | b'\'' | b'"' => write!(f, "\\{}", char::from(byte)),
        _ => write!(f, "\\x{byte:02x}"),
    }
}

/// Python's `str.isprintable`: no separator but the space, no control, format, surrogate, private
/// or unassigned character.
fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other
    )
}
