//! What reports is a program if it was one without, with its tokens on their lines.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Oracle;
use belay_instrument::{Options, instrument};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

thread_local! {
    static PYTHON: RefCell<Oracle> = RefCell::new(Oracle::python("still_program.py"));
}

fuzz_target!(|source: &str| {
    for (assertions, lines) in [(true, false), (false, true), (true, true)] {
        let options = Options {
            assertions,
            lines,
            ..Options::default()
        };
        let Ok(result) = instrument(source, &options) else {
            return;
        };
        for assertion in &result.assertions {
            let nothing = vec![None; assertion.parts().count()];
            assertion.explain(&nothing);
        }
        let request = json!({ "source": source, "text": result.text, "lines": result.lines });
        let answer = PYTHON.with_borrow_mut(|python| python.ask(&request));
        assert!(answer["wrong"].is_null(), "{answer}\n{}", result.text);
    }
});
