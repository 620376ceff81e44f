//! Files of logins: what is read does not depend on comments behind it, and no password is shown.
#![no_main]

use belay_pkgmgr::Logins;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let logins = Logins::parse(text);
    let shown = format!("{logins:?}");
    assert!(shown.starts_with('[') && shown.ends_with(']'));
    let again = Logins::parse(&format!("\n# comment\n{text}"));
    assert_eq!(again, logins);
    // What belongs to no host changes none.
    let known = "machine known.example login me password secret\ndefault\n";
    let more = format!("{:?}", Logins::parse(&format!("{known}{text}")));
    assert!(more.starts_with("[\"known.example\""));
    assert!(!more.contains("secret") || shown.contains("secret"));
});
