//! What is written can be read, and nothing makes the parser panic.

use belay_pylit::{
    Array, BigInt, Complex, NamedTuple, Options, Range, Value, from_value, parse, parse_bytes,
    to_value,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn scalar() -> impl Strategy<Value = Value> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    // No nan, which does not equal itself.
    let float = || NORMAL | SUBNORMAL | ZERO | INFINITE | POSITIVE | NEGATIVE;
    prop_oneof![
        Just(Value::None),
        Just(Value::Ellipsis),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i8>().prop_map(|int| Value::Int(int.into())),
        vec(any::<u8>(), 0..40).prop_map(|bytes| BigInt::from_signed_bytes_le(&bytes).into()),
        float().prop_map(Value::Float),
        (float(), float()).prop_map(|(re, im)| Complex { re, im }.into()),
        any::<String>().prop_map(Value::Str),
        vec(any::<char>(), 0..6).prop_map(|text| Value::Str(text.into_iter().collect())),
        "['\"\\\\\n\r\t\u{7f}a-c]{0,6}".prop_map(Value::Str),
        vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        (
            any::<i64>(),
            any::<i64>(),
            any::<i64>().prop_filter("not zero", |step| *step != 0)
        )
            .prop_map(|(start, stop, step)| Range { start, stop, step }.into()),
    ]
}

fn hashable() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Tuple),
            vec(inner, 0..4).prop_map(|items| canonical(Value::FrozenSet(items))),
        ]
    })
}

/// Parsing drops double elements and keys; so must a value that is compared with it.
fn canonical(value: Value) -> Value {
    fn unique(items: Vec<Value>) -> Vec<Value> {
        let mut unique: Vec<Value> = Vec::new();
        for item in items {
            if !unique.iter().any(|earlier| same(earlier, &item)) {
                unique.push(item);
            }
        }
        unique
    }
    match value {
        Value::Set(items) => Value::Set(unique(items)),
        Value::FrozenSet(items) => Value::FrozenSet(unique(items)),
        other => other,
    }
}

/// Whether Python takes both for one key.
fn same(a: &Value, b: &Value) -> bool {
    let pair = Value::Tuple(vec![a.clone(), b.clone()]);
    let Ok(Value::Tuple(pair)) = parse(&pair.to_string()) else {
        panic!("{pair}")
    };
    let text = format!("{{{}, {}}}", pair[0], pair[1]);
    matches!(parse(&text), Ok(Value::Set(items)) if items.len() == 1)
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 32, 5, |inner| {
        let items = || vec(inner.clone(), 0..5);
        let keys = || {
            vec(hashable(), 0..5).prop_map(|keys| match canonical(Value::Set(keys)) {
                Value::Set(keys) => keys,
                _ => Vec::new(),
            })
        };
        let pairs =
            || (keys(), vec(inner.clone(), 5)).prop_map(|(k, v)| k.into_iter().zip(v).collect());
        let fields = vec(inner.clone(), 1..4);
        prop_oneof![
            items().prop_map(Value::Tuple),
            items().prop_map(Value::List),
            keys().prop_map(Value::Set),
            keys().prop_map(Value::FrozenSet),
            pairs().prop_map(Value::Dict),
            pairs().prop_map(Value::OrderedDict),
            keys().prop_map(Value::DictKeys),
            items().prop_map(Value::DictValues),
            pairs().prop_map(Value::DictItems),
            vec(any::<u8>(), 0..9).prop_map(Value::ByteArray),
            (select(vec!['b', 'H', 'q', 'f', 'O']), items()).prop_map(|(typecode, items)| Array {
                typecode,
                items
            }
            .into()),
            (select(vec!["", "P", "set", "array", "_Größe"]), fields).prop_map(|(name, fields)| {
                let names = [
                    "x",
                    "set",
                    "e\u{301}x".split('\u{301}').next().unwrap_or("z"),
                ];
                let fields = names
                    .iter()
                    .map(|&name| name.to_owned())
                    .zip(fields)
                    .collect();
                NamedTuple {
                    name: name.to_owned(),
                    fields,
                }
                .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn parse_reads_what_display_writes(value in value()) {
        let text = value.to_string();
        prop_assert_eq!(parse(&text), Ok(value), "{}", text);
    }

    #[test]
    fn a_value_survives_serde(value in value()) {
        prop_assert_eq!(to_value(&value), Ok(value.clone()));
        prop_assert_eq!(from_value::<Value>(value.clone()), Ok(value));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in vec(any::<u8>(), 0..64)) {
        let _ = parse_bytes(&bytes, &Options::default());
    }

    #[test]
    fn no_piece_of_a_literal_makes_the_parser_panic(
        value in value(),
        start in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
    ) {
        let characters: Vec<char> = value.to_string().chars().collect();
        let (start, end) = (start.index(characters.len()), end.index(characters.len()));
        let text: String = characters[start.min(end)..start.max(end)].iter().collect();
        if let Err(error) = parse(&text) {
            let offset = error.offset().expect("an offset");
            prop_assert!(text.is_char_boundary(offset), "{} in {:?}", error, text);
        }
    }
}
