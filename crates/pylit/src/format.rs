//! Text equal to CPython's `repr`.

mod float;
mod text;

use std::fmt::{self, Display, Formatter};

use crate::value::{Array, Complex, NamedTuple, Range, Value};

/// Writes the value as CPython's `repr` would.
///
/// Elements of sets come in the order they are held, whereas CPython sorts by hash. An
/// `OrderedDict` is written with a list of pairs, as CPython did up to 3.11: evaluated on a board,
/// that keeps the order, which a dict display would lose. Which characters of a string are
/// escaped depends on the Unicode version: a character that CPython's tables do not know yet is
/// escaped there and written as it is here.
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Ellipsis => f.write_str("Ellipsis"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(int) => write!(f, "{int}"),
            Self::BigInt(int) => write!(f, "{int}"),
            Self::Float(float) => float::write(f, *float),
            Self::Complex(complex) => complex.fmt(f),
            Self::Str(text) => text::write_str(f, text),
            Self::Bytes(bytes) => text::write_bytes(f, bytes),
            Self::ByteArray(bytes) => {
                f.write_str("bytearray(")?;
                text::write_bytes(f, bytes)?;
                f.write_str(")")
            }
            Self::Tuple(items) if items.len() == 1 => write!(f, "({},)", items[0]),
            Self::Tuple(items) => write_items(f, "(", items, ")"),
            Self::List(items) => write_items(f, "[", items, "]"),
            Self::Set(items) if items.is_empty() => f.write_str("set()"),
            Self::Set(items) => write_items(f, "{", items, "}"),
            Self::FrozenSet(items) if items.is_empty() => f.write_str("frozenset()"),
            Self::FrozenSet(items) => write_items(f, "frozenset({", items, "})"),
            Self::Dict(pairs) => write_separated(f, "{", pairs, "}", |f, (key, value)| {
                write!(f, "{key}: {value}")
            }),
            Self::OrderedDict(pairs) if pairs.is_empty() => f.write_str("OrderedDict()"),
            Self::OrderedDict(pairs) => write_pairs(f, "OrderedDict([", pairs),
            Self::Range(range) => range.fmt(f),
            Self::Array(array) => array.fmt(f),
            Self::NamedTuple(tuple) => tuple.fmt(f),
            Self::DictKeys(items) => write_items(f, "dict_keys([", items, "])"),
            Self::DictValues(items) => write_items(f, "dict_values([", items, "])"),
            Self::DictItems(pairs) => write_pairs(f, "dict_items([", pairs),
        }
    }
}

/// Writes the number as CPython's `repr` would: `(1+2j)`, or `2j` when the real part is zero.
impl Display for Complex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.re == 0.0 && self.re.is_sign_positive() {
            float::write_part(f, self.im)?;
            return f.write_str("j");
        }
        f.write_str("(")?;
        float::write_part(f, self.re)?;
        if self.im.is_nan() || self.im.is_sign_positive() {
            f.write_str("+")?;
        }
        float::write_part(f, self.im)?;
        f.write_str("j)")
    }
}

impl Display for Range {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self {
                start,
                stop,
                step: 1,
            } => write!(f, "range({start}, {stop})"),
            Self { start, stop, step } => write!(f, "range({start}, {stop}, {step})"),
        }
    }
}

impl Display for Array {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "array('{}'", self.typecode)?;
        if !self.items.is_empty() {
            write_items(f, ", [", &self.items, "]")?;
        }
        f.write_str(")")
    }
}

impl Display for NamedTuple {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        write_separated(f, "(", &self.fields, ")", |f, (name, value)| {
            write!(f, "{name}={value}")
        })
    }
}

fn write_items(f: &mut Formatter<'_>, open: &str, items: &[Value], close: &str) -> fmt::Result {
    write_separated(f, open, items, close, |f, item| item.fmt(f))
}

fn write_pairs(f: &mut Formatter<'_>, open: &str, pairs: &[(Value, Value)]) -> fmt::Result {
    write_separated(f, open, pairs, "])", |f, (key, value)| {
        write!(f, "({key}, {value})")
    })
}

fn write_separated<T>(
    f: &mut Formatter<'_>,
    open: &str,
    items: &[T],
    close: &str,
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    f.write_str(close)
}
