//! From text to tokens.

mod brackets;
mod class;
mod cursor;
mod fstring;
mod indentation;
mod number;
mod operator;
mod string;

use self::brackets::Brackets;
use self::class::{Class, Prefix, class, is_space};
use self::cursor::Cursor;
use self::fstring::fstring;
use self::indentation::{Change, Indentation, Width};
use self::number::number;
use self::string::string;
use crate::{Error, ErrorKind, Token, TokenKind};

pub use self::brackets::MAX_BRACKETS;
pub(crate) use self::class::{is_word, prefix};
pub use self::indentation::MAX_INDENT;
pub(crate) use self::operator::merges;

/// Bytes of source for each token, on the safe side of what is common.
const BYTES_PER_TOKEN: usize = 4;

/// Splits a text into tokens. All but white space lies in a token, and a byte order mark.
///
/// # Errors
///
/// Whatever keeps the text from being split: see [`ErrorKind`].
///
/// ```
/// use belay_tokenize::{TokenKind, tokenize};
///
/// let source = "x = 'a' # b";
/// let tokens = tokenize(source)?;
/// assert_eq!(tokens[2].kind, TokenKind::String);
/// assert_eq!(&source[tokens[2].range.clone()], "'a'");
/// # Ok::<(), belay_tokenize::Error>(())
/// ```
pub fn tokenize(source: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer::new(source)?;
    lexer.tokens.reserve(source.len() / BYTES_PER_TOKEN + 1);
    while lexer.line()? {}
    Ok(lexer.tokens)
}

/// Splits a text line by line, where a line with statements extends to its [`TokenKind::Newline`].
///
/// ```
/// use belay_tokenize::Lexer;
///
/// let mut lexer = Lexer::new("a = 1 # b\nif a:\n c")?;
/// let mut tokens = Vec::new();
/// let mut lengths = Vec::new();
/// while lexer.next_line(&mut tokens)? {
///     lengths.push(tokens.len());
/// }
/// assert_eq!(lengths, [5, 4, 3]);
/// # Ok::<(), belay_tokenize::Error>(())
/// ```
#[derive(Debug)]
pub struct Lexer<'a> {
    source: &'a str,
    cursor: Cursor<'a>,
    tokens: Vec<Token>,
    indentation: Indentation,
    brackets: Brackets,
    /// Whether the line before opens a block: whether it ends in a colon.
    opened: bool,
}

impl<'a> Lexer<'a> {
    /// A lexer at the beginning of a text; it fails if there is a null byte in it.
    pub fn new(source: &'a str) -> Result<Self, Error> {
        if let Some(offset) = memchr::memchr(0, source.as_bytes()) {
            return Err(Error::new(ErrorKind::NullByte, offset..offset + 1));
        }
        let mut lexer = Self {
            source,
            cursor: Cursor::new(source),
            tokens: Vec::new(),
            indentation: Indentation::new(),
            brackets: Brackets::default(),
            opened: false,
        };
        if source.starts_with('\u{feff}') {
            lexer.cursor.advance('\u{feff}'.len_utf8());
        }
        Ok(lexer)
    }

    /// Replaces the tokens by those of the next line with statements, with all that comes before
    /// it; at the end, by those of the rest. Gives `false` when that is done.
    ///
    /// # Errors
    ///
    /// Whatever keeps the line from being split; nothing can be read behind it.
    pub fn next_line(&mut self, tokens: &mut Vec<Token>) -> Result<bool, Error> {
        std::mem::swap(&mut self.tokens, tokens);
        self.tokens.clear();
        let more = self.line()?;
        std::mem::swap(&mut self.tokens, tokens);
        Ok(more)
    }

    /// Moves past the next line with statements. Gives `false` at the end of the text.
    fn line(&mut self) -> Result<bool, Error> {
        if self.start_of_line()? {
            self.opened = self.statements()?;
            return Ok(true);
        }
        let end = self.cursor.offset;
        if self.opened {
            return Err(Error::new(ErrorKind::ExpectedIndent, end..end));
        }
        for _ in 0..self.indentation.depth() {
            self.push(TokenKind::Dedent, end);
        }
        Ok(false)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        let range = start..self.cursor.offset;
        self.tokens.push(Token { kind, range });
    }

    /// Moves past lines without a statement and past the white space before one. Gives `false` at
    /// the end of the text.
    fn start_of_line(&mut self) -> Result<bool, Error> {
        let mut width = Width::default();
        // As in CPython, what stands before a backslash is the indentation, not what stands on the
        // next line, unless nothing does. Before a backslash a tab has one width only.
        let mut before_backslash = None;
        let mut start = self.cursor.offset;
        loop {
            let offset = self.cursor.offset;
            let byte = self.cursor.peek();
            match class(byte) {
                Class::Space => {
                    self.cursor.advance(1);
                    width = width.with(byte);
                }
                Class::LineBreak => {
                    self.cursor.line_break();
                    self.push(TokenKind::LineBreak, offset);
                    (width, before_backslash) = (Width::default(), None);
                    start = self.cursor.offset;
                }
                Class::Comment => self.comment(),
                Class::Backslash => {
                    before_backslash = before_backslash.or_else(|| width.before_backslash());
                    self.continuation()?;
                    width = Width::default();
                    start = self.cursor.offset;
                }
                _ if self.cursor.is_end() => return Ok(false),
                _ => break,
            }
        }
        let end = self.cursor.offset;
        let width = before_backslash.unwrap_or(width);
        let change = self
            .indentation
            .line(width, self.opened)
            .map_err(|kind| Error::new(kind, start..end))?;
        match change {
            Change::Same => {}
            Change::Indent => self.push(TokenKind::Indent, start),
            Change::Dedent(count) => {
                for _ in 0..count {
                    self.push(TokenKind::Dedent, end);
                }
            }
        }
        Ok(true)
    }

