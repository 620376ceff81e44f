//! The expressions in conditions: operators, names, calls, attributes and elements.

use std::ops::Range;

use belay_tokenize::{Token, TokenKind};

/// How deep expressions are looked into.
const MAX_DEPTH: usize = 40;

/// A part of an expression; ranges are in bytes of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) range: Range<usize>,
    /// Which of the assertion's values it has.
    pub(crate) part: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// Says itself what it is: a number, a string, a list of them, a lambda.
    Literal,
    Name,
    /// Has a value, and parts that are not looked at.
    Opaque,
    /// In parentheses.
    Group(Box<Node>),
    Attribute(Box<Node>),
    Subscript(Box<Node>, Option<Box<Node>>),
    /// What is called, and the arguments with the `name=`, `*` or `**` before them; `None` if they
    /// are not looked at.
    Call(Box<Node>, Option<Vec<(Range<usize>, Node)>>),
    /// An operator in front.
    Prefix(Box<Node>),
    /// Operators of the same rank, and what stands between them: one more.
    Infix(Rank, Vec<Node>),
    /// `value if condition else other`, in this order.
    Conditional(Box<[Node; 3]>),
}

/// How close operators bind, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Or,
    And,
    Comparison,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    Power,
}

impl Rank {
    fn next(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Comparison,
            Self::Comparison => Self::BitOr,
            Self::BitOr => Self::BitXor,
            Self::BitXor => Self::BitAnd,
            Self::BitAnd => Self::Shift,
            Self::Shift => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product | Self::Power => Self::Power,
        }
    }
}

/// Reads the expression at the beginning of a range of tokens. Gives it with the token behind it;
/// `None` if it is none that is understood.
pub(crate) fn parse(source: &str, tokens: &[Token], range: Range<usize>) -> Option<(Node, usize)> {
    let mut parser = Parser {
        source,
        tokens,
        next: range.start,
        end: range.end,
        depth: 0,
    };
    let node = parser.expression()?;
    Some((node, parser.next))
}

