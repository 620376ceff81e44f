//! Files of logins: what is read does not depend on comments behind it, and no password is shown.
#![no_main]

use belay_pkgmgr::Logins;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let logins = Logins::parse(text);
    // A password of a known host is read whatever stands in front of it, unless that is still open.
    let shown = format!("{logins:?}");
    assert!(shown.starts_with('[') && shown.ends_with(']'));
    let again = Logins::parse(&format!("\n# comment\n{text}"));
    assert_eq!(again, logins);
    let own = Logins::parse(&format!(
        "machine known.example login me password se\"cret\n\n{text}"
    ));
    assert!(!format!("{own:?}").contains("cret") || text.contains("cret"));
    assert!(format!("{own:?}").contains("known.example"));
});
