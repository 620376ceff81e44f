//! From values to Rust data.

mod compound;
mod value;

use num_traits::ToPrimitive;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Unexpected, Visitor};

use crate::error::Error;
use crate::parse::{MAX_DEPTH, Options, parse_with};
use crate::value::{Complex, Range, Value};
use compound::{EnumData, Items, Pairs};

/// Parses a literal within the default bounds and deserializes it.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Reading { temperature: f32, raw: Vec<u8>, note: Option<String> }
///
/// let text = "{'temperature': 21.5, 'raw': b'\\x00\\xff', 'note': None}";
/// let reading: Reading = belay_pylit::from_str(text)?;
/// assert_eq!(reading.raw, [0, 255]);
/// # assert_eq!((reading.temperature, reading.note), (21.5, None));
/// # Ok::<(), belay_pylit::Error>(())
/// ```
///
/// # Errors
/// See [`parse`](crate::parse) and [`from_value`].
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    from_str_with(text, &Options::default())
}

/// Parses a literal within the given bounds and deserializes it.
///
/// # Errors
/// See [`parse`](crate::parse) and [`from_value`].
pub fn from_str_with<T: DeserializeOwned>(text: &str, options: &Options) -> Result<T, Error> {
    from_value(parse_with(text, options)?)
}

/// Deserializes a value.
///
/// What [`to_value`](crate::to_value) made of a type, that type takes back. Beyond that:
///
/// - Sequences and tuples take every kind of sequence: lists, tuples, sets, arrays, views of
///   dicts, and bytes, whose items are integers.
/// - Structs and maps take dicts, ordered dicts, named tuples and items of dicts; structs and
///   tuples also take what is in a named tuple by position.
/// - A complex number is a tuple of two floats, a range a struct of `start`, `stop` and `step`.
/// - Floats take integers, but integers take no floats.
/// - [`Value`] takes every value unchanged.
///
/// # Errors
/// When the value does not fit the type, or is nested deeper than [`MAX_DEPTH`].
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(ValueDeserializer {
        value,
        depth: MAX_DEPTH,
    })
}

/// Takes a value apart, down to a depth, which also bounds types that contain only themselves.
struct ValueDeserializer {
    value: Value,
    depth: usize,
}

impl ValueDeserializer {
    /// The depth for what is inside.
    fn inner_depth(&self) -> Result<usize, Error> {
        self.depth
            .checked_sub(1)
            .ok_or(Error::DataTooDeep { limit: MAX_DEPTH })
    }

    fn items(self) -> Result<Items, Error> {
        let depth = self.inner_depth()?;
        Ok(match self.value {
            Value::Tuple(items)
            | Value::List(items)
            | Value::Set(items)
            | Value::FrozenSet(items)
            | Value::DictKeys(items)
            | Value::DictValues(items) => Items::values(items, depth),
            Value::Array(array) => Items::values(array.items, depth),
            Value::NamedTuple(tuple) => {
                let items = tuple.fields.into_iter().map(|(_, value)| value);
                Items::values(items.collect(), depth)
            }
            Value::DictItems(pairs) => {
                let items = pairs.into_iter().map(|(k, v)| Value::Tuple(vec![k, v]));
                Items::values(items.collect(), depth)
            }
            Value::Complex(Complex { re, im }) => Items::values(vec![re.into(), im.into()], depth),
            Value::Bytes(bytes) | Value::ByteArray(bytes) => Items::bytes(bytes),
            other => return Err(unexpected(&other, "a sequence")),
        })
    }

    fn pairs(self) -> Result<Pairs, Error> {
        let depth = self.inner_depth()?;
        let pairs = match self.value {
            Value::Dict(pairs) | Value::OrderedDict(pairs) | Value::DictItems(pairs) => pairs,
            Value::NamedTuple(tuple) => tuple
                .fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            Value::Range(Range { start, stop, step }) => {
                [("start", start), ("stop", stop), ("step", step)]
                    .map(|(name, number)| (name.into(), number.into()))
                    .into()
            }
            other => return Err(unexpected(&other, "a map")),
        };
        Ok(Pairs::new(pairs, depth))
    }

    fn float(&self) -> Option<f64> {
        match &self.value {
            // Through decimal digits, which are read with correct rounding.
            Value::BigInt(int) => int.to_string().parse().ok(),
            _ => None,
        }
    }
}

/// The error for a value that a type has no use for.
fn unexpected(value: &Value, expected: &str) -> Error {
    let found = match value {
        Value::None => Unexpected::Unit,
        Value::Bool(bool) => Unexpected::Bool(*bool),
        Value::Int(int) => Unexpected::Signed(*int),
        Value::Float(float) => Unexpected::Float(*float),
        Value::Str(text) => Unexpected::Str(text),
        Value::Bytes(bytes) => Unexpected::Bytes(bytes),
        other => Unexpected::Other(other.type_name()),
    };
    Error::invalid_type(found, &expected)
}

macro_rules! forward {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.deserialize_any(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for ValueDeserializer {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::None | Value::Ellipsis => visitor.visit_unit(),
            Value::Bool(bool) => visitor.visit_bool(bool),
            Value::Int(int) => visitor.visit_i64(int),
            Value::BigInt(int) => {
                if let Some(int) = int.to_u64() {
                    visitor.visit_u64(int)
                } else if let Some(int) = int.to_i128() {
                    visitor.visit_i128(int)
                } else if let Some(int) = int.to_u128() {
                    visitor.visit_u128(int)
                } else {
                    Err(Error::IntegerTooLarge { bits: int.bits() })
                }
            }
            Value::Float(float) => visitor.visit_f64(float),
            Value::Str(text) => visitor.visit_string(text),
            Value::Bytes(bytes) | Value::ByteArray(bytes) => visitor.visit_byte_buf(bytes),
            Value::Dict(_) | Value::OrderedDict(_) | Value::NamedTuple(_) | Value::Range(_) => {
                self.pairs()?.visit(visitor)
            }
            _ => self.items()?.visit(visitor),
        }
    }

    forward! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.float() {
            Some(float) => visitor.visit_f64(float),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self.value, Value::None) {
            return visitor.visit_none();
        }
        let depth = self.inner_depth()?;
        visitor.visit_some(Self { depth, ..self })
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::None => visitor.visit_unit(),
            other => Err(unexpected(&other, "None")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if value::is_value(name) {
            return value::visit(self, visitor);
        }
        let depth = self.inner_depth()?;
        visitor.visit_newtype_struct(Self { depth, ..self })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.items()?.visit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.items()?.visit(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.items()?.visit(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.pairs()?.visit(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value {
            Value::Tuple(_) | Value::List(_) => self.items()?.visit(visitor),
            _ => self.pairs()?.visit(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let depth = self.inner_depth()?;
        match self.value {
            Value::Str(variant) => visitor.visit_enum(EnumData::unit(variant, depth)),
            Value::Dict(pairs) => match <[(Value, Value); 1]>::try_from(pairs) {
                Ok([(Value::Str(variant), data)]) => {
                    visitor.visit_enum(EnumData::with_data(variant, data, depth))
                }
                _ => Err(Error::custom(
                    "expected a dict with the variant as its only key",
                )),
            },
            other => Err(unexpected(&other, "a variant")),
        }
    }
}