struct Parser<'a> {
    source: &'a str,
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn text(&self) -> &'a str {
        self.text_at(self.next)
    }

    fn text_at(&self, index: usize) -> &'a str {
        if index < self.end {
            self.tokens[index].text(self.source)
        } else {
            ""
        }
    }

    fn kind(&self) -> Option<TokenKind> {
        (self.next < self.end).then(|| self.tokens[self.next].kind)
    }

    fn node(&self, kind: NodeKind, start: usize) -> Node {
        let range = self.tokens[start].range.start..self.tokens[self.next - 1].range.end;
        Node {
            kind,
            range,
            part: None,
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Option<Node> {
        let start = self.next;
        if self.text() == "lambda" {
            self.lambda()?;
            return Some(self.node(NodeKind::Literal, start));
        }
        let value = self.deeper(|parser| parser.infix(Rank::Or))?;
        if self.text() != "if" {
            return Some(value);
        }
        self.next += 1;
        let condition = self.deeper(|parser| parser.infix(Rank::Or))?;
        if self.text() != "else" {
            return None;
        }
        self.next += 1;
        let other = self.deeper(Self::expression)?;
        let kind = NodeKind::Conditional(Box::new([value, condition, other]));
        Some(self.node(kind, start))
    }

    /// Moves past a lambda, whose body ends where an expression does.
    fn lambda(&mut self) -> Option<()> {
        let mut colon = false;
        while let Some(kind) = self.kind() {
            match kind {
                TokenKind::Colon if colon => break,
                TokenKind::Colon => {
                    colon = true;
                    self.next += 1;
                    self.deeper(Self::expression)?;
                    break;
                }
                TokenKind::Open => self.next = self.closing(self.next)? + 1,
                _ => self.next += 1,
            }
        }
        colon.then_some(())
    }

    /// Operators of a rank and of those that bind closer.
    fn infix(&mut self, rank: Rank) -> Option<Node> {
        let start = self.next;
        if rank == Rank::Power {
            return self.power();
        }
        if rank == Rank::Comparison && self.text() == "not" {
            self.next += 1;
            let operand = self.deeper(|parser| parser.infix(rank))?;
            return Some(self.node(NodeKind::Prefix(Box::new(operand)), start));
        }
        let first = self.infix(rank.next())?;
        let mut operands = vec![first];
        while let Some(length) = self.operator(rank) {
            self.next += length;
            operands.push(self.infix(rank.next())?);
        }
        if operands.len() == 1 {
            return operands.pop();
        }
        Some(self.node(NodeKind::Infix(rank, operands), start))
    }

    /// How many tokens make up the operator of a rank that comes next.
    fn operator(&self, rank: Rank) -> Option<usize> {
        let text = self.text();
        let is_one = match rank {
            Rank::Or => text == "or",
            Rank::And => text == "and",
            Rank::Comparison => match (text, self.text_at(self.next + 1)) {
                ("not", "in") | ("is", "not") => return Some(2),
                _ => matches!(text, "<" | ">" | "==" | ">=" | "<=" | "!=" | "in" | "is"),
            },
            Rank::BitOr => text == "|",
            Rank::BitXor => text == "^",
            Rank::BitAnd => text == "&",
            Rank::Shift => matches!(text, "<<" | ">>"),
            Rank::Sum => matches!(text, "+" | "-"),
            Rank::Product => matches!(text, "*" | "/" | "//" | "%" | "@"),
            Rank::Power => text == "**",
        };
        is_one.then_some(1)
    }

    fn power(&mut self) -> Option<Node> {
        let start = self.next;
        match self.text() {
            "+" | "-" | "~" => {
                self.next += 1;
                let operand = self.deeper(Self::power)?;
                let kind = match operand.kind {
                    NodeKind::Literal => NodeKind::Literal,
                    _ => NodeKind::Prefix(Box::new(operand)),
                };
                return Some(self.node(kind, start));
            }
            "await" => {
                self.next += 1;
                self.primary()?;
                return Some(self.node(NodeKind::Opaque, start));
            }
            _ => {}
        }
        let base = self.primary()?;
        if self.operator(Rank::Power).is_none() {
            return Some(base);
        }
        self.next += 1;
        let exponent = self.deeper(Self::power)?;
        let kind = NodeKind::Infix(Rank::Power, vec![base, exponent]);
        Some(self.node(kind, start))
    }

    /// A name, a literal or something in brackets, and what is called, looked up or taken of it.
    fn primary(&mut self) -> Option<Node> {
        let start = self.next;
        let mut node = self.atom()?;
        let mut depth = 0;
        loop {
            depth += 1;
            if depth > MAX_DEPTH {
                return None;
            }
            let kind = match self.text() {
                "." => {
                    self.next += 1;
                    if self.kind() != Some(TokenKind::Name) {
                        return None;
                    }
                    self.next += 1;
                    NodeKind::Attribute(Box::new(node))
                }
                "(" => {
                    let close = self.closing(self.next)?;
                    let arguments = self.inside(close, Self::arguments);
                    self.next = close + 1;
                    NodeKind::Call(Box::new(node), arguments)
                }
                "[" => {
                    let close = self.closing(self.next)?;
                    let index = self.inside(close, Self::expression);
                    self.next = close + 1;
                    NodeKind::Subscript(Box::new(node), index.map(Box::new))
                }
                _ => return Some(node),
            };
            node = self.node(kind, start);
        }
    }

    /// Reads what is between a bracket and the one that closes it, as a whole or not at all.
    fn inside<T>(&mut self, close: usize, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let end = std::mem::replace(&mut self.end, close);
        self.next += 1;
        let result = self.deeper(read).filter(|_| self.next == close);
        self.end = end;
        result
    }

    fn arguments(&mut self) -> Option<Vec<(Range<usize>, Node)>> {
        let mut arguments = Vec::new();
        while self.next < self.end {
            let start = self.tokens[self.next].range.start;
            if matches!(self.text(), "*" | "**") {
                self.next += 1;
            } else if self.kind() == Some(TokenKind::Name) && self.text_at(self.next + 1) == "=" {
                self.next += 2;
            }
            let node = self.expression()?;
            arguments.push((start..node.range.start, node));
            if self.next < self.end {
                if self.text() != "," {
                    return None;
                }
                self.next += 1;
            }
        }
        Some(arguments)
    }

    fn atom(&mut self) -> Option<Node> {
        let start = self.next;
        let kind = match self.kind()? {
            TokenKind::Number => NodeKind::Literal,
            TokenKind::String | TokenKind::FString => return Some(self.strings()),
            TokenKind::Operator if self.text() == "..." => NodeKind::Literal,
            TokenKind::Name => match self.text() {
                "True" | "False" | "None" | "__debug__" => NodeKind::Literal,
                text if is_keyword(text) => return None,
                _ => NodeKind::Name,
            },
            TokenKind::Open => {
                let close = self.closing(start)?;
                let kind = self.bracket(close);
                self.next = close + 1;
                return Some(self.node(kind, start));
            }
            _ => return None,
        };
        self.next += 1;
        Some(self.node(kind, start))
    }

    fn strings(&mut self) -> Node {
        let start = self.next;
        let mut kind = NodeKind::Literal;
        loop {
            match self.kind() {
                Some(TokenKind::FString) => kind = NodeKind::Opaque,
                Some(TokenKind::String) => {}
                _ => return self.node(kind, start),
            }
            self.next += 1;
        }
    }

    fn bracket(&mut self, close: usize) -> NodeKind {
        if self.text() == "(" {
            let start = self.next;
            if let Some(node) = self.inside(close, Self::expression) {
                return NodeKind::Group(Box::new(node));
            }
            self.next = start;
        }
        let literal = self.tokens[self.next..close].iter().all(|token| {
            matches!(token.kind, TokenKind::Number | TokenKind::String)
                || matches!(
                    token.text(self.source),
                    "(" | ")" | "[" | "]" | "{" | "}" | "," | ":" | "-" | "True" | "False" | "None"
                )
        });
        if literal {
            NodeKind::Literal
        } else {
            NodeKind::Opaque
        }
    }

    /// The bracket that closes the one at an index.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (open..self.end).find(|&index| {
            match self.tokens[index].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }
}

fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}
