//! `belay completions` and `belay man`.

#[cfg(unix)]
use std::{path::Path, process::Command};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::{Folder, belay};

/// What bash offers for the last of these words.
#[cfg(unix)]
fn offers(words: &[&str]) -> Vec<String> {
    offers_in(".", &[], words)
}

#[cfg(unix)]
fn offers_in(folder: &str, environment: &[(&str, &str)], words: &[&str]) -> Vec<String> {
    let scripts = Folder::new();
    let script = belay(&["completions", "bash"]).output().unwrap().stdout;
    let script = scripts.file("belay.bash", &script);
    let code = r#"
        set -e
        source "$1"
        shift
        COMP_LINE=$1
        COMP_POINT=${#COMP_LINE}
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        handler=$(complete -p belay | sed 's/.*-F \([^ ]*\).*/\1/')
        # Its status does not count, and outside of readline compopt fails.
        "$handler" belay "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    // As readline does it.
    let mut split = Vec::new();
    for word in words {
        let mut rest = *word;
        while let Some(at) = rest.find([':', '=']) {
            split.extend([&rest[..at], &rest[at..=at]]);
            rest = &rest[at + 1..];
        }
        split.push(rest);
    }
    let last = split.len() - 1;
    let mut index = 0;
    split.retain(|word| {
        index += 1;
        !word.is_empty() || index - 1 == last
    });
    let binary = Path::new(assert_cmd::cargo::cargo_bin!("belay"));
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(binary.parent().unwrap().to_owned());
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
    let output = Command::new("bash")
        .args(["--norc", "-c", code, "bash", &script, &words.join(" ")])
        .args(split)
        .current_dir(folder)
        .env("PATH", path)
        .envs(environment.iter().copied())
        .env_remove("BELAY_DEVICE")
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

#[cfg(unix)]
#[test]
fn bash_completes_what_there_is() {
    let folder = Folder::new();
    folder.file(
        "pyproject.toml",
        b"[tool.belay]\nname = 'app'\n[tool.belay.devices]\nbench = 'sim:'\n\
          [tool.belay.dependencies]\nlogging = '*'\n[tool.belay.group.dev.dependencies]\nunittest = '*'\n",
    );
    folder.file("blink.py", b"");
    let data = folder.path("data");
    let environment = [("XDG_DATA_HOME", data.as_str())];
    let offers = |words: &[&str]| offers_in(&folder.path(""), &environment, words);
    assert_eq!(offers(&["belay", "info", "be"]), ["bench"]);
    assert_eq!(offers(&["belay", "info", "si"]), ["sim:"]);
    std::fs::create_dir_all(folder.path("data/belay/sim")).unwrap();
    for name in ["default", "kitchen"] {
        folder.file(&format!("data/belay/sim/{name}.img"), b"");
    }
    assert_eq!(offers(&["belay", "info", "si"]), ["sim:", "sim:kitchen"]);
    assert_eq!(offers(&["belay", "info", "sim:k"]), ["kitchen"]);
    assert_eq!(
        offers(&["belay", "remove", ""])[..2],
        ["logging", "unittest"]
    );
    assert_eq!(offers(&["belay", "add", "--group", "d"]), ["dev"]);
    assert_eq!(offers(&["belay", "run", "b"]), ["bench", "blink.py"]);
    assert_eq!(offers(&["belay", "help", "ex"]), ["exec"]);
}

#[cfg(all(unix, feature = "sim"))]
#[test]
fn bash_completes_paths_on_the_board() {
    let folder = Folder::new();
    let data = folder.path("data");
    let environment = [("XDG_DATA_HOME", data.as_str())];
    let engine = belay_sim::Engine::find().unwrap();
    let engine = engine.path().to_str().unwrap();
    let environment = [environment[0], ("BELAY_MICROPYTHON", engine)];
    belay(&[
        "exec",
        "sim:",
        "import os; os.mkdir('lib'); open('lib/a b.py', 'w'); open('x=1', 'w')",
    ])
    .envs(environment)
    .assert()
    .success();
    let offers = |words: &[&str]| offers_in(".", &environment, words);
    assert_eq!(offers(&["belay", "fs", "ls", "sim:", ":l"]), ["lib/"]);
    assert_eq!(
        offers(&["belay", "fs", "cat", "sim:", ":lib/"]),
        ["lib/a b.py"]
    );
    assert_eq!(offers(&["belay", "fs", "cat", "sim:", ":x="]), ["1"]);
    assert_eq!(offers(&["belay", "fs", "cat", "sim:", ":nothing/"]), [""]);
}

#[test]
fn each_shell_has_a_script() {
    for (shell, mark) in [
        ("bash", "complete -o"),
        ("zsh", "#compdef belay"),
        ("fish", "--command belay"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        belay(&["completions", shell])
            .assert()
            .success()
            .stdout(contains(mark).and(contains("COMPLETE")))
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
