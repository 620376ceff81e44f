//! What the statements of a manifest come to.

mod call;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::syntax::{Expression, ExpressionKind, Statement, StatementKind, parse};
use super::{Constant, MAX_MANIFEST, Manifest, ManifestOptions};
use crate::error::{ManifestError, ManifestErrorKind};
use crate::location::Location;

/// The most statements and expressions that are followed, and the most turns of loops: enough for any manifest, and
/// the end of one that repeats itself.
const MAX_STEPS: usize = 20_000;

/// The most bytes of text and items of lists that are handled, counted each time they are.
const MAX_WORK: usize = 16 << 20;

/// A value. Lists are shared between names, as Python has it, and hold no lists: copies of lists in
/// lists could grow without end.
#[derive(Debug, Clone)]
enum Value {
    Constant(Constant),
    List(Rc<RefCell<Vec<Constant>>>),
}

impl Value {
    fn constant(&self) -> Constant {
        match self {
            Self::Constant(constant) => constant.clone(),
            Self::List(items) => Constant::List(items.borrow().clone()),
        }
    }

    fn is_true(&self) -> bool {
        match self.constant() {
            Constant::None => false,
            Constant::Bool(value) => value,
            Constant::Integer(value) => value != 0,
            Constant::Text(text) => !text.is_empty(),
            Constant::List(items) => !items.is_empty(),
        }
    }
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        Self::Constant(constant)
    }
}

struct Evaluator<'t> {
    text: &'t str,
    names: HashMap<String, Value>,
    options: &'t ManifestOptions,
    defaults: ManifestOptions,
    manifest: Manifest,
    described: bool,
    steps: usize,
    work: usize,
}

pub(super) fn evaluate(text: &str, options: &ManifestOptions) -> Result<Manifest, ManifestError> {
    if text.len() > MAX_MANIFEST {
        return Err(ManifestError {
            location: Location { line: 1, column: 1 },
            kind: ManifestErrorKind::TooMuch,
        });
    }
    let statements = parse(text)?;
    let mut evaluator = Evaluator {
        text,
        names: HashMap::new(),
        options,
        defaults: ManifestOptions::new(),
        manifest: Manifest::default(),
        described: false,
        steps: 0,
        work: 0,
    };
    evaluator.block(&statements)?;
    Ok(evaluator.manifest)
}

