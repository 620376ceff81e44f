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

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(
            escape("a\tb\n\u{1b}[31m\u{9b}2J\r\u{7f}é"),
            "a\tb\n\\x1b[31m\\x9b2J\\x0d\\x7fé"
        );
    }
}
