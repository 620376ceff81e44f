//! Takes back the CR that a board puts before every LF it prints.

/// A filter that keeps its state between the pieces of a stream.
#[derive(Debug, Default)]
pub(crate) struct Newlines {
    /// A CR at the end of the last piece, which belongs to an LF if one follows.
    held: bool,
}

impl Newlines {
    /// The next piece of the stream, with `\r\n` as `\n`.
    pub(crate) fn text(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len() + 1);
        for &byte in bytes {
            if self.held && byte != b'\n' {
                text.push(b'\r');
            }
            self.held = byte == b'\r';
            if !self.held {
                text.push(byte);
            }
        }
        text
    }

    /// What is left at the end of the stream.
    pub(crate) fn end(&mut self) -> &'static [u8] {
        if std::mem::take(&mut self.held) {
            b"\r"
        } else {
            b""
        }
    }
}

/// Makes CR LF of the CR CR LF with which some consoles end the lines that a program prints.
#[derive(Debug, Default)]
pub(crate) struct Doubled {
    /// How many CR came last, two at most.
    held: usize,
}

impl Doubled {
    /// The next piece of the stream.
    pub(crate) fn undo(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut lines = Vec::with_capacity(bytes.len() + 2);
        for &byte in bytes {
            if byte == b'\r' && self.held < 2 {
                self.held += 1;
            } else if byte == b'\r' {
                lines.push(b'\r');
            } else {
                let added = usize::from(byte == b'\n' && self.held == 2);
                lines.extend(std::iter::repeat_n(b'\r', self.held - added));
                self.held = 0;
                lines.push(byte);
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&str], expected: &str) {
        let mut newlines = Newlines::default();
        let mut text: Vec<u8> = pieces
            .iter()
            .flat_map(|p| newlines.text(p.as_bytes()))
            .collect();
        text.extend_from_slice(newlines.end());
        assert_eq!(String::from_utf8(text).unwrap(), expected, "{pieces:?}");
    }

    #[test]
    fn only_the_added_cr_goes() {
        check(&["a\r\nb\r\n"], "a\nb\n");
        check(&["a\r", "\nb"], "a\nb");
        check(&["a\r\r\nb"], "a\r\nb");
        check(&["50 %\r", "60 %\r"], "50 %\r60 %\r");
        check(&["\r", "\r", "\n"], "\r\n");
        check(&["\n"], "\n");
    }

    #[test]
    fn a_doubled_cr_goes_in_any_chunking() {
        let text = b"a\r\r\nb\r\nc\r\r\r\n\r\r9\n\r\r\r\r\rx";
        for size in 1..=text.len() {
            let mut doubled = Doubled::default();
            let lines: Vec<u8> = text.chunks(size).flat_map(|p| doubled.undo(p)).collect();
            assert_eq!(lines, b"a\r\nb\r\nc\r\r\n\r\r9\n\r\r\r\r\rx", "by {size}");
        }
    }
}
