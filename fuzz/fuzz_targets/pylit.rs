//! Literals: what is parsed is written as it was meant, and CPython agrees about both.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Oracle;
use belay_pylit::{Error, Options, Value, parse, parse_bytes};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

thread_local! {
    static PYTHON: RefCell<Oracle> = RefCell::new(Oracle::python("literal_eval.py"));
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let _ = parse_bytes(bytes, &Options::default());
        return;
    };
    let ours = parse(text);
    if let Ok(value) = &ours {
        let written = value.to_string();
        let again = match parse(&written) {
            // Fewer digits in another base; CPython refuses to write them.
            Err(Error::TooManyDigits { .. }) => return,
            again => again.expect("what was written is a literal"),
        };
        // Floats that are not a number differ from themselves; their text does not. A complex number
        // without a real part is read with a zero of the imaginary one's sign, in CPython too.
        if !written.contains('j') {
            assert_eq!(again.to_string(), written);
        }
    }
    let theirs = PYTHON.with_borrow_mut(|python| python.ask(&json!({ "text": text })));
    match (&ours, theirs["repr"].as_str()) {
        (Ok(value), Some(repr)) if theirs["contains_set"] == true => {
            assert_eq!(value, &parse(repr).expect("a repr is a literal"));
        }
        (Ok(value), Some(repr)) if value.to_string() != repr => {
            // A character of a later version of Unicode than CPython's is written as it is here.
            assert!(
                repr.contains("\\U") || repr.contains("\\u"),
                "{value}, not {repr}"
            );
            assert_eq!(value, &parse(repr).expect("a repr is a literal"));
        }
        (Ok(_), Some(_)) => {}
        (Ok(value), None) => {
            let error = theirs["error"].as_str().unwrap_or_default();
            assert!(is_extension(text, value, error), "{theirs}");
        }
        (Err(Error::LoneSurrogate { .. }), Some(_)) => {
            let text = text.to_lowercase();
            assert!(text.contains("\\ud") || text.contains("\\u0000d"));
        }
        (Err(Error::NamedCharacter { .. }), Some(_)) => assert!(text.contains("\\N{")),
        (Err(error), Some(repr)) => panic!("{repr} in CPython, here: {error}"),
        (Err(_), None) => {}
    }
});

/// Whether a text that only the crate accepts is one of the forms it adds on purpose.
fn is_extension(text: &str, value: &Value, error: &str) -> bool {
    let names = ["inf", "nan", "Ellipsis"];
    // CPython's own limits on how deep it looks.
    let limits = ["IndentationError", "RecursionError", "MemoryError"];
    limits.contains(&error) || names.iter().any(|name| text.contains(name)) || has_extra(value)
}

fn has_extra(value: &Value) -> bool {
    match value {
        Value::ByteArray(_)
        | Value::FrozenSet(_)
        | Value::OrderedDict(_)
        | Value::Range(_)
        | Value::Array(_)
        | Value::NamedTuple(_)
        | Value::DictKeys(_)
        | Value::DictValues(_)
        | Value::DictItems(_) => true,
        Value::Tuple(items) | Value::List(items) | Value::Set(items) => items.iter().any(has_extra),
        Value::Dict(pairs) => pairs
            .iter()
            .any(|(key, value)| has_extra(key) || has_extra(value)),
        _ => false,
    }
}
