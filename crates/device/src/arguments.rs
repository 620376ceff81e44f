//! Arguments of a call, as Python source.

use belay_pylit::Value;
use serde::Serialize;

use crate::source::{check_identifier, check_name};
use crate::{Device, Error, Operand, Proxy};

/// The arguments of a call.
///
/// Most calls need none of this: a tuple of things that serialize is the arguments of a call, and
/// anything else is its only one; see [`IntoArguments`]. Objects on the board are arguments here.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    positional: Vec<String>,
    keywords: Vec<String>,
    /// Objects on the board, which must not go before the call has been sent.
    held: Vec<Proxy>,
}

impl Arguments {
    /// No arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a positional argument.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::NotSendable`] for what has no literal.
    pub fn value(mut self, value: impl Operand) -> Result<Self, Error> {
        let operand = value.into_operand()?;
        self.positional.push(operand.text);
        self.held.extend(operand.held);
        Ok(self)
    }

    /// Adds a keyword argument.
    ///
    /// # Errors
    /// As [`value`](Self::value); [`Error::NotAName`] if `name` is none.
    pub fn keyword(mut self, name: &str, value: impl Operand) -> Result<Self, Error> {
        check_identifier(name)?;
        let operand = value.into_operand()?;
        self.keywords.push(format!("{name}={}", operand.text));
        self.held.extend(operand.held);
        Ok(self)
    }

    /// The text between the parentheses of a call.
    pub(crate) fn text(&self) -> String {
        let parts: Vec<&str> = self.parts().collect();
        parts.join(",")
    }

    /// The text of a tuple and a dict for functions that take another function's arguments.
    pub(crate) fn packed(&self) -> String {
        let mut positional = self.positional.join(",");
        if self.positional.len() == 1 {
            positional.push(',');
        }
        if self.keywords.is_empty() {
            return format!("({positional})");
        }
        format!("({positional}),_belay_b.dict({})", self.keywords.join(","))
    }

    /// Makes sure that the board has the objects.
    pub(crate) fn check(&self, device: &mut Device) -> Result<(), Error> {
        let mut held = self.held.iter();
        held.try_for_each(|proxy| proxy.expression(device).map(|_| ()))
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.positional
            .iter()
            .chain(&self.keywords)
            .map(String::as_str)
    }
}

/// What can be the arguments of a call.
///
/// A tuple has one argument in each place, `()` has none, and anything else that serializes is the
/// only argument. [`Arguments`] has keywords too.
pub trait IntoArguments {
    /// The arguments.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::NotSendable`] for what has no literal.
    fn into_arguments(self) -> Result<Arguments, Error>;
}

impl<T: Serialize> IntoArguments for T {
    fn into_arguments(self) -> Result<Arguments, Error> {
        let value = belay_pylit::to_value(&self).map_err(|source| Error::Argument { source })?;
        // `()` serializes as `None`, and so does an absent `Option`, which is an argument.
        let none = size_of::<T>() == 0 && value == Value::None;
        let positional = match value {
            _ if none => Vec::new(),
            Value::Tuple(items) => items.iter().map(source).collect::<Result<_, _>>()?,
            other => vec![source(&other)?],
        };
        Ok(Arguments {
            positional,
            ..Arguments::default()
        })
    }
}

impl IntoArguments for Arguments {
    fn into_arguments(self) -> Result<Arguments, Error> {
        Ok(self)
    }
}

/// Assignments, one to a line, of what serializes as a dict with strings as keys, or of nothing.
pub(crate) fn assignments<T: Serialize>(globals: T) -> Result<String, Error> {
    let value = belay_pylit::to_value(&globals).map_err(|source| Error::Argument { source })?;
    let pairs = match value {
        Value::None => return Ok(String::new()),
        Value::Dict(pairs) => pairs,
        other => {
            return Err(Error::NotAName {
                text: other.to_string(),
            });
        }
    };
    let mut text = String::new();
    for (key, value) in pairs {
        let Value::Str(name) = key else {
            return Err(Error::NotAName {
                text: key.to_string(),
            });
        };
        check_name(&name)?;
        text.extend([&name, "=", &source(&value)?, "\n"]);
    }
    Ok(text)
}

