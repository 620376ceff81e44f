//! Why a text is no literal, or a literal does not fit a type.

use std::fmt::Display;

/// An error of this crate. Offsets are bytes from the start of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a literal.
    #[error("expected {expected} at byte {offset}")]
    Expected {
        /// Where the text stops being a literal.
        offset: usize,
        /// What would have been right there.
        expected: &'static str,
    },
    /// The bytes are not UTF-8.
    #[error("invalid utf-8 at byte {offset}")]
    InvalidUtf8 {
        /// The first byte that belongs to no character.
        offset: usize,
    },
    /// A string holds an escaped surrogate such as `\ud800`, which a Rust string cannot hold.
    #[error("surrogate \\u{code:04x} in a string at byte {offset}")]
    LoneSurrogate {
        /// Where the escape starts.
        offset: usize,
        /// The surrogate, from 0xd800 to 0xdfff.
        code: u16,
    },
    /// A string holds an escape with the name of a character, `\N{…}`, which is not supported.
    #[error("named character at byte {offset} is not supported")]
    NamedCharacter {
        /// Where the escape starts.
        offset: usize,
    },
    /// An element of a set or a key of a dict that Python cannot hash.
    #[error("unhashable {type_name} as an element or key at byte {offset}")]
    Unhashable {
        /// Where the element or key starts.
        offset: usize,
        /// Python's name for the type in the way.
        type_name: &'static str,
    },
    /// The text is longer than [`Options::max_bytes`](crate::Options::max_bytes).
    #[error("text of {length} bytes is longer than {limit}")]
    TooLong {
        /// Bytes in the text.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Brackets are nested deeper than [`Options::max_depth`](crate::Options::max_depth).
    #[error("nested deeper than {limit} at byte {offset}")]
    TooDeep {
        /// The bracket that is one too many.
        offset: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// An integer has more digits than [`Options::max_digits`](crate::Options::max_digits).
    #[error("integer of more than {limit} digits at byte {offset}")]
    TooManyDigits {
        /// Where the integer starts.
        offset: usize,
        /// Digits allowed.
        limit: usize,
    },
    /// Data that is nested too deeply to be serialized or deserialized.
    #[error("data nested deeper than {limit}")]
    DataTooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// A map to be serialized has a key that Python cannot hash.
    #[error("unhashable {type_name} as the key of a map")]
    UnhashableKey {
        /// Python's name for the type in the way.
        type_name: &'static str,
    },
    /// An integer beyond 128 bits was asked for as anything but a [`Value`](crate::Value).
    #[error("integer of {bits} bits does not fit 128")]
    IntegerTooLarge {
        /// Bits in the integer, without its sign.
        bits: u64,
    },
    /// The data and its type do not fit together, in the words of the type's own `Serialize` or
    /// `Deserialize`.
    #[error("{message}")]
    Data {
        /// What was found and what was expected.
        message: String,
    },
}

impl Error {
    /// Where in the text the error lies, in bytes from its start.
    ///
    /// `None` for a text that is too long as a whole, and for data that does not fit a type.
    pub fn offset(&self) -> Option<usize> {
        match *self {
            Self::Expected { offset, .. }
            | Self::InvalidUtf8 { offset }
            | Self::LoneSurrogate { offset, .. }
            | Self::NamedCharacter { offset }
            | Self::Unhashable { offset, .. }
            | Self::TooDeep { offset, .. }
            | Self::TooManyDigits { offset, .. } => Some(offset),
            Self::TooLong { .. }
            | Self::DataTooDeep { .. }
            | Self::UnhashableKey { .. }
            | Self::IntegerTooLarge { .. }
            | Self::Data { .. } => None,
        }
    }

    /// Whether a bound was hit, rather than the text being wrong.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooLong { .. }
                | Self::TooDeep { .. }
                | Self::TooManyDigits { .. }
                | Self::DataTooDeep { .. }
        )
    }
}

impl serde::ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::Data {
            message: message.to_string(),
        }
    }
}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        serde::ser::Error::custom(message)
    }
}
