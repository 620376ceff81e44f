//! Circles of files, each of which needs the next: none is larger than three.
//!
//! A file of Rust needs those whose items its paths name. A parent module that only declares and
//! re-exports is seen through: the path leads to the file that holds the item.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::mask::mask;

/// How many files may need each other: a pair of types and who makes them.
const LARGEST: usize = 3;

/// A module as the names that lead to it from its root; that has none.
type Module = Vec<String>;

/// A source file: its path from the workspace's root, and its text.
pub(super) type File<'a> = (&'a str, &'a str);

/// Checks each folder `crates/*/src`, and the Python package.
pub(super) fn check(files: &[File<'_>]) -> Vec<Violation> {
    let mut roots: BTreeMap<&str, Vec<File<'_>>> = BTreeMap::new();
    for &(path, text) in files {
        let (stem, kind) = path.rsplit_once('.').unwrap_or((path, ""));
        let is_test = stem.ends_with("tests") || stem.contains("/tests/");
        let folder = match kind {
            "py" => Some("/python/belay"),
            "rs" if !is_test => Some("/src"),
            _ => None,
        };
        let root = folder.and_then(|folder| {
            let at = path.find(&format!("{folder}/"))?;
            Some(at + folder.len())
        });
        if let Some(end) = root.filter(|_| path.starts_with("crates/")) {
            let root = &path[..end];
            roots.entry(root).or_default().push((path, text));
        }
    }
    let circles = roots.iter().flat_map(|(root, files)| {
        let modules: BTreeMap<Module, File<'_>> = files
            .iter()
            .map(|&(path, text)| (module(&path[root.len()..]), (path, text)))
            .collect();
        let arrows = if root.ends_with("/python/belay") {
            python(&modules)
        } else {
            rust(&modules)
        };
        let of = move |module: &Module| modules[module].0;
        circles(&arrows)
            .into_iter()
            .filter(|circle| circle.len() > LARGEST)
            .map(|circle| violation(&circle.into_iter().map(&of).collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    });
    circles.collect()
}

fn violation(circle: &[&str]) -> Violation {
    let text = format!(
        "{} files need each other, more than {LARGEST}; move what they share below them: {}",
        circle.len(),
        circle.join(", ")
    );
    Violation::new(circle[0], 1, text)
}

/// `/a/b.rs` is `a::b`, and `/lib.rs` the root.
fn module(path: &str) -> Module {
    let path = path.trim_start_matches('/');
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    match stem {
        "lib" | "main" | "__init__" => Module::new(),
        stem => stem.split('/').map(str::to_owned).collect(),
    }
}

type Arrows = BTreeMap<Module, BTreeSet<Module>>;

/// Which modules each one imports when it is loaded; what only a checker of types reads, and what a
/// function imports when it is called, stands deeper than the first column.
fn python(modules: &BTreeMap<Module, File<'_>>) -> Arrows {
    let arrows = modules.iter().map(|(module, (_, text))| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("from ."));
        let imported = lines.filter_map(|line| {
            let (name, items) = line.split_once(" import ")?;
            let names = if name.is_empty() { items } else { name };
            Some(names.split(',').map(|name| vec![name.trim().to_owned()]))
        });
        let known = imported.flatten().filter(|name| modules.contains_key(name));
        (module.clone(), known.collect())
    });
    arrows.collect()
}

/// Which modules each one names.
fn rust(modules: &BTreeMap<Module, File<'_>>) -> Arrows {
    let sources: BTreeMap<&Module, Source> = modules
        .iter()
        .map(|(module, (_, text))| (module, Source::read(text)))
        .collect();
    let arrows = sources.iter().map(|(&module, source)| {
        let named = source.paths.iter();
        let named = named.filter_map(|path| resolve(&sources, module, path, 0));
        let others = named.filter(|other| other != module && !other.is_empty());
        (module.clone(), others.collect())
    });
    arrows.collect()
}

/// What a file of Rust names and passes on.
#[derive(Default)]
struct Source {
    paths: Vec<Vec<String>>,
    /// The names that it re-exports, and what they stand for.
    exports: BTreeMap<String, Vec<String>>,
}

impl Source {
    fn read(text: &str) -> Self {
        let mut code = mask(text);
        if let Some(tests) = text.find("#[cfg(test)]\nmod tests {") {
            // The mask keeps the number of characters and not of bytes.
            let kept = text[..tests].chars().count();
            code = code.chars().take(kept).collect();
        }
        let mut source = Self::default();
        let mut rest = String::with_capacity(code.len());
        for statement in code.split_inclusive(';') {
            let start = statement
                .match_indices("use ")
                .map(|(at, _)| at)
                .find(|&at| {
                    statement[..at].trim_end().is_empty() || is_before_use(&statement[..at])
                });
            let Some(start) = start else {
                rest.push_str(statement);
                continue;
            };
            let (before, tree) = statement.split_at(start);
            rest.push_str(without_visibility(before));
            let mut paths = Vec::new();
            expand(&[], tree["use ".len()..].trim_end_matches(';'), &mut paths);
            if is_export(before) {
                let exports = paths.into_iter().map(|(path, name)| (name, path));
                source.exports.extend(exports);
            } else {
                source.paths.extend(paths.into_iter().map(|(path, _)| path));
            }
        }
        // What is only passed on is not needed here.
        let words: BTreeSet<&str> = rest.split(|c| !is_name(c)).collect();
        let used = source.exports.iter();
        let used = used.filter(|(name, _)| words.contains(&***name));
        source.paths.extend(used.map(|(_, path)| path.clone()));
        source.paths.extend(inline_paths(&rest));
        source
    }
}

/// Whether what stands in front of `use` ends a statement, a block or a visibility.
fn is_before_use(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with(['}', '{', ']', ')']) || before.ends_with("pub")
}

fn is_export(before: &str) -> bool {
    let last = before.trim_end();
    last.ends_with("pub") || last.ends_with(')') && without_visibility(last).len() < last.len()
}

/// `pub(in a::b)` names no item of `a::b`.
fn without_visibility(before: &str) -> &str {
    let trimmed = before.trim_end();
    match trimmed.rfind("pub(") {
        Some(at) if trimmed[at..].find(')') == Some(trimmed.len() - at - 1) => &before[..at],
        _ => before,
    }
}

/// The paths of a tree of `use`, each with the name that it brings.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<(Vec<String>, String)>) {
    for part in split_at_top(tree) {
        let part = part.trim();
        if let Some((head, inner)) = part.split_once('{') {
            let mut longer = prefix.to_vec();
            let names = head
                .split("::")
                .map(str::trim)
                .filter(|name| !name.is_empty());
            longer.extend(names.map(str::to_owned));
            expand(&longer, inner.trim_end().trim_end_matches('}'), paths);
        } else if !part.is_empty() {
            let (path, name) = match part.split_once(" as ") {
                Some((path, name)) => (path, name.trim()),
                None => (part, part.rsplit("::").next().unwrap_or(part).trim()),
            };
            let mut whole = prefix.to_vec();
            let names = path.split("::").map(|name| name.trim().to_owned());
            whole.extend(names.filter(|name| !name.is_empty()));
            paths.push((whole, name.to_owned()));
        }
    }
}

