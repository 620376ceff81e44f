//! The words of a manifest: those of Python, without numbers that are no integers.

use crate::error::{ManifestError, ManifestErrorKind};
use crate::location::Location;

/// The deepest indentation, and the deepest nesting of brackets.
pub(super) const MAX_DEPTH: usize = 50;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Integer(i64),
    Text(String),
    /// An operator or a bracket.
    Sign(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// Longer signs before those that they begin with.
const SIGNS: [&str; 46] = [
    "**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=",
    "|=", "^=", "@=", ":=", "->", "**", "//", "<<", ">>", "(", ")", "[", "]", "{", "}", ",", ":",
    ".", ";", "=", "+", "-", "*", "/", "%", "<", ">", "&", "|", "~", "@",
];

/// A token and the byte it begins at.
pub(super) type Placed = (Token, usize);

pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
    /// The columns of the blocks that are open.
    indents: Vec<usize>,
    brackets: usize,
    tokens: Vec<Placed>,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ManifestError> {
    let mut lexer = Lexer {
        text,
        position: if text.starts_with('\u{feff}') { 3 } else { 0 },
        indents: vec![0],
        brackets: 0,
        tokens: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn error<T>(&self, what: &'static str) -> Result<T, ManifestError> {
        Err(ManifestError {
            location: Location::of(self.text, self.position),
            kind: ManifestErrorKind::Syntax { what },
        })
    }

    fn push(&mut self, token: Token, length: usize) {
        self.tokens.push((token, self.position));
        self.position += length;
    }

    fn run(&mut self) -> Result<(), ManifestError> {
        let mut line_starts = true;
        loop {
            if line_starts && self.brackets == 0 {
                self.indentation()?;
            }
            line_starts = false;
            self.blanks();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                break;
            };
            match first {
                '\n' | '\r' => {
                    if self.brackets == 0 && self.in_line() {
                        self.tokens.push((Token::Newline, self.position));
                    }
                    self.position += if rest.starts_with("\r\n") { 2 } else { 1 };
                    line_starts = true;
                }
                '0'..='9' => self.integer()?,
                '"' | '\'' => self.string(false)?,
                c if c == '_' || unicode_ident::is_xid_start(c) => self.name()?,
                _ => self.sign()?,
            }
        }
        if self.brackets > 0 {
            return self.error("an open bracket");
        }
        if self.in_line() {
            self.push(Token::Newline, 0);
        }
        for _ in 1..self.indents.len() {
            self.push(Token::Dedent, 0);
        }
        self.push(Token::End, 0);
        Ok(())
    }

    /// Whether a statement has begun that has not ended.
    fn in_line(&self) -> bool {
        let last = self.tokens.last().map(|(token, _)| token);
        !matches!(
            last,
            None | Some(Token::Newline | Token::Indent | Token::Dedent)
        )
    }

    /// Blanks, a comment and continued lines.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\x0c']).len();
            self.position += blanks;
            let rest = self.rest();
            if rest.starts_with('#') {
                self.position += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if let Some(end) = ["\\\r\n", "\\\n"]
                .iter()
                .find(|end| rest.starts_with(**end))
            {
                self.position += end.len();
            } else {
                return;
            }
        }
    }

    /// The blocks that begin or end with this line. Empty lines and comments change nothing.
    fn indentation(&mut self) -> Result<(), ManifestError> {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\x0c']).len();
        if rest[blanks..].is_empty() || rest[blanks..].starts_with(['\n', '\r', '#']) {
            return Ok(());
        }
        let column = rest[..blanks].chars().fold(0, |column, c| match c {
            '\t' => (column / 8 + 1) * 8,
            '\x0c' => 0,
            _ => column + 1,
        });
        self.position += blanks;
        let current = self.indents.last().copied().unwrap_or(0);
        if column > current {
            if self.indents.len() > MAX_DEPTH {
                return self.error("too many blocks in each other");
            }
            self.indents.push(column);
            self.push(Token::Indent, 0);
        }
        while self.indents.last().is_some_and(|&indent| indent > column) {
            self.indents.pop();
            self.push(Token::Dedent, 0);
        }
        if self.indents.last() == Some(&column) {
            return Ok(());
        }
        self.error("an indentation that fits no block")
    }

    fn integer(&mut self) -> Result<(), ManifestError> {
        let rest = self.rest();
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let digits = rest[..length].replace('_', "");
        let value = match digits.get(..2) {
            Some("0x" | "0X") => i64::from_str_radix(&digits[2..], 16),
            _ => digits.parse(),
        };
        match value {
            Ok(value) => {
                self.push(Token::Integer(value), length);
                Ok(())
            }
            Err(_) => self.error("a number that is no integer of 64 bits"),
        }
    }

    fn name(&mut self) -> Result<(), ManifestError> {
        let rest = self.rest();
        let length = rest
            .find(|c| !unicode_ident::is_xid_continue(c))
            .unwrap_or(rest.len());
        let name = &rest[..length];
        if rest[length..].starts_with(['"', '\'']) {
            match name.to_ascii_lowercase().as_str() {
                "r" | "u" => {
                    self.position += length;
                    return self.string(name.eq_ignore_ascii_case("r"));
                }
                "f" | "rf" | "fr" => {
                    return Err(ManifestError {
                        location: Location::of(self.text, self.position),
                        kind: ManifestErrorKind::NeedsRunning {
                            what: "an f-string".to_owned(),
                        },
                    });
                }
                _ => return self.error("a string with an unknown prefix"),
            }
        }
        self.push(Token::Name(name.to_owned()), length);
        Ok(())
    }

    fn sign(&mut self) -> Result<(), ManifestError> {
        let rest = self.rest();
        let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
            return self.error("a character that has no meaning here");
        };
        match *sign {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" if self.brackets == 0 => {
                return self.error("a bracket that closes nothing");
            }
            ")" | "]" | "}" => self.brackets -= 1,
            _ => {}
        }
        if self.brackets > MAX_DEPTH {
            return self.error("too many brackets in each other");
        }
        self.push(Token::Sign(sign), sign.len());
        Ok(())
    }

    fn string(&mut self, raw: bool) -> Result<(), ManifestError> {
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(*quote))
            .unwrap_or("'");
        let mut text = String::new();
        let mut position = quote.len();
        loop {
            let ahead = &rest[position..];
            if ahead.starts_with(quote) {
                self.push(Token::Text(text), position + quote.len());
                return Ok(());
            }
            let mut chars = ahead.chars();
            match chars.next() {
                None => return self.error("a string without an end"),
                Some('\n' | '\r') if quote.len() == 1 => {
                    return self.error("a string without an end");
                }
                Some('\\') if raw => {
                    let escaped = chars.next();
                    text.push('\\');
                    text.extend(escaped);
                    position += 1 + escaped.map_or(0, char::len_utf8);
                }
                Some('\\') => match escape(chars.as_str()) {
                    Some((character, length)) => {
                        text.extend(character);
                        position += 1 + length;
                    }
                    None => return self.error("a string with a broken escape"),
                },
                Some(c) => {
                    text.push(c);
                    position += c.len_utf8();
                }
            }
        }
    }
}

/// What an escape stands for, and how many bytes it has behind the backslash.
fn escape(text: &str) -> Option<(Option<char>, usize)> {
    let digits = |count: usize| {
        let digits = text.get(1..=count)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        Some((Some(char::from_u32(value)?), count + 1))
    };
    let simple = |c| Some((Some(c), 1));
    match text.chars().next()? {
        '\n' => Some((None, 1)),
        '\r' => Some((None, if text.starts_with("\r\n") { 2 } else { 1 })),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        c @ ('\\' | '\'' | '"') => simple(c),
        'x' => digits(2),
        'u' => digits(4),
        'U' => digits(8),
        // Rare ones would have to be right to the letter; none is worth it in a manifest.
        _ => None,
    }
}
