//! `belay completions` and `belay man`.

#[cfg(unix)]
use std::process::Command;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::{Folder, belay};

/// What bash offers for the last of these words.
#[cfg(unix)]
fn offers(words: &[&str]) -> Vec<String> {
    let folder = Folder::new();
    let script = belay(&["completions", "bash"]).output().unwrap().stdout;
    let script = folder.file("belay.bash", &script);
    let code = r#"
        set -e
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        handler=$(complete -p belay | sed 's/.*-F \([^ ]*\).*/\1/')
        "$handler" belay "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", code, "bash", &script])
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_flags() {
    assert_eq!(offers(&["belay", "ter"]), ["terminal"]);
    assert_eq!(offers(&["belay", "reset", "--ha"]), ["--hard"]);
    assert_eq!(offers(&["belay", "info", "--js"]), ["--json"]);
    assert_eq!(offers(&["belay", "completions", "zs"]), ["zsh"]);
    let commands = offers(&["belay", ""]);
    for command in ["devices", "info", "exec", "eval", "run", "completions"] {
        assert!(commands.iter().any(|name| name == command), "{commands:?}");
    }
}

#[test]
fn each_shell_has_a_script() {
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef belay"),
        ("fish", "complete -c belay"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        belay(&["completions", shell])
            .assert()
            .success()
            .stdout(contains(mark).and(contains("terminal")))
            .stderr("");
    }
    belay(&["completions", "tcsh"])
        .assert()
        .code(2)
        .stderr(contains("powershell"));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = Folder::new();
    let path = folder.path("man");
    belay(&["man", &path]).assert().success().stdout("");
    for (page, text) in [
        ("belay.1", "BELAY_DEVICE"),
        ("belay-run.1", "Ctrl\\-C"),
        ("belay-terminal.1", "capture"),
    ] {
        let page = std::path::Path::new(&path).join(page);
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains(".TH belay"), "{page}");
        assert!(page.contains(text), "{page}");
    }
    belay(&["man"])
        .assert()
        .success()
        .stdout(contains(".TH belay 1"));
}
