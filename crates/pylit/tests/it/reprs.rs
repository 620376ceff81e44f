//! What real firmware prints for 117 expressions (`tests/data/reprs.jsonl`), against the values
//! that CPython gives them (`tests/data/expected.jsonl`, written by `expected.py`).

#![allow(clippy::approx_constant, reason = "a board has its own idea of pi")]

use std::collections::HashMap;

use belay_pylit::{Array, Complex, NamedTuple, Options, Parsed, Range, Value, parse_or_text};
use serde_json::Value as Json;

const CPYTHON: &str = "cpython-3.11";
const CORTEX_M3: &str = "micropython-1.29-cortex-m3";
const UNIX: &str = "micropython-1.29-unix-x64";
const MICROBIT: &str = "micropython-1.9.2-microbit";

/// Floats that firmware with single precision prints with fewer digits, or not at all.
const SINGLE_PRECISION: &[(&str, &str, f64)] = &[
    (CORTEX_M3, "1/3", 0.333_333_34),
    (MICROBIT, "1/3", 0.333_333),
    (CORTEX_M3, "1.5e300", f64::INFINITY),
    (MICROBIT, "1.5e300", f64::INFINITY),
    (CORTEX_M3, "5e-324", 0.0),
    (MICROBIT, "5e-324", 0.0),
    (CORTEX_M3, "3.141592653589793", 3.141_592_4),
    (MICROBIT, "3.141592653589793", 3.14159),
    (CORTEX_M3, "123456789.123", 123_456_790.0),
    (MICROBIT, "123456789.123", 123_457_000.0),
    (CORTEX_M3, "1e100", f64::INFINITY),
    (MICROBIT, "1e100", f64::INFINITY),
];

/// Expressions that this firmware cannot evaluate.
const NO_ANSWER: &[(&str, &[&str])] = &[
    (CPYTHON, &[]),
    (UNIX, &["slice(1,2)"]),
    (CORTEX_M3, &["slice(1,2)"]),
    (
        MICROBIT,
        &[
            "NotImplemented",
            "1j",
            "2+3j",
            "-1.5-0.25j",
            "complex(0,float('inf'))",
            "memoryview(b'ab')",
            "slice(1,2)",
            "dq",
        ],
    ),
];

fn rows(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row of json"))
        .collect()
}

fn string(json: &Json) -> &str {
    json.as_str().expect("a string")
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn float(json: &Json) -> f64 {
    string(json).parse().expect("a float")
}

fn int(json: &Json) -> i64 {
    json.as_i64().expect("an integer")
}

fn values(json: &Json) -> Vec<Value> {
    list(json).iter().map(value).collect()
}

fn pairs(json: &Json) -> Vec<(Value, Value)> {
    list(json)
        .iter()
        .map(|pair| (value(&pair[0]), value(&pair[1])))
        .collect()
}

fn bytes(json: &Json) -> Vec<u8> {
    list(json)
        .iter()
        .map(|byte| int(byte).try_into().expect("a byte"))
        .collect()
}

/// The value that `expected.py` describes.
fn value(json: &Json) -> Value {
    match string(&json[0]) {
        "None" => Value::None,
        "Ellipsis" => Value::Ellipsis,
        "bool" => Value::Bool(json[1].as_bool().expect("a bool")),
        "int" => string(&json[1]).parse::<i128>().expect("an integer").into(),
        "float" => Value::Float(float(&json[1])),
        "complex" => Complex {
            re: float(&json[1]),
            im: float(&json[2]),
        }
        .into(),
        "str" => string(&json[1]).into(),
        "bytes" => Value::Bytes(bytes(&json[1])),
        "bytearray" => Value::ByteArray(bytes(&json[1])),
        "tuple" => Value::Tuple(values(&json[1])),
        "list" => Value::List(values(&json[1])),
        "set" => Value::Set(values(&json[1])),
        "frozenset" => Value::FrozenSet(values(&json[1])),
        "dict_keys" => Value::DictKeys(values(&json[1])),
        "dict_values" => Value::DictValues(values(&json[1])),
        "dict" => Value::Dict(pairs(&json[1])),
        "OrderedDict" => Value::OrderedDict(pairs(&json[1])),
        "dict_items" => Value::DictItems(pairs(&json[1])),
        "range" => Range {
            start: int(&json[1]),
            stop: int(&json[2]),
            step: int(&json[3]),
        }
        .into(),
        "array" => Array {
            typecode: string(&json[1]).chars().next().expect("a type code"),
            items: values(&json[2]),
        }
        .into(),
        "namedtuple" => NamedTuple {
            name: string(&json[1]).to_owned(),
            fields: list(&json[2])
                .iter()
                .map(|field| (string(&field[0]).to_owned(), value(&field[1])))
                .collect(),
        }
        .into(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn each_firmware_prints_values_or_text() {
    let expected: HashMap<String, Option<Value>> = rows(include_str!("../data/expected.jsonl"))
        .iter()
        .map(|row| (string(&row["expr"]).to_owned(), row.get("value").map(value)))
        .collect();
    let reprs = rows(include_str!("../data/reprs.jsonl"));
    assert_eq!(reprs.len(), 117);
    for (firmware, unanswered) in NO_ANSWER {
        let (mut literals, mut texts) = (0, 0);
        for row in &reprs {
            let expr = string(&row["expr"]);
            if row[firmware].is_null() {
                assert!(
                    unanswered.contains(&expr),
                    "{firmware} has no answer to {expr}"
                );
                continue;
            }
            let text = string(&row[firmware]);
            let parsed = parse_or_text(text, &Options::default()).expect("within bounds");
            let Some(value) = &expected[expr] else {
                assert_eq!(
                    parsed,
                    Parsed::Unparsed(text.to_owned()),
                    "{expr} of {firmware}"
                );
                texts += 1;
                continue;
            };
            let single = SINGLE_PRECISION
                .iter()
                .find(|(column, single, _)| column == firmware && *single == expr);
            let value = single.map_or(value.clone(), |(_, _, float)| Value::Float(*float));
            match parsed {
                Parsed::Literal(Value::Float(nan)) if expr == "float('nan')" => {
                    assert!(nan.is_nan(), "{expr} of {firmware}");
                }
                parsed => assert_eq!(parsed, Parsed::Literal(value), "{expr} of {firmware}"),
            }
            literals += 1;
        }
        assert_eq!(literals + texts + unanswered.len(), 117, "{firmware}");
        assert!(
            literals > 80 && texts > 15,
            "{firmware}: {literals} and {texts}"
        );
    }
}

#[test]
fn what_cpython_prints_is_written_the_same() {
    let mut count = 0;
    for row in rows(include_str!("../data/reprs.jsonl")) {
        let text = string(&row[CPYTHON]);
        if let Ok(Parsed::Literal(value)) = parse_or_text(text, &Options::default()) {
            assert_eq!(value.to_string(), text);
            count += 1;
        }
    }
    assert!(count > 90, "only {count} literals");
}
