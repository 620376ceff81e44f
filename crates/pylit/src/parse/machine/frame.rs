//! An open bracket, what it holds so far, and the unfinished arithmetic inside.

use std::collections::HashSet;

use super::super::call::Call;
use super::super::fail::{Fail, Problem};
use super::operand::{Kind, Operand, Sign};
use crate::value::{NamedTuple, Value, check_hashable, unique_elements, unique_keys};

#[derive(Debug)]
pub(super) struct Level<'a> {
    pub(super) frame: Frame<'a>,
    /// Where the bracket stands, or the name in front of it.
    pub(super) opened: &'a str,
    /// Where the item being read starts.
    pub(super) start: &'a str,
    /// A sign that waits for its number.
    pub(super) sign: Option<Sign>,
    /// The real part of a sum that waits for the imaginary part.
    pub(super) left: Option<Box<(Value, Sign)>>,
}

#[derive(Debug)]
pub(super) enum Frame<'a> {
    /// No bracket at all; the items are those with a comma behind.
    Text(Vec<Value>),
    /// Parentheses; the items are those with a comma behind.
    Group(Vec<Value>),
    List(Vec<Value>),
    /// A brace that may become a set or a dict.
    Brace,
    Set(Vec<Value>),
    Dict {
        pairs: Vec<(Value, Value)>,
        key: Option<Value>,
    },
    Call {
        call: Call,
        name: &'a str,
        arguments: Vec<Value>,
    },
    Named {
        name: &'a str,
        fields: Vec<(String, Value)>,
        field: Option<&'a str>,
    },
}

impl<'a> Level<'a> {
    pub(super) fn new(frame: Frame<'a>, opened: &'a str) -> Self {
        Self {
            frame,
            opened,
            start: opened,
            sign: None,
            left: None,
        }
    }

    /// Whether nothing of the next item's value has been read.
    pub(super) fn at_start(&self) -> bool {
        self.sign.is_none() && self.left.is_none()
    }

    /// Whether the closing bracket may come instead of an operand.
    pub(super) fn may_close(&self) -> bool {
        self.at_start()
            && !matches!(
                self.frame,
                Frame::Dict { key: Some(_), .. } | Frame::Named { field: Some(_), .. }
            )
    }

    /// Whether this is the text as a whole, right behind a comma.
    pub(super) fn ends_with_comma(&self) -> bool {
        self.at_start() && matches!(&self.frame, Frame::Text(items) if !items.is_empty())
    }

    /// Python has one sign per number, and none for the second number of a sum.
    pub(super) fn takes_sign(&self) -> bool {
        self.at_start()
    }

    pub(super) fn takes_sum(&self, operand: &Operand) -> bool {
        self.left.is_none() && operand.is_real()
    }

    /// Whether a name and an equals sign would make this a named tuple.
    pub(super) fn becomes_named(&self) -> bool {
        self.at_start()
            && match &self.frame {
                Frame::Group(items) => items.is_empty(),
                Frame::Call { arguments, .. } => arguments.is_empty(),
                _ => false,
            }
    }

    pub(super) fn set_field(&mut self, field: &'a str) {
        match &mut self.frame {
            Frame::Named { field: pending, .. } => *pending = Some(field),
            other => {
                let name = match other {
                    Frame::Call { name, .. } => name,
                    _ => "",
                };
                *other = Frame::Named {
                    name,
                    fields: Vec::new(),
                    field: Some(field),
                };
            }
        }
    }

    /// Applies the sign or the sum that waits for this operand.
    #[inline]
    pub(super) fn apply(&mut self, operand: Operand) -> Result<Operand, Fail> {
        if self.at_start() {
            return Ok(operand);
        }
        self.apply_pending(operand)
    }

    fn apply_pending(&mut self, operand: Operand) -> Result<Operand, Fail> {
        let wanted = Fail::expected(self.start, self.wanted());
        if operand.kind != Kind::Number {
            return Err(wanted);
        }
        if let Some((real, sign)) = self.left.take().map(|left| *left) {
            let Value::Complex(imaginary) = operand.value else {
                return Err(wanted);
            };
            return match sign.sum(&real, imaginary.im) {
                Some(sum) => Ok(Operand::other(Value::Complex(sum))),
                None => Err(Fail::expected(self.start, "a real part that fits a float")),
            };
        }
        let value = match self.sign.take() {
            Some(sign) => sign.apply(operand.value),
            None => operand.value,
        };
        let kind = Kind::Signed;
        Ok(Operand { value, kind })
    }

