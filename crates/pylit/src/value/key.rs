//! Equality and hashing as Python means them for elements of sets and keys of dicts, and `==`.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::LazyLock;

use num_bigint::BigInt;
use num_traits::FromPrimitive;

use super::{Complex, Range, Value};

/// Up to this many scalars are compared one by one; more of them, or containers, are hashed.
const FEW: usize = 16;

/// The name of the type that makes a value unhashable.
type Unhashable = &'static str;

/// Checks that Python could hash `value`.
pub(crate) fn check_hashable(value: &Value) -> Result<(), Unhashable> {
    match value {
        Value::Tuple(items) => items.iter().try_for_each(check_hashable),
        Value::NamedTuple(tuple) => tuple
            .fields
            .iter()
            .try_for_each(|(_, field)| check_hashable(field)),
        Value::ByteArray(_)
        | Value::List(_)
        | Value::Set(_)
        | Value::Dict(_)
        | Value::OrderedDict(_)
        | Value::Array(_)
        | Value::DictKeys(_)
        | Value::DictValues(_)
        | Value::DictItems(_) => Err(value.type_name()),
        _ => Ok(()),
    }
}

/// Drops every element that is equal to an earlier one.
pub(crate) fn unique_elements(elements: Vec<Value>) -> Vec<Value> {
    let Some(firsts) = firsts(&elements, |element| element) else {
        return elements;
    };
    elements
        .into_iter()
        .enumerate()
        .filter(|(index, _)| firsts[*index] == *index)
        .map(|(_, element)| element)
        .collect()
}

/// Keeps of equal keys the first key, in its place, with the last value.
pub(crate) fn unique_keys(pairs: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    let Some(firsts) = firsts(&pairs, |(key, _)| key) else {
        return pairs;
    };
    let mut places = vec![0; pairs.len()];
    let mut unique: Vec<(Value, Value)> = Vec::new();
    for (index, (key, value)) in pairs.into_iter().enumerate() {
        if firsts[index] == index {
            places[index] = unique.len();
            unique.push((key, value));
        } else {
            unique[places[firsts[index]]].1 = value;
        }
    }
    unique
}

/// For each item the index of the first item with an equal key, or `None` if no two are equal.
fn firsts<T>(items: &[T], key: impl Fn(&T) -> &Value) -> Option<Vec<usize>> {
    if items.len() <= FEW && items.iter().all(|item| is_scalar(key(item))) {
        let first = |index: usize| {
            let this = key(&items[index]);
            items[..index]
                .iter()
                .position(|earlier| same_key(key(earlier), this))
                .unwrap_or(index)
        };
        if (1..items.len()).all(|index| first(index) == index) {
            return None;
        }
        return Some((0..items.len()).map(first).collect());
    }
    let mut seen = HashMap::with_capacity(items.len());
    let firsts: Vec<usize> = items
        .iter()
        .enumerate()
        .map(|(index, item)| match seen.entry(Key(key(item))) {
            Entry::Occupied(first) => *first.get(),
            Entry::Vacant(place) => *place.insert(index),
        })
        .collect();
    (seen.len() < items.len()).then_some(firsts)
}

fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::None
            | Value::Ellipsis
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Complex(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Range(_)
    )
}

/// A hashable value under Python's equality, where `1`, `1.0` and `True` are one key.
#[derive(Clone, Copy)]
struct Key<'a>(&'a Value);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        same_key(self.0, other.0)
    }
}

/// Not reflexive for `nan`, which is right: every `nan` in a set is an element of its own.
impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        feed(self.0, state);
    }
}

fn same_key(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::FrozenSet(a), Value::FrozenSet(b)) => {
            let b = index(b, |element| element);
            let a = index(a, |element| element);
            a.len() == b.len() && a.keys().all(|element| b.contains_key(element))
        }
        (Value::Range(a), Value::Range(b)) => range_content(*a) == range_content(*b),
        _ => {
            if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
                a == b
            } else if let (Some(mut a), Some(mut b)) = (tuple_items(a), tuple_items(b)) {
                a.len() == b.len() && a.all(|item| b.next().is_some_and(|b| same_key(item, b)))
            } else {
                // What cannot be hashed is only found in sets that are built by hand.
                a == b
            }
        }
    }
}

/// A number with the same form for all numbers that are equal in Python.
#[derive(PartialEq)]
enum Number {
    Int(i64),
    BigInt(BigInt),
    Float(f64),
    Complex(Complex),
}

