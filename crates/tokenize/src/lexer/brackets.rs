//! Which bracket closes which.

use crate::{Error, ErrorKind};

/// How deep brackets may be nested, and formatted strings, their fields and brackets in them. It
/// is CPython's limit.
pub const MAX_BRACKETS: usize = 200;

/// The brackets that are open, and where.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    open: Vec<(u8, usize)>,
}

impl Brackets {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&mut self, byte: u8, offset: usize) -> Result<(), Error> {
        if self.open.len() >= MAX_BRACKETS {
            let kind = ErrorKind::TooDeep {
                limit: MAX_BRACKETS,
            };
            return Err(Error::new(kind, offset..offset + 1));
        }
        self.open.push((byte, offset));
        Ok(())
    }

    pub(super) fn close(&mut self, byte: u8, offset: usize) -> Result<(), Error> {
        let Some((open, _)) = self.open.pop() else {
            let close = char::from(byte);
            let kind = ErrorKind::UnmatchedBracket { close };
            return Err(Error::new(kind, offset..offset + 1));
        };
        check(open, byte, offset)
    }

    /// Expects that none is open.
    pub(super) fn finish(&self) -> Result<(), Error> {
        match self.open.last() {
            Some(&(byte, offset)) => Err(unclosed(byte, offset)),
            None => Ok(()),
        }
    }
}

/// Expects that a bracket at `offset` closes one that was opened.
pub(super) fn check(open: u8, close: u8, offset: usize) -> Result<(), Error> {
    if matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
        return Ok(());
    }
    let kind = ErrorKind::MismatchedBracket {
        open: char::from(open),
        close: char::from(close),
    };
    Err(Error::new(kind, offset..offset + 1))
}

/// The error of a bracket at `offset` that the text leaves open.
pub(super) fn unclosed(byte: u8, offset: usize) -> Error {
    let open = char::from(byte);
    Error::new(ErrorKind::UnclosedBracket { open }, offset..offset + 1)
}
