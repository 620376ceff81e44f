//! Text that is too deep, too long or too slow, on a small stack.

use belay_pylit::{
    Error, MAX_DEPTH, Options, Parsed, Value, from_str_with, from_value, parse, parse_bytes,
    parse_or_text, parse_with, to_value,
};

/// Runs a test on a thread with 2 MiB of stack, whatever the test runner gives its own.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(test)
        .expect("a thread")
        .join()
        .expect("the test passes");
}

fn deepest() -> Options {
    Options {
        max_depth: usize::MAX,
        ..Options::default()
    }
}

#[test]
fn ten_million_brackets_are_an_error() {
    on_a_small_stack(|| {
        for bracket in [
            "[",
            "(",
            "{",
            "{1:",
            "-(",
            "f(x=",
            "frozenset([",
            "OrderedDict({1:",
        ] {
            let text = bracket.repeat(10_000_000 / bracket.len());
            let error = parse(&text).expect_err("too deep");
            assert!(
                matches!(error, Error::TooDeep { limit: 200, .. }),
                "{bracket}: {error}"
            );
            assert!(parse_or_text(&text, &Options::default()).is_err_and(|e| e.is_limit()));
            let error = parse_with(&text, &deepest()).expect_err("too deep");
            assert!(
                matches!(
                    error,
                    Error::TooDeep {
                        limit: MAX_DEPTH,
                        ..
                    }
                ),
                "{error}"
            );
        }
    });
}

#[test]
fn depth_counts_open_brackets() {
    let options = Options {
        max_depth: 3,
        ..Options::default()
    };
    assert!(parse_with("[(({})), [[]]]", &options).is_err());
    assert!(
        parse_with(
            "[(({})), [[]]]",
            &Options {
                max_depth: 4,
                ..options.clone()
            }
        )
        .is_ok()
    );
    assert!(parse_with("[[[]], [[]], [[]]]", &options).is_ok());
    assert_eq!(
        parse_with("[[[[]]]]", &options),
        Err(Error::TooDeep {
            offset: 3,
            limit: 3
        })
    );
    assert_eq!(
        parse_with("[[[ f(x=1)]]]", &options),
        Err(Error::TooDeep {
            offset: 5,
            limit: 3
        })
    );
}

#[test]
fn the_deepest_values_can_be_used_on_a_small_stack() {
    on_a_small_stack(|| {
        for (open, close, per_level) in [
            ("[", "]", 1),
            ("(", ",)", 1),
            ("{1: ", "}", 1),
            ("P(x=", ")", 1),
            ("frozenset({", "})", 2),
            // It is written with a list of pairs, which has one more bracket.
            ("OrderedDict({1: ", "})", 3),
            ("dict_values([", "])", 2),
            ("OrderedDict([(1, ", ")])", 3),
            ("array('O', [", "])", 2),
        ] {
            let levels = MAX_DEPTH / per_level;
            let text = open.repeat(levels) + "1" + &close.repeat(levels);
            let value = parse_with(&text, &deepest()).expect("deep, but not too deep");
            let copy = value.clone();
            assert!(copy == value);
            assert!(parse_with(&value.to_string(), &deepest()).is_ok());
            assert!(!format!("{value:?}").is_empty());
            assert!(!format!("{value:#?}").is_empty());
            let back = to_value(&value).expect("serializes");
            assert!(back == value);
            assert!(from_value::<Value>(back).expect("deserializes") == value);
            let set: Value = Value::Set(vec![value.clone(), copy]);
            assert!(set == set.clone());
        }
    });
}

#[test]
fn data_that_contains_only_itself_is_an_error() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Endless(Option<Box<Endless>>);

    on_a_small_stack(|| {
        let endless = from_str_with::<Endless>("1", &Options::default());
        assert!(endless.is_err_and(|error| error.is_limit()));
        let deep = (0..10_000).fold(Endless(None), |inner, _| Endless(Some(Box::new(inner))));
        assert_eq!(
            to_value(&deep),
            Err(Error::DataTooDeep { limit: MAX_DEPTH })
        );
    });
}

#[test]
fn length_is_checked_first() {
    let options = Options {
        max_bytes: 4,
        ..Options::default()
    };
    assert_eq!(parse_with("1234", &options), Ok(Value::Int(1234)));
    let error = Error::TooLong {
        length: 5,
        limit: 4,
    };
    assert_eq!(parse_with("12345", &options), Err(error.clone()));
    assert_eq!(
        parse_bytes(b"\xff\xff\xff\xff\xff", &options),
        Err(error.clone())
    );
    assert_eq!(parse_or_text("<abc>", &options), Err(error.clone()));
    assert_eq!(error.offset(), None);
}

#[test]
fn long_integers_are_an_error_in_every_base() {
    let options = Options {
        max_digits: 5,
        ..Options::default()
    };
    assert_eq!(
        parse_with("[1_2_3_4_5]", &options)
            .map(|v| v.to_string())
            .as_deref(),
        Ok("[12345]")
    );
    for text in ["[123456]", "[1_2_3_4_5_6]", "[0x123456]", "[0b111111]"] {
        let error = Error::TooManyDigits {
            offset: 1,
            limit: 5,
        };
        assert_eq!(parse_with(text, &options), Err(error.clone()), "{text}");
        assert_eq!(parse_or_text(text, &options), Err(error), "{text}");
    }
    assert!(parse_with("123456.5", &options).is_ok());
}

#[test]
fn many_equal_hashes_are_no_trouble() {
    // Each nan is a key of its own.
    let text = format!("{{{}}}", "nan,".repeat(200_000));
    let Ok(Value::Set(elements)) = parse(&text) else {
        panic!("a set")
    };
    assert_eq!(elements.len(), 200_000);
    let text = format!("{{{}}}", "1,1.0,True,".repeat(100_000));
    assert_eq!(parse(&text), Ok(Value::Set(vec![Value::Int(1)])));
    // Equal up to the innermost element, on every level.
    let nested = |inner: &str| format!("{}{inner}{}", "frozenset({1, ".repeat(90), "})".repeat(90));
    let (a, b) = (nested("nan"), nested("nan"));
    assert!(parse(&format!("{{{a}, {b}}}")) != parse(&a));
    assert!(parse(&a) != parse(&b));
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    assert_eq!(
        parse_bytes(b"'caf\xe9'", &Options::default()),
        Err(Error::InvalidUtf8 { offset: 4 })
    );
    assert_eq!(
        parse_bytes("'café'".as_bytes(), &Options::default()),
        Ok(Value::from("café"))
    );
    let text = "<function f at 0x3000>";
    assert_eq!(
        parse_or_text(text, &Options::default()),
        Ok(Parsed::Unparsed(text.to_owned()))
    );
}
