//! Which boards there are, and the choice of one.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use super::failures::silent_pty;
use super::terminal::Session;
use crate::support::{Folder, belay};

/// A project that gives devices names.
fn project(folder: &Folder, devices: &[(&str, &str)]) {
    let lines = devices
        .iter()
        .map(|(name, device)| format!("{name} = {device:?}\n"));
    let lines: String = lines.collect();
    folder.file(
        "pyproject.toml",
        format!("[tool.belay.devices]\n{lines}").as_bytes(),
    );
}

#[test]
fn all_devices_are_asked_at_once_and_not_for_long() {
    let (board, other) = (Board::start(), Board::start());
    let (_controller, silent) = silent_pty();
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute_address = format!("ws://{}", mute.local_addr().unwrap());
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let folder = board.folder();
    let devices = [
        ("kitchen", &*board.path),
        ("garden", &*other.path),
        ("void", &*silent),
        ("mute", &*mute_address),
        ("closed", &format!("tcp://{closed}")),
        ("gone", "/dev/tty-none-of-these"),
        ("again", &*board.path),
        ("self", "kitchen"),
    ];
    project(folder, &devices);
    let begun = Instant::now();
    let output = belay(&["devices", "--probe", "--json"])
        .current_dir(folder.path(""))
        .env("HOME", folder.path("home"))
        .env("XDG_CONFIG_HOME", folder.path("config"))
        .env("XDG_DATA_HOME", folder.path("data"))
        .output()
        .unwrap();
    // One after the other would take longer: three of them say nothing.
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(output.status.success(), "{output:?}");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let find = |name: &str| {
        let with_name = |device: &&serde_json::Value| {
            let names = device["names"].as_array().unwrap();
            names.iter().any(|known| known == name)
        };
        let found: Vec<_> = list.as_array().unwrap().iter().filter(with_name).collect();
        assert_eq!(found.len(), 1, "{name}: {list}");
        found[0]
    };
    for name in ["kitchen", "garden"] {
        assert_eq!(find(name)["state"], "ready", "{list}");
        assert!(
            find(name)["machine"]
                .as_str()
                .unwrap()
                .contains("simulated board")
        );
    }
    assert_eq!(find("again"), find("kitchen"));
    for (name, state) in [
        ("void", "silent"),
        ("mute", "silent"),
        ("closed", "not there"),
        ("gone", "not there"),
    ] {
        assert_eq!(find(name)["state"], state, "{list}");
        assert!(find(name)["trouble"].is_string(), "{list}");
    }
    // A name for a name is none.
    assert!(!list.to_string().contains("\"self\""), "{list}");
    belay(&["devices", "--probe"])
        .current_dir(folder.path(""))
        .env("HOME", folder.path("home"))
        .env("XDG_CONFIG_HOME", folder.path("config"))
        .env("XDG_DATA_HOME", folder.path("data"))
        .assert()
        .success()
        .stdout(
            contains("kitchen, again")
                .and(contains("ready"))
                .and(contains("micropython")),
        );
    board.belay("eval", &["6 * 7"]).success().stdout("42\n");
}

#[test]
fn a_board_is_chosen_blinked_and_given_a_name() {
    // One is seen to run, and the other has a name.
    let (board, other) = (Board::start(), Board::start());
    let folder = board.folder();
    std::fs::create_dir_all(folder.path("config/belay")).unwrap();
    folder.file("pyproject.toml", b"[tool.belay]\nname = \"app\"\n");
    let devices = format!("[devices]\nbench = {:?}\n", other.path);
    let user = folder.file("config/belay/config.toml", devices.as_bytes());
    let select = || {
        let mut session = Session::spawn(&["select"], &folder.path(""), folder);
        session.wait_for("q leaves");
        session
    };
    let mut session = select();
    session.type_keys("\x1b[F");
    session.wait_for(&format!("lasting name   {}", other.path));
    session.type_keys("k");
    session.wait_for("lasting name   sim:default");
    session.wait_for("free memory");
    session.type_keys("b25\r");
    session.wait_for("25 has blinked");
    session.type_keys("bno pin\r");
    session.wait_for("is no pin");
    session.type_keys("\r");
    session.wait_for("export BELAY_DEVICE='sim:default'");
    session.wait_for("\"sim:default\".parse()?;");
    session.wait_for("belay.Device(\"sim:default\")");
    session.wait_for("name to save it under");
    session.type_keys("bench\r");
    session.wait_for("[P/u]");
    session.type_keys("u\r");
    session.wait_for("there is a device \"bench\" already");
    session.ends_with(2);
    let save = |name: &str, place: &str| {
        let mut session = select();
        session.type_keys("\x1b[Fk\r");
        session.wait_for("name to save it under");
        session.type_keys(&format!("{name}\r"));
        session.wait_for("[P/u]");
        session.type_keys(&format!("{place}\r"));
        session.wait_for(&format!("belay info {name}"));
        session.ends_with(0);
    };
    // What has a name is not asked for one.
    save("oven", "u");
    let text = std::fs::read_to_string(user).unwrap();
    assert_eq!(text, format!("{devices}oven = \"sim:default\"\n"));
    let mut session = select();
    session.type_keys("\x1b[Fk\r");
    session.wait_for("it has a name: belay info oven");
    session.ends_with(0);
    std::fs::write(folder.path("config/belay/config.toml"), devices).unwrap();
    save("hob", "");
    let text = std::fs::read_to_string(folder.path("pyproject.toml")).unwrap();
    let expected = "[tool.belay.devices]\nhob = \"sim:default\"\n";
    assert!(text.ends_with(expected), "{text}");
    // The pin was left low.
    board
        .belay("eval", &["__import__('machine').Pin(25).value()"])
        .success()
        .stdout("0\n");
}

#[test]
fn a_choice_may_be_left_and_needs_a_terminal() {
    let board = Board::start();
    let folder = board.folder();
    project(folder, &[("kitchen", &board.path)]);
    for key in ["q", "\x03", "\x1b"] {
        let mut session = Session::spawn(&["select"], &folder.path(""), folder);
        session.wait_for("kitchen");
        session.type_keys(key);
        session.ends_with(1);
    }
    belay(&["select"])
        .current_dir(folder.path(""))
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("at a terminal").and(contains("belay devices --probe")));
}
