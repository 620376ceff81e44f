//! The statements of a text and how they lie in blocks.

use std::ops::Range;

use belay_tokenize::{Token, TokenKind};

use crate::flow;

/// A text's tokens, without comments and line breaks in statements, and its statements, which are
/// ranges of tokens.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) source: &'a str,
    pub(crate) tokens: Vec<Token>,
    /// The line of each token, counted from 1.
    lines: Vec<u32>,
    pub(crate) block: Block,
}

/// The statements of a block, or of the whole text.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    /// Whether it stands on the line of its header.
    pub(crate) is_inline: bool,
}

#[derive(Debug)]
pub(crate) enum Statement {
    /// Simple statements on a line, one at least.
    Line(Vec<Range<usize>>),
    Compound(Compound),
}

#[derive(Debug)]
pub(crate) struct Compound {
    pub(crate) decorators: Vec<Range<usize>>,
    /// One at least. A `match` is followed by its cases.
    pub(crate) clauses: Vec<Clause>,
    /// Whether what follows can be reached.
    pub(crate) passes: bool,
}

#[derive(Debug)]
pub(crate) struct Clause {
    pub(crate) word: Word,
    /// From its first word to its colon, which is not part of it.
    pub(crate) header: Range<usize>,
    /// The first token behind the word that says what it is.
    pub(crate) content: usize,
    pub(crate) body: Block,
}

/// What a clause begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    If,
    Elif,
    Else,
    For,
    While,
    Try,
    Except,
    Finally,
    With,
    Def,
    Class,
    Match,
    Case,
}

impl<'a> Outline<'a> {
    /// `None` if the tokens make no statements.
    pub(crate) fn new(source: &'a str, mut tokens: Vec<Token>) -> Option<Self> {
        use TokenKind::{Comment, Continuation, LineBreak};
        tokens.retain(|token| !matches!(token.kind, Comment | LineBreak | Continuation));
        let lines = lines(source, &tokens);
        let mut reader = Reader {
            source,
            tokens: &tokens,
            next: 0,
        };
        let mut block = reader.block()?;
        if reader.next < tokens.len() {
            return None;
        }
        let mut outline = Self {
            source,
            tokens,
            lines,
            block: Block::default(),
        };
        flow::settle(&outline, &mut block);
        outline.block = block;
        Some(outline)
    }

    pub(crate) fn text(&self, token: usize) -> &'a str {
        self.tokens
            .get(token)
            .map_or("", |token| token.text(self.source))
    }

    pub(crate) fn line(&self, token: usize) -> u32 {
        self.lines[token]
    }

    /// Where a token begins.
    pub(crate) fn start(&self, token: usize) -> usize {
        self.tokens[token].range.start
    }

    /// Where the last token of a range ends.
    pub(crate) fn end(&self, range: &Range<usize>) -> usize {
        self.tokens[range.end - 1].range.end
    }

    /// Where the first statement of a block begins and where the line of its last one ends.
    pub(crate) fn ends_of(&self, block: &Block) -> Option<(usize, usize)> {
        let first = match block.statements.first()? {
            Statement::Line(line) => line[0].start,
            Statement::Compound(compound) => match compound.decorators.first() {
                Some(decorator) => decorator.start,
                None => compound.clauses[0].header.start,
            },
        };
        let mut last = block;
        loop {
            match last.statements.last()? {
                Statement::Line(line) => {
                    let rest = line[line.len() - 1].end..self.tokens.len();
                    let mut rest = self.tokens[rest].iter();
                    let end = rest.find(|token| token.kind == TokenKind::Newline)?;
                    return Some((self.start(first), end.range.end));
                }
                Statement::Compound(compound) => last = &compound.clauses.last()?.body,
            }
        }
    }

    /// Whether nothing but strings makes up a statement.
    pub(crate) fn is_string(&self, statement: &Range<usize>) -> bool {
        let tokens = &self.tokens[statement.clone()];
        tokens.iter().all(|token| {
            // Bytes are no docstring.
            let text = token.text(self.source);
            let prefix = text.split(['\'', '"']).next().unwrap_or("");
            token.kind == TokenKind::String && !prefix.contains(['b', 'B'])
        })
    }

    /// The lines from the first token of a range to the end of its last one.
    pub(crate) fn lines_of(&self, range: &Range<usize>) -> Range<u32> {
        let last = range.end - 1;
        let breaks = count_breaks(self.text(last));
        self.line(range.start)..self.line(last) + breaks + 1
    }

    /// The first token of a range that is this word or operator outside of brackets.
    pub(crate) fn find(&self, range: Range<usize>, word: &str) -> Option<usize> {
        let mut depth = 0_usize;
        range.into_iter().find(|&index| {
            match self.tokens[index].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => return depth == 0 && self.text(index) == word,
            }
            false
        })
    }

    /// The bracket that closes the one at an index, if there is one.
    pub(crate) fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let found = self.tokens[open..].iter().position(|token| {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })?;
        (found > 0).then_some(open + found)
    }

    /// Whether the functions that these decorators decorate are compiled from something else than
    /// Python's language.
    pub(crate) fn is_foreign(&self, decorators: &[Range<usize>]) -> bool {
        decorators.iter().any(|range| {
            let word = self.text(range.start + 3);
            self.text(range.start + 1) == "micropython"
                && (word == "viper" || word.starts_with("asm_"))
        })
    }
}

/// Counts line breaks: LF, CR, and CR LF as one.
fn count_breaks(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let breaks = bytes.iter().enumerate().filter(|&(index, &byte)| {
        byte == b'\n' || byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')
    });
    breaks.count() as u32
}