impl Number {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(bool) => Self::Int((*bool).into()),
            Value::Int(int) => Self::Int(*int),
            Value::BigInt(int) => Self::BigInt(int.clone()),
            Value::Float(float) => Self::of_float(*float),
            Value::Complex(complex) if complex.im == 0.0 => Self::of_float(complex.re),
            Value::Complex(complex) => Self::Complex(*complex),
            _ => return None,
        })
    }

    fn of_float(float: f64) -> Self {
        if float.fract() != 0.0 || !float.is_finite() {
            return Self::Float(float);
        }
        match Value::from(BigInt::from_f64(float).unwrap_or_default()) {
            Value::BigInt(int) => Self::BigInt(int),
            Value::Int(int) => Self::Int(int),
            _ => Self::Float(float),
        }
    }
}

fn tuple_items(value: &Value) -> Option<Box<dyn ExactSizeIterator<Item = &Value> + '_>> {
    match value {
        Value::Tuple(items) => Some(Box::new(items.iter())),
        Value::NamedTuple(tuple) => Some(Box::new(tuple.fields.iter().map(|(_, field)| field))),
        _ => None,
    }
}

/// What a range is compared by: its length, and as much of start and step as make a difference.
fn range_content(range: Range) -> (i128, i64, i64) {
    let (start, stop, step) = (
        i128::from(range.start),
        i128::from(range.stop),
        i128::from(range.step),
    );
    let length = match step {
        0 => 0,
        1.. => (stop - start + step - 1).max(0) / step,
        _ => (start - stop - step - 1).max(0) / -step,
    };
    match length {
        0 => (0, 0, 0),
        1 => (1, range.start, 0),
        _ => (length, range.start, range.step),
    }
}

/// Hashes equal keys alike.
///
/// A `nan` is hashed by its address, as CPython does: it equals nothing, and a set of many of them
/// must not become one long chain.
fn feed<H: Hasher>(value: &Value, state: &mut H) {
    /// Random per process, so that no text can be made for its sets to collide.
    static ELEMENTS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

    match value {
        Value::Str(text) => (1, text).hash(state),
        Value::Bytes(bytes) => (2, bytes).hash(state),
        Value::FrozenSet(elements) => elements
            .iter()
            .map(|element| ELEMENTS.hash_one(Key(element)))
            .fold(3, u64::wrapping_add)
            .hash(state),
        Value::Range(range) => (4, range_content(*range)).hash(state),
        _ => {
            if let Some(number) = Number::of(value) {
                match number {
                    Number::Int(int) => int.hash(state),
                    Number::BigInt(int) => int.hash(state),
                    Number::Float(float) if float.is_nan() => std::ptr::hash(value, state),
                    Number::Float(float) => float.to_bits().hash(state),
                    Number::Complex(Complex { re, im }) if re.is_nan() || im.is_nan() => {
                        std::ptr::hash(value, state);
                    }
                    // Adding zero makes the two zeros, which are equal, one.
                    Number::Complex(Complex { re, im }) => {
                        ((re + 0.0).to_bits(), im.to_bits()).hash(state);
                    }
                }
            } else if let Some(items) = tuple_items(value) {
                items.len().hash(state);
                items.for_each(|item| feed(item, state));
            } else {
                std::mem::discriminant(value).hash(state);
            }
        }
    }
}

fn index<T>(items: &[T], key: impl Fn(&T) -> &Value) -> HashMap<Key<'_>, &T> {
    items.iter().map(|item| (Key(key(item)), item)).collect()
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Ellipsis, Self::Ellipsis) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Complex(a), Self::Complex(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) | (Self::ByteArray(a), Self::ByteArray(b)) => a == b,
            (Self::Tuple(a), Self::Tuple(b))
            | (Self::List(a), Self::List(b))
            | (Self::DictKeys(a), Self::DictKeys(b))
            | (Self::DictValues(a), Self::DictValues(b)) => a == b,
            (Self::Set(a), Self::Set(b)) | (Self::FrozenSet(a), Self::FrozenSet(b)) => {
                same_in_any_order(a, b, |element| element, |a, b| a == b)
            }
            (Self::Dict(a), Self::Dict(b)) => {
                same_in_any_order(a, b, |(key, _)| key, |a, b| a == b)
            }
            (Self::OrderedDict(a), Self::OrderedDict(b))
            | (Self::DictItems(a), Self::DictItems(b)) => a == b,
            (Self::Range(a), Self::Range(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::NamedTuple(a), Self::NamedTuple(b)) => a == b,
            _ => false,
        }
    }
}

/// Whether each item of `a` has its equal in `b` and none is left over.
///
/// Every item is compared with at most one other of an equal key, so that nested sets do not
/// multiply the work.
fn same_in_any_order<T>(
    a: &[T],
    b: &[T],
    key: impl Fn(&T) -> &Value,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (a, b) = (index(a, &key), index(b, &key));
    a.len() == b.len()
        && a.iter()
            .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
}
