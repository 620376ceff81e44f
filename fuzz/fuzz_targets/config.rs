//! `[tool.belay]` and the user's file: mistakes lie in the text, and a suggested change mends one.
#![no_main]

use belay_pkgmgr::{Config, Mistake, UserConfig};
use libfuzzer_sys::fuzz_target;
use toml_edit::DocumentMut;

fuzz_target!(|text: &str| {
    let is_toml = text.parse::<DocumentMut>().is_ok();
    let check = |mistakes: &[Mistake]| {
        for mistake in mistakes {
            assert!(text.get(mistake.span.clone()).is_some(), "{mistake:?}");
            assert!(!mistake.to_string().is_empty());
            let Some(fix) = &mistake.fix else { continue };
            let mended = fix.apply(text).expect("the change is for this text");
            if is_toml {
                assert!(mended.parse::<DocumentMut>().is_ok(), "{fix:?}\n{mended}");
            }
            let (Ok(Config { warnings: left, .. })
            | Err(belay_pkgmgr::ConfigError { mistakes: left, .. })) = Config::parse(&mended);
            assert!(!left.contains(mistake), "{mistake:?}\n{mended}");
        }
    };
    match Config::parse(text) {
        Ok(config) => {
            assert!(is_toml);
            check(&config.warnings);
        }
        Err(error) => {
            assert!(!error.mistakes.is_empty());
            check(&error.mistakes);
        }
    }
    if let Err(error) = UserConfig::parse(text) {
        assert!(!error.to_string().is_empty());
    }
});
