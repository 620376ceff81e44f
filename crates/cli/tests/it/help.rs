//! What `--help` says.

use crate::support::belay;

fn check(name: &str, arguments: &[&str]) {
    let output = belay(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    insta::with_settings!({ filters => vec![(r"belay \d+\.\d+\.\d+", "belay [VERSION]")] }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn of_belay() {
    check("version", &["--version"]);
}

#[test]
fn of_each_command() {
    check("completions", &["completions", "--help"]);
    check("devices", &["devices", "--help"]);
    check("info", &["info", "--help"]);
    check("exec", &["exec", "--help"]);
    check("fs", &["fs", "--help"]);
    check("fs_cp", &["fs", "cp", "--help"]);
    check("sync", &["sync", "--help"]);
    check("eval", &["eval", "--help"]);
    check("latency", &["latency", "--help"]);
    check("minify", &["minify", "--help"]);
    for command in [
        "new", "init", "add", "remove", "update", "lock", "list", "tree", "outdated", "search",
        "clean", "cache", "install",
    ] {
        check(command, &[command, "--help"]);
    }
    check("cache_clear", &["cache", "clear", "--help"]);
    check("reset", &["reset", "--help"]);
    check("terminal", &["terminal", "--help"]);
    check("test", &["test", "--help"]);
    check("mount", &["mount", "--help"]);
}

#[cfg(all(unix, feature = "sim"))]
#[test]
fn of_all_commands() {
    check("help", &["--help"]);
    check("run", &["run", "--help"]);
    check("sim", &["sim", "--help"]);
}