/// Python source for anything that serializes.
pub(crate) fn literal<T: Serialize + ?Sized>(data: &T) -> Result<String, Error> {
    source(&belay_pylit::to_value(data).map_err(|source| Error::Argument { source })?)
}

/// Python source for a value.
///
/// That is its repr, but not for floats without a literal and not for values whose repr names what
/// the board may not have imported.
fn source(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write_source(value, &mut text)?;
    Ok(text)
}

fn write_source(value: &Value, text: &mut String) -> Result<(), Error> {
    match value {
        Value::Float(number) if number.is_nan() => text.push_str("(1e999-1e999)"),
        Value::Float(number) if number.is_infinite() => {
            let sign = if *number < 0.0 { "-" } else { "" };
            text.extend([sign, "1e999"]);
        }
        Value::List(items) => write_items("[", items, "]", text)?,
        Value::Tuple(items) if items.len() == 1 => write_items("(", items, ",)", text)?,
        Value::Tuple(items) => write_items("(", items, ")", text)?,
        Value::Set(items) if !items.is_empty() => write_items("{", items, "}", text)?,
        Value::FrozenSet(items) => write_items("_belay_b.frozenset((", items, ",))", text)?,
        Value::Dict(pairs) => {
            text.push('{');
            for (key, value) in pairs {
                write_source(key, text)?;
                text.push(':');
                write_source(value, text)?;
                text.push(',');
            }
            text.push('}');
        }
        Value::OrderedDict(_)
        | Value::Array(_)
        | Value::NamedTuple(_)
        | Value::DictKeys(_)
        | Value::DictValues(_)
        | Value::DictItems(_) => {
            return Err(Error::NotSendable {
                kind: value.type_name(),
            });
        }
        Value::Set(_) | Value::ByteArray(_) | Value::Range(_) => {
            text.extend(["_belay_b.", &value.to_string()]);
        }
        other => text.push_str(&other.to_string()),
    }
    Ok(())
}

fn write_items(open: &str, items: &[Value], close: &str, text: &mut String) -> Result<(), Error> {
    text.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_source(item, text)?;
    }
    // An empty tuple has no comma.
    text.push_str(if items.is_empty() {
        close.trim_start_matches(',')
    } else {
        close
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn text(arguments: impl IntoArguments) -> String {
        arguments.into_arguments().unwrap().text()
    }

    #[test]
    fn tuples_are_arguments_and_the_rest_is_one() {
        assert_eq!(text(()), "");
        assert_eq!(text((1,)), "1");
        assert_eq!(text((1, "a'b", 2.5, true)), "1,\"a'b\",2.5,True");
        assert_eq!(text(None::<u8>), "None");
        assert_eq!(text(vec![1, 2]), "[1,2]");
        assert_eq!(text("x"), "'x'");
        assert_eq!(text((f64::NAN, f64::NEG_INFINITY)), "(1e999-1e999),-1e999");
        assert_eq!(text(BTreeMap::from([("a", (1,))])), "{'a':(1,),}");
        let value = belay_pylit::parse("(frozenset(), frozenset({1}), set(), (), b'\\x00')");
        assert_eq!(
            text(value.unwrap()),
            "_belay_b.frozenset(()),_belay_b.frozenset((1,)),_belay_b.set(),(),b'\\x00'"
        );
        let keywords = Arguments::new()
            .value(1)
            .unwrap()
            .keyword("k", "v")
            .unwrap();
        assert_eq!(keywords.packed(), "(1,),_belay_b.dict(k='v')");
        assert_eq!(text(keywords), "1,k='v'");
    }

    #[test]
    fn what_the_board_could_not_read_is_refused() {
        let value = belay_pylit::parse("array('H', [1])").unwrap();
        let error = (value, 1).into_arguments().unwrap_err();
        assert!(matches!(error, Error::NotSendable { .. }), "{error}");
        assert!(Arguments::new().keyword("a b", 1).is_err());
        assert!(assignments(3).is_err());
        assert!(assignments(BTreeMap::from([("__name__", 1)])).is_err());
        assert_eq!(assignments(()).unwrap(), "");
        assert_eq!(
            assignments(BTreeMap::from([("pin", 25)])).unwrap(),
            "pin=25\n"
        );
    }
}
