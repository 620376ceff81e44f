//! Ignore rules: git ignores the same paths, and what is refused matches nothing in git.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use belay_sync::{Ignore, RelativePath};
use libfuzzer_sys::fuzz_target;

/// What lies in the folder that the rules are for. A path that ends with `/` is a folder.
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
    "x.pyc",
    "{a,b}",
    "[a]",
    "b/a",
    "b/b/",
    "b/b/a",
    "b/b/b/",
    "b/b/b/abc",
    "ab/a",
    "ab/A1",
    "ab/_",
    "ab/^",
    "ab/]",
    "ab/\\",
    "c/",
    "c/a/",
    "c/a/b/",
    "c/a/b/a",
    "c/-a",
    "ü",
    "c/é!",
];

/// A git that answers for one path after the other, in a repository with one folder. The folder gets a
/// new name with each set of rules, because git reads those of a folder once.
struct Git {
    root: PathBuf,
    turn: u64,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Git {
    fn start() -> Self {
        let root = belay_fuzz::folder();
        fs::create_dir_all(root.join("0")).expect("a folder can be made");
        for path in TREE {
            let full = root.join("0").join(path);
            if path.ends_with('/') {
                fs::create_dir_all(full).expect("a folder can be made");
            } else {
                fs::write(full, "").expect("a file can be written");
            }
        }
        let git = |words: &[&str]| {
            let mut command = Command::new("git");
            command
                .current_dir(&root)
                .args(["-c", "core.ignorecase=false"])
                .args(words)
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_CONFIG_GLOBAL", root.join("no such file"))
                .env_remove("GIT_DIR");
            command
        };
        assert!(git(&["init", "-q"]).status().expect("git runs").success());
        let mut child = git(&["check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git is on the path");
        Self {
            requests: child.stdin.take().expect("stdin is a pipe"),
            answers: BufReader::new(child.stdout.take().expect("stdout is a pipe")),
            root,
            turn: 0,
        }
    }

    /// The paths of [`TREE`] that git ignores by the rules.
    fn ignored(&mut self, rules: &[&str]) -> Vec<&'static str> {
        let before = self.root.join(self.turn.to_string());
        self.turn += 1;
        let folder = self.root.join(self.turn.to_string());
        fs::rename(before, &folder).expect("a folder can be renamed");
        fs::write(folder.join(".gitignore"), rules.join("\n") + "\n")
            .expect("rules can be written");
        let mut ignored = Vec::new();
        for path in TREE {
            let plain = path.trim_end_matches('/');
            write!(self.requests, "{}/{plain}\0", self.turn).expect("git reads");
            // The file of the rule, its line, the rule, the path.
            let mut fields = [const { Vec::new() }; 4];
            for field in &mut fields {
                self.answers.read_until(0, field).expect("git answers");
            }
            if !matches!(fields[2][..], [0] | [b'!', ..]) {
                ignored.push(plain);
            }
        }
        ignored
    }
}

thread_local! {
    static GIT: RefCell<Git> = RefCell::new(Git::start());
}

/// Git cuts the plain text off the front of a pattern before it matches the rest, so that two stars
/// behind it look like the pattern's first part, and span folders. The manual says that they do not.
/// And it knows no CR.
fn is_as_documented(line: &&str) -> bool {
    let body = line.strip_prefix('!').unwrap_or(line);
    let plain = body.find(['*', '?', '[', '\\']).unwrap_or(body.len());
    let (front, rest) = body.split_at(plain);
    let stars = rest.starts_with("**") && !front.is_empty() && !front.ends_with('/');
    !stars && !line.contains(['\r', '\0', '\u{feff}'])
}

fuzz_target!(|text: &str| {
    let lines = text.split('\n').filter(is_as_documented).take(20);
    let (good, bad): (Vec<&str>, Vec<&str>) = lines.partition(|line| Ignore::only([line]).is_ok());
    let Ok(ignore) = Ignore::only(&good) else {
        return;
    };
    let ours: Vec<&str> = TREE
        .iter()
        .filter(|path| {
            let plain = RelativePath::new(path.trim_end_matches('/')).expect("a path");
            ignore.is_ignored(&plain, path.ends_with('/'))
        })
        .map(|path| path.trim_end_matches('/'))
        .collect();
    GIT.with_borrow_mut(|git| {
        assert_eq!(ours, git.ignored(&good), "rules {good:?}");
        if !bad.is_empty() {
            assert_eq!(git.ignored(&bad), [""; 0], "refused {bad:?}");
        }
    });
});
