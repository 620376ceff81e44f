//! The reprs that look like a call: `bytearray(b'…')` and the like.

use super::fail::Problem;
use crate::value::{Array, Range, Value, check_hashable, unique_elements, unique_keys};

/// A function whose call is a repr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Array,
    ByteArray,
    DictItems,
    DictKeys,
    DictValues,
    FrozenSet,
    OrderedDict,
    Range,
}

impl Call {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "array" => Self::Array,
            "bytearray" => Self::ByteArray,
            "dict_items" => Self::DictItems,
            "dict_keys" => Self::DictKeys,
            "dict_values" => Self::DictValues,
            "frozenset" => Self::FrozenSet,
            "OrderedDict" => Self::OrderedDict,
            "range" => Self::Range,
            _ => return None,
        })
    }

    /// The value that prints as a call with these arguments.
    pub(super) fn value(self, arguments: Vec<Value>) -> Result<Value, Problem> {
        let mut arguments = arguments.into_iter();
        let arguments = (
            arguments.next(),
            arguments.next(),
            arguments.next(),
            arguments.next(),
        );
        match (self, arguments) {
            (Self::Array, (Some(Value::Str(code)), items, None, None)) => {
                array(&code, items).ok_or(Problem::Expected("a type code and a list of items"))
            }
            (Self::ByteArray, (Some(Value::Bytes(bytes)), None, None, None)) => {
                Ok(Value::ByteArray(bytes))
            }
            (Self::DictItems, (Some(Value::List(items)), None, None, None)) => {
                Ok(Value::DictItems(pairs(items)?))
            }
            (Self::DictKeys, (Some(Value::List(items)), None, None, None)) => {
                Ok(Value::DictKeys(items))
            }
            (Self::DictValues, (Some(Value::List(items)), None, None, None)) => {
                Ok(Value::DictValues(items))
            }
            (Self::FrozenSet, (None, None, None, None)) => Ok(Value::FrozenSet(Vec::new())),
            (Self::FrozenSet, (Some(Value::Set(items)), None, None, None)) => {
                Ok(Value::FrozenSet(items))
            }
            (Self::FrozenSet, (Some(Value::List(items)), None, None, None)) => {
                items
                    .iter()
                    .try_for_each(check_hashable)
                    .map_err(Problem::Unhashable)?;
                Ok(Value::FrozenSet(unique_elements(items)))
            }
            (Self::OrderedDict, (None, None, None, None)) => Ok(Value::OrderedDict(Vec::new())),
            (Self::OrderedDict, (Some(Value::Dict(pairs)), None, None, None)) => {
                Ok(Value::OrderedDict(pairs))
            }
            (Self::OrderedDict, (Some(Value::List(items)), None, None, None)) => {
                let pairs = pairs(items)?;
                pairs
                    .iter()
                    .try_for_each(|(key, _)| check_hashable(key))
                    .map_err(Problem::Unhashable)?;
                Ok(Value::OrderedDict(unique_keys(pairs)))
            }
            (Self::Range, (Some(Value::Int(start)), Some(Value::Int(stop)), step, None)) => {
                match step.unwrap_or(Value::Int(1)) {
                    Value::Int(step) if step != 0 => Ok(Range { start, stop, step }.into()),
                    _ => Err(Problem::Expected("a step that is not zero")),
                }
            }
            _ => Err(Problem::Expected("the arguments that a repr has")),
        }
    }
}

fn array(code: &str, items: Option<Value>) -> Option<Value> {
    let mut characters = code.chars();
    let (Some(typecode), None) = (characters.next(), characters.next()) else {
        return None;
    };
    let items = match items {
        Some(Value::List(items)) => items,
        None => Vec::new(),
        Some(_) => return None,
    };
    typecode
        .is_ascii_alphabetic()
        .then(|| Array { typecode, items }.into())
}

fn pairs(items: Vec<Value>) -> Result<Vec<(Value, Value)>, Problem> {
    items
        .into_iter()
        .map(|item| match item {
            Value::Tuple(pair) => <[Value; 2]>::try_from(pair).ok().map(|[a, b]| (a, b)),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or(Problem::Expected("pairs"))
}
