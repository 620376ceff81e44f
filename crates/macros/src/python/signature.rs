//! The headers of functions.

use belay_tokenize::TokenKind;

use super::{Code, Function, Type};
use crate::error::{Error, ErrorKind};

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) of: Type,
    pub(crate) default: Option<Default>,
}

/// How an argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By its place, or by name.
    Positional,
    /// By name.
    Keyword,
    /// `*rest`.
    Rest,
    /// `**rest`.
    RestByName,
}

/// What a parameter is when it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    None,
    Other,
}

/// Keywords that stand between or before operands.
const OPERATORS: &[&str] = &[
    "and", "await", "else", "for", "if", "in", "is", "lambda", "not", "or", "yield", "from",
    "async",
];

impl Code<'_> {
    /// The function whose `def` is the first token.
    pub(super) fn function(self) -> Result<Function, Error> {
        if self.kind(1) != Some(TokenKind::Name) {
            return Err(self.expected(1, "the function's name"));
        }
        if self.word(2) != "(" {
            return Err(self.expected(2, "`(`"));
        }
        let mut depth = 0_usize;
        let close = (2..self.tokens.len()).find(|&index| {
            match self.kind(index) {
                Some(TokenKind::Open) => depth += 1,
                Some(TokenKind::Close) => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let close = close.ok_or_else(|| self.expected(2, "`)`"))?;
        let parameters = self.to(close).from(3).parameters()?;

        let rest = self.from(close + 1);
        let line = rest.tokens.iter();
        let end = line.take_while(|t| t.kind != TokenKind::Newline).count();
        let colon = rest.to(end).outside(":");
        let colon = colon.ok_or_else(|| rest.expected(end, "`:`"))?;
        let annotation = match rest.word(0) {
            "->" if colon > 1 => Some(rest.to(colon).from(1)),
            "->" => return Err(rest.expected(1, "a type")),
            _ if colon > 0 => return Err(rest.expected(0, "`->` or `:`")),
            _ => None,
        };
        let (start, end) = rest.suite();
        let body = rest.to(end).from(start);
        let is_generator = body.has_yield();
        Ok(Function {
            name: self.word(1).to_owned(),
            parameters,
            result: match annotation {
                Some(annotation) if is_generator => annotation.yielded(),
                Some(annotation) => annotation.annotation(),
                None => Type::Any,
            },
            is_generator,
            doc: body.docstring(),
        })
    }

    /// What stands between the parentheses.
    fn parameters(self) -> Result<Vec<Parameter>, Error> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut kind = Kind::Positional;
        let mut next = 0;
        for code in self.split(|word| word == ",") {
            let place = next;
            next += code.tokens.len() + 1;
            match (code.word(0), code.tokens.len()) {
                ("*", 1) => {
                    kind = Kind::Keyword;
                    continue;
                }
                ("/", 1) => {
                    if let Some(known) = parameters.iter().find(|known| known.default.is_some()) {
                        let name = known.name.clone();
                        let kind = ErrorKind::PositionalOnlyDefault { name };
                        return Err(Error::new(kind, code.tokens[0].range.start));
                    }
                    continue;
                }
                (_, 0) => return Err(self.expected(place, "a parameter")),
                _ => {}
            }
            let parameter = match code.word(0) {
                "*" => {
                    kind = Kind::Keyword;
                    code.from(1).parameter(Kind::Rest)?
                }
                "**" => code.from(1).parameter(Kind::RestByName)?,
                _ => code.parameter(kind)?,
            };
            let start = code.tokens[0].range.start;
            let name = parameter.name.clone();
            if parameters.iter().any(|known| known.name == name) {
                return Err(Error::new(ErrorKind::DuplicateParameter { name }, start));
            }
            let follows_default = parameters.last().is_some_and(|last| last.default.is_some());
            if parameter.kind == Kind::Positional && parameter.default.is_none() && follows_default
            {
                return Err(Error::new(ErrorKind::DefaultMissing { name }, start));
            }
            parameters.push(parameter);
        }
        if parameters.iter().any(|known| known.kind == Kind::Rest) {
            // What comes behind them by place can be reached only if they are given.
            for parameter in &mut parameters {
                if parameter.kind == Kind::Positional {
                    parameter.default = None;
                }
            }
        }
        Ok(parameters)
    }

    /// The first token that shows that a comma is missing: a second colon, or a name behind a name.
    fn stray(self) -> Option<usize> {
        let is_name = |index| {
            self.kind(index) == Some(TokenKind::Name) && !OPERATORS.contains(&self.word(index))
        };
        let names = (2..self.tokens.len()).find(|&index| is_name(index - 1) && is_name(index));
        let colon = self.split(|word| word == ":").get(1).and_then(|second| {
            let first = self.outside(":")?;
            let index = first + 1 + second.tokens.len();
            (index < self.tokens.len()).then_some(index)
        });
        names.or(colon)
    }

    /// A name with its annotation and default.
    fn parameter(self, kind: Kind) -> Result<Parameter, Error> {
        if self.kind(0) != Some(TokenKind::Name) {
            return Err(self.expected(0, "a parameter"));
        }
        let equals = self.outside("=").unwrap_or(self.tokens.len());
        if let Some(index) = self.stray() {
            return Err(self.expected(index, "`,`, `=` or `)`"));
        }
        let of = match self.word(1) {
            ":" if equals > 2 => self.to(equals).from(2).annotation(),
            ":" => return Err(self.expected(2, "a type")),
            _ if equals > 1 => return Err(self.expected(1, "`,`, `:` or `=`")),
            _ => Type::Any,
        };
        let default = match self.from(equals).tokens.len() {
            0 => None,
            1 => return Err(self.expected(equals, "a default behind `=`")),
            2 if self.word(equals + 1) == "None" => Some(Default::None),
            _ => Some(Default::Other),
        };
        Ok(Parameter {
            name: self.word(0).to_owned(),
            kind,
            of,
            default,
        })
    }
}
