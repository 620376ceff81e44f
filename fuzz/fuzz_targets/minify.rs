//! The minifier: minified again a text stays, and to CPython it is the same program on the same lines.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Oracle;
use belay_minify::{Options, minify};
use belay_tokenize::ErrorKind;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

thread_local! {
    static PYTHON: RefCell<Oracle> = RefCell::new(Oracle::python("same_program.py"));
}

fuzz_target!(|source: &str| {
    let minified = [false, true].map(|strip| minify(source, &Options { strip }));
    let request = match &minified {
        [Ok(lines), Ok(strip)] => json!({ "source": source, "lines": lines, "strip": strip }),
        // CPython has the limits elsewhere: it counts less in formatted strings.
        [Err(error), _] if matches!(error.kind, ErrorKind::TooDeep { .. }) => return,
        [Err(_), Err(_)] => json!({ "source": source }),
        _ => panic!("one level works and the other does not"),
    };
    let answer = PYTHON.with_borrow_mut(|python| python.ask(&request));
    assert!(answer["wrong"].is_null(), "{answer}\n{minified:#?}");
    for (strip, text) in [false, true].into_iter().zip(&minified) {
        let Ok(text) = text else { continue };
        // Where an annotation ends can only be told of a program.
        let again = minify(text, &Options { strip });
        if !strip || answer["program"] == true {
            assert_eq!(again.as_ref(), Ok(text));
        }
    }
});
