//! How devices are named: a specifier is shown as it can be written.
#![no_main]

use belay_transport::Specifier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(specifier) = text.parse::<Specifier>() {
        let shown = specifier.to_string();
        assert_eq!(
            shown.parse::<Specifier>().as_ref(),
            Ok(&specifier),
            "{shown:?}"
        );
    }
});
