//! The kinds of values beyond serde's data model, and how they travel through it.

use std::iter::once;

use num_bigint::BigInt;
use serde::ser::Error as _;

use crate::error::Error;
use crate::value::{Array, Complex, NamedTuple, Range, Value};

/// A kind of value that serde's data model has no form for.
///
/// Such a value is serialized as a newtype struct with a name that only this crate's serializer
/// knows; other formats ignore the name and see what is inside. It is deserialized as a variant
/// of that name. Inside is the exact form: a value of plain kinds that says everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Array,
    BigInt,
    ByteArray,
    Complex,
    DictItems,
    DictKeys,
    DictValues,
    Ellipsis,
    FrozenSet,
    NamedTuple,
    OrderedDict,
    Range,
    Set,
    /// Serializers know tuples, but deserializers do not tell them from lists.
    Tuple,
}

const NAMES: [(&str, Special); 14] = [
    ("$belay_pylit::Array", Special::Array),
    ("$belay_pylit::BigInt", Special::BigInt),
    ("$belay_pylit::ByteArray", Special::ByteArray),
    ("$belay_pylit::Complex", Special::Complex),
    ("$belay_pylit::DictItems", Special::DictItems),
    ("$belay_pylit::DictKeys", Special::DictKeys),
    ("$belay_pylit::DictValues", Special::DictValues),
    ("$belay_pylit::Ellipsis", Special::Ellipsis),
    ("$belay_pylit::FrozenSet", Special::FrozenSet),
    ("$belay_pylit::NamedTuple", Special::NamedTuple),
    ("$belay_pylit::OrderedDict", Special::OrderedDict),
    ("$belay_pylit::Range", Special::Range),
    ("$belay_pylit::Set", Special::Set),
    ("$belay_pylit::Tuple", Special::Tuple),
];

impl Special {
    pub(crate) fn of(name: &str) -> Option<Self> {
        if !name.starts_with('$') {
            return None;
        }
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, special)| *special)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, special)| *special == self)
            .map_or("", |(name, _)| name)
    }

    /// The value of this kind with this exact form.
    pub(crate) fn join(self, inside: Value) -> Result<Value, Error> {
        Ok(match (self, inside) {
            (Self::BigInt, Value::Bytes(bytes)) => BigInt::from_signed_bytes_le(&bytes).into(),
            (Self::ByteArray, Value::Bytes(bytes)) => Value::ByteArray(bytes),
            (Self::DictKeys, Value::List(items)) => Value::DictKeys(items),
            (Self::DictValues, Value::List(items)) => Value::DictValues(items),
            (Self::Ellipsis, Value::None) => Value::Ellipsis,
            (Self::FrozenSet, Value::List(items)) => Value::FrozenSet(items),
            (Self::OrderedDict, Value::Dict(pairs)) => Value::OrderedDict(pairs),
            (Self::Set, Value::List(items)) => Value::Set(items),
            (Self::Tuple, Value::List(items)) => Value::Tuple(items),
            (Self::DictItems, Value::List(items)) => Value::DictItems(pairs(items)?),
            (Self::Complex, Value::List(parts) | Value::Tuple(parts)) => match *parts {
                [Value::Float(re), Value::Float(im)] => Complex { re, im }.into(),
                _ => return Err(malformed()),
            },
            (Self::Range, Value::List(parts) | Value::Tuple(parts)) => match *parts {
                [Value::Int(start), Value::Int(stop), Value::Int(step)] => {
                    Range { start, stop, step }.into()
                }
                _ => return Err(malformed()),
            },
            (Self::Array, Value::List(parts) | Value::Tuple(parts)) => {
                let mut parts = parts.into_iter();
                let typecode = text(parts.next())?.chars().next().ok_or_else(malformed)?;
                let items = parts.collect();
                Array { typecode, items }.into()
            }
            (Self::NamedTuple, Value::List(parts) | Value::Tuple(parts)) => {
                let mut parts = parts.into_iter();
                let name = text(parts.next())?;
                let mut fields = Vec::with_capacity(parts.len() / 2);
                while let Some(field) = parts.next() {
                    fields.push((text(Some(field))?, parts.next().ok_or_else(malformed)?));
                }
                NamedTuple { name, fields }.into()
            }
            _ => return Err(malformed()),
        })
    }

    /// The kind and the exact form of a value, or the value back if it is of no special kind.
    pub(crate) fn split(value: Value) -> Result<(Self, Value), Value> {
        let pair = |(key, value)| Value::Tuple(vec![key, value]);
        Ok(match value {
            Value::Array(array) => {
                let code = Value::from(array.typecode);
                let parts = once(code).chain(array.items).collect();
                (Self::Array, Value::List(parts))
            }
            Value::BigInt(int) => (Self::BigInt, int.to_signed_bytes_le().into()),
            Value::ByteArray(bytes) => (Self::ByteArray, bytes.into()),
            Value::Complex(Complex { re, im }) => {
                (Self::Complex, Value::List(vec![re.into(), im.into()]))
            }
            Value::DictItems(pairs) => {
                let items = pairs.into_iter().map(pair).collect();
                (Self::DictItems, Value::List(items))
            }
            Value::DictKeys(items) => (Self::DictKeys, Value::List(items)),
            Value::DictValues(items) => (Self::DictValues, Value::List(items)),
            Value::Ellipsis => (Self::Ellipsis, Value::None),
            Value::FrozenSet(items) => (Self::FrozenSet, Value::List(items)),
            Value::NamedTuple(tuple) => {
                let name = Value::from(tuple.name);
                let fields = tuple.fields.into_iter();
                let fields = fields.flat_map(|(name, value)| [name.into(), value]);
                (
                    Self::NamedTuple,
                    Value::List(once(name).chain(fields).collect()),
                )
            }
            Value::OrderedDict(pairs) => (Self::OrderedDict, Value::Dict(pairs)),
            Value::Range(Range { start, stop, step }) => {
                let parts = [start, stop, step].map(Value::from);
                (Self::Range, Value::List(parts.into()))
            }
            Value::Set(items) => (Self::Set, Value::List(items)),
            Value::Tuple(items) => (Self::Tuple, Value::List(items)),
            plain => return Err(plain),
        })
    }
}

/// Somebody else serialized something under a name of this crate's.
fn malformed() -> Error {
    Error::custom("not the form of a special value")
}

fn text(value: Option<Value>) -> Result<String, Error> {
    match value {
        Some(Value::Str(text)) => Ok(text),
        _ => Err(malformed()),
    }
}

fn pairs(items: Vec<Value>) -> Result<Vec<(Value, Value)>, Error> {
    let pair = |item| match item {
        Value::Tuple(pair) => <[Value; 2]>::try_from(pair).ok(),
        _ => None,
    };
    items
        .into_iter()
        .map(|item| pair(item).map(Into::into).ok_or_else(malformed))
        .collect()
}
