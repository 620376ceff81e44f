//! Which tokens need white space between them.

use crate::TokenKind;
use crate::lexer::{is_word, merges, prefix};

/// Whether two tokens need a space between them to stay what they are, for CPython and for
/// MicroPython, which takes every letter and dot behind a number for a part of it.
///
/// Two dots in a row stay two, three would be one token: that is for the caller to know.
///
/// ```
/// use belay_tokenize::{TokenKind, would_merge};
///
/// let name = |text| (TokenKind::Name, text);
/// assert!(would_merge(name("not"), name("x")));
/// assert!(!would_merge((TokenKind::Operator, "="), (TokenKind::Operator, "-")));
/// assert!(would_merge((TokenKind::Operator, "*"), (TokenKind::Operator, "*")));
/// ```
pub fn would_merge(left: (TokenKind, &str), right: (TokenKind, &str)) -> bool {
    let ((kind, text), (next, next_text)) = (left, right);
    let Some(&first) = next_text.as_bytes().first() else {
        return false;
    };
    match kind {
        TokenKind::Name => is_word(first) || is_quote(first) && prefix(text.as_bytes()).is_some(),
        TokenKind::Number => is_word(first) || first == b'.',
        // Behind an empty string, a quote would make three.
        TokenKind::String | TokenKind::FString | TokenKind::TString => {
            text.as_bytes().last() == Some(&first) && is_empty(text)
        }
        TokenKind::Operator if text == "." => {
            first.is_ascii_digit() || first == b'.' && next_text != "."
        }
        TokenKind::Operator | TokenKind::Colon => {
            matches!(
                next,
                TokenKind::Operator | TokenKind::Number | TokenKind::Colon
            ) && merges(text.as_bytes(), first)
        }
        _ => false,
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"')
}

/// Whether a string has no content, and one quote on each side.
fn is_empty(text: &str) -> bool {
    let bytes = text.as_bytes();
    let quotes = bytes.iter().position(|&byte| is_quote(byte));
    quotes.is_some_and(|start| bytes.len() - start == 2)
}
