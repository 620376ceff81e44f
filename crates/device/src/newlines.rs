//! Takes back the CR that a board puts before every LF it prints.

/// A filter that keeps its state between the pieces of a stream.
///
/// It is for text. From the first byte on that no text has, the stream is taken for what a program writes
/// to `sys.stdout.buffer`, to which a board adds nothing, and stays as it is.
#[derive(Debug, Default)]
pub(crate) struct Newlines {
    /// A CR at the end of the last piece, which belongs to an LF if one follows.
    held: bool,
    /// How many bytes of a character are still to come.
    following: u8,
    binary: bool,
}

impl Newlines {
    /// The next piece of the stream, with `\r\n` as `\n`.
    pub(crate) fn text(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len() + 1);
        for (index, &byte) in bytes.iter().enumerate() {
            self.binary = self.binary || !self.is_text(byte);
            if std::mem::take(&mut self.held) && (self.binary || byte != b'\n') {
                text.push(b'\r');
            }
            if self.binary {
                text.extend_from_slice(&bytes[index..]);
                break;
            }
            self.held = byte == b'\r';
            if !self.held {
                text.push(byte);
            }
        }
        text
    }

    /// Whether a byte of UTF-8 may come here, and is not the one that only data has.
    fn is_text(&mut self, byte: u8) -> bool {
        if self.following > 0 {
            self.following -= 1;
            return matches!(byte, 0x80..=0xbf);
        }
        self.following = match byte {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => 0,
        };
        matches!(byte, 1..=0x7f | 0xc2..=0xf4)
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
        check(
            &["caf\u{e9}\r\n\u{1f40d}\r", "\n"],
            "caf\u{e9}\n\u{1f40d}\n",
        );
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
    #[test]
    fn bytes_that_are_no_text_keep_their_cr() {
        for (bytes, expected) in [
            (&b"\x00\r\n\x01"[..], &b"\x00\r\n\x01"[..]),
            (b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n"),
            (b"a\r\n\x00\r\n", b"a\n\x00\r\n"),
            (b"\xc3(\r\n", b"\xc3(\r\n"),
        ] {
            for size in 1..4 {
                let mut newlines = Newlines::default();
                let pieces = bytes.chunks(size).flat_map(|piece| newlines.text(piece));
                let mut text: Vec<u8> = pieces.collect();
                text.extend_from_slice(newlines.end());
                assert_eq!(text, expected, "{bytes:?}");
            }
        }
    }
}
