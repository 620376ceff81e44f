//! Annotations, which [`Options::strip`](super::Options::strip) drops.

use belay_tokenize::{Token, TokenKind};

use super::Minifier;

/// Where the annotation of a variable lies among the tokens of its statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    pub(super) colon: usize,
    /// The `=`, or the end of the statement.
    pub(super) end: usize,
}

/// Finds the annotation in a simple statement.
pub(super) fn find(source: &str, tokens: &[Token]) -> Option<Annotation> {
    let mut expression = Expression::default();
    let mut colon = None;
    for (index, token) in tokens.iter().enumerate() {
        let outside = expression.is_outside(source, token);
        match token.kind {
            TokenKind::Newline | TokenKind::Semicolon => {
                // Without anything behind it, it is the colon of `match x:`.
                return colon
                    .filter(|&colon| tokens[colon + 1..index].iter().any(is_code))
                    .map(|colon| Annotation { colon, end: index });
            }
            TokenKind::Operator if outside && token.text(source) == "=" => {
                return colon.map(|colon| Annotation { colon, end: index });
            }
            // A second colon opens a block, and what opens one is no variable.
            TokenKind::Colon if outside && colon.replace(index).is_some() => return None,
            _ => {}
        }
    }
    None
}

fn is_code(token: &Token) -> bool {
    !matches!(
        token.kind,
        TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation
    )
}

/// How deep a token lies in an expression: in how many brackets, and in the parameters of how many
/// lambdas, whose colons, commas and `=` are their own.
#[derive(Debug, Default)]
struct Expression {
    depth: usize,
    lambdas: usize,
}

impl Expression {
    /// Whether the next token lies outside all brackets and lambdas, where a bracket itself counts
    /// as inside.
    fn is_outside(&mut self, source: &str, token: &Token) -> bool {
        match token.kind {
            TokenKind::Open => self.depth += 1,
            TokenKind::Close => {
                self.depth = self.depth.saturating_sub(1);
                return false;
            }
            _ if self.depth > 0 => {}
            TokenKind::Name if token.text(source) == "lambda" => self.lambdas += 1,
            TokenKind::Colon if self.lambdas > 0 => {
                self.lambdas -= 1;
                return false;
            }
            _ => {}
        }
        self.depth == 0 && self.lambdas == 0
    }
}

impl Minifier<'_> {
    /// How many tokens a statement has that is nothing but an annotation and is to be dropped.
    pub(super) fn droppable_annotation(&self, tokens: &[Token]) -> Option<usize> {
        if !self.strip
            || tokens[0].kind != TokenKind::Name
            || self.blocks.in_function()
            || self.blocks.is_compiled()
        {
            return None;
        }
        let found = find(self.source, tokens)?;
        let is_bare = tokens[found.end].kind != TokenKind::Operator;
        let is_name = !tokens[1..found.colon].iter().any(is_code);
        (is_bare && is_name).then_some(found.end)
    }

    /// Whether no value follows the annotation that ends at this token.
    pub(super) fn is_bare(&self, end: usize) -> bool {
        self.tokens[end].kind != TokenKind::Operator
    }

    /// Takes the annotation of a variable without a value: it makes the variable of a function
    /// local. The target of another one is evaluated, and the statement stays.
    pub(super) fn bare_annotation(&mut self, colon: usize, end: usize) {
        let is_name = colon > 0 && {
            let name = self.tokens[..colon].iter().rposition(is_code);
            name.is_some_and(|name| {
                self.tokens[name].kind == TokenKind::Name && self.starts_statement(name)
            })
        };
        if is_name {
            self.take();
            self.writer.literal("0");
            self.next = end;
        } else {
            while self.next < end {
                self.take();
            }
        }
    }

    /// Whether a statement begins at a token.
    fn starts_statement(&self, index: usize) -> bool {
        let before = self.tokens[..index].iter().rev();
        let mut kinds = before
            .filter(|token| is_code(token))
            .map(|token| token.kind);
        matches!(
            kinds.next(),
            None | Some(
                TokenKind::Newline
                    | TokenKind::Semicolon
                    | TokenKind::Indent
                    | TokenKind::Dedent
                    | TokenKind::Colon
            )
        )
    }

    /// Takes the header of a function up to its colon, without annotations.
    pub(super) fn take_signature(&mut self) {
        while !self.is_at("(") && !self.ends_header() {
            if self.is_at("[") {
                self.take_brackets();
            } else {
                self.take();
            }
        }
        if self.ends_header() {
            return;
        }
        self.take();
        while !self.ends_signature() {
            self.take_parameter();
        }
        if self.kind() == TokenKind::Close {
            self.take();
        }
        let mut expression = Expression::default();
        let mut skips = false;
        loop {
            let token = &self.tokens[self.next];
            let outside = expression.is_outside(self.source, token);
            if token.kind == TokenKind::Newline || outside && token.kind == TokenKind::Colon {
                return;
            }
            skips |= outside && self.is_at("->");
            if skips {
                self.next += 1;
            } else {
                self.take();
            }
        }
    }

    /// Takes a parameter with the comma behind it, or what else lies there.
    fn take_parameter(&mut self) {
        let mut expression = Expression::default();
        let (mut skips, mut is_default) = (false, false);
        loop {
            let token = &self.tokens[self.next];
            if expression.depth == 0 && self.ends_signature() {
                return;
            }
            let outside = expression.is_outside(self.source, token);
            if outside && self.is_at("=") {
                (skips, is_default) = (false, true);
            }
            if outside && self.is_at(",") {
                self.take();
                return;
            }
            skips |= outside && !is_default && token.kind == TokenKind::Colon;
            if skips {
                self.next += 1;
            } else {
                self.take();
            }
        }
    }

    /// Takes brackets and what is in them.
    fn take_brackets(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.kind() {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Newline => return,
                _ => {}
            }
            self.take();
            if depth == 0 {
                return;
            }
        }
    }

    fn is_at(&self, text: &str) -> bool {
        self.text(self.next) == text
    }

    fn ends_header(&self) -> bool {
        matches!(self.kind(), TokenKind::Colon | TokenKind::Newline)
    }

    fn ends_signature(&self) -> bool {
        matches!(self.kind(), TokenKind::Close | TokenKind::Newline)
    }
}
