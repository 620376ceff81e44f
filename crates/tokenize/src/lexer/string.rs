//! Strings without fields.

use super::cursor::Cursor;
use crate::{Error, ErrorKind};

/// The quotes of a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotes {
    pub(super) byte: u8,
    pub(super) triple: bool,
    /// Where the string starts, with its prefix.
    pub(super) start: usize,
}

impl Quotes {
    /// Moves past the opening quotes of a string whose prefix is already behind.
    pub(super) fn open(cursor: &mut Cursor<'_>, start: usize) -> Self {
        let byte = cursor.peek();
        let triple = cursor.peek_at(1) == byte && cursor.peek_at(2) == byte;
        cursor.advance(if triple { 3 } else { 1 });
        Self {
            byte,
            triple,
            start,
        }
    }

    /// Moves past the closing quotes, or past a quote that is a part of the string.
    pub(super) fn close(self, cursor: &mut Cursor<'_>) -> bool {
        let closed =
            !self.triple || cursor.peek_at(1) == self.byte && cursor.peek_at(2) == self.byte;
        cursor.advance(if closed && self.triple { 3 } else { 1 });
        closed
    }

    pub(super) fn unterminated(self, cursor: &Cursor<'_>) -> Error {
        let kind = if self.triple {
            ErrorKind::UnterminatedTripleString
        } else {
            ErrorKind::UnterminatedString
        };
        Error::new(kind, self.start..cursor.offset)
    }
}

/// Moves past a string whose prefix, from `start`, is already behind.
pub(super) fn string(cursor: &mut Cursor<'_>, start: usize) -> Result<(), Error> {
    let quotes = Quotes::open(cursor, start);
    if quotes.triple {
        while let Some(length) = memchr::memchr2(quotes.byte, b'\\', cursor.rest()) {
            cursor.advance(length);
            if cursor.peek() == b'\\' {
                cursor.advance(1);
                cursor.escaped();
            } else if quotes.close(cursor) {
                return Ok(());
            }
        }
        cursor.advance_to_end();
        return Err(quotes.unterminated(cursor));
    }
    loop {
        let inside = |byte| byte != quotes.byte && !matches!(byte, b'\\' | b'\n' | b'\r');
        cursor.advance_while(inside);
        match cursor.peek() {
            b'\\' => {
                cursor.advance(1);
                cursor.escaped();
            }
            byte if byte == quotes.byte => {
                cursor.advance(1);
                return Ok(());
            }
            _ => return Err(quotes.unterminated(cursor)),
        }
    }
}
