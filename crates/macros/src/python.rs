//! What a Python file defines, as far as its callers see it.

mod annotation;
mod signature;

use belay_tokenize::{Token, TokenKind};

pub(crate) use annotation::Type;
pub(crate) use signature::{Default, Kind, Parameter};

use crate::error::{Error, ErrorKind};

/// A Python file.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) doc: Option<String>,
    /// The names of all functions of the outermost level, private ones too, each once, in the order
    /// in which a session hands them out.
    pub(crate) names: Vec<String>,
    /// The functions that get a method.
    pub(crate) functions: Vec<Function>,
}

/// A function of the outermost level.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Of a generator, the type of its values.
    pub(crate) result: Type,
    pub(crate) is_generator: bool,
    pub(crate) doc: Option<String>,
}

/// Reads the functions of a text.
pub(crate) fn read(text: &str) -> Result<Module, Error> {
    let mut tokens = belay_tokenize::tokenize(text)?;
    tokens.retain(is_code);
    let code = Code {
        text,
        tokens: &tokens,
    };
    let mut module = Module {
        doc: code.docstring(),
        names: Vec::new(),
        functions: Vec::new(),
    };
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth = depth.saturating_sub(1),
            TokenKind::Name if depth == 0 && code.word(index) == "def" => {
                let is_async = index > 0 && code.word(index - 1) == "async";
                module.add(code.from(index).function()?, is_async, token.range.start)?;
            }
            _ => {}
        }
    }
    Ok(module)
}

impl Module {
    /// Adds a function, in the place of an earlier one of its name.
    fn add(&mut self, function: Function, is_async: bool, start: usize) -> Result<(), Error> {
        let name = &function.name;
        if is_reserved(name) {
            let name = name.clone();
            return Err(Error::new(ErrorKind::ReservedName { name }, start));
        }
        self.functions.retain(|known| known.name != *name);
        if !self.names.contains(name) {
            self.names.push(name.clone());
        }
        if name.starts_with('_') || is_async {
            return Ok(());
        }
        if name == "new" {
            return Err(Error::new(ErrorKind::Constructor, start));
        }
        self.functions.push(function);
        Ok(())
    }
}

/// The names that a session refuses.
fn is_reserved(name: &str) -> bool {
    let dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    dunder || name.starts_with("_belay") || name.starts_with("__belay")
}

fn is_code(token: &Token) -> bool {
    !matches!(
        token.kind,
        TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation
    )
}

/// Tokens without comments and line breaks in brackets, and the text they come from.
#[derive(Debug, Clone, Copy)]
struct Code<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Code<'a> {
    fn from(self, index: usize) -> Self {
        let index = index.min(self.tokens.len());
        Self {
            tokens: &self.tokens[index..],
            ..self
        }
    }

    fn to(self, index: usize) -> Self {
        Self {
            tokens: &self.tokens[..index],
            ..self
        }
    }

    fn kind(self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The text of a token; empty behind the last one.
    fn word(self, index: usize) -> &'a str {
        let token = self.tokens.get(index);
        token.map_or("", |token| &self.text[token.range.clone()])
    }

    /// The error that something is missing at a token.
    fn expected(self, index: usize, what: &'static str) -> Error {
        let place = self.tokens.get(index).or(self.tokens.last());
        Error::new(
            ErrorKind::Expected(what),
            place.map_or(self.text.len(), |token| token.range.start),
        )
    }

    /// The pieces between separators that stand outside brackets and lambdas, whose commas and
    /// colons are their own. An empty piece at the end is left out.
    fn split(self, is_separator: impl Fn(&str) -> bool) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut start = 0;
        let (mut depth, mut lambdas) = (0_usize, 0_usize);
        for (index, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                TokenKind::Name if self.word(index) == "lambda" => lambdas += 1,
                TokenKind::Colon if lambdas > 0 => lambdas -= 1,
                _ if lambdas == 0 && is_separator(self.word(index)) => {
                    pieces.push(self.to(index).from(start));
                    start = index + 1;
                }
                _ => {}
            }
        }
        if start < self.tokens.len() {
            pieces.push(self.from(start));
        }
        pieces
    }

    /// The string that these statements begin with, if that is a statement of its own.
    fn docstring(self) -> Option<String> {
        let strings = self
            .tokens
            .iter()
            .take_while(|t| t.kind == TokenKind::String);
        let count = strings.count();
        let ends = matches!(
            self.kind(count),
            None | Some(TokenKind::Newline | TokenKind::Semicolon | TokenKind::Dedent)
        );
        if count == 0 || !ends {
            return None;
        }
        (0..count).map(|index| string(self.word(index))).collect()
    }

    /// Whether a function with this body is a generator function.
    fn has_yield(self) -> bool {
        let mut index = 0;
        while index < self.tokens.len() {
            match (self.kind(index), self.word(index)) {
                (Some(TokenKind::Name), "yield") => return true,
                (Some(TokenKind::Name), "def" | "class") => {
                    let rest = self.from(index);
                    index += rest.suite().1;
                }
                _ => index += 1,
            }
        }
        false
    }

    /// Where the suite begins that belongs to the header at the front, and where it ends.
    fn suite(self) -> (usize, usize) {
        let colon = self.outside(":").unwrap_or(self.tokens.len());
        let is_block = self.kind(colon + 1) == Some(TokenKind::Newline)
            && self.kind(colon + 2) == Some(TokenKind::Indent);
        if !is_block {
            let mut rest = self.tokens.iter().skip(colon);
            let length = rest.position(|token| token.kind == TokenKind::Newline);
            let end = length.map_or(self.tokens.len(), |length| colon + length);
            return ((colon + 1).min(end), end);
        }
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(colon + 2) {
            match token.kind {
                TokenKind::Indent => depth += 1,
                TokenKind::Dedent => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return (colon + 3, index);
            }
        }
        (colon + 3, self.tokens.len())
    }

    /// The first token of this text outside brackets and lambdas.
    fn outside(self, text: &str) -> Option<usize> {
        let first = self.split(|word| word == text).into_iter().next()?;
        let index = first.tokens.len();
        (index < self.tokens.len()).then_some(index)
    }
}

/// The value of a string literal.
fn string(literal: &str) -> Option<String> {
    match belay_pylit::parse(literal) {
        Ok(belay_pylit::Value::Str(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
