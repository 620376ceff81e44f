//! What URIs mean: a source is shown as it can be written, and what a package names cannot be a file of
//! this computer.
#![no_main]

use belay_pkgmgr::{DependencyName, Forges, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (text, relative) = texts;
    let forges = Forges::default();
    let name = DependencyName::new("abc").expect("a name");
    for source in [
        Source::parse(text, &forges),
        Source::of_dependency(&name, text, &forges),
    ] {
        let Ok(source) = source else { continue };
        assert_canonical(&source, &forges);
        if let Some(name) = source.natural_name() {
            assert!(DependencyName::new(name.as_str()).is_ok());
        }
        let joined = source.join(relative, &forges);
        let is_local = matches!(source, Source::Local(_));
        if let Ok(Source::Local(path)) = &joined {
            assert!(is_local, "{path:?}");
        }
        if let Ok(joined) = joined {
            assert_canonical(&joined, &forges);
        }
    }
});

/// Expects that what is shown can be written, and is shown the same again.
fn assert_canonical(source: &Source, forges: &Forges) {
    let shown = source.to_string();
    let again = Source::parse(&shown, forges);
    assert_eq!(again.map(|source| source.to_string()), Ok(shown));
}
