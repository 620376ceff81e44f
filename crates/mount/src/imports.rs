//! Which modules a module imports, as its text says.

use belay_tokenize::{TokenKind, tokenize};

use crate::path::join;

/// The names under which the modules may lie that a text in `package` imports, the likeliest first: paths from
/// the root on, without `.py`.
pub(crate) fn of(text: &str, package: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(tokens) = tokenize(text) else {
        return found;
    };
    let tokens: Vec<&str> = tokens
        .iter()
        .filter(|token| {
            !matches!(
                token.kind,
                TokenKind::Comment
                    | TokenKind::LineBreak
                    | TokenKind::Continuation
                    | TokenKind::Indent
                    | TokenKind::Dedent
            )
        })
        .map(|token| match token.kind {
            // What ends a statement, or a clause in front of one in its line.
            TokenKind::Newline | TokenKind::Semicolon | TokenKind::Colon => ";",
            _ => token.text(text),
        })
        .collect();
    for statement in tokens.split(|&token| token == ";") {
        match statement {
            ["import", rest @ ..] => {
                for name in rest.split(|&token| token == ",") {
                    let name = name.split(|&token| token == "as").next().unwrap_or(&[]);
                    modules("", name, &mut found);
                }
            }
            ["from", rest @ ..] => {
                let Some(at) = rest.iter().position(|&token| token == "import") else {
                    continue;
                };
                let (from, names) = (&rest[..at], &rest[at + 1..]);
                let dots: usize = from
                    .iter()
                    .take_while(|token| token.starts_with('.'))
                    .map(|token| token.len())
                    .sum();
                let name: Vec<&str> = from
                    .iter()
                    .copied()
                    .filter(|token| !token.starts_with('.') || dots == 0)
                    .collect();
                let Some(base) = ancestor(package, dots) else {
                    continue;
                };
                let module = modules(base, &name, &mut found);
                for part in names.split(|&token| token == ",") {
                    if let Some(&name) = part.iter().find(|token| !matches!(**token, "(" | ")"))
                        && is_name(name)
                    {
                        found.push(join(&module, name));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The package that so many dots mean; none mean the root.
fn ancestor(package: &str, dots: usize) -> Option<&str> {
    if dots == 0 {
        return Some("");
    }
    let mut base = package;
    for _ in 1..dots {
        if base.is_empty() {
            return None;
        }
        base = base.rsplit_once('/').map_or("", |(base, _)| base);
    }
    Some(base)
}

/// Adds the packages of a dotted name and what it names itself, and gives that.
fn modules(base: &str, name: &[&str], found: &mut Vec<String>) -> String {
    let mut path = base.to_owned();
    for part in name.iter().filter(|part| is_name(part)) {
        path = join(&path, part);
        found.push(path.clone());
    }
    path
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, package: &str, expected: &[&str]) {
        assert_eq!(of(text, package), expected, "{text:?}");
    }

    #[test]
    fn each_form_of_an_import() {
        check("import a, b.c as d # e\n", "p", &["a", "b", "b/c"]);
        check("from a import b, c as d\n", "p", &["a", "a/b", "a/c"]);
        check("from . import (\n b,\n c,\n)\n", "p/q", &["p/q/b", "p/q/c"]);
        check("from .a import b\n", "p", &["p/a", "p/a/b"]);
        check("from ..a import *\n", "p/q", &["p/a"]);
        check("from ... import a\n", "p", &[]);
        check(
            "try: import a\nexcept E: import b; import c\n",
            "",
            &["a", "b", "c"],
        );
        check("def f():\n  import a\n", "", &["a"]);
        check("x = 'import a'\nimportant = 1\n", "", &[]);
        check("import a\n(", "", &[]);
    }
}