impl Evaluator<'_> {
    fn fail<T>(&self, at: usize, kind: ManifestErrorKind) -> Result<T, ManifestError> {
        Err(ManifestError {
            location: Location::of(self.text, at),
            kind,
        })
    }

    fn running<T>(&self, at: usize, what: impl Into<String>) -> Result<T, ManifestError> {
        self.fail(at, ManifestErrorKind::NeedsRunning { what: what.into() })
    }

    fn wrong<T>(&self, at: usize, what: &'static str) -> Result<T, ManifestError> {
        self.fail(at, ManifestErrorKind::Value { what })
    }

    /// Counts a step of the work.
    fn step(&mut self, at: usize) -> Result<(), ManifestError> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.fail(at, ManifestErrorKind::TooMuch);
        }
        Ok(())
    }

    /// Counts the value's size as work, and hands it on.
    fn charged(&mut self, value: Value, at: usize) -> Result<Value, ManifestError> {
        fn size(constant: &Constant) -> usize {
            match constant {
                Constant::Text(text) => 1 + text.len(),
                Constant::List(items) => items.iter().map(size).sum::<usize>() + 1,
                _ => 1,
            }
        }
        self.work += match &value {
            Value::Constant(constant) => size(constant),
            Value::List(items) => items.borrow().iter().map(size).sum::<usize>() + 1,
        };
        if self.work > MAX_WORK {
            return self.fail(at, ManifestErrorKind::TooMuch);
        }
        Ok(value)
    }

    fn block(&mut self, statements: &[Statement]) -> Result<(), ManifestError> {
        for statement in statements {
            self.step(statement.at)?;
            self.statement(statement)?;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), ManifestError> {
        match &statement.kind {
            StatementKind::Pass => Ok(()),
            StatementKind::Expression(expression) => match &expression.kind {
                ExpressionKind::Call(function, arguments) => self.call(function, arguments),
                _ => self.value(expression).map(drop),
            },
            StatementKind::Assign(name, expression) => {
                let value = self.value(expression)?;
                self.names.insert(name.clone(), value);
                Ok(())
            }
            StatementKind::Extend(name, expression) => {
                let more = self.value(expression)?;
                let Some(value) = self.names.get(name).cloned() else {
                    return self.running(statement.at, format!("the name {name:?}"));
                };
                if let Value::List(items) = &value {
                    return self.extend(items, &more, expression.at);
                }
                let sum = self.sum(&value, &more, expression.at)?;
                let sum = self.charged(sum, expression.at)?;
                self.names.insert(name.clone(), sum);
                Ok(())
            }
            StatementKind::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.value(condition)?.is_true() {
                        return self.block(body);
                    }
                }
                self.block(otherwise)
            }
            StatementKind::For(name, list, body) => {
                let Constant::List(items) = self.value(list)?.constant() else {
                    return self.running(list.at, "a for over something else than a list");
                };
                for item in items {
                    self.step(statement.at)?;
                    self.names.insert(name.clone(), item.into());
                    self.block(body)?;
                }
                Ok(())
            }
        }
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, ManifestError> {
        self.step(expression.at)?;
        let at = expression.at;
        let value = match &expression.kind {
            ExpressionKind::None => Constant::None.into(),
            ExpressionKind::Bool(value) => Constant::Bool(*value).into(),
            ExpressionKind::Integer(value) => Constant::Integer(*value).into(),
            ExpressionKind::Text(text) => Constant::Text(text.clone()).into(),
            ExpressionKind::Name(name) => match self.names.get(name) {
                Some(value) => value.clone(),
                None => return self.running(at, format!("the name {name:?}")),
            },
            ExpressionKind::List(items) => Value::List(Rc::new(RefCell::new(self.items(items)?))),
            ExpressionKind::Tuple(items) => Constant::List(self.items(items)?).into(),
            ExpressionKind::Attribute(object, name) => match &object.kind {
                ExpressionKind::Name(options) if options == "options" => self
                    .options
                    .get(name)
                    .or_else(|| self.defaults.get(name))
                    .cloned()
                    .unwrap_or(Constant::None)
                    .into(),
                _ => return self.running(at, format!("the attribute {name:?}")),
            },
            ExpressionKind::Call(..) => return self.running(at, "the result of a call"),
            ExpressionKind::Not(inner) => {
                let value = !self.value(inner)?.is_true();
                Constant::Bool(value).into()
            }
            ExpressionKind::Negative(inner) => match self.value(inner)?.constant() {
                Constant::Integer(value) => Constant::Integer(value.saturating_neg()).into(),
                _ => return self.wrong(at, "a minus before something else than a number"),
            },
            ExpressionKind::Both(sign, left, right) => self.both(sign, left, right)?,
            ExpressionKind::Choice(parts) => {
                let [then, condition, otherwise] = &**parts;
                let chosen = self.value(condition)?.is_true();
                self.value(if chosen { then } else { otherwise })?
            }
        };
        self.charged(value, at)
    }

    fn items(&mut self, items: &[Expression]) -> Result<Vec<Constant>, ManifestError> {
        let mut constants = Vec::new();
        for item in items {
            match self.value(item)?.constant() {
                Constant::List(_) => return self.running(item.at, "a list in a list"),
                constant => constants.push(constant),
            }
        }
        Ok(constants)
    }

    fn both(
        &mut self,
        sign: &'static str,
        left: &Expression,
        right: &Expression,
    ) -> Result<Value, ManifestError> {
        let first = self.value(left)?;
        if matches!(sign, "and" | "or") {
            // The second is looked at only when the first does not decide.
            if first.is_true() == (sign == "or") {
                return Ok(first);
            }
            return self.value(right);
        }
        let second = self.value(right)?;
        let (a, b) = (first.constant(), second.constant());
        let answer = match sign {
            "==" => same(&a, &b),
            "!=" => !same(&a, &b),
            "is" => a == b,
            "is not" => a != b,
            "in" | "not in" => {
                let within = match (&a, &b) {
                    (Constant::Text(part), Constant::Text(whole)) => whole.contains(part.as_str()),
                    (item, Constant::List(items)) => items.contains(item),
                    _ => return self.wrong(right.at, "an in without a list or a string"),
                };
                within == (sign == "in")
            }
            "+" => return self.sum(&first, &second, right.at),
            "-" => match (a, b) {
                (Constant::Integer(a), Constant::Integer(b)) => {
                    return Ok(Constant::Integer(a.saturating_sub(b)).into());
                }
                _ => return self.wrong(right.at, "a minus between something else than numbers"),
            },
            _ => match (a, b) {
                (Constant::Integer(a), Constant::Integer(b)) => match sign {
                    "<" => a < b,
                    "<=" => a <= b,
                    ">" => a > b,
                    _ => a >= b,
                },
                _ => return self.wrong(right.at, "an order of something else than numbers"),
            },
        };
        Ok(Constant::Bool(answer).into())
    }

    fn sum(&self, left: &Value, right: &Value, at: usize) -> Result<Value, ManifestError> {
        let changeable = matches!(left, Value::List(_));
        match (left.constant(), right.constant()) {
            (Constant::Text(a), Constant::Text(b)) => Ok(Constant::Text(a + &b).into()),
            (Constant::Integer(a), Constant::Integer(b)) => {
                Ok(Constant::Integer(a.saturating_add(b)).into())
            }
            (Constant::List(mut a), Constant::List(b)) => {
                a.extend(b);
                if changeable {
                    return Ok(Value::List(Rc::new(RefCell::new(a))));
                }
                Ok(Constant::List(a).into())
            }
            _ => self.wrong(at, "a sum of things that do not add up"),
        }
    }

    fn extend(
        &self,
        list: &Rc<RefCell<Vec<Constant>>>,
        more: &Value,
        at: usize,
    ) -> Result<(), ManifestError> {
        let Constant::List(more) = more.constant() else {
            return self.wrong(at, "a list extended by something else than a list");
        };
        list.borrow_mut().extend(more);
        Ok(())
    }
}

/// Python's `==`, to which `True` is 1.
fn same(a: &Constant, b: &Constant) -> bool {
    let number = |constant: &Constant| match constant {
        Constant::Bool(value) => Some(i64::from(*value)),
        Constant::Integer(value) => Some(*value),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}