    /// Moves past statements, over all the lines that they extend to. Gives whether they end in a
    /// colon.
    fn statements(&mut self) -> Result<bool, Error> {
        let mut last = TokenKind::Newline;
        loop {
            self.cursor.advance_while(is_space);
            let start = self.cursor.offset;
            let byte = self.cursor.peek();
            let kind = match class(byte) {
                Class::Word => self.word()?,
                Class::Digit => self.number()?,
                Class::Dot if self.cursor.peek_at(1).is_ascii_digit() => self.number()?,
                Class::Operator | Class::Dot => self.operator()?,
                Class::Open => {
                    self.cursor.advance(1);
                    self.brackets.open(byte, start)?;
                    TokenKind::Open
                }
                Class::Close => {
                    self.cursor.advance(1);
                    self.brackets.close(byte, start)?;
                    TokenKind::Close
                }
                Class::Quote => {
                    string(&mut self.cursor, start)?;
                    TokenKind::String
                }
                Class::LineBreak => {
                    self.cursor.line_break();
                    if self.brackets.is_empty() {
                        self.push(TokenKind::Newline, start);
                        return Ok(last == TokenKind::Colon);
                    }
                    self.push(TokenKind::LineBreak, start);
                    continue;
                }
                Class::Comment => {
                    self.comment();
                    continue;
                }
                Class::Backslash => {
                    self.continuation()?;
                    continue;
                }
                Class::Wrong if self.cursor.is_end() => {
                    self.brackets.finish()?;
                    self.push(TokenKind::Newline, start);
                    return Ok(last == TokenKind::Colon);
                }
                Class::Wrong | Class::Space => return Err(self.unexpected(start)),
            };
            if kind == TokenKind::Semicolon && !self.may_end_statement(last) {
                return Err(self.unexpected(start));
            }
            self.push(kind, start);
            last = kind;
        }
    }

    /// Whether a statement may end behind this token on its line. Nobody who sees the other tokens
    /// has to think of statements that end in brackets, or that have none.
    fn may_end_statement(&self, last: TokenKind) -> bool {
        let is_behind = !matches!(
            last,
            TokenKind::Newline | TokenKind::Semicolon | TokenKind::Colon
        );
        is_behind && self.brackets.is_empty()
    }

    fn comment(&mut self) {
        let start = self.cursor.offset;
        self.cursor.advance_to_line_end();
        self.push(TokenKind::Comment, start);
    }

    fn continuation(&mut self) -> Result<(), Error> {
        let start = self.cursor.offset;
        self.cursor.advance(1);
        let end = self.cursor.is_end();
        if !end && !self.cursor.line_break() {
            return Err(Error::new(ErrorKind::BadContinuation, start..start + 1));
        }
        // Behind a CR LF, CPython sees one more line that is empty.
        if end || self.cursor.is_end() && self.cursor.offset - start < "\\\r\n".len() {
            return Err(Error::new(ErrorKind::UnexpectedEnd, start..start + 1));
        }
        self.push(TokenKind::Continuation, start);
        Ok(())
    }

    /// A name, or a string with a prefix.
    fn word(&mut self) -> Result<TokenKind, Error> {
        let start = self.cursor.offset;
        self.cursor.advance_while(is_word);
        if class(self.cursor.peek()) != Class::Quote {
            return Ok(TokenKind::Name);
        }
        match prefix(self.cursor.since(start)) {
            None => Ok(TokenKind::Name),
            Some(Prefix::Plain) => {
                string(&mut self.cursor, start)?;
                Ok(TokenKind::String)
            }
            Some(Prefix::Formatted { raw }) => {
                fstring(&mut self.cursor, start, raw)?;
                Ok(TokenKind::FString)
            }
            Some(Prefix::Template { raw }) => {
                fstring(&mut self.cursor, start, raw)?;
                Ok(TokenKind::TString)
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, Error> {
        let start = self.cursor.offset;
        if number(&mut self.cursor) {
            return Ok(TokenKind::Number);
        }
        self.cursor.advance_while(is_word);
        let range = start..self.cursor.offset;
        Err(Error::new(ErrorKind::InvalidNumber, range))
    }

    fn operator(&mut self) -> Result<TokenKind, Error> {
        let cursor = &mut self.cursor;
        let byte = cursor.peek();
        let Some(length) = operator::length(byte, cursor.peek_at(1), cursor.peek_at(2)) else {
            return Err(self.unexpected(self.cursor.offset));
        };
        cursor.advance(length);
        Ok(match (byte, length) {
            (b':', 1) => TokenKind::Colon,
            (b';', _) => TokenKind::Semicolon,
            _ => TokenKind::Operator,
        })
    }

    fn unexpected(&self, start: usize) -> Error {
        let found = self.source[start..].chars().next().unwrap_or('\0');
        let kind = ErrorKind::UnexpectedCharacter { found };
        Error::new(kind, start..start + found.len_utf8())
    }
}
