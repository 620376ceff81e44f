//! The text that comes out.

use belay_tokenize::{Token, TokenKind, would_merge};

/// Writes tokens with as little as possible between them.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    source: &'a str,
    output: String,
    strip: bool,
    /// Line breaks that come before the next token.
    breaks: usize,
    /// Whether nothing of the line with statements has been written.
    fresh: bool,
    /// How many blocks are around the line.
    indent: usize,
    /// How many brackets are open.
    depth: usize,
    /// Whether a semicolon comes before the next statement.
    semicolon: bool,
    /// The last token that was written, if it lies on the line.
    previous: Option<(TokenKind, &'a str)>,
}

/// A place where a statement was dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The line breaks that come before it.
    breaks: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(source: &'a str, strip: bool) -> Self {
        Self {
            source,
            output: String::with_capacity(source.len()),
            strip,
            breaks: 0,
            fresh: true,
            indent: 0,
            depth: 0,
            semicolon: false,
            previous: None,
        }
    }

    pub(super) fn finish(mut self) -> String {
        if !self.output.is_empty() {
            self.output.push('\n');
        }
        self.output
    }

    pub(super) fn indent(&mut self) {
        self.indent += 1;
    }

    pub(super) fn dedent(&mut self) {
        self.indent -= 1;
    }

    /// A line break that ends no statement.
    pub(super) fn line_break(&mut self) {
        if !self.strip {
            self.breaks += 1;
        }
    }

    /// The end of a line with statements.
    pub(super) fn end_of_line(&mut self) {
        if !self.strip {
            self.breaks += 1;
        } else if !self.fresh {
            self.breaks = 1;
        }
        self.fresh = true;
        self.semicolon = false;
        self.previous = None;
    }

    pub(super) fn start_statement(&mut self) {
        if self.semicolon {
            self.output.push(';');
            self.semicolon = false;
            self.previous = None;
        }
    }

    /// The end of a simple statement.
    pub(super) fn end_statement(&mut self) {
        self.semicolon = true;
    }

    /// The place before the next token.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            breaks: self.breaks,
        }
    }

    /// Writes nothing for a token but keeps its line breaks.
    pub(super) fn drop_token(&mut self, token: &Token) {
        if self.strip {
            return;
        }
        self.breaks += match token.kind {
            TokenKind::LineBreak | TokenKind::Continuation => 1,
            TokenKind::String => lines(self.text(token)).count() - 1,
            _ => 0,
        };
    }

    /// Writes a statement where one was dropped and nothing has been written since.
    pub(super) fn zero(&mut self, mark: Mark) {
        let (fresh, later) = (self.fresh, self.breaks - mark.breaks);
        self.breaks = mark.breaks;
        self.space(TokenKind::Number, "0");
        self.output.push('0');
        self.previous = Some((TokenKind::Number, "0"));
        self.breaks = later;
        self.fresh = fresh;
        // With `strip`, the end of the line did not count because the line was empty.
        if self.strip && fresh {
            self.breaks = 1;
        }
    }

    /// Writes a token. Lines in strings end in `\n` whatever they ended in.
    pub(super) fn token(&mut self, token: &Token) {
        let text = self.text(token);
        self.space(token.kind, text);
        match token.kind {
            TokenKind::Open => self.depth += 1,
            TokenKind::Close => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if is_string(token.kind) && memchr::memchr(b'\r', text.as_bytes()).is_some() {
            for (index, line) in lines(text).enumerate() {
                if index > 0 {
                    self.output.push('\n');
                }
                self.output.push_str(line);
            }
        } else {
            self.output.push_str(text);
        }
        self.previous = Some((token.kind, text));
    }

    /// Writes a number that is not in the source.
    pub(super) fn literal(&mut self, text: &'static str) {
        self.space(TokenKind::Number, text);
        self.output.push_str(text);
        self.previous = Some((TokenKind::Number, text));
    }

    fn text(&self, token: &Token) -> &'a str {
        &self.source[token.range.clone()]
    }

    /// Writes what must stand before a token.
    fn space(&mut self, kind: TokenKind, text: &str) {
        let breaks = std::mem::take(&mut self.breaks);
        if self.fresh {
            for _ in 0..breaks {
                self.output.push('\n');
            }
            for _ in 0..self.indent {
                self.output.push(' ');
            }
            self.fresh = false;
        } else if breaks > 0 {
            let text = if self.depth > 0 { "\n" } else { "\\\n" };
            self.output.extend(std::iter::repeat_n(text, breaks));
        } else if let Some((previous, before)) = self.previous {
            // Three dots in a row would be one token.
            let dots = before == "." && text == "." && self.output.ends_with("..");
            if dots || would_merge((previous, before), (kind, text)) {
                self.output.push(' ');
            }
        }
    }
}

fn is_string(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::String | TokenKind::FString | TokenKind::TString
    )
}

/// The lines of a string.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else {
            return rest.take();
        };
        let (line, more) = text.split_at(end);
        rest = Some(more.strip_prefix("\r\n").unwrap_or(&more[1..]));
        Some(line)
    })
}
