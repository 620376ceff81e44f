//! Numbers.

use super::class::is_word;
use super::cursor::Cursor;

/// Moves past a number, which begins with a digit, or with a dot and a digit. Gives `false` if
/// something that belongs to no number follows at once.
///
/// A keyword may follow at once, as in `1if x else 2`; so `1else` is two tokens, although an `e`
/// may be a part of a number.
pub(super) fn number(cursor: &mut Cursor<'_>) -> bool {
    let digits: Option<fn(u8) -> bool> = match (cursor.peek(), cursor.peek_at(1) | 0x20) {
        (b'0', b'x') => Some(|byte| byte.is_ascii_hexdigit()),
        (b'0', b'o') => Some(|byte| matches!(byte, b'0'..=b'7')),
        (b'0', b'b') => Some(|byte| matches!(byte, b'0' | b'1')),
        _ => None,
    };
    if let Some(is_digit) = digits {
        cursor.advance(2);
        if cursor.peek() == b'_' {
            cursor.advance(1);
        }
        return is_digit(cursor.peek()) && {
            run(cursor, is_digit);
            ends(cursor)
        };
    }
    let is_digit = |byte: u8| byte.is_ascii_digit();
    run(cursor, is_digit);
    if cursor.peek() == b'.' {
        cursor.advance(1);
        run(cursor, is_digit);
    }
    if cursor.peek() | 0x20 == b'e' {
        let sign = usize::from(matches!(cursor.peek_at(1), b'+' | b'-'));
        if cursor.peek_at(1 + sign).is_ascii_digit() {
            cursor.advance(1 + sign);
            run(cursor, is_digit);
        }
    }
    if cursor.peek() | 0x20 == b'j' {
        cursor.advance(1);
    }
    ends(cursor)
}

/// Moves past digits, single underscores between them included.
fn run(cursor: &mut Cursor<'_>, is_digit: impl Fn(u8) -> bool) {
    while is_digit(cursor.peek()) {
        cursor.advance_while(&is_digit);
        if cursor.peek() == b'_' && is_digit(cursor.peek_at(1)) {
            cursor.advance(1);
        }
    }
}

/// Whether a number may end here.
fn ends(cursor: &Cursor<'_>) -> bool {
    if !is_word(cursor.peek()) {
        return true;
    }
    let rest = cursor.rest();
    let length = rest.iter().position(|&byte| !is_word(byte));
    let word = &rest[..length.unwrap_or(rest.len())];
    KEYWORDS.contains(&word)
}

/// What may follow a number at once.
const KEYWORDS: [&[u8]; 8] = [b"and", b"else", b"for", b"if", b"in", b"is", b"not", b"or"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_where_cpython_ends_it() {
        let check = |text: &str, expected: Option<&str>| {
            let mut cursor = Cursor::new(text);
            let valid = number(&mut cursor);
            let found = valid.then(|| &text[..cursor.offset]);
            assert_eq!(found, expected, "{text}");
        };
        for whole in [
            "0",
            "007",
            "1_000",
            "0x_1F",
            "0Xdead_beef",
            "0o17",
            "0B1_0",
            "1.",
            "1.5",
            ".5",
            "1_0.0_1e1_0",
            "1e10",
            "1E+5",
            "1e-5",
            "1.e5",
            "3j",
            "1.5J",
            "1e5j",
        ] {
            check(whole, Some(whole));
        }
        check("1if x", Some("1"));
        check("1else", Some("1"));
        check("0x1for x", Some("0x1f"));
        check("1.real", None);
        check("1.__add__", None);
        check("1..real", Some("1."));
        check("1e", None);
        check("1_", None);
        check("1__0", None);
        check("0x", None);
        check("0o8", None);
        check("0b12", None);
        check("5px", None);
        check("1.or x", Some("1."));
        check("0xfor x", Some("0xf"));
    }
}
