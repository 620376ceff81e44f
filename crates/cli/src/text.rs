//! Foreign text, made safe to show on a terminal.

use std::fmt::Write;

/// `text` with its control characters written as escapes, so that what a board prints cannot
/// command the terminal. Line ends and tabs stay.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            c if c.is_control() => {
                let _ = write!(safe, "\\x{:02x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Rows of cells in columns. What a cell holds has no say over the table or the terminal; an empty
/// one is a dash, but for those of a column of marks.
pub(crate) fn table<const N: usize>(rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = rows
        .into_iter()
        .map(|row| row.map(|cell| escape(&cell.replace(['\n', '\t'], " "))))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let filled = if cell.is_empty() && width > 1 {
                "-"
            } else {
                cell
            };
            format!("{filled:<width$}")
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// Bytes that come piece by piece, made text: what is not UTF-8 becomes U+FFFD.
#[cfg(any(windows, test))]
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

#[cfg(any(windows, test))]
impl Decoder {
    /// The text of all that is complete.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.begun.len());
        let mut done = 0;
        for chunk in self.begun.utf8_chunks() {
            text.push_str(chunk.valid());
            done += chunk.valid().len();
            let invalid = chunk.invalid();
            let open = std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none());
            if open && done + invalid.len() == self.begun.len() {
                break;
            }
            if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                done += invalid.len();
            }
        }
        self.begun.drain(..done);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, escape};

    #[test]
    fn bytes_become_text_in_any_pieces() {
        let bytes = b"a\xff\xc3\xa9\xe2\x82x\xe2\x82\xac\xf0\x9f";
        let expected = "a\u{fffd}é\u{fffd}x€";
        for size in 1..=bytes.len() {
            let mut decoder = Decoder::default();
            let text: String = bytes
                .chunks(size)
                .map(|piece| decoder.decode(piece))
                .collect();
            assert_eq!(text, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(
            escape("a\tb\n\u{1b}[31m\u{9b}2J\r\u{7f}é"),
            "a\tb\n\\x1b[31m\\x9b2J\\x0d\\x7fé"
        );
    }
}