/// The parts between commas that no brace encloses.
fn split_at_top(tree: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in tree.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    parts
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths in code, visibilities apart.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let head = &rest[..at];
        let start = head.len()
            - head
                .chars()
                .rev()
                .take_while(|&c| is_name(c))
                .map(char::len_utf8)
                .sum::<usize>();
        let mut path = vec![head[start..].to_owned()];
        let mut behind = &rest[at..];
        while let Some(next) = behind.strip_prefix("::") {
            let length = next.find(|c: char| !is_name(c)).unwrap_or(next.len());
            if length == 0 {
                break;
            }
            path.push(next[..length].to_owned());
            behind = &next[length..];
        }
        let hides = head[..start].ends_with("pub(in ");
        if !hides && !path[0].is_empty() && path.len() > 1 {
            paths.push(path);
        }
        rest = behind.strip_prefix("::").unwrap_or(behind);
    }
    paths
}

/// The module that holds what a path of `module` leads to.
fn resolve(
    sources: &BTreeMap<&Module, Source>,
    module: &Module,
    path: &[String],
    depth: usize,
) -> Option<Module> {
    // Two files may pass on each other's names.
    if depth > 8 {
        return None;
    }
    let first = path.first()?;
    let (mut here, mut rest) = match first.as_str() {
        "crate" => (Module::new(), &path[1..]),
        "self" => (module.clone(), &path[1..]),
        "super" => {
            let count = path.iter().take_while(|name| *name == "super").count();
            let depth = module.len().checked_sub(count)?;
            (module[..depth].to_vec(), &path[count..])
        }
        name => {
            let mut child = module.clone();
            child.push(name.to_owned());
            if !sources.contains_key(&child) {
                return None;
            }
            (module.clone(), path)
        }
    };
    while let Some((name, behind)) = rest.split_first() {
        let mut child = here.clone();
        child.push(name.clone());
        if sources.contains_key(&child) {
            here = child;
            rest = behind;
            continue;
        }
        let export = sources
            .get(&here)
            .and_then(|source| source.exports.get(name));
        return match export {
            Some(path) if path.last() != Some(&"*".to_owned()) => {
                resolve(sources, &here, path, depth + 1).or(Some(here))
            }
            _ => Some(here),
        };
    }
    Some(here)
}