fn lines(source: &str, tokens: &[Token]) -> Vec<u32> {
    let (mut line, mut done) = (1, 0);
    let lines = tokens.iter().map(|token| {
        // An indentation may be followed by a `Dedent` that lies before it.
        if token.range.start > done {
            line += count_breaks(&source[done..token.range.start]);
            done = token.range.start;
        }
        line
    });
    lines.collect()
}

struct Reader<'a> {
    source: &'a str,
    tokens: &'a [Token],
    next: usize,
}

impl Reader<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.next).map(|token| token.kind)
    }

    fn text(&self, index: usize) -> &str {
        self.tokens
            .get(index)
            .map_or("", |token| token.text(self.source))
    }

    fn take(&mut self, kind: TokenKind) -> Option<()> {
        (self.kind()? == kind).then(|| self.next += 1)
    }

    /// Reads statements up to the end of a block or of the text.
    fn block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        while let Some(kind) = self.kind() {
            if kind == TokenKind::Dedent {
                break;
            }
            self.statement(&mut block.statements)?;
        }
        Some(block)
    }

    fn statement(&mut self, statements: &mut Vec<Statement>) -> Option<()> {
        let mut decorators = Vec::new();
        while self.text(self.next) == "@" {
            let start = self.next;
            while self.kind()? != TokenKind::Newline {
                self.next += 1;
            }
            decorators.push(start..self.next);
            self.next += 1;
        }
        let is_async = self.text(self.next) == "async";
        let word = match self.text(self.next + usize::from(is_async)) {
            "if" => Word::If,
            "elif" => Word::Elif,
            "else" => Word::Else,
            "for" => Word::For,
            "while" => Word::While,
            "try" => Word::Try,
            "except" => Word::Except,
            "finally" => Word::Finally,
            "with" => Word::With,
            "def" => Word::Def,
            "class" => Word::Class,
            "match" if self.is_match() => Word::Match,
            _ => {
                let line = self.line()?;
                statements.push(Statement::Line(line));
                return decorators.is_empty().then_some(());
            }
        };
        if !decorators.is_empty() && !matches!(word, Word::Def | Word::Class) {
            return None;
        }
        if matches!(word, Word::Elif | Word::Else | Word::Except | Word::Finally) {
            let clause = self.clause(word, is_async)?;
            let Some(Statement::Compound(compound)) = statements.last_mut() else {
                return None;
            };
            compound.clauses.push(clause);
            return Some(());
        }
        let clauses = if word == Word::Match {
            self.cases()?
        } else {
            vec![self.clause(word, is_async)?]
        };
        statements.push(Statement::Compound(Compound {
            decorators,
            clauses,
            passes: true,
        }));
        Some(())
    }

    /// Whether the line at a word `match` opens a block with a case.
    fn is_match(&self) -> bool {
        let rest = &self.tokens[self.next..];
        let Some(end) = rest
            .iter()
            .position(|token| token.kind == TokenKind::Newline)
        else {
            return false;
        };
        end > 1
            && rest[end - 1].kind == TokenKind::Colon
            && rest.get(end + 1).map(|token| token.kind) == Some(TokenKind::Indent)
            && self.text(self.next + end + 2) == "case"
    }

    fn cases(&mut self) -> Option<Vec<Clause>> {
        let start = self.next;
        while self.kind()? != TokenKind::Newline {
            self.next += 1;
        }
        let mut clauses = vec![Clause {
            word: Word::Match,
            header: start..self.next - 1,
            content: start + 1,
            body: Block::default(),
        }];
        self.take(TokenKind::Newline)?;
        self.take(TokenKind::Indent)?;
        while self.kind()? != TokenKind::Dedent {
            if self.text(self.next) != "case" {
                return None;
            }
            clauses.push(self.clause(Word::Case, false)?);
        }
        self.take(TokenKind::Dedent)?;
        Some(clauses)
    }

    fn clause(&mut self, word: Word, is_async: bool) -> Option<Clause> {
        let start = self.next;
        self.header()?;
        let header = start..self.next;
        let content = start + 1 + usize::from(is_async);
        let needs_content = matches!(word, Word::If | Word::Elif | Word::While | Word::With);
        if header.end < content || needs_content && header.end == content {
            return None;
        }
        self.take(TokenKind::Colon)?;
        let body = if self.kind()? == TokenKind::Newline {
            self.next += 1;
            self.take(TokenKind::Indent)?;
            let body = self.block()?;
            self.take(TokenKind::Dedent)?;
            body
        } else {
            Block {
                statements: vec![Statement::Line(self.line()?)],
                is_inline: true,
            }
        };
        Some(Clause {
            word,
            header,
            content,
            body,
        })
    }

    /// Moves to the colon that ends a header.
    fn header(&mut self) -> Option<()> {
        let (mut depth, mut lambdas) = (0_usize, 0_usize);
        loop {
            match self.kind()? {
                TokenKind::Newline | TokenKind::Semicolon => return None,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Name if depth == 0 && self.text(self.next) == "lambda" => lambdas += 1,
                TokenKind::Colon if depth == 0 && lambdas > 0 => lambdas -= 1,
                TokenKind::Colon if depth == 0 => return Some(()),
                _ => {}
            }
            self.next += 1;
        }
    }

    /// Reads the simple statements of the rest of a line.
    fn line(&mut self) -> Option<Vec<Range<usize>>> {
        let mut statements = Vec::new();
        let mut start = self.next;
        loop {
            let kind = self.kind()?;
            if matches!(kind, TokenKind::Indent | TokenKind::Dedent) {
                return None;
            }
            if matches!(kind, TokenKind::Newline | TokenKind::Semicolon) {
                if self.next > start {
                    statements.push(start..self.next);
                }
                start = self.next + 1;
            }
            self.next += 1;
            if kind == TokenKind::Newline {
                return (!statements.is_empty()).then_some(statements);
            }
        }
    }
}
