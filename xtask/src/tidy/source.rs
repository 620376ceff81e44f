//! What a source file must not contain.

use super::Violation;
use super::mask::mask;

/// The longest file of code, in lines.
const LONGEST: usize = 800;

/// Code that must not be committed, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    (
        "#[ignore",
        "a test that does not run proves nothing; make it run or remove it",
    ),
    ("todo!", "finish it or leave it out"),
    ("unimplemented!", "finish it or leave it out"),
    ("dbg!", "remove it"),
];

/// Folders of one machine. Written in two halves, so that this file keeps the rule.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];

/// What a pure crate leaves to its users.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// The kinds of file that rules exist for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rust,
    /// Code in another language.
    Script,
    Markdown,
    /// Manifests, workflows and the like.
    Settings,
}

impl Kind {
    /// The kind by the file's name.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("rs") => Some(Self::Rust),
            Some("py" | "pyi" | "sh") => Some(Self::Script),
            Some("md") => Some(Self::Markdown),
            Some("toml" | "yml" | "yaml") => Some(Self::Settings),
            None if path.starts_with(".ci/") => Some(Self::Script),
            _ => None,
        }
    }
}

/// The rules for every file of this kind.
pub(super) fn check(path: &str, kind: Kind, text: &str) -> Vec<Violation> {
    let mut violations = machine_folders(path, text);
    if matches!(kind, Kind::Rust | Kind::Script) {
        let lines = text.lines().count();
        if lines > LONGEST {
            let advice = format!("{lines} lines, more than {LONGEST}; split the file by subject");
            violations.push(Violation::new(path, LONGEST + 1, advice));
        }
    }
    if kind == Kind::Rust {
        if path.ends_with("/mod.rs") {
            let advice = "modules here are `foo.rs` beside `foo/`; move the file up";
            violations.push(Violation::new(path, 1, advice));
        }
        let code = mask(text);
        for (word, advice) in FORBIDDEN {
            for at in occurrences(&code, word) {
                let found = format!("`{word}` in code; {advice}");
                violations.push(Violation::new(path, line_at(&code, at), found));
            }
        }
    }
    violations
}

fn machine_folders(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for folder in MACHINE_FOLDERS {
        for (at, _) in text.match_indices(folder) {
            // Part of a longer path or address is not a folder at the root.
            let before = text[..at].chars().next_back().unwrap_or(' ');
            if !before.is_alphanumeric() && !"_-./}$~".contains(before) {
                let advice = format!("`{folder}…` is a path of one machine; leave it out");
                violations.push(Violation::new(path, line_at(text, at), advice));
            }
        }
    }
    violations
}

/// The rule for code, tests apart, of a pure crate.
pub(super) fn check_pure(path: &str, text: &str) -> Vec<Violation> {
    let code = mask(text);
    let code = &code[..end_of_code(&code)];
    let mut uses = Vec::new();
    for at in occurrences(code, "use ") {
        let statement = &code[at + "use ".len()..];
        let statement = statement.split(';').next().unwrap_or(statement);
        let mut paths = Vec::new();
        expand(statement, "", &mut paths);
        uses.extend(paths.into_iter().map(|path| (at, path)));
    }
    let mut violations = Vec::new();
    for name in IMPURE {
        let imported = uses
            .iter()
            .filter(|(_, path)| occurrences(path, name).next() == Some(0))
            .map(|(at, _)| *at);
        let mut lines: Vec<usize> = occurrences(code, name)
            .chain(imported)
            .map(|at| line_at(code, at))
            .collect();
        lines.sort_unstable();
        lines.dedup();
        violations.extend(lines.into_iter().map(|line| {
            let advice = format!("`{name}` in a pure crate; let the caller do that part");
            Violation::new(path, line, advice)
        }));
    }
    violations
}

/// Where the test module at the end of a file begins, or the file's end.
fn end_of_code(code: &str) -> usize {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let is_module = |at: &usize| {
        let after = code[at + ATTRIBUTE.len()..].trim_start();
        after.starts_with("mod ") && after.find('{') < after.find(';').or(Some(usize::MAX))
    };
    let mut attributes = code.match_indices(ATTRIBUTE).map(|(at, _)| at);
    attributes.find(is_module).unwrap_or(code.len())
}

/// The full paths that a `use` tree such as `std::{fs, io::{self, Read}}` names.
fn expand(tree: &str, prefix: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let name = tree.split_whitespace().next().unwrap_or("");
        paths.push(format!("{prefix}{name}"));
        return;
    };
    let prefix = format!("{prefix}{}", head.trim());
    let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
    let mut depth = 0_usize;
    let branches = inner.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    for branch in branches.filter(|branch| !branch.trim().is_empty()) {
        expand(branch, &prefix, paths);
    }
}

/// Where `word` stands as a whole word (or ends in something that is none).
fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = text[..*at].chars().next_back().is_some_and(in_word);
            let after = text[at + word.len()..].chars().next().is_some_and(in_word);
            let ends_in_word = word.chars().next_back().is_some_and(in_word);
            !(before || after && ends_in_word)
        })
}

/// The number, from 1, of the line that holds this byte.
fn line_at(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests;
