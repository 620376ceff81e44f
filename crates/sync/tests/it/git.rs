//! Ignore rules, compared with git's own opinion.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use belay_sync::Ignore;
use proptest::prelude::*;

use crate::relative;

/// The tree that all patterns are tried on. A path that ends with `/` is a folder.
const TREE: &[&str] = &[
    "a",
    "b/",
    "ab/",
    "abc",
    "-",
    "!a",
    "#a",
    "a b",
    "a ",
    "a.py",
    "x.pyc",
    "{a,b}",
    "[a]",
    "b/a",
    "b/b/",
    "b/ab",
    "b/b/a",
    "b/b/b/",
    "b/b/b/a",
    "b/b/b/abc",
    "b/x.pyc",
    "b/a.py",
    "ab/a",
    "ab/b/",
    "ab/b/a",
    "ab/b/abc",
    "ab/A1",
    "ab/_",
    "ab/^",
    "ab/]",
    "ab/\\",
    "ab/ ",
    "c/",
    "c/a/",
    "c/a/b/",
    "c/a/b/a",
    "c/a/b/b",
    "c/-a",
    "c/.a",
];

/// A git repository with [`TREE`] in it.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in TREE {
        let full = folder.path().join(path);
        if path.ends_with('/') {
            fs::create_dir_all(full).unwrap();
        } else {
            fs::write(full, "").unwrap();
        }
    }
    let status = git(folder.path()).args(["init", "-q"]).status().unwrap();
    assert!(status.success());
    folder
}

/// Git without what the user and the machine have set up.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "core.ignorecase=false"])
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", folder.join("no such file"))
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE");
    command
}

/// The paths of [`TREE`] that git ignores by the rules in `lines`.
fn ignored_by_git(folder: &Path, lines: &[String]) -> Vec<String> {
    let mut rules = lines.join("\n");
    rules.push('\n');
    fs::write(folder.join(".gitignore"), rules).unwrap();
    let mut child = git(folder)
        .args(["check-ignore", "--no-index", "--stdin", "-z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut paths = String::new();
    for path in TREE {
        paths.push_str(path.trim_end_matches('/'));
        paths.push('\0');
    }
    // All paths together are shorter than a pipe's buffer, on any system.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(paths.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    // 1 says that nothing is ignored.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

fn ignored_by_us(ignore: &Ignore) -> Vec<String> {
    TREE.iter()
        .filter(|path| {
            let is_folder = path.ends_with('/');
            ignore.is_ignored(&relative(path.trim_end_matches('/')), is_folder)
        })
        .map(|path| path.trim_end_matches('/').to_owned())
        .collect()
}

/// A part of a pattern; joined, they are a pattern more often than not.
fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "c", "ab", "abc"]),
        4 => Just("/"),
        3 => prop::sample::select(vec!["*", "**", "***", "?", "**/", "/**/", "/**"]),
        2 => prop::sample::select(vec![
            "[a-b]", "[!a]", "[^a]", "[]a]", "[!]a]", "[a-]", "[[:alpha:]]", "[[:digit:]b]", "[!-~]",
            "[[:punct:]]", "[\\]^]", "[^-a]", "[!^]", "[!!]", "[\\!]", "[a\\-c]", "[--/]", "[*-z]",
            "[[:]", "[[:space:]]", "[\\\\]", "[a/]", "[b-a]", "[!b-a]",
            "[ac-b]", "[z-ab]", "[\\]-[]",
        ]),
        1 => prop::sample::select(vec![
            "\\a", "\\*", "\\!", "\\#", "\\ ", "\\[", "\\\\", " ", "!", "#", "-", ".", "{a,b}", ",",
            ".py", ".pyc", "[", "]", "\\",
        ]),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let body = prop::collection::vec(piece(), 1..5).prop_map(|pieces| pieces.concat());
    (prop::bool::weighted(0.2), body)
        .prop_map(|(negated, body)| {
            let mark = if negated { "!" } else { "" };
            format!("{mark}{body}")
        })
        .prop_filter("git's matcher differs from its manual", |line| {
            is_as_documented(line)
        })
}

/// Git cuts the plain text off the front of a pattern before it matches the rest, so that two stars
/// behind it look like the pattern's first part, and span folders. The manual says that they do not.
fn is_as_documented(line: &str) -> bool {
    let line = line.strip_prefix('!').unwrap_or(line);
    let plain = line.find(['*', '?', '[', '\\']).unwrap_or(line.len());
    let (front, rest) = line.split_at(plain);
    !rest.starts_with("**") || front.is_empty() || front.ends_with('/')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Where a line is no pattern to us it matches nothing in git.
    #[test]
    fn git_agrees(lines in prop::collection::vec(line(), 1..6)) {
        thread_local! {
            static REPOSITORY: tempfile::TempDir = repository();
        }
        REPOSITORY.with(|folder| {
            let (good, bad): (Vec<String>, Vec<String>) = lines
                .into_iter()
                .partition(|line| Ignore::only([line]).is_ok());
            let ours = ignored_by_us(&Ignore::only(&good).unwrap());
            let gits = ignored_by_git(folder.path(), &good);
            prop_assert_eq!(ours, gits, "rules {:?}", good);
            if !bad.is_empty() {
                let gits = ignored_by_git(folder.path(), &bad);
                prop_assert_eq!(gits, Vec::<String>::new(), "refused {:?}", bad);
            }
            Ok(())
        })?;
    }
}
