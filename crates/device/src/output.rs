//! The output of a program on its way to a writer.

use std::io::Write;

use crate::Error;
use crate::newlines::Newlines;

/// Writes what a board prints: text with LF at the ends of lines, or the bytes as they come.
pub(crate) struct Output<'a> {
    writer: &'a mut dyn Write,
    newlines: Newlines,
    raw: bool,
}

impl<'a> Output<'a> {
    pub(crate) fn new(writer: &'a mut dyn Write, raw: bool) -> Self {
        Self {
            writer,
            newlines: Newlines::default(),
            raw,
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.raw {
            return self.put(bytes);
        }
        let text = self.newlines.text(bytes);
        self.put(&text)
    }

    /// Writes what was held back at the end of the stream.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        let rest = self.newlines.end();
        if rest.is_empty() {
            return Ok(());
        }
        self.put(rest)
    }

    fn put(&mut self, text: &[u8]) -> Result<(), Error> {
        self.writer
            .write_all(text)
            .and_then(|()| self.writer.flush())
            .map_err(Error::Output)
    }
}
