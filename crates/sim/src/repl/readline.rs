//! The line editor of a MicroPython prompt.

use crate::output::Output;

/// What a key means to the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The line goes on.
    More,
    /// The line is complete.
    Enter,
    /// Ctrl-A to ctrl-E on an empty line, or ctrl-C on any.
    Control(u8),
    /// The name before the cursor is to be completed.
    Tab,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Escape {
    None,
    Started,
    Bracket,
    Digit(u8),
    O,
}

/// One line under the cursor, behind lines of the same statement that are done.
#[derive(Debug)]
pub(super) struct Readline {
    text: Vec<u8>,
    /// Where the line begins that is being edited.
    start: usize,
    cursor: usize,
    escape: Escape,
    /// How far back in the history the line comes from; 0 is a new one.
    recalled: usize,
}

/// How many lines the history keeps, as on most boards.
const HISTORY: usize = 8;

const INDENT: usize = 4;

impl Readline {
    pub(super) fn new(text: Vec<u8>) -> Self {
        Self {
            start: text.len(),
            cursor: text.len(),
            text,
            escape: Escape::None,
            recalled: 0,
        }
    }

    /// A line that continues `text`, indented as the line before it.
    pub(super) fn next(text: Vec<u8>, out: &mut Output) -> Self {
        let indent = indentation(&text);
        let mut line = Self::new(text);
        line.text.extend(std::iter::repeat_n(b' ', indent));
        line.cursor += indent;
        out.extend(std::iter::repeat_n(b' ', indent));
        line
    }

