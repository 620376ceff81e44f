//! `belay devices`, whatever is plugged in here.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::belay;

#[test]
fn the_list_is_json_on_stdout() {
    let output = belay(&["devices", "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = list.as_array().unwrap();
    assert!(list.iter().all(|port| port["path"].is_string()), "{list:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said.contains("no serial port"),
        list.is_empty(),
        "{output:?}"
    );
}

#[test]
fn a_default_elsewhere_is_told() {
    belay(&["devices"])
        .env("BELAY_DEVICE", "tcp://10.0.0.7:4000")
        .assert()
        .success()
        .stderr(contains(
            "BELAY_DEVICE is tcp://10.0.0.7:4000, which is none of these",
        ));
    belay(&["devices", "--quiet"])
        .env("BELAY_DEVICE", "sim:")
        .assert()
        .success()
        .stderr("");
    belay(&["devices"])
        .env("BELAY_DEVICE", "{")
        .assert()
        .code(2)
        .stderr(contains("BELAY_DEVICE").and(contains("hint:")));
}
