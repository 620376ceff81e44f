//! Python values that have a literal, or a `repr` that reads like one.

mod key;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

pub(crate) use key::{check_hashable, unique_elements, unique_keys};

/// A Python value.
///
/// `==` compares types and values: `Int(1)` differs from `Float(1.0)` and `Bool(true)`, and `nan`
/// from itself. The order of elements does not count for sets and frozen sets, nor the order of
/// pairs for dicts; it does for ordered dicts.
///
/// Clone, compare, format and drop recurse as deep as the value is nested. What
/// [`parse`](crate::parse) returns is at most [`MAX_DEPTH`](crate::MAX_DEPTH) deep; a value built
/// by hand is its builder's responsibility.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    None,
    /// `...`, which prints as `Ellipsis`.
    Ellipsis,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// An integer that does not fit 64 bits. `Value::from(BigInt)` keeps that rule.
    BigInt(BigInt),
    /// A float. Boards print single or double precision; both are held as double.
    Float(f64),
    /// A complex number.
    Complex(Complex),
    /// A string.
    Str(String),
    /// A `bytes` object.
    Bytes(Vec<u8>),
    /// A `bytearray`.
    ByteArray(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A list.
    List(Vec<Value>),
    /// A set: hashable elements, none twice, in the order they were written.
    Set(Vec<Value>),
    /// A `frozenset`, under the rules of [`Value::Set`].
    FrozenSet(Vec<Value>),
    /// A dict: pairs in the order they were written, with hashable keys, none twice.
    Dict(Vec<(Value, Value)>),
    /// A `collections.OrderedDict`, under the rules of [`Value::Dict`].
    OrderedDict(Vec<(Value, Value)>),
    /// A `range` whose numbers fit 64 bits.
    Range(Range),
    /// An `array.array`.
    Array(Box<Array>),
    /// A named tuple.
    NamedTuple(Box<NamedTuple>),
    /// What `dict.keys()` returns.
    DictKeys(Vec<Value>),
    /// What `dict.values()` returns.
    DictValues(Vec<Value>),
    /// What `dict.items()` returns.
    DictItems(Vec<(Value, Value)>),
}

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

/// A `range(start, stop, step)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first number.
    pub start: i64,
    /// The number it ends before.
    pub stop: i64,
    /// The distance between numbers, not zero.
    pub step: i64,
}

/// An `array.array`, or MicroPython's `array`.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The type code, for instance `H` for unsigned 16-bit integers.
    pub typecode: char,
    /// The items: numbers, or any values with MicroPython's type code `O`.
    pub items: Vec<Value>,
}

/// A named tuple, or anything else that prints as `Name(field=value, …)`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTuple {
    /// The name of its type; empty for MicroPython's attribute tuples, which print without one.
    pub name: String,
    /// The fields in order, at least one, none twice.
    pub fields: Vec<(String, Value)>,
}

impl Value {
    /// The value under a string key of a dict or an ordered dict, or of a field of a named tuple.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Dict(pairs) | Self::OrderedDict(pairs) => pairs
                .iter()
                .find(|(k, _)| matches!(k, Self::Str(k) if k == key))
                .map(|(_, value)| value),
            Self::NamedTuple(tuple) => tuple
                .fields
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Python's name for the type of this value.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Ellipsis => "ellipsis",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Complex(_) => "complex",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "bytearray",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Dict(_) => "dict",
            Self::OrderedDict(_) => "OrderedDict",
            Self::Range(_) => "range",
            Self::Array(_) => "array",
            Self::NamedTuple(_) => "namedtuple",
            Self::DictKeys(_) => "dict_keys",
            Self::DictValues(_) => "dict_values",
            Self::DictItems(_) => "dict_items",
        }
    }
}

impl From<BigInt> for Value {
    fn from(number: BigInt) -> Self {
        match number.to_i64() {
            Some(small) => Self::Int(small),
            None => Self::BigInt(number),
        }
    }
}

macro_rules! from {
    ($($source:ty => |$value:ident| $target:expr;)*) => {
        $(impl From<$source> for Value {
            fn from($value: $source) -> Self {
                $target
            }
        })*
    };
}

from! {
    bool => |value| Self::Bool(value);
    i32 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    i64 => |value| Self::Int(value);
    u64 => |value| i128::from(value).into();
    i128 => |value| match i64::try_from(value) {
        Ok(small) => Self::Int(small),
        Err(_) => Self::BigInt(value.into()),
    };
    u128 => |value| match i64::try_from(value) {
        Ok(small) => Self::Int(small),
        Err(_) => Self::BigInt(value.into()),
    };
    char => |value| Self::Str(value.into());
    f64 => |value| Self::Float(value);
    Complex => |value| Self::Complex(value);
    &str => |value| Self::Str(value.to_owned());
    String => |value| Self::Str(value);
    Vec<u8> => |value| Self::Bytes(value);
    &[u8] => |value| Self::Bytes(value.to_vec());
    Range => |value| Self::Range(value);
    Array => |value| Self::Array(Box::new(value));
    NamedTuple => |value| Self::NamedTuple(Box::new(value));
}

/// Four words: a list of small values costs no more than it must.
const _: () = assert!(size_of::<Value>() <= 4 * size_of::<usize>());
