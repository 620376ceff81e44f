//! Which modules of the host a file needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use belay_tokenize::{Token, TokenKind, decode, tokenize};
use walkdir::WalkDir;

/// A module of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Where it lies on the host.
    pub path: PathBuf,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The modules that a source imports, and all that these import, as far as the folders have them: by
/// their paths below the root of what is mounted. Of a package comes all there is.
pub fn modules(source: &[u8], folders: &[PathBuf]) -> BTreeMap<String, Module> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut names: Vec<String> = names(source).into_iter().collect();
    while let Some(name) = names.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        for module in resolve(&name, folders) {
            names.extend(self::names(&module.1.content));
            found.insert(module.0, module.1);
        }
    }
    found
}

/// Whether a source imports a module.
pub(crate) fn imports(source: &[u8], name: &str) -> bool {
    names(source).contains(name)
}

/// The files of a module, from the first folder that has it.
fn resolve(name: &str, folders: &[PathBuf]) -> Vec<(String, Module)> {
    for folder in folders {
        let package = folder.join(name);
        // MicroPython needs no `__init__.py`; a folder without Python in it is none of its business.
        if package.is_dir() {
            let files = package_files(folder, &package);
            if !files.is_empty() {
                return files;
            }
        }
        for ending in ["py", "mpy"] {
            let path = folder.join(format!("{name}.{ending}"));
            if let Ok(content) = fs::read(&path) {
                return vec![(format!("/{name}.{ending}"), Module { path, content })];
            }
        }
    }
    Vec::new()
}

fn package_files(folder: &Path, package: &Path) -> Vec<(String, Module)> {
    let entries = WalkDir::new(package).sort_by_file_name().into_iter();
    let files = entries.filter_map(|entry| {
        let path = entry.ok()?.into_path();
        let ending = path.extension()?.to_str()?;
        let inside = path.strip_prefix(folder).ok()?.to_str()?;
        let inside = format!("/{}", inside.replace('\\', "/"));
        let content = matches!(ending, "py" | "mpy")
            .then(|| fs::read(&path).ok())
            .flatten()?;
        Some((inside, Module { path, content }))
    });
    files.collect()
}

/// The first parts of the names that a source imports.
fn names(source: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Ok(text) = decode(source) else {
        return names;
    };
    let Ok(tokens) = tokenize(text) else {
        return names;
    };
    let kept = |token: &Token| {
        !matches!(
            token.kind,
            TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation
        )
    };
    let tokens: Vec<Token> = tokens.into_iter().filter(kept).collect();
    let text_at = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    for (index, token) in tokens.iter().enumerate() {
        let starts = index == 0
            || matches!(
                tokens[index - 1].kind,
                TokenKind::Newline
                    | TokenKind::Semicolon
                    | TokenKind::Colon
                    | TokenKind::Indent
                    | TokenKind::Dedent
            );
        if !starts || token.kind != TokenKind::Name {
            continue;
        }
        match token.text(text) {
            // Relative ones are of a package, which comes as a whole.
            "from" => {
                names.insert(text_at(index + 1).to_owned());
            }
            "import" => {
                let mut next = index + 1;
                let mut expected = true;
                while let Some(token) = tokens.get(next)
                    && !matches!(token.kind, TokenKind::Newline | TokenKind::Semicolon)
                {
                    if expected {
                        names.insert(text_at(next).to_owned());
                    }
                    expected = text_at(next) == ",";
                    next += 1;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty() && !name.starts_with('.'));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_wherever_they_stand() {
        let source = b"import a, b.c as d\nif x: import e\ntry:\n  from f.g import (h,\n i)\n\
            except: pass\nfrom . import j\nx = 'import k'; import l # import m\nimported = n\n";
        let found = names(source);
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            ["a", "b", "e", "f", "l"]
        );
    }
}
