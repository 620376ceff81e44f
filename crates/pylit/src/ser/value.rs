//! Values as data: for this crate's own serializer, without loss, and for every other format.

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::ser::{Serialize, SerializeMap, SerializeTuple, Serializer};

use crate::special::Special;
use crate::value::{Array, Complex, NamedTuple, Range, Value};

/// [`to_value`](crate::to_value) gives an equal value back. For other formats, what serde has no
/// form for becomes the nearest thing: sets, arrays and views sequences, a complex number the
/// tuple of its parts, a range and a named tuple maps, `Ellipsis` a unit, and integers beyond 128
/// bits their decimal digits in a string.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let special = match self {
            Self::None => return serializer.serialize_none(),
            Self::Bool(bool) => return serializer.serialize_bool(*bool),
            Self::Int(int) => return serializer.serialize_i64(*int),
            Self::Float(float) => return serializer.serialize_f64(*float),
            Self::Str(text) => return serializer.serialize_str(text),
            Self::Bytes(bytes) => return serializer.serialize_bytes(bytes),
            Self::List(items) => return serializer.collect_seq(items),
            Self::Dict(pairs) => return map(serializer, pairs),
            Self::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                items
                    .iter()
                    .try_for_each(|item| tuple.serialize_element(item))?;
                return tuple.end();
            }
            Self::Ellipsis => Special::Ellipsis,
            Self::BigInt(_) => Special::BigInt,
            Self::Complex(_) => Special::Complex,
            Self::ByteArray(_) => Special::ByteArray,
            Self::Set(_) => Special::Set,
            Self::FrozenSet(_) => Special::FrozenSet,
            Self::OrderedDict(_) => Special::OrderedDict,
            Self::Range(_) => Special::Range,
            Self::Array(_) => Special::Array,
            Self::NamedTuple(_) => Special::NamedTuple,
            Self::DictKeys(_) => Special::DictKeys,
            Self::DictValues(_) => Special::DictValues,
            Self::DictItems(_) => Special::DictItems,
        };
        serializer.serialize_newtype_struct(special.name(), &Inside(self))
    }
}

/// What is inside of the newtype struct of a special value: its exact form for formats that are
/// not for humans, which this crate's serializer is at that place, or a readable one.
struct Inside<'a>(&'a Value);

impl Serialize for Inside<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exact = !serializer.is_human_readable();
        match self.0 {
            Value::BigInt(int) => big_int(serializer, int, exact),
            Value::Complex(Complex { re, im }) => (re, im).serialize(serializer),
            Value::ByteArray(bytes) => serializer.serialize_bytes(bytes),
            Value::Set(items)
            | Value::FrozenSet(items)
            | Value::DictKeys(items)
            | Value::DictValues(items) => serializer.collect_seq(items),
            Value::DictItems(pairs) => serializer.collect_seq(pairs),
            Value::OrderedDict(pairs) => map(serializer, pairs),
            Value::Range(Range { start, stop, step }) if exact => {
                (start, stop, step).serialize(serializer)
            }
            Value::Range(Range { start, stop, step }) => {
                serializer.collect_map([("start", start), ("stop", stop), ("step", step)])
            }
            Value::Array(array) if exact => {
                let Array { typecode, items } = &**array;
                let mut parts = serializer.serialize_tuple(1 + items.len())?;
                parts.serialize_element(typecode)?;
                items
                    .iter()
                    .try_for_each(|item| parts.serialize_element(item))?;
                parts.end()
            }
            Value::Array(array) => array.items.serialize(serializer),
            Value::NamedTuple(tuple) if exact => {
                let NamedTuple { name, fields } = &**tuple;
                let mut parts = serializer.serialize_tuple(1 + 2 * fields.len())?;
                parts.serialize_element(name)?;
                for (field, value) in fields {
                    parts.serialize_element(field)?;
                    parts.serialize_element(value)?;
                }
                parts.end()
            }
            Value::NamedTuple(tuple) => {
                serializer.collect_map(tuple.fields.iter().map(|(name, value)| (name, value)))
            }
            _ => serializer.serialize_unit(),
        }
    }
}

fn big_int<S: Serializer>(serializer: S, int: &BigInt, exact: bool) -> Result<S::Ok, S::Error> {
    if exact {
        serializer.serialize_bytes(&int.to_signed_bytes_le())
    } else if let Some(int) = int.to_u64() {
        serializer.serialize_u64(int)
    } else if let Some(int) = int.to_i128() {
        serializer.serialize_i128(int)
    } else if let Some(int) = int.to_u128() {
        serializer.serialize_u128(int)
    } else {
        serializer.collect_str(int)
    }
}

fn map<S: Serializer>(serializer: S, pairs: &[(Value, Value)]) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}
