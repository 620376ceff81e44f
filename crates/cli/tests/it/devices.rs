//! `belay devices`, whatever is plugged in here.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::{Folder, belay};

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

#[test]
fn a_device_has_a_name_in_the_project_or_with_the_user() {
    let folder = Folder::new();
    folder.file(
        "pyproject.toml",
        b"[tool.belay.devices]\nkitchen = '/dev/none-of-these'\nself = 'kitchen'\n",
    );
    std::fs::create_dir_all(folder.path("src/deep")).unwrap();
    std::fs::create_dir_all(folder.path("config/belay")).unwrap();
    let user = b"[devices]\nbench = '/dev/none-of-those'\nkitchen = 'sim:'\n";
    let user = folder.file("config/belay/config.toml", user);
    let run = |arguments: &[&str], code, said: &str| {
        belay(arguments)
            .current_dir(folder.path("src/deep"))
            .env("XDG_CONFIG_HOME", folder.path("config"))
            .env("HOME", folder.path(""))
            .assert()
            .code(code)
            .stderr(contains(said.to_owned()));
    };
    run(&["info", "kitchen"], 2, "/dev/none-of-these");
    run(&["fs", "ls", "kitchen", ":"], 2, "/dev/none-of-these");
    run(&["info", "pantry"], 2, "kitchen, self");
    run(
        &["info", "self"],
        2,
        "the device self cannot be \"kitchen\"",
    );
    if cfg!(target_os = "linux") {
        run(&["info", "bench"], 2, "/dev/none-of-those");
        std::fs::write(&user, "[devices]\nbench = 1\n").unwrap();
        run(&["info", "bench"], 2, "config.toml:2:9: ");
        // What needs no name needs no configuration either.
        run(&["info", "/dev/nothing"], 2, "/dev/nothing");
    }
}
