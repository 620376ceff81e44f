//! The grammar of a manifest: calls, assignments, `if` and `for` over constants.

use super::lexer::{MAX_DEPTH, Placed, Token, tokens};
use crate::error::{ManifestError, ManifestErrorKind};
use crate::location::Location;

/// A statement and the byte it begins at.
pub(super) struct Statement {
    pub(super) kind: StatementKind,
    pub(super) at: usize,
}

pub(super) enum StatementKind {
    Expression(Expression),
    Assign(String, Expression),
    /// `name += value`
    Extend(String, Expression),
    If(Vec<(Expression, Vec<Statement>)>, Vec<Statement>),
    For(String, Expression, Vec<Statement>),
    Pass,
}

/// An expression and the byte it begins at.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) kind: ExpressionKind,
    pub(super) at: usize,
}

#[derive(Debug, Clone)]
pub(super) enum ExpressionKind {
    None,
    Bool(bool),
    Integer(i64),
    Text(String),
    Name(String),
    List(Vec<Expression>),
    Tuple(Vec<Expression>),
    Attribute(Box<Expression>, String),
    Call(Box<Expression>, Vec<(Option<String>, Expression)>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Both(&'static str, Box<Expression>, Box<Expression>),
    /// `then if condition else otherwise`
    Choice(Box<[Expression; 3]>),
}

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed>,
    position: usize,
    depth: usize,
}

/// Words that begin what only running the manifest could do.
const RUNNING: [&str; 18] = [
    "import", "from", "def", "class", "while", "with", "try", "raise", "del", "global", "nonlocal",
    "assert", "return", "yield", "async", "await", "lambda", "match",
];

/// The signs and words that join two expressions, loosest first. Those of one row bind alike.
const JOINING: [&[&str]; 4] = [
    &["or"],
    &["and"],
    &[
        "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not",
    ],
    &["+", "-"],
];

pub(super) fn parse(text: &str) -> Result<Vec<Statement>, ManifestError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        position: 0,
        depth: 0,
    };
    let mut statements = Vec::new();
    while parser.peek() != &Token::End {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens
            .get(self.position)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> usize {
        self.tokens
            .get(self.position)
            .map_or(self.text.len(), |(_, at)| *at)
    }

    fn fail<T>(&self, kind: ManifestErrorKind) -> Result<T, ManifestError> {
        Err(ManifestError {
            location: Location::of(self.text, self.at()),
            kind,
        })
    }

    fn syntax<T>(&self, what: &'static str) -> Result<T, ManifestError> {
        self.fail(ManifestErrorKind::Syntax { what })
    }

    fn running<T>(&self, what: &str) -> Result<T, ManifestError> {
        let what = what.to_owned();
        self.fail(ManifestErrorKind::NeedsRunning { what })
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == word)
    }

    /// Passes over the sign or word, if it is there.
    fn take(&mut self, word: &str) -> bool {
        let there = self.is_sign(word) || self.is_word(word);
        self.position += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &'static str, what: &'static str) -> Result<(), ManifestError> {
        if self.take(sign) {
            return Ok(());
        }
        self.syntax(what)
    }

    fn statement(&mut self, statements: &mut Vec<Statement>) -> Result<(), ManifestError> {
        let at = self.at();
        if self.peek() == &Token::Indent {
            return self.syntax("an indentation that belongs to no block");
        }
        if self.take("if") {
            let mut branches = vec![(self.expression()?, self.block()?)];
            let mut otherwise = Vec::new();
            loop {
                if self.take("elif") {
                    branches.push((self.expression()?, self.block()?));
                } else if self.take("else") {
                    otherwise = self.block()?;
                    break;
                } else {
                    break;
                }
            }
            let kind = StatementKind::If(branches, otherwise);
            statements.push(Statement { kind, at });
            return Ok(());
        }
        if self.take("for") {
            let name = self.name()?;
            self.expect("in", "a for without its in")?;
            let list = self.expressions()?;
            let body = self.block()?;
            if self.is_word("else") {
                return self.running("an else that belongs to a for");
            }
            let kind = StatementKind::For(name, list, body);
            statements.push(Statement { kind, at });
            return Ok(());
        }
        loop {
            let at = self.at();
            let kind = self.simple()?;
            statements.push(Statement { kind, at });
            let more = self.take(";");
            if self.peek() == &Token::Newline {
                self.position += 1;
                return Ok(());
            }
            if !more {
                return self.syntax("something behind the end of a statement");
            }
        }
    }

    fn simple(&mut self) -> Result<StatementKind, ManifestError> {
        if let Token::Name(word) = self.peek()
            && RUNNING.contains(&word.as_str())
        {
            let word = word.clone();
            return self.running(&format!("{word:?}"));
        }
        if self.take("pass") {
            return Ok(StatementKind::Pass);
        }
        let expression = self.expressions()?;
        let assigned = |name: Expression| match name.kind {
            ExpressionKind::Name(name) => Some(name),
            _ => None,
        };
        for (sign, extend) in [("=", false), ("+=", true)] {
            if self.is_sign(sign) {
                let Some(name) = assigned(expression) else {
                    return self.running("an assignment to something else than a name");
                };
                self.position += 1;
                let value = self.expressions()?;
                if self.is_sign("=") {
                    return self.running("an assignment to several names");
                }
                return Ok(if extend {
                    StatementKind::Extend(name, value)
                } else {
                    StatementKind::Assign(name, value)
                });
            }
        }
        Ok(StatementKind::Expression(expression))
    }

    fn block(&mut self) -> Result<Vec<Statement>, ManifestError> {
        self.expect(":", "a block without its colon")?;
        let mut statements = Vec::new();
        if self.peek() != &Token::Newline {
            if self.is_word("if") || self.is_word("for") {
                return self.syntax("a block that begins in a line of its own");
            }
            self.statement(&mut statements)?;
            return Ok(statements);
        }
        self.position += 1;
        if self.peek() != &Token::Indent {
            return self.syntax("a block without statements");
        }
        self.position += 1;
        while self.peek() != &Token::Dedent {
            self.statement(&mut statements)?;
        }
        self.position += 1;
        Ok(statements)
    }

    fn name(&mut self) -> Result<String, ManifestError> {
        let Token::Name(name) = self.peek() else {
            return self.syntax("no name where one must be");
        };
        let name = name.clone();
        self.position += 1;
        Ok(name)
    }

    /// One expression, or a tuple without brackets.
    fn expressions(&mut self) -> Result<Expression, ManifestError> {
        let at = self.at();
        let first = self.expression()?;
        if !self.is_sign(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.take(",") {
            if matches!(self.peek(), Token::Newline | Token::Sign("=" | ":" | ";")) {
                break;
            }
            items.push(self.expression()?);
        }
        let kind = ExpressionKind::Tuple(items);
        Ok(Expression { kind, at })
    }

    fn expression(&mut self) -> Result<Expression, ManifestError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.syntax("too many expressions in each other");
        }
        let at = self.at();
        let then = self.joined(0)?;
        let whole = if self.take("if") {
            let condition = self.joined(0)?;
            self.expect("else", "an if without its else")?;
            let otherwise = self.expression()?;
            let kind = ExpressionKind::Choice(Box::new([then, condition, otherwise]));
            Expression { kind, at }
        } else {
            then
        };
        self.depth -= 1;
        Ok(whole)
    }

    fn joined(&mut self, row: usize) -> Result<Expression, ManifestError> {
        let Some(signs) = JOINING.get(row) else {
            return self.unary();
        };
        let at = self.at();
        if row == 2 && self.is_word("not") {
            self.position += 1;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return self.syntax("too many expressions in each other");
            }
            let kind = ExpressionKind::Not(Box::new(self.joined(row)?));
            self.depth -= 1;
            return Ok(Expression { kind, at });
        }
        let mut left = self.joined(row + 1)?;
        let mut joined = 0;
        while let Some(sign) = self.joining(signs) {
            joined += 1;
            if row == 2 && joined > 1 {
                return self.running("a chain of comparisons");
            }
            if joined > MAX_DEPTH {
                return self.syntax("too many expressions in each other");
            }
            let right = self.joined(row + 1)?;
            let kind = ExpressionKind::Both(sign, Box::new(left), Box::new(right));
            left = Expression { kind, at };
        }
        Ok(left)
    }

    fn joining(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let longest = signs.iter().filter(|sign| {
            let mut words = sign.split(' ');
            let first = words.next().unwrap_or_default();
            let second = words.next();
            let next = self.tokens.get(self.position + 1).map(|(token, _)| token);
            (self.is_sign(first) || self.is_word(first))
                && second.is_none_or(
                    |second| matches!(next, Some(Token::Name(found)) if found == second),
                )
        });
        let sign = longest.max_by_key(|sign| sign.len())?;
        self.position += sign.split(' ').count();
        Some(sign)
    }

    fn unary(&mut self) -> Result<Expression, ManifestError> {
        let at = self.at();
        if self.take("-") {
            let kind = ExpressionKind::Negative(Box::new(self.postfix()?));
            return Ok(Expression { kind, at });
        }
        let expression = self.postfix()?;
        if let Token::Sign(sign @ ("*" | "/" | "//" | "%" | "**" | "<<" | ">>" | "&" | "|" | "@")) =
            self.peek()
        {
            let sign = *sign;
            return self.running(&format!("the operator {sign:?}"));
        }
        Ok(expression)
    }

    fn postfix(&mut self) -> Result<Expression, ManifestError> {
        let at = self.at();
        let mut expression = self.atom()?;
        let mut links = 0;
        loop {
            let kind = if self.take(".") {
                ExpressionKind::Attribute(Box::new(expression), self.name()?)
            } else if self.take("(") {
                ExpressionKind::Call(Box::new(expression), self.arguments()?)
            } else if self.is_sign("[") {
                return self.running("a subscript");
            } else {
                return Ok(expression);
            };
            links += 1;
            if links > MAX_DEPTH {
                return self.syntax("too many expressions in each other");
            }
            expression = Expression { kind, at };
        }
    }

    fn arguments(&mut self) -> Result<Vec<(Option<String>, Expression)>, ManifestError> {
        let mut arguments = Vec::new();
        while !self.take(")") {
            if self.is_sign("*") || self.is_sign("**") {
                return self.running("an argument with a star");
            }
            let named = matches!(self.peek(), Token::Name(_))
                && matches!(
                    self.tokens.get(self.position + 1),
                    Some((Token::Sign("="), _))
                );
            let name = if named {
                let name = self.name()?;
                self.position += 1;
                Some(name)
            } else {
                None
            };
            arguments.push((name, self.expression()?));
            self.no_comprehension()?;
            if !self.take(",") && !self.is_sign(")") {
                return self.syntax("arguments without a comma between them");
            }
        }
        Ok(arguments)
    }

    fn no_comprehension(&self) -> Result<(), ManifestError> {
        if self.is_word("for") {
            return self.running("a comprehension");
        }
        Ok(())
    }

    /// The items up to the closing bracket, and whether there was a comma.
    fn items(&mut self, close: &'static str) -> Result<(Vec<Expression>, bool), ManifestError> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.take(close) {
            if self.is_sign("*") {
                return self.running("an item with a star");
            }
            items.push(self.expression()?);
            self.no_comprehension()?;
            let another = self.take(",");
            comma |= another;
            if !another && !self.is_sign(close) {
                return self.syntax("items without a comma between them");
            }
        }
        Ok((items, comma))
    }

    fn atom(&mut self) -> Result<Expression, ManifestError> {
        let at = self.at();
        let kind = match self.peek().clone() {
            Token::Integer(value) => {
                self.position += 1;
                ExpressionKind::Integer(value)
            }
            Token::Text(mut text) => {
                self.position += 1;
                while let Token::Text(more) = self.peek() {
                    text.push_str(more);
                    self.position += 1;
                }
                ExpressionKind::Text(text)
            }
            Token::Name(word) => {
                if RUNNING.contains(&word.as_str()) {
                    return self.running(&format!("{word:?}"));
                }
                self.position += 1;
                match word.as_str() {
                    "None" => ExpressionKind::None,
                    "True" => ExpressionKind::Bool(true),
                    "False" => ExpressionKind::Bool(false),
                    "if" | "else" | "elif" | "for" | "in" | "is" | "and" | "or" | "not" => {
                        self.position -= 1;
                        return self.syntax("a keyword where an expression must be");
                    }
                    _ => ExpressionKind::Name(word),
                }
            }
            Token::Sign("(") => {
                self.position += 1;
                let (mut items, comma) = self.items(")")?;
                match items.pop() {
                    Some(item) if items.is_empty() && !comma => return Ok(item),
                    last => {
                        items.extend(last);
                        ExpressionKind::Tuple(items)
                    }
                }
            }
            Token::Sign("[") => {
                self.position += 1;
                ExpressionKind::List(self.items("]")?.0)
            }
            Token::Sign("{") => return self.running("a dictionary or set"),
            _ => return self.syntax("no expression where one must be"),
        };
        Ok(Expression { kind, at })
    }
}