/// The sets of modules that lead to each other.
fn circles(arrows: &Arrows) -> Vec<BTreeSet<&Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = arrows
        .keys()
        .map(|module| (module, all_behind(arrows, module)))
        .collect();
    let mut circles = BTreeSet::new();
    for (module, behind) in &reached {
        let circle: BTreeSet<&Module> = behind
            .iter()
            .copied()
            .filter(|other| reached[other].contains(module))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// What a module needs, and what that needs.
fn all_behind<'a>(arrows: &'a Arrows, module: &'a Module) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut next = vec![module];
    while let Some(module) = next.pop() {
        for other in arrows.get(module).into_iter().flatten() {
            if found.insert(other) {
                next.push(other);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(files: &[File<'_>]) -> Vec<String> {
        let found = check(files).into_iter();
        found.map(|violation| violation.to_string()).collect()
    }

    const RING: [File<'static>; 5] = [
        (
            "crates/x/src/lib.rs",
            "mod a; mod b; pub use a::A; pub use d::{D, c::C};",
        ),
        ("crates/x/src/a.rs", "use crate::b::B;\npub struct A;"),
        (
            "crates/x/src/b.rs",
            "use crate::{\n    C,\n};\npub struct B;",
        ),
        (
            "crates/x/src/d/c.rs",
            "fn f() -> super::D { todo() }\npub struct C;",
        ),
        ("crates/x/src/d.rs", "pub mod c;\npub struct D(crate::A);"),
    ];

    #[test]
    fn four_files_that_need_each_other_are_too_many() {
        let found = broken(&RING);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("crates/x/src/a.rs:1: 4 files need each other")
                && found[0].ends_with(
                    "src/a.rs, crates/x/src/b.rs, crates/x/src/d.rs, crates/x/src/d/c.rs"
                ),
            "{found:?}"
        );
    }

    #[test]
    fn three_are_not_and_the_root_counts_for_none() {
        let mut files = RING;
        files[4].1 = "pub mod c;\npub struct D;\nuse crate::nothing;";
        assert_eq!(broken(&files), [""; 0]);
    }

    #[test]
    fn what_is_no_use_of_an_item_counts_for_nothing() {
        let with = |text| {
            let mut files = RING;
            files[4].1 = text;
            broken(&files)
        };
        for text in [
            "pub(in crate::a) struct D;",
            "pub(in crate::a) mod c;\npub(in crate::a) use std::io;",
            "pub(crate) use crate::a::A;",
            "// crate::A\nconst D: &str = \"crate::A\";",
            "#[cfg(test)]\nmod tests {\n    use crate::A;\n}",
        ] {
            assert_eq!(with(text), [""; 0], "{text}");
        }
        for text in [
            "use crate::A as B;",
            "fn d(_: &super::a::A) {}",
            "pub(crate) use crate::a::A;\nstruct D(A);",
        ] {
            assert_eq!(with(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn modules_of_python_are_checked_as_they_are_loaded() {
        let ring = [
            ("crates/p/python/belay/a.py", "from .b import B\n"),
            ("crates/p/python/belay/b.py", "from . import c, x\n"),
            (
                "crates/p/python/belay/c.py",
                "from .d import (\n    D,\n)\n",
            ),
            ("crates/p/python/belay/d.py", "from .a import A\n"),
        ];
        assert_eq!(broken(&ring).len(), 1);
        let mut late = ring;
        late[3].1 = "if TYPE_CHECKING:\n    from .a import A\ndef f():\n    from .a import A\n";
        assert_eq!(broken(&late), [""; 0]);
    }
}
