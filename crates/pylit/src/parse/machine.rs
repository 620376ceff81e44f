//! Puts values together on a stack of its own, so that nesting costs no call stack.

mod frame;
mod operand;

use nom::Parser;
use nom::bytes::complete::tag;

use super::call::Call;
use super::fail::{Fail, Problem};
use super::options::{MAX_DEPTH, Options};
use super::{name, number, scalar, space, text};
use crate::value::Value;
use frame::{Frame, Level};
use operand::{Kind, Operand, Sign};

/// A parse under way.
pub(super) struct Machine<'a> {
    rest: &'a str,
    max_depth: usize,
    max_digits: usize,
    /// The open brackets around the innermost one.
    outer: Vec<Level<'a>>,
    /// The innermost open bracket, or the text as a whole.
    level: Level<'a>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(text: &'a str, options: &Options) -> Self {
        Self {
            rest: text,
            max_depth: options.max_depth.min(MAX_DEPTH),
            max_digits: options.max_digits,
            outer: Vec::new(),
            level: Level::new(Frame::Text(Vec::new()), text),
        }
    }

    /// Parses the whole text.
    pub(super) fn run(mut self) -> Result<Value, Fail> {
        self.rest = space::skip(self.rest, true);
        loop {
            while self.usual_item() {}
            if let Some(operand) = self.operand()?
                && let Some(value) = self.settle(operand)?
            {
                return Ok(value);
            }
            if self.outer.is_empty() && self.level.ends_with_comma() && self.at_end() {
                return self.tuple();
            }
        }
    }

    /// Reads an item or key in its usual form: a scalar right in front of its separator, with
    /// nothing pending. Gives false, and has done nothing, if that is not what is next.
    #[inline]
    fn usual_item(&mut self) -> bool {
        self.skip();
        if !self.level.at_start() {
            return false;
        }
        let at = self.rest;
        let Ok((rest, scalar)) = scalar::scalar(at, self.max_digits) else {
            return false;
        };
        let Some(&next) = rest.as_bytes().first() else {
            return false;
        };
        let is_last = next == self.level.frame.closer();
        if next == b',' || is_last {
            match &mut self.level.frame {
                Frame::List(items) => items.push(scalar.into()),
                // Parentheses around a single item are no tuple.
                Frame::Group(items) if !is_last || !items.is_empty() => items.push(scalar.into()),
                Frame::Dict { pairs, key } => match key.take() {
                    Some(key) => pairs.push((key, scalar.into())),
                    None => return false,
                },
                _ => return false,
            }
        } else if next == b':' {
            match &mut self.level.frame {
                Frame::Dict { key, .. } if key.is_none() => *key = Some(scalar.into()),
                frame @ Frame::Brace => {
                    *frame = Frame::Dict {
                        pairs: Vec::new(),
                        key: Some(scalar.into()),
                    };
                }
                _ => return false,
            }
        } else {
            return false;
        }
        // The closing bracket is left for `close`.
        self.rest = if is_last { rest } else { &rest[1..] };
        true
    }

    /// Reads one operand, or a bracket or sign in front of one.
    fn operand(&mut self) -> Result<Option<Operand>, Fail> {
        self.skip();
        let at = self.rest;
        if let Some(operand) = self.close()? {
            return Ok(Some(operand));
        }
        self.level.start = at;
        if let Frame::Named { field: None, .. } = self.level.frame {
            self.field()?;
            return Ok(None);
        }
        let (rest, operand) = match at.as_bytes() {
            [b'.', b'.', ..] => {
                let (rest, _) = tag::<_, _, Fail>("...").parse(at)?;
                (rest, Operand::other(Value::Ellipsis))
            }
            [b'0'..=b'9' | b'.', ..] => {
                let (rest, value) = number::number(at, self.max_digits)?;
                (rest, Operand::number(value))
            }
            [b'\'' | b'"', ..] => self.text(at)?,
            [b'(', ..] => return self.open(1, Frame::Group(Vec::new())),
            [b'[', ..] => return self.open(1, Frame::List(Vec::new())),
            [b'{', ..] => return self.open(1, Frame::Brace),
            [sign @ (b'+' | b'-'), ..] if self.level.takes_sign() => {
                self.level.sign = Some(Sign::of(*sign));
                self.rest = &at[1..];
                return Ok(None);
            }
            _ if text::starts(at) => self.text(at)?,
            _ => return self.word(),
        };
        self.rest = rest;
        Ok(Some(operand))
    }

    fn text(&self, at: &'a str) -> Result<(&'a str, Operand), Fail> {
        let (rest, value) = text::text(at, !self.outer.is_empty())?;
        Ok((rest, Operand::other(value)))
    }

    /// A keyword, or the name in front of a call or of an equals sign.
    fn word(&mut self) -> Result<Option<Operand>, Fail> {
        let at = self.rest;
        let Ok((rest, word)) = name::name(at) else {
            return Err(Fail::expected(at, self.level.wanted()));
        };
        let after = space::skip(rest, !self.outer.is_empty());
        if after.starts_with('=') && self.level.becomes_named() {
            self.field()?;
            return Ok(None);
        }
        let operand = match word {
            "None" => Operand::other(Value::None),
            "True" => Operand::other(Value::Bool(true)),
            "False" => Operand::other(Value::Bool(false)),
            "Ellipsis" => Operand::other(Value::Ellipsis),
            "inf" => Operand::number(Value::Float(f64::INFINITY)),
            "nan" => Operand::number(Value::Float(f64::NAN)),
            "infj" => Operand::imaginary(f64::INFINITY),
            "nanj" => Operand::imaginary(f64::NAN),
            "set" if !has_arguments(after) => Operand {
                value: Value::None,
                kind: Kind::SetName,
            },
            _ if after.starts_with('(') => {
                let frame = match Call::of(word) {
                    Some(call) => Frame::Call {
                        call,
                        name: word,
                        arguments: Vec::new(),
                    },
                    None => Frame::Named {
                        name: word,
                        fields: Vec::new(),
                        field: None,
                    },
                };
                return self.open(at.len() - after.len() + 1, frame);
            }
            _ => return Err(Fail::expected(at, self.level.wanted())),
        };
        self.rest = rest;
        Ok(Some(operand))
    }

    /// The name of a field and the equals sign behind it.
    fn field(&mut self) -> Result<(), Fail> {
        let at = self.rest;
        let lines = !self.outer.is_empty();
        let Ok((rest, word)) = name::name(at) else {
            return Err(Fail::expected(at, "the name of a field"));
        };
        let rest = space::skip(rest, lines);
        let Ok((rest, _)) = name::equals(rest) else {
            return Err(Fail::expected(rest, "an equals sign"));
        };
        self.level.set_field(word);
        self.rest = rest;
        Ok(())
    }

    /// Opens a bracket, of which the last byte is `length` bytes ahead.
    fn open(&mut self, length: usize, frame: Frame<'a>) -> Result<Option<Operand>, Fail> {
        if self.outer.len() >= self.max_depth {
            return Err(Fail::new(&self.rest[length - 1..], Problem::TooDeep));
        }
        let level = Level::new(frame, self.rest);
        self.outer.push(std::mem::replace(&mut self.level, level));
        self.rest = &self.rest[length..];
        Ok(None)
    }

    /// Closes the innermost bracket, if its closing one is next and may come here.
    fn close(&mut self) -> Result<Option<Operand>, Fail> {
        if self.rest.as_bytes().first() != Some(&self.level.frame.closer())
            || !self.level.may_close()
        {
            return Ok(None);
        }
        let Some(outer) = self.outer.pop() else {
            return Ok(None);
        };
        let inner = std::mem::replace(&mut self.level, outer);
        self.rest = &self.rest[1..];
        let value = inner.frame.finish(inner.opened)?;
        Ok(Some(Operand::other(value)))
    }

    /// Carries on behind an operand: signs and sums, separators, closing brackets. Gives the value
    /// of the whole text at its end.
    fn settle(&mut self, mut operand: Operand) -> Result<Option<Value>, Fail> {
        loop {
            if !self.level.at_start() {
                operand = self.level.apply(operand)?;
            }
            self.skip();
            match self.rest.as_bytes() {
                [b',', ..] => {
                    self.level.add(operand)?;
                    self.rest = &self.rest[1..];
                    return Ok(None);
                }
                [b':', ..] => {
                    self.level.add_key(operand, self.rest)?;
                    self.rest = &self.rest[1..];
                    return Ok(None);
                }
                [closer, ..] if *closer == self.level.frame.closer() => {
                    if matches!(&self.level.frame, Frame::Group(items) if items.is_empty())
                        && let Some(outer) = self.outer.pop()
                    {
                        // Parentheses around one operand leave it as it is.
                        self.level = outer;
                        self.rest = &self.rest[1..];
                        continue;
                    }
                    self.level.add(operand)?;
                    let Some(closed) = self.close()? else {
                        return Err(Fail::expected(self.rest, self.level.wanted()));
                    };
                    operand = closed;
                }
                [sign @ (b'+' | b'-'), ..] if self.level.takes_sum(&operand) => {
                    self.level.left = Some(Box::new((operand.value, Sign::of(*sign))));
                    self.rest = &self.rest[1..];
                    return Ok(None);
                }
                [b'(', ..] if operand.kind == Kind::SetName => operand = self.empty_set()?,
                _ if self.outer.is_empty() => return self.end(operand).map(Some),
                _ => return Err(Fail::expected(self.rest, self.level.frame.separators())),
            }
        }
    }

    /// The parentheses behind the name `set`.
    fn empty_set(&mut self) -> Result<Operand, Fail> {
        let inside = space::skip(&self.rest[1..], true);
        let Some(rest) = inside.strip_prefix(')') else {
            return Err(Fail::expected(inside, "the end of set()"));
        };
        self.rest = rest;
        Ok(Operand::other(Value::Set(Vec::new())))
    }

    /// The value of the text, behind its last operand.
    fn end(&mut self, operand: Operand) -> Result<Value, Fail> {
        if !self.at_end() {
            return Err(Fail::expected(self.rest, self.level.frame.separators()));
        }
        if let Frame::Text(items) = &self.level.frame
            && items.is_empty()
            && operand.kind != Kind::SetName
        {
            return Ok(operand.value);
        }
        self.level.add(operand)?;
        self.tuple()
    }

    /// The tuple that a text with commas is.
    fn tuple(&mut self) -> Result<Value, Fail> {
        std::mem::replace(&mut self.level.frame, Frame::Brace).finish(self.level.opened)
    }

    /// Whether only white space and comments are left. Line ends may be among them, which do not
    /// continue a text without brackets.
    fn at_end(&self) -> bool {
        space::skip(self.rest, true).is_empty()
    }

    #[inline]
    fn skip(&mut self) {
        self.rest = space::skip(self.rest, !self.outer.is_empty());
    }
}

/// Whether a call follows that is not empty.
fn has_arguments(text: &str) -> bool {
    text.strip_prefix('(')
        .is_some_and(|inside| !space::skip(inside, true).starts_with(')'))
}
