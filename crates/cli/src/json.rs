//! Python values as JSON.

use std::collections::HashSet;
use std::fmt::Write;

use belay_pylit::Value;

/// Why a value cannot be written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value's repr is no literal.
    #[error("{text} is no literal")]
    NotALiteral {
        /// The repr.
        text: String,
    },
    /// Two keys of a dict, such as `1` and `'1'`, are one key in JSON.
    #[error("two keys of a dict become {key:?}")]
    SameKey {
        /// The key in JSON.
        key: String,
    },
    /// A kind of value that this version cannot write.
    #[error("a {type_name} has no form in JSON")]
    Unknown {
        /// Python's name for the type.
        type_name: &'static str,
    },
}

/// `value` as JSON in one line.
///
/// | Python | JSON |
/// |---|---|
/// | `None`, `True`, `False`, numbers, strings | the same; integers of any size |
/// | `inf`, `nan` | `null` |
/// | lists, tuples, sets, views, arrays | an array |
/// | `bytes`, `bytearray` | an array of numbers |
/// | dicts, named tuples | an object; a key that is no string is written as its repr |
/// | `dict.items()` | an array of arrays of two |
/// | `range` | an object with `start`, `stop` and `step` |
/// | a complex number | an array of two numbers |
/// | `Ellipsis` | the string `"Ellipsis"` |
pub(crate) fn to_json(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write_value(&mut text, value)?;
    Ok(text)
}

fn write_value(text: &mut String, value: &Value) -> Result<(), Error> {
    match value {
        Value::None => text.push_str("null"),
        Value::Ellipsis => text.push_str("\"Ellipsis\""),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => push(text, number),
        Value::BigInt(number) => push(text, number),
        Value::Float(number) => write_float(text, *number),
        Value::Complex(number) => {
            text.push('[');
            write_float(text, number.re);
            text.push(',');
            write_float(text, number.im);
            text.push(']');
        }
        Value::Str(string) => write_string(text, string),
        Value::Bytes(bytes) | Value::ByteArray(bytes) => {
            write_array(text, bytes, |text, byte| {
                push(text, byte);
                Ok(())
            })?;
        }
        Value::Tuple(items)
        | Value::List(items)
        | Value::Set(items)
        | Value::FrozenSet(items)
        | Value::DictKeys(items)
        | Value::DictValues(items) => write_array(text, items, write_value)?,
        Value::Array(array) => write_array(text, &array.items, write_value)?,
        Value::Dict(pairs) | Value::OrderedDict(pairs) => {
            write_object(text, pairs.iter().map(|(key, value)| (key_of(key), value)))?;
        }
        Value::NamedTuple(tuple) => {
            write_object(
                text,
                tuple
                    .fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value)),
            )?;
        }
        Value::DictItems(pairs) => write_array(text, pairs, |text, (key, value)| {
            text.push('[');
            write_value(text, key)?;
            text.push(',');
            write_value(text, value)?;
            text.push(']');
            Ok(())
        })?,
        Value::Range(range) => push(
            text,
            format_args!(
                "{{\"start\":{},\"stop\":{},\"step\":{}}}",
                range.start, range.stop, range.step
            ),
        ),
        other => {
            return Err(Error::Unknown {
                type_name: other.type_name(),
            });
        }
    }
    Ok(())
}

fn write_array<T>(
    text: &mut String,
    items: &[T],
    mut write: impl FnMut(&mut String, &T) -> Result<(), Error>,
) -> Result<(), Error> {
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(text, item)?;
    }
    text.push(']');
    Ok(())
}

fn write_object<'a>(
    text: &mut String,
    pairs: impl Iterator<Item = (String, &'a Value)>,
) -> Result<(), Error> {
    let mut keys = HashSet::new();
    text.push('{');
    for (index, (key, value)) in pairs.enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_string(text, &key);
        text.push(':');
        write_value(text, value)?;
        if let Some(key) = keys.replace(key) {
            return Err(Error::SameKey { key });
        }
    }
    text.push('}');
    Ok(())
}

fn key_of(key: &Value) -> String {
    match key {
        Value::Str(key) => key.clone(),
        other => other.to_string(),
    }
}

/// JSON has no word for infinity or for what is not a number; `null` is what JavaScript writes.
fn write_float(text: &mut String, number: f64) {
    push(text, serde_json::Value::from(number));
}

fn write_string(text: &mut String, string: &str) {
    push(text, serde_json::Value::from(string));
}

fn push(text: &mut String, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(literal: &str, expected: &str) {
        let value = belay_pylit::parse(literal).expect(literal);
        let json = to_json(&value).expect(literal);
        assert_eq!(json, expected, "{literal}");
        serde_json::from_str::<serde_json::Value>(&json).expect(literal);
    }

    #[test]
    fn every_kind_of_value_has_a_form() {
        check("None", "null");
        check("(True, False, ...)", r#"[true,false,"Ellipsis"]"#);
        check("[1, -2, 1.5, 1e100]", "[1,-2,1.5,1e+100]");
        check(
            "340282366920938463463374607431768211456",
            "340282366920938463463374607431768211456",
        );
        check("[inf, -inf, nan]", "[null,null,null]");
        check(r#"'a"\n\x00é'"#, r#""a\"\n\u0000é""#);
        check(r"(b'a\xff', bytearray(b'b'))", "[[97,255],[98]]");
        check("array('H', [1, 2])", "[1,2]");
        check("{1, 2}", "[1,2]");
        check("set()", "[]");
        check(
            "{'a': {}, 1: [], (1, 'b'): None}",
            r#"{"a":{},"1":[],"(1, 'b')":null}"#,
        );
        check("OrderedDict({'b': 1, 'a': 2})", r#"{"b":1,"a":2}"#);
        check("(sysname='rp2', n=1)", r#"{"sysname":"rp2","n":1}"#);
        check("dict_items([('a', 1)])", r#"[["a",1]]"#);
        check("range(0, 10, 2)", r#"{"start":0,"stop":10,"step":2}"#);
        check("1+2j", "[1.0,2.0]");
    }

    #[test]
    fn keys_that_fall_together_are_an_error() {
        let value = belay_pylit::parse("{1: 'a', '1': 'b'}").unwrap();
        assert_eq!(
            to_json(&value),
            Err(Error::SameKey {
                key: "1".to_owned()
            })
        );
    }
}