    /// Adds an item that is complete.
    pub(super) fn add(&mut self, operand: Operand) -> Result<(), Fail> {
        if operand.kind == Kind::SetName {
            return Err(Fail::expected(self.start, "set()"));
        }
        let value = operand.value;
        match &mut self.frame {
            Frame::Text(items)
            | Frame::Group(items)
            | Frame::List(items)
            | Frame::Call {
                arguments: items, ..
            } => items.push(value),
            Frame::Brace => {
                self.hashable(&value)?;
                self.frame = Frame::Set(vec![value]);
            }
            Frame::Set(items) => {
                check_hashable(&value)
                    .map_err(|name| Fail::new(self.start, Problem::Unhashable(name)))?;
                items.push(value);
            }
            Frame::Dict { pairs, key } => match key.take() {
                Some(key) => pairs.push((key, value)),
                None => return Err(Fail::expected(self.start, "a key, a colon and a value")),
            },
            Frame::Named { fields, field, .. } => match field.take() {
                Some(field) => fields.push((field.to_owned(), value)),
                None => return Err(Fail::expected(self.start, "a field")),
            },
        }
        Ok(())
    }

    /// Takes the operand for a key; `colon` is where its colon stands.
    pub(super) fn add_key(&mut self, operand: Operand, colon: &str) -> Result<(), Fail> {
        match &mut self.frame {
            Frame::Dict { key: None, .. } | Frame::Brace if operand.kind != Kind::SetName => {}
            frame => return Err(Fail::expected(colon, frame.separators())),
        }
        self.hashable(&operand.value)?;
        match &mut self.frame {
            Frame::Dict { key, .. } => *key = Some(operand.value),
            frame => {
                *frame = Frame::Dict {
                    pairs: Vec::new(),
                    key: Some(operand.value),
                };
            }
        }
        Ok(())
    }

    fn hashable(&self, value: &Value) -> Result<(), Fail> {
        check_hashable(value).map_err(|name| Fail::new(self.start, Problem::Unhashable(name)))
    }

    /// What is missing where an operand should be.
    pub(super) fn wanted(&self) -> &'static str {
        if self.left.is_some() {
            return "an imaginary number";
        }
        if self.sign.is_some() {
            return "a number";
        }
        match &self.frame {
            Frame::Text(_)
            | Frame::Dict { key: Some(_), .. }
            | Frame::Named { field: Some(_), .. } => "a literal",
            Frame::Named { field: None, .. } => "a field or )",
            Frame::Group(_) | Frame::Call { .. } => "a literal or )",
            Frame::List(_) => "a literal or ]",
            Frame::Brace | Frame::Set(_) | Frame::Dict { .. } => "a literal or }",
        }
    }
}

impl Frame<'_> {
    pub(super) fn closer(&self) -> u8 {
        match self {
            // Nothing closes the text: no text holds this byte where it would be asked for.
            Self::Text(_) => 0,
            Self::Group(_) | Self::Call { .. } | Self::Named { .. } => b')',
            Self::List(_) => b']',
            Self::Brace | Self::Set(_) | Self::Dict { .. } => b'}',
        }
    }

    /// What may follow an item.
    pub(super) fn separators(&self) -> &'static str {
        match self {
            Self::Text(_) => "a comma or the end of the text",
            Self::Group(_) | Self::Call { .. } | Self::Named { .. } => "a comma or )",
            Self::List(_) => "a comma or ]",
            Self::Brace => "a comma, a colon or }",
            Self::Dict { key: None, .. } => "a colon",
            Self::Set(_) | Self::Dict { .. } => "a comma or }",
        }
    }

    /// The value of a bracket that is closed.
    pub(super) fn finish(self, opened: &str) -> Result<Value, Fail> {
        Ok(match self {
            Self::Text(items) | Self::Group(items) => Value::Tuple(tight(items)),
            Self::List(items) => Value::List(tight(items)),
            Self::Brace => Value::Dict(Vec::new()),
            Self::Set(items) => Value::Set(unique_elements(tight(items))),
            Self::Dict { pairs, .. } => Value::Dict(unique_keys(tight(pairs))),
            Self::Call {
                call, arguments, ..
            } => call
                .value(arguments)
                .map_err(|problem| Fail::new(opened, problem))?,
            Self::Named { name, fields, .. } => {
                let mut names = HashSet::with_capacity(fields.len());
                if fields.is_empty() || !fields.iter().all(|(name, _)| names.insert(name)) {
                    return Err(Fail::expected(opened, "a literal"));
                }
                NamedTuple {
                    name: name.to_owned(),
                    fields: tight(fields),
                }
                .into()
            }
        })
    }
}

/// Gives back memory that a vector took in advance, if that is half of it or more: text full of
/// tiny lists must not become a multiple of what it has to be.
fn tight<T>(mut items: Vec<T>) -> Vec<T> {
    if items.len() <= items.capacity() / 2 {
        items.shrink_to_fit();
    }
    items
}
