//! `belay.lock`: what has been read is written in one form, and reads the same again.
#![no_main]

use belay_pkgmgr::{Forges, Lock};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text, &Forges::default()) {
        let written = lock.to_string();
        let again =
            Lock::parse(&written, &Forges::default()).expect("what was written can be read");
        assert_eq!(again.to_string(), written);
        assert_eq!(again.dependencies.len(), lock.dependencies.len());
        for dependency in &lock.dependencies {
            let found = again.get(&dependency.group, dependency.name.as_str());
            assert_eq!(found.expect("it is there").requested, dependency.requested);
        }
    }
});
