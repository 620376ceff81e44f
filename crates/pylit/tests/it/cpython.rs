//! The parser and the formatter against CPython itself. Needs `python3` on the path.

mod cases;
mod generate;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use belay_pylit::{Error, Value, parse};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

/// A running `python3` that evaluates literals.
struct Python {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What CPython makes of a text.
#[derive(Debug)]
enum Verdict {
    Value { repr: String, contains_set: bool },
    Refused { error: String, message: String },
}

impl Python {
    fn start() -> Self {
        let mut child = Command::new("python3")
            .args(["-I", "-c", include_str!("cpython/oracle.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect(
                "these tests compare with CPython and need python3 (3.11 or later) on the path",
            );
        Self {
            requests: child.stdin.take().expect("stdin is a pipe"),
            answers: BufReader::new(child.stdout.take().expect("stdout is a pipe")),
            child,
        }
    }

    fn ask(&mut self, request: &serde_json::Value) -> serde_json::Value {
        writeln!(self.requests, "{request}").expect("python3 takes a request");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("python3 answers");
        serde_json::from_str(&line).expect("python3 answers with json")
    }

    fn literal_eval(&mut self, text: &str) -> Verdict {
        let answer = self.ask(&json!({ "text": text }));
        let field = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        if answer["error"].is_string() {
            return Verdict::Refused {
                error: field("error"),
                message: field("message"),
            };
        }
        Verdict::Value {
            repr: field("repr"),
            contains_set: answer["contains_set"] == true,
        }
    }

    /// Checks that parser and formatter agree with CPython on a text.
    fn compare(&mut self, text: &str) {
        let ours = parse(text);
        let theirs = self.literal_eval(text);
        match (&ours, &theirs) {
            // Sets print in an order of their own.
            (
                Ok(value),
                Verdict::Value {
                    repr,
                    contains_set: true,
                },
            ) => {
                assert_eq!(Ok(value), parse(repr).as_ref(), "{text:?}");
            }
            (Ok(value), Verdict::Value { repr, .. }) => {
                assert_eq!(value.to_string(), *repr, "{text:?}");
            }
            (Err(_), Verdict::Refused { .. }) => {}
            (Ok(value), Verdict::Refused { error, message }) => assert!(
                is_extension(text, value, error),
                "{text:?} is {value}, but CPython says {error}: {message}"
            ),
            (Err(Error::LoneSurrogate { .. }), _) => {
                let text = text.to_lowercase();
                let escapes = ["\\ud", "\\u0000d"];
                let has_escape = escapes.iter().any(|escape| text.contains(escape));
                assert!(has_escape, "{text:?} has no surrogate");
            }
            (Err(Error::NamedCharacter { .. }), _) => {
                assert!(text.contains("\\N{"), "{text:?} has no named character");
            }
            (Err(error), Verdict::Value { repr, .. }) => {
                panic!("{text:?} is {repr} in CPython, but here: {error}")
            }
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // Its input is still open here, so that it would wait for more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a text that only this crate accepts is one of the forms it adds on purpose.
fn is_extension(text: &str, value: &Value, error: &str) -> bool {
    error == "IndentationError"
        || ["inf", "nan", "Ellipsis"]
            .iter()
            .any(|name| text.contains(name))
        || contains_extra(value)
}

fn contains_extra(value: &Value) -> bool {
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
        Value::Tuple(items) | Value::List(items) | Value::Set(items) => {
            items.iter().any(contains_extra)
        }
        Value::Dict(pairs) => pairs
            .iter()
            .any(|(key, value)| contains_extra(key) || contains_extra(value)),
        _ => false,
    }
}

#[test]
fn agrees_on_the_corners_of_the_grammar() {
    let mut python = Python::start();
    for text in cases::CASES {
        python.compare(text);
    }
    python.compare(&"9".repeat(4300));
    python.compare(&format!("-1{}+1j", "0".repeat(400)));
    assert!(matches!(
        parse(&"9".repeat(4301)),
        Err(Error::TooManyDigits { .. })
    ));
}

#[test]
fn agrees_on_generated_literals() {
    agree(generate::literal(), 3000);
}

#[test]
fn agrees_on_damaged_literals() {
    agree(generate::damaged(), 6000);
}

#[test]
fn agrees_on_the_tokens_of_literals_in_any_order() {
    agree(generate::tokens(), 6000);
}

fn agree(texts: impl Strategy<Value = String>, count: u32) {
    let mut python = Python::start();
    let mut runner = TestRunner::deterministic();
    for _ in 0..count {
        let text = texts.new_tree(&mut runner).expect("a text").current();
        python.compare(&text);
    }
}

#[test]
fn writes_floats_as_cpython_does() {
    let mut runner = TestRunner::deterministic();
    let any = proptest::num::f64::ANY;
    let mut floats: Vec<f64> = (0..4000)
        .map(|_| any.new_tree(&mut runner).expect("a float").current())
        .filter(|float| float.is_finite())
        .collect();
    floats.extend((-1074..1024).map(|exponent| 2f64.powi(exponent)));
    floats.extend((-323..309).map(|exponent| format!("1e{exponent}").parse::<f64>().unwrap()));
    // Half-way between two texts of 17 digits.
    floats.extend((0..64).map(|eighths| 2_251_799_813_685_248.0 + f64::from(eighths) / 4.0));
    floats.extend((-50..50).map(|tenths| f64::from(tenths) / 10.0));
    let texts: Vec<String> = floats.iter().map(|float| format!("{float:e}")).collect();
    let answer = Python::start().ask(&json!({ "floats": texts }));
    let reprs = answer["reprs"].as_array().expect("a list of reprs");
    assert_eq!(reprs.len(), floats.len());
    for (float, repr) in floats.iter().zip(reprs) {
        assert_eq!(
            Value::Float(*float).to_string(),
            repr.as_str().unwrap_or_default()
        );
    }
}

#[test]
fn escapes_the_characters_that_cpython_escapes() {
    let mut python = Python::start();
    let codes: Vec<u32> = (0..=0x10_ffff)
        .filter(|&code| char::from_u32(code).is_some())
        .collect();
    let answer = python.ask(&json!({ "categories": codes }));
    let flag = |name: &str, index: usize| answer[name][index] == true;
    for (index, character) in codes
        .iter()
        .filter_map(|&code| char::from_u32(code))
        .enumerate()
    {
        let text = Value::from(character.to_string().as_str()).to_string();
        let written_as_it_is = text.contains(character) && !text.contains('\\');
        // Characters that came with a later Unicode version are the one difference there may be.
        if flag("assigned", index) && character != '\\' {
            assert_eq!(written_as_it_is, flag("printable", index), "{character:?}");
        }
    }
}
