//! What a byte begins.

/// What a token is that begins with a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Space,
    Word,
    Digit,
    Dot,
    Quote,
    Open,
    Close,
    Operator,
    LineBreak,
    Comment,
    Backslash,
    Wrong,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Wrong; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class_of(byte as u8);
        byte += 1;
    }
    classes
};

const fn class_of(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' | b'\x0c' => Class::Space,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Class::Word,
        b'0'..=b'9' => Class::Digit,
        b'.' => Class::Dot,
        b'\'' | b'"' => Class::Quote,
        b'(' | b'[' | b'{' => Class::Open,
        b')' | b']' | b'}' => Class::Close,
        b'\n' | b'\r' => Class::LineBreak,
        b'#' => Class::Comment,
        b'\\' => Class::Backslash,
        b'!' | b'%' | b'&' | b'*' | b'+' | b',' | b'-' | b'/' | b':' | b';' | b'<' | b'='
        | b'>' | b'@' | b'^' | b'|' | b'~' => Class::Operator,
        _ => Class::Wrong,
    }
}

pub(super) fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// Whether a byte may be in a name. Every byte of a character beyond ASCII may.
pub(crate) fn is_word(byte: u8) -> bool {
    matches!(class(byte), Class::Word | Class::Digit)
}

pub(super) fn is_space(byte: u8) -> bool {
    class(byte) == Class::Space
}

/// What the prefix of a string says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// None of the others, `b` and `u` included.
    Plain,
    Formatted {
        raw: bool,
    },
    Template {
        raw: bool,
    },
}

/// What a word says of the string behind it, if it can be a string's prefix.
pub(crate) fn prefix(word: &[u8]) -> Option<Prefix> {
    let lower = |index: usize| word[index].to_ascii_lowercase();
    match word.len() {
        0 => Some(Prefix::Plain),
        1 => match lower(0) {
            b'r' | b'u' | b'b' => Some(Prefix::Plain),
            b'f' => Some(Prefix::Formatted { raw: false }),
            b't' => Some(Prefix::Template { raw: false }),
            _ => None,
        },
        2 => match (lower(0), lower(1)) {
            (b'b', b'r') | (b'r', b'b') => Some(Prefix::Plain),
            (b'f', b'r') | (b'r', b'f') => Some(Prefix::Formatted { raw: true }),
            (b't', b'r') | (b'r', b't') => Some(Prefix::Template { raw: true }),
            _ => None,
        },
        _ => None,
    }
}
