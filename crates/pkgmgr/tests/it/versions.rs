//! Versions and requirements mean what they mean to Python's packaging library.

use belay_pkgmgr::{Requirement, Version};
use serde::Deserialize;

#[derive(Deserialize)]
struct Truth {
    /// Versions in ascending order.
    sorted: Vec<String>,
    cases: Vec<Case>,
}

/// A requirement, versions, those that meet it with pre-releases allowed, and the one to choose.
#[derive(Deserialize)]
struct Case(String, Vec<String>, Vec<String>, Option<String>);

#[test]
fn versions_and_requirements_mean_the_same_in_python() {
    let truth: Truth = serde_json::from_str(include_str!("../data/versions.json")).unwrap();
    let version = |text: &String| Version::new(text).unwrap();
    let sorted: Vec<Version> = truth.sorted.iter().map(version).collect();
    assert!(sorted.is_sorted());
    for Case(text, candidates, matching, chosen) in truth.cases {
        let requirement = Requirement::parse(&text).unwrap();
        let candidates: Vec<Version> = candidates.iter().map(version).collect();
        let met = candidates
            .iter()
            .filter(|version| requirement.matches(version));
        let met: Vec<&str> = met.map(Version::as_str).collect();
        assert_eq!(met, matching, "{text}");
        let best = requirement.choose(&candidates);
        assert_eq!(
            best,
            chosen.as_ref().map(version).as_ref(),
            "{text} of {candidates:?}"
        );
    }
}
