//! A place in a text that moves forward.

/// Bytes, and how far they have been read.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            offset: 0,
        }
    }

    /// The next byte. At the end of the text it is 0, which no text has.
    pub(super) fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    /// The byte `ahead` bytes behind the next one; 0 beyond the end.
    pub(super) fn peek_at(&self, ahead: usize) -> u8 {
        self.bytes.get(self.offset + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.offset >= self.bytes.len()
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.offset..]
    }

    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.offset]
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.offset = (self.offset + count).min(self.bytes.len());
    }

    pub(super) fn advance_while(&mut self, test: impl Fn(u8) -> bool) {
        let rest = self.rest();
        self.offset += rest
            .iter()
            .position(|&byte| !test(byte))
            .unwrap_or(rest.len());
    }

    pub(super) fn advance_to_end(&mut self) {
        self.offset = self.bytes.len();
    }

    /// Moves to the end of the line, before its break.
    pub(super) fn advance_to_line_end(&mut self) {
        let rest = self.rest();
        self.offset += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    /// Moves past a `\n`, `\r` or `\r\n`.
    pub(super) fn line_break(&mut self) -> bool {
        let length = match self.peek() {
            b'\r' if self.peek_at(1) == b'\n' => 2,
            b'\n' | b'\r' => 1,
            _ => return false,
        };
        self.offset += length;
        true
    }

    /// Moves past the character, which a backslash before it may have escaped.
    pub(super) fn escaped(&mut self) {
        if !self.line_break() {
            self.advance(1);
        }
    }
}
