//! Wrong usage, which is found before any board is touched.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::{Folder, belay};

/// The status is 2, nothing is on stdout, and stderr has all of `expected`.
#[track_caller]
fn check(arguments: &[&str], expected: &[&str]) {
    let mut assert = belay(arguments).assert().code(2).stdout("");
    for text in expected {
        assert = assert.stderr(contains(*text));
    }
}

#[test]
fn flags_and_arguments() {
    check(&[], &["Usage: belay"]);
    check(&["fly"], &["unrecognized subcommand 'fly'"]);
    check(
        &["run"],
        &["<SCRIPT> is missing", "belay run [PORT] <SCRIPT>"],
    );
    check(&["eval", "--json"], &["<EXPR> is missing"]);
    check(
        &["exec", "sim:", "pass", "pass"],
        &["unexpected argument 'pass'"],
    );
    check(
        &["exec", "--no-such-flag", "pass"],
        &["--no-such-flag", "Usage: belay exec"],
    );
    check(&["info", "--timeout", "0"], &["above 0"]);
    check(&["info", "--timeout", "soon"], &["not a number of seconds"]);
    check(&["info", "--baud", "0"], &["--baud"]);
    check(&["info", "--quiet", "--verbose"], &["cannot be used with"]);
}

#[test]
fn names_that_are_no_devices() {
    check(
        &["info", "{vid: 11914}"],
        &["PORT", "invalid JSON at line 1, column 2", "single quotes"],
    );
    check(&["info", r#"{"vendor": 1}"#], &["unknown key \"vendor\""]);
    check(&["info", "ftp://host"], &["unknown kind of device \"ftp\""]);
    check(&["info", "10.0.0.7:80"], &["tcp://"]);
    check(
        &["info", "pico"],
        &["no device called pico", "/dev/ttyACM0"],
    );
    check(&["info", ""], &["the name of a device is empty"]);
}

#[test]
fn what_is_mistyped_is_answered_with_what_to_type() {
    for (command, argument) in [
        ("exec", "CODE"),
        ("eval", "EXPR"),
        ("run", "SCRIPT"),
        ("sync", "FOLDER"),
    ] {
        check(
            &[command, "sim:"],
            &[
                "sim: names a device",
                &format!("use it as belay {command} sim: <{argument}>"),
            ],
        );
    }
    check(&["eval", ""], &["the expression is empty", "belay eval \""]);
    check(&["eval", "sim:", " "], &["the expression is empty"]);
    check(
        &["fs", "cp", ":a"],
        &["<DESTINATION> is missing", "belay fs cp :main.py ."],
    );
    // A value of --ignore does not eat what stands behind it.
    check(
        &[
            "sync",
            "--ignore",
            "a",
            "--keep",
            "b",
            "/dev/ttyNOSUCH9",
            ".",
        ],
        &["there is no port /dev/ttyNOSUCH9"],
    );
}

#[test]
fn ports_that_are_not_there() {
    check(
        &["info", "/dev/ttyNOSUCH9"],
        &["there is no port /dev/ttyNOSUCH9", "hint:"],
    );
    belay(&["info"])
        .env("BELAY_DEVICE", "/dev/ttyNOSUCH8")
        .assert()
        .code(2)
        .stderr(contains("/dev/ttyNOSUCH8"));
    belay(&["info"])
        .env("BELAY_DEVICE", "{")
        .assert()
        .code(2)
        .stderr(contains("BELAY_DEVICE does not name a device"));
}

#[cfg(unix)]
#[test]
fn files_that_are_not_serial_ports() {
    check(&["info", "/dev/null"], &["/dev/null is not a serial port"]);
}

#[test]
fn scripts_that_cannot_be_read() {
    let folder = Folder::new();
    let missing = folder.path("blink.py");
    // The script is looked at before the port: the board is not touched for nothing.
    let port = "/dev/ttyNOSUCH9";
    check(
        &["run", port, &missing],
        &["there is no script", "blink.py"],
    );
    check(
        &["run", port, &folder.path("")],
        &["is a folder, not a script"],
    );
    let latin = folder.file("latin.py", b"a = 1\n# caf\xe9\n");
    check(
        &["run", port, &latin],
        &[
            "latin.py is not UTF-8: byte 0xe9 at offset 11, in line 2",
            "hint: save",
        ],
    );
    let script = folder.file("blink.py", b"pass\n");
    check(
        &["run", &script, port],
        &["comes too late", &format!("belay run {port} {script}")],
    );
    check(&["run", "pico", &script], &["no device called pico"]);
}

#[test]
fn a_script_from_stdin_that_is_no_text() {
    belay(&["run", "/dev/ttyNOSUCH9", "-"])
        .write_stdin(&b"\xff"[..])
        .assert()
        .code(2)
        .stderr(contains("- is not UTF-8: byte 0xff at offset 0, in line 1"));
}

#[test]
fn colours_are_for_terminals() {
    let colored = |arguments: &[&str]| {
        let mut command = belay(arguments);
        command.env("NO_COLOR", "1");
        command.assert().code(2)
    };
    let escape = || contains("\x1b[");
    colored(&["info", "pico", "--color", "always"]).stderr(escape());
    colored(&["info", "pico"]).stderr(escape().not());
    colored(&["info", "pico", "--color", "never"]).stderr(escape().not());
}
