//! Rust data to literals and back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

use belay_pylit::{
    Array, BigInt, Error, NamedTuple, Range, Value, from_str, from_value, parse, to_string,
    to_value,
};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Checks both directions.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(data: &T, text: &str) {
    assert_eq!(to_string(data).as_deref(), Ok(text));
    assert_eq!(from_str::<T>(text).as_ref(), Ok(data), "{text}");
    let value = to_value(data).expect("a value");
    assert_eq!(parse(text).as_ref(), Ok(&value));
    assert_eq!(from_value::<T>(value).as_ref(), Ok(data));
}

/// Checks that a literal can be read as data that is not written that way.
fn check_read<T: DeserializeOwned + PartialEq + Debug>(text: &str, data: &T) {
    assert_eq!(from_str::<T>(text).as_ref(), Ok(data), "{text}");
}

fn check_refused<T: DeserializeOwned + Debug>(text: &str, message: &str) {
    let error = from_str::<T>(text).expect_err(text);
    assert_eq!(error.to_string(), message, "{text}");
    assert!(
        matches!(error, Error::Data { .. } | Error::IntegerTooLarge { .. }),
        "{text}"
    );
}

/// Bytes as the `serde_bytes` crate has them.
#[derive(Debug, PartialEq)]
struct Raw(Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl Visitor<'_> for RawVisitor {
            type Value = Raw;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(RawVisitor)
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Reading {
    temperature: f32,
    raw: Raw,
    note: Option<String>,
    place: (i8, char),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Command {
    Stop,
    Blink(u32),
    Move(i32, i32),
    Set { pin: u8, high: bool },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    y: f64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Metres(f64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    id: u8,
    value: Value,
}

#[test]
fn scalars() {
    check(&true, "True");
    check(&-128_i8, "-128");
    check(&u64::MAX, "18446744073709551615");
    check(&i128::MIN, &i128::MIN.to_string());
    check(&u128::MAX, &u128::MAX.to_string());
    check(&0.1_f32, "0.10000000149011612");
    check(&1e16, "1e+16");
    check(&'é', "'é'");
    check(&"it's".to_owned(), "\"it's\"");
    check(&(), "None");
    check(&Unit, "None");
    check(&Metres(2.0), "2.0");
    check(&Some(5), "5");
    check(&None::<i32>, "None");
    check(&Raw(vec![0, 97, 255]), "b'\\x00a\\xff'");
    check_read("7", &7.0);
    check_read("7", &7.0_f32);
    check_read(&"9".repeat(30), &1e30);
    check_read("inf", &f64::INFINITY);
    check_read("bytearray(b'ab')", &Raw(b"ab".to_vec()));
}

#[test]
fn sequences() {
    check(&vec![1, 2], "[1, 2]");
    check(&(1, "a".to_owned(), 2.5), "(1, 'a', 2.5)");
    check(&[1_u8, 2, 3], "(1, 2, 3)");
    check(&BTreeSet::from([1, 2]), "[1, 2]");
    check_read("{2, 1}", &BTreeSet::from([1, 2]));
    check_read("frozenset({2, 1})", &BTreeSet::from([1, 2]));
    check_read("b'\\x01\\x02'", &vec![1_u8, 2]);
    check_read("b'\\x01\\x02'", &[1_u8, 2]);
    check_read("array('H', [1, 65535])", &vec![1_u16, 65535]);
    check_read("dict_items([('a', 1)])", &vec![("a".to_owned(), 1)]);
    check_read("(1+2j)", &(1.0, 2.0));
    check_read("P(x=1, y=2.5)", &(1, 2.5));
    check_read("[1, 2]", &(1, 2));
}

#[test]
fn maps_and_structs() {
    check(&BTreeMap::from([((1, 2), "a".to_owned())]), "{(1, 2): 'a'}");
    check(
        &BTreeMap::from([(1, None), (2, Some(true))]),
        "{1: None, 2: True}",
    );
    let reading = Reading {
        temperature: 21.5,
        raw: Raw(vec![0, 255]),
        note: None,
        place: (-1, 'x'),
    };
    check(
        &reading,
        "{'temperature': 21.5, 'raw': b'\\x00\\xff', 'note': None, 'place': (-1, 'x')}",
    );
    let point = Point { x: 1, y: 2.5 };
    check_read("P(x=1, y=2.5)", &point);
    check_read("(x=1, y=2.5)", &point);
    check_read("OrderedDict({'y': 2.5, 'x': 1})", &point);
    check_read("OrderedDict([('y', 2.5), ('x', 1)])", &point);
    check_read("{'y': 2.5, 'x': 1, 'extra': frozenset()}", &point);
    check_read("(1, 2.5)", &point);
    check_read(
        "dict_items([('a', 1)])",
        &HashMap::from([("a".to_owned(), 1)]),
    );
    check_read("P(x=1)", &HashMap::from([("x".to_owned(), 1)]));
    check_read(
        "range(1, 9, 2)",
        &BTreeMap::from([
            ("start".to_owned(), 1),
            ("stop".to_owned(), 9),
            ("step".to_owned(), 2),
        ]),
    );
}

#[test]
fn enums() {
    check(&Command::Stop, "'Stop'");
    check(&Command::Blink(3), "{'Blink': 3}");
    check(&Command::Move(1, -1), "{'Move': (1, -1)}");
    check(
        &Command::Set {
            pin: 25,
            high: true,
        },
        "{'Set': {'pin': 25, 'high': True}}",
    );
    check(&vec![Command::Stop], "['Stop']");
    check_read("{'Stop': None}", &Command::Stop);
    check_refused::<Command>(
        "'Go'",
        "unknown variant `Go`, expected one of `Stop`, `Blink`, `Move`, `Set`",
    );
    check_refused::<Command>("'Blink'", "a variant without its data");
    check_refused::<Command>("{'Stop': 1}", "data for a variant that has none");
    check_refused::<Command>("{}", "expected a dict with the variant as its only key");
    check_refused::<Command>("3", "invalid type: integer `3`, expected a variant");
}

#[test]
fn values_inside_of_data() {
    let value = |text: &str| parse(text).expect(text);
    for text in [
        "1",
        "None",
        "Ellipsis",
        "{1, 2}",
        "(1, [2, (3,)])",
        "frozenset()",
        "bytearray(b'x')",
        "b'x'",
        "(1+2j)",
        "range(0, 3)",
        "array('H', [1])",
        "P(x={1: ()})",
        "(x=1)",
        "OrderedDict([(1, 2)])",
        "dict_items([(1, 2)])",
        "dict_keys([1])",
        "dict_values([1])",
        "{(1, 2): 3}",
        "100000000000000000000000000000000000000000000000000",
    ] {
        check(
            &Answer {
                id: 1,
                value: value(text),
            },
            &format!("{{'id': 1, 'value': {text}}}"),
        );
        check(&vec![value(text)], &format!("[{text}]"));
    }
}

#[test]
fn values_in_json() {
    let json =
        |text: &str| serde_json::to_string(&parse(text).expect(text)).expect("keys are strings");
    assert_eq!(
        json("{'a': (1, {2}), 'b': P(x=b'\\x01'), 'c': array('H', [3]), 'd': ...}"),
        r#"{"a":[1,[2]],"b":{"x":[1]},"c":[3],"d":null}"#
    );
    assert_eq!(json("range(0, 3)"), r#"{"start":0,"stop":3,"step":1}"#);
    assert_eq!(json("18446744073709551615"), "18446744073709551615");
    assert_eq!(json(&"9".repeat(50)), format!("\"{}\"", "9".repeat(50)));
    let value: Value = serde_json::from_str(r#"{"a": [1, 2.5, null, true, "x"]}"#).expect("json");
    assert_eq!(value.to_string(), "{'a': [1, 2.5, None, True, 'x']}");
}

#[test]
fn what_does_not_fit_is_refused() {
    check_refused::<i64>("'x'", "invalid type: string \"x\", expected i64");
    check_refused::<u8>("256", "invalid value: integer `256`, expected u8");
    check_refused::<i64>("1.0", "invalid type: floating point `1.0`, expected i64");
    check_refused::<bool>("1", "invalid type: integer `1`, expected a boolean");
    check_refused::<()>("0", "invalid type: integer `0`, expected None");
    check_refused::<()>("...", "invalid type: ellipsis, expected None");
    check_refused::<Vec<i64>>("1", "invalid type: integer `1`, expected a sequence");
    check_refused::<(i64, i64)>("(1, 2, 3)", "invalid length 3, expected 2 items");
    check_refused::<(i64, i64)>("(1,)", "invalid length 1, expected a tuple of size 2");
    check_refused::<Point>("{'x': 1}", "missing field `y`");
    check_refused::<Point>("'x'", "invalid type: string \"x\", expected a map");
    check_refused::<i64>("{1}", "invalid type: sequence, expected i64");
    check_refused::<u128>(&"9".repeat(50), "integer of 167 bits does not fit 128");
    check_refused::<BTreeMap<String, i64>>(
        "{1: 2}",
        "invalid type: integer `1`, expected a string",
    );
    assert_eq!(
        to_value(&BTreeMap::from([(vec![1], 2)])),
        Err(Error::UnhashableKey { type_name: "list" })
    );
    assert!(matches!(
        from_str::<i64>("[1"),
        Err(Error::Expected { offset: 2, .. })
    ));
}

#[test]
fn values_are_made_from_plain_data() {
    assert_eq!(Value::from(true), Value::Bool(true));
    assert_eq!(Value::from(BigInt::from(3)), Value::Int(3));
    assert_eq!(Value::from(vec![1_u8]), Value::Bytes(vec![1]));
    let tuple = NamedTuple {
        name: "P".to_owned(),
        fields: vec![("x".to_owned(), 1.into())],
    };
    assert_eq!(Value::from(tuple).get("x"), Some(&Value::Int(1)));
    let array = Array {
        typecode: 'b',
        items: vec![1.into()],
    };
    assert_eq!(Value::from(array).to_string(), "array('b', [1])");
    assert_eq!(
        Value::from(Range {
            start: 0,
            stop: 3,
            step: 1
        })
        .type_name(),
        "range"
    );
}