    /// Whether nothing precedes the line being edited.
    pub(super) fn is_first(&self) -> bool {
        self.start == 0
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    pub(super) fn before_cursor(&self) -> &[u8] {
        &self.text[self.start..self.cursor]
    }

    pub(super) fn key(&mut self, byte: u8, history: &mut Vec<Vec<u8>>, out: &mut Output) -> Key {
        if self.escape != Escape::None {
            self.escaped(byte, history, out);
            return Key::More;
        }
        let empty = self.text.len() == self.start;
        match byte {
            1..=5 if empty => return Key::Control(byte),
            3 => return Key::Control(byte),
            1 => self.go(self.start, out),
            2 => self.go(self.cursor.saturating_sub(1).max(self.start), out),
            4 => self.delete(self.cursor, self.cursor + 1, out),
            5 => self.go(self.text.len(), out),
            6 => self.go(self.cursor + 1, out),
            8 | 127 => self.backspace(out),
            b'\t' => return self.tab(out),
            11 => self.delete(self.cursor, self.text.len(), out),
            b'\r' => {
                out.extend_from_slice(b"\r\n");
                self.remember(history);
                return Key::Enter;
            }
            14 => self.recall(self.recalled.saturating_sub(1), history, out),
            16 => self.recall(self.recalled + 1, history, out),
            21 => self.delete(self.start, self.cursor, out),
            23 => self.delete(self.word_start(), self.cursor, out),
            27 => self.escape = Escape::Started,
            32..=126 | 128.. => self.insert(&[byte], out),
            _ => {}
        }
        Key::More
    }

    fn escaped(&mut self, byte: u8, history: &[Vec<u8>], out: &mut Output) {
        let escape = std::mem::replace(&mut self.escape, Escape::None);
        match (escape, byte) {
            (Escape::Started, b'[') => self.escape = Escape::Bracket,
            (Escape::Started, b'O') => self.escape = Escape::O,
            (Escape::Bracket, digit @ b'0'..=b'9') => self.escape = Escape::Digit(digit),
            (Escape::Bracket, b'A') => self.recall(self.recalled + 1, history, out),
            (Escape::Bracket, b'B') => self.recall(self.recalled.saturating_sub(1), history, out),
            (Escape::Bracket, b'C') => self.go(self.cursor + 1, out),
            (Escape::Bracket, b'D') => {
                self.go(self.cursor.saturating_sub(1).max(self.start), out);
            }
            (Escape::Bracket | Escape::O, b'H') | (Escape::Digit(b'1' | b'7'), b'~') => {
                self.go(self.start, out);
            }
            (Escape::Bracket | Escape::O, b'F') | (Escape::Digit(b'4' | b'8'), b'~') => {
                self.go(self.text.len(), out);
            }
            (Escape::Digit(b'3'), b'~') => self.delete(self.cursor, self.cursor + 1, out),
            _ => {}
        }
    }

    /// Writes `bytes` at the cursor.
    fn insert(&mut self, bytes: &[u8], out: &mut Output) {
        let at = self.cursor;
        self.text.splice(at..at, bytes.iter().copied());
        out.extend_from_slice(&self.text[at..]);
        self.cursor = at + bytes.len();
        back(self.text.len() - self.cursor, out);
    }

    fn go(&mut self, to: usize, out: &mut Output) {
        let to = to.min(self.text.len());
        if to < self.cursor {
            back(self.cursor - to, out);
        } else {
            out.extend_from_slice(&self.text[self.cursor..to]);
        }
        self.cursor = to;
    }

    /// Deletes what lies between two places, one of which is the cursor.
    fn delete(&mut self, from: usize, to: usize, out: &mut Output) {
        let to = to.min(self.text.len());
        if from >= to {
            return;
        }
        self.go(from, out);
        self.text.drain(from..to);
        out.extend_from_slice(b"\x1b[K");
        out.extend_from_slice(&self.text[from..]);
        back(self.text.len() - from, out);
    }

    /// Deletes one character, or a whole step of indentation.
    fn backspace(&mut self, out: &mut Output) {
        let before = self.before_cursor();
        let blank = before.iter().all(|&byte| byte == b' ');
        let step = if blank && before.len() >= INDENT {
            INDENT
        } else {
            before.len().min(1)
        };
        self.delete(self.cursor - step, self.cursor, out);
    }

    fn tab(&mut self, out: &mut Output) -> Key {
        if self.before_cursor().iter().all(|&byte| byte == b' ') {
            self.insert(&[b' '; INDENT], out);
            return Key::More;
        }
        Key::Tab
    }

    /// Takes the names that the interpreter found; see [`super::Repl::completed`].
    pub(super) fn complete(&mut self, names: &[u8], out: &mut Output) {
        let mut lines = names.split(|&byte| byte == b'\n');
        let stem = lines.next().unwrap_or_default();
        let names: Vec<&[u8]> = lines.collect();
        let Some(&first) = names.first() else { return };
        let shared = names.iter().fold(first.len(), |length, name| {
            let same = first.iter().zip(*name).take_while(|(a, b)| a == b).count();
            length.min(same)
        });
        if shared > stem.len() {
            self.insert(&first[stem.len()..shared], out);
        } else if names.len() > 1 {
            self.show(&names, out);
        }
    }

    /// Lists the names in columns of a multiple of 16, and begins the line again.
    fn show(&self, names: &[&[u8]], out: &mut Output) {
        let mut column = 0;
        for name in names {
            let gap = (16 - column % 16) % 16;
            if column == 0 || column + gap + name.len() > 79 {
                out.extend_from_slice(b"\r\n");
                column = 0;
            } else {
                let gap = if gap == 0 { 16 } else { gap };
                out.extend(std::iter::repeat_n(b' ', gap));
                column += gap;
            }
            out.extend_from_slice(name);
            column += name.len();
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(if self.is_first() { b">>> " } else { b"... " });
        out.extend_from_slice(&self.text[self.start..]);
        back(self.text.len() - self.cursor, out);
    }

    fn word_start(&self) -> usize {
        let before = self.before_cursor();
        let end = before
            .iter()
            .rposition(|&b| b != b' ')
            .map_or(0, |at| at + 1);
        let start = before[..end]
            .iter()
            .rposition(|&b| b == b' ')
            .map_or(0, |at| at + 1);
        self.start + start
    }

    fn remember(&self, history: &mut Vec<Vec<u8>>) {
        let line = &self.text[self.start..];
        if line.is_empty() || history.last().is_some_and(|last| last == line) {
            return;
        }
        if history.len() == HISTORY {
            history.remove(0);
        }
        history.push(line.to_vec());
    }

    /// Replaces the line by the one `back` steps ago.
    fn recall(&mut self, back: usize, history: &[Vec<u8>], out: &mut Output) {
        if back > history.len() || back == self.recalled {
            return;
        }
        self.recalled = back;
        let line = match back {
            0 => &[][..],
            _ => &history[history.len() - back],
        };
        self.go(self.start, out);
        self.delete(self.start, self.text.len(), out);
        self.insert(line, out);
    }
}

/// Moves the cursor of the terminal to the left.
fn back(count: usize, out: &mut Output) {
    if count <= 4 {
        out.extend(std::iter::repeat_n(8, count));
    } else {
        out.extend_from_slice(format!("\x1b[{count}D").as_bytes());
    }
}

/// How far the line behind `text`, which ends in a line feed, is indented. A blank line behind
/// a blank line is not, so that three times Enter end a block.
fn indentation(text: &[u8]) -> usize {
    let mut lines = text
        .strip_suffix(b"\n")
        .unwrap_or(text)
        .rsplit(|&b| b == b'\n');
    let Some(last) = lines.next() else { return 0 };
    let blank = |line: &[u8]| line.iter().all(|&b| b == b' ');
    if blank(last) && lines.next().is_some_and(blank) {
        return 0;
    }
    let spaces = last.iter().take_while(|&&b| b == b' ').count();
    let steps = spaces / INDENT + usize::from(last.ends_with(b":"));
    steps * INDENT
}

#[cfg(test)]
mod tests {
    use super::{Key, Readline};
    use crate::output::Output;

    /// Types into an empty line; gives the line and all that was echoed.
    fn typed(keys: &str) -> (String, String) {
        let mut history = vec![b"first".to_vec(), b"second".to_vec()];
        let mut line = Readline::new(Vec::new());
        let mut out = Output::default();
        for &byte in keys.as_bytes() {
            assert_eq!(
                line.key(byte, &mut history, &mut out),
                Key::More,
                "{keys:?}"
            );
        }
        let text = String::from_utf8(line.into_text()).unwrap();
        (text, String::from_utf8(out.take(usize::MAX)).unwrap())
    }

    fn check(keys: &str, expected: &str) {
        assert_eq!(typed(keys).0, expected, "{keys:?}");
    }

    #[test]
    fn keys_edit_the_line() {
        check("abc\x1b[D\x1b[DX", "aXbc");
        check("abc\x01X", "Xabc");
        check("abc\x01\x05X", "abcX");
        check("abc\x1b[HX\x1b[FY", "XabcY");
        check("abc\x1b[1~X\x1b[4~Y", "XabcY");
        check("abc\x7f", "ab");
        check("abc\x01\x04", "bc");
        check("abc\x1b[H\x1b[3~", "bc");
        check("one two\x17", "one ");
        check("one two\x15", "");
        check("abc\x02\x02\x0b", "a");
        check("abc\x02\x06\x06X", "abcX");
        check("\tx", "    x");
        check("\t\t\x7fx", "    x");
        check("\x7f\x7fx", "x");
    }

    #[test]
    fn history_goes_up_and_down() {
        check("\x1b[A", "second");
        check("\x1b[A\x1b[A", "first");
        check("\x1b[A\x1b[A\x1b[A", "first");
        check("\x1b[A\x1b[A\x1b[B", "second");
        check("new\x1b[A\x1b[B", "");
        check("\x10\x10\x0e", "second");
    }

    #[test]
    fn echo_moves_the_terminal_along() {
        assert_eq!(typed("ab\x1b[DX").1, "ab\x08Xb\x08");
        assert_eq!(typed("ab\x7f").1, "ab\x08\x1b[K");
        assert_eq!(typed("abcdef\x01").1, "abcdef\x1b[6D");
    }

    #[test]
    fn lines_of_a_block_are_indented() {
        let indent =
            |text: &str| Readline::next(text.into(), &mut Output::default()).cursor - text.len();
        assert_eq!(indent("if 1:\n"), 4);
        assert_eq!(indent("if 1:\n    x\n"), 4);
        assert_eq!(indent("if 1:\n    for y in z:\n"), 8);
        assert_eq!(indent("if 1:\n    \n"), 4);
        assert_eq!(indent("if 1:\n    \n    \n"), 0);
        assert_eq!(indent("(1,\n"), 0);
    }
}
