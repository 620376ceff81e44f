//! The forms that only boards print, and what errors say.

use belay_pylit::{Array, BigInt, Complex, Error, NamedTuple, Range, Value, parse};

fn check(text: &str, value: impl Into<Value>) {
    assert_eq!(parse(text).as_ref(), Ok(&value.into()), "{text}");
}

fn check_error(text: &str, offset: usize, message: &str) {
    let error = parse(text).expect_err(text);
    assert_eq!(
        (error.offset(), error.to_string().as_str()),
        (Some(offset), message),
        "{text}"
    );
}

fn ints(ints: &[i64]) -> Vec<Value> {
    ints.iter().copied().map(Value::Int).collect()
}

fn named(name: &str, fields: &[(&str, Value)]) -> NamedTuple {
    NamedTuple {
        name: name.to_owned(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

#[test]
fn integers_take_the_smallest_form() {
    check("9223372036854775807", i64::MAX);
    check("-9223372036854775808", i64::MIN);
    check("-0x8000000000000000", i64::MIN);
    check(
        "9223372036854775808",
        Value::BigInt(BigInt::from(1_u64 << 63)),
    );
    check(
        "-9223372036854775809",
        Value::BigInt(BigInt::from(i64::MIN) - 1),
    );
    assert_eq!(Value::from(BigInt::from(5)), Value::Int(5));
    assert_eq!(Value::from(u64::MAX).to_string(), "18446744073709551615");
}

#[test]
fn words_for_floats() {
    check("inf", f64::INFINITY);
    check("[-inf]", Value::List(vec![f64::NEG_INFINITY.into()]));
    check(
        "infj",
        Complex {
            re: 0.0,
            im: f64::INFINITY,
        },
    );
    check(
        "(1-infj)",
        Complex {
            re: 1.0,
            im: f64::NEG_INFINITY,
        },
    );
    check(
        "(-inf+2j)",
        Complex {
            re: f64::NEG_INFINITY,
            im: 2.0,
        },
    );
    for text in ["nan", "-nan", "+nan"] {
        assert!(
            matches!(parse(text), Ok(Value::Float(nan)) if nan.is_nan()),
            "{text}"
        );
    }
    assert_eq!(
        parse("(nan+nanj)").map(|v| v.to_string()).as_deref(),
        Ok("(nan+nanj)")
    );
}

#[test]
fn reprs_that_look_like_calls() {
    check(
        "bytearray(b'\\x01ab')",
        Value::ByteArray(b"\x01ab".to_vec()),
    );
    check(
        "array('H')",
        Array {
            typecode: 'H',
            items: vec![],
        },
    );
    check(
        "array('B', [])",
        Array {
            typecode: 'B',
            items: vec![],
        },
    );
    check(
        "array('d', [1.5,])",
        Array {
            typecode: 'd',
            items: vec![1.5.into()],
        },
    );
    check(
        "range(1, -10, -2)",
        Range {
            start: 1,
            stop: -10,
            step: -2,
        },
    );
    check("frozenset([1, 2, 1])", Value::FrozenSet(ints(&[1, 2])));
    check("dict_keys([])", Value::DictKeys(vec![]));
    check("OrderedDict()", Value::OrderedDict(vec![]));
    let ordered = Value::OrderedDict(vec![("b".into(), 1.into()), ("a".into(), 2.into())]);
    check("OrderedDict({'b': 1, 'a': 2})", ordered.clone());
    check("OrderedDict([('b', 0), ('a', 2), ('b', 1)])", ordered);
    for text in [
        "array()",
        "array('HH', [1])",
        "array('H', 1)",
        "array(b'H', [1])",
        "bytearray()",
        "bytearray('x')",
        "bytearray(b'x', 1)",
        "range(3)",
        "range(1, 2, 0)",
        "range(1, 2, 3, 4)",
        "range(1.0, 2)",
        "dict_items([1])",
        "dict_items([(1, 2, 3)])",
        "OrderedDict([1])",
        "OrderedDict([([], 1)])",
        "frozenset({1}, 2)",
        "frozenset([[]])",
        "set([1])",
        "deque([1, 2], maxlen=5)",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn named_tuples_with_and_without_a_name() {
    check(
        "P(x=1, y=2.5)",
        named("P", &[("x", 1.into()), ("y", 2.5.into())]),
    );
    check(
        "P( x = (1,), )",
        named("P", &[("x", Value::Tuple(ints(&[1])))]),
    );
    // As `os.uname()` prints on a board, whose attribute tuples have no name.
    check(
        "(sysname='rp2', release='1.29.0')",
        named(
            "",
            &[("sysname", "rp2".into()), ("release", "1.29.0".into())],
        ),
    );
    check(
        "array(set=set(), nan=nan)[0]"
            .trim_end_matches("[0]")
            .replace("nan=nan", "n=1")
            .as_str(),
        named("array", &[("set", Value::Set(vec![])), ("n", 1.into())]),
    );
    for text in [
        "P(x=1, 2)",
        "P(1, x=2)",
        "P(x=1, x=2)",
        "P(x==1)",
        "P(=1)",
        "(1, x=2)",
        "[x=1]",
        "x=1",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    let text = "[(a=1), Pt(b=(c=2, d='x'))]";
    assert_eq!(
        parse(text).map(|value| value.to_string()).as_deref(),
        Ok(text)
    );
}

#[test]
fn keys_are_the_same_as_in_python() {
    check(
        "{1: 'a', True: 'b', 1.0: 'c', (1+0j): 'd'}",
        Value::Dict(vec![(1.into(), "d".into())]),
    );
    check("{0.0, -0.0, 0, False}", Value::Set(vec![0.0.into()]));
    check(
        "{1e20, 100000000000000000000}",
        Value::Set(vec![1e20.into()]),
    );
    check(
        "{(1, 'a'), (True, 'a')}",
        Value::Set(vec![Value::Tuple(vec![1.into(), "a".into()])]),
    );
    check(
        "{range(0, 3, 2), range(0, 4, 2)}",
        Value::Set(vec![
            Range {
                start: 0,
                stop: 3,
                step: 2,
            }
            .into(),
        ]),
    );
    check(
        "{'a', b'a'}",
        Value::Set(vec!["a".into(), b"a".as_slice().into()]),
    );
    let many: Vec<String> = (0..100).map(|i| format!("{}: {i}", i % 40)).collect();
    let Ok(Value::Dict(pairs)) = parse(&format!("{{{}}}", many.join(","))) else {
        panic!("a dict")
    };
    let expected: Vec<_> = (0..40)
        .map(|i| (i, if i < 20 { i + 80 } else { i + 40 }))
        .collect();
    assert_eq!(
        pairs,
        expected
            .iter()
            .map(|&(k, v)| (k.into(), v.into()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn equality_knows_types_but_no_order_of_sets_and_dicts() {
    for (a, b) in [
        ("{1, 2, 'x'}", "{'x', 2, 1}"),
        ("{1: {2, 3}, 4: 5}", "{4: 5, 1: {3, 2}}"),
        (
            "frozenset({(1,), frozenset({2, 3})})",
            "frozenset({frozenset({3, 2}), (1,)})",
        ),
    ] {
        assert_eq!(parse(a), parse(b));
    }
    for (a, b) in [
        ("1", "1.0"),
        ("1", "True"),
        ("{1}", "{1.0}"),
        ("{1: 2}", "{1: 2.0}"),
        ("{1, 2}", "{1, 3}"),
        ("{1, 2}", "frozenset({1, 2})"),
        ("OrderedDict({1: 2, 3: 4})", "OrderedDict({3: 4, 1: 2})"),
        ("nan", "nan"),
        ("[1]", "(1,)"),
    ] {
        assert_ne!(parse(a), parse(b));
    }
}

#[test]
fn raw_control_characters_stand_for_themselves() {
    check("'\u{80}\u{9f}\u{a0}\u{200b}'", "\u{80}\u{9f}\u{a0}\u{200b}");
    check("'\u{1}\t\u{7f}\u{b}'", "\u{1}\t\u{7f}\u{b}");
}

#[test]
fn errors_say_where_and_what() {
    check_error("", 0, "expected a literal at byte 0");
    check_error("<function f at 0x3000>", 0, "expected a literal at byte 0");
    check_error("[1, <function>]", 4, "expected a literal or ] at byte 4");
    check_error("[1 2]", 3, "expected a comma or ] at byte 3");
    check_error("[1, 2", 5, "expected a comma or ] at byte 5");
    check_error("[1, (2]", 6, "expected a comma or ) at byte 6");
    check_error(
        "{1: 2, 3}",
        7,
        "expected a key, a colon and a value at byte 7",
    );
    check_error(
        "ValueError('x',)",
        11,
        "expected the name of a field at byte 11",
    );
    check_error("Exception()", 0, "expected a literal at byte 0");
    check_error("['abc", 1, "expected a string with an end at byte 1");
    check_error(
        "{[1]: 2}",
        1,
        "unhashable list as an element or key at byte 1",
    );
    check_error(
        "{1: 2, (3, {}): 4}",
        7,
        "unhashable dict as an element or key at byte 7",
    );
    check_error("'é\\ud800'", 3, "surrogate \\ud800 in a string at byte 3");
    check_error(
        "'\\N{BULLET}'",
        1,
        "named character at byte 1 is not supported",
    );
    check_error("'a\0'", 2, "expected no zero byte at byte 2");
    check_error("- -1", 2, "expected a number at byte 2");
    check_error("1 + 2", 4, "expected an imaginary number at byte 4");
    check_error(
        "bytearray('x')",
        0,
        "expected the arguments that a repr has at byte 0",
    );
    check_error(
        "012",
        0,
        "expected an integer without leading zeros at byte 0",
    );
    check_error("[1_]", 2, "expected the end of a number at byte 2");
    check_error("0x", 2, "expected a digit at byte 2");
    check_error(
        "'\\x4'",
        1,
        "expected an escape with two hexadecimal digits at byte 1",
    );
    check_error(
        "'a' b'b'",
        4,
        "expected no mix of strings and bytes at byte 4",
    );
    check_error(
        "1\n2",
        1,
        "expected a comma or the end of the text at byte 1",
    );
    check_error("[set]", 1, "expected set() at byte 1");
    assert!(matches!(
        parse("[1"),
        Err(Error::Expected { offset: 2, .. })
    ));
}
