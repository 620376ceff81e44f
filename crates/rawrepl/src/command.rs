//! The source text of a command, and how its end is marked.

use crate::Mark;

/// Python source that prints a [`Mark`] when it has run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub(crate) code: Vec<u8>,
    pub(crate) mark: Mark,
    /// Whether it goes in raw-paste mode or not at all.
    pub(crate) only_pasted: bool,
    /// The line of `code` that prints the mark, where the user's own code may have spoilt `print`.
    pub(crate) epilogue_line: Option<usize>,
}

impl Command {
    /// Runs `code` as it is; the mark is printed by a line put behind it.
    pub fn exec(code: &str, mark: Mark) -> Self {
        let code = code.trim_end_matches(['\n', '\r', ' ', '\t']);
        let mut text = String::with_capacity(code.len() + 24);
        let mut epilogue_line = 1;
        if !code.is_empty() {
            text.push_str(code);
            text.push('\n');
            epilogue_line += count_lines(code);
        }
        text.push_str("print('");
        text.push_str(mark.as_str());
        text.push_str("')");
        Self {
            code: text.into_bytes(),
            mark,
            only_pasted: false,
            epilogue_line: Some(epilogue_line),
        }
    }

    /// Evaluates `expression`; the payload is its repr between square brackets.
    ///
    /// The brackets make the board print the repr of any value, a string included, piece by piece:
    /// no copy of the whole text is made in its memory.
    pub fn eval(expression: &str, mark: Mark) -> Self {
        let expression = expression.trim();
        // The line end keeps a comment at the end of the expression from hiding the brackets.
        let end = if expression.contains('#') { "\n" } else { "" };
        Self {
            code: format!("print('{mark}',[({expression}{end})],'{mark}')").into_bytes(),
            mark,
            only_pasted: false,
            epilogue_line: None,
        }
    }

    /// Code that prints the mark by itself: once, alone on a line, as its very last output; or twice
    /// in one line, with a space, a payload and a space between the two.
    pub fn marked(code: impl Into<Vec<u8>>, mark: Mark) -> Self {
        Self {
            code: code.into(),
            mark,
            only_pasted: false,
            epilogue_line: None,
        }
    }

    /// Sends it in raw-paste mode, which compiles it as it comes, or not at all: on a board that has to
    /// hold the whole text first it is [cancelled](crate::Outcome::Cancelled).
    #[must_use]
    pub fn only_pasted(mut self) -> Self {
        self.only_pasted = true;
        self
    }

    /// The mark that the code prints.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }

    /// The bytes that the board will run.
    pub fn code(&self) -> &[u8] {
        &self.code
    }
}

/// The lines of `code` as MicroPython's lexer counts them: LF, CR LF and a lone CR each end one.
fn count_lines(code: &str) -> usize {
    let bytes = code.as_bytes();
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|&(i, &byte)| byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')));
    ends.count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nonce;

    fn check(code: &str, line: usize) {
        let command = Command::exec(code, Nonce::new(1).mark(2));
        assert_eq!(command.epilogue_line, Some(line), "{code:?}");
    }

    #[test]
    fn the_epilogue_knows_its_line() {
        check("", 1);
        check("a = 1", 2);
        check("a = 1\n\n\n", 2);
        check("a\r\nb\rc\nd", 5);
    }

    #[test]
    fn a_comment_does_not_hide_the_frame() {
        let command = Command::eval("1  # one", Nonce::new(1).mark(2));
        assert_eq!(
            String::from_utf8(command.code).unwrap(),
            "print('~00000000012~',[(1  # one\n)],'~00000000012~')"
        );
    }
}
