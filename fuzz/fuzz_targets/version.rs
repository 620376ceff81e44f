//! Versions and what is asked of them: both are shown as they can be written.
#![no_main]

use belay_pkgmgr::{Requirement, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, Vec<&str>)| {
    let (text, versions) = texts;
    let versions: Vec<Version> = versions
        .iter()
        .filter_map(|text| Version::new(text))
        .collect();
    for version in &versions {
        let again = Version::new(version.as_str()).expect("a version is one");
        assert_eq!(again.as_str(), version.as_str());
        assert!(Requirement::exact(version.clone()).matches(version));
    }
    let Ok(requirement) = Requirement::parse(text) else {
        return;
    };
    let shown = requirement.to_string();
    let again = Requirement::parse(&shown).expect("what is shown can be written");
    assert_eq!(again, requirement, "{shown:?}");
    // No operator is written with a blank in it.
    for operator in ["= =", "> =", "< =", "! =", "~ ="] {
        assert!(!text.contains(operator), "{text:?}");
    }
    if let Some(chosen) = requirement.choose(&versions) {
        assert!(requirement.matches(chosen));
        assert!(
            requirement
                .and(&Requirement::exact(chosen.clone()))
                .matches(chosen)
        );
    } else {
        assert!(!versions.iter().any(|version| requirement.matches(version)));
    }
});
