//! Files and what becomes of them: `NAME.py` in `tests/data/valid` is minified to `NAME.lines` and
//! `NAME.strip`; `NAME.py` in `tests/data/invalid` gives the error in `NAME.error`.

use std::fs;
use std::path::{Path, PathBuf};

use belay_minify::{Options, TokenKind, decode, minify, tokenize};

fn sources(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(folder);
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    paths
}

/// The text of the file beside a source.
fn beside(source: &Path, extension: &str) -> String {
    let path = source.with_extension(extension);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn valid() {
    let sources = sources("valid");
    assert!(sources.len() >= 4);
    for path in sources {
        let bytes = fs::read(&path).unwrap();
        let source = decode(&bytes).unwrap();
        for (extension, strip) in [("lines", false), ("strip", true)] {
            let options = Options { strip };
            let smaller = minify(source, &options).unwrap();
            assert_eq!(smaller, beside(&path, extension), "{}", path.display());
            assert_eq!(
                minify(&smaller, &options).as_ref(),
                Ok(&smaller),
                "{}",
                path.display()
            );
            let kinds = tokenize(&smaller)
                .unwrap()
                .into_iter()
                .map(|token| token.kind);
            assert!(kinds.into_iter().all(|kind| kind != TokenKind::Comment));
        }
    }
}

#[test]
fn invalid() {
    let sources = sources("invalid");
    assert!(sources.len() >= 20);
    for path in sources {
        let bytes = fs::read(&path).unwrap();
        let error = decode(&bytes)
            .and_then(|source| minify(source, &Options::default()))
            .expect_err(&path.to_string_lossy());
        let place = error.position(&bytes);
        let described = format!(
            "{}:{}: {error}\n{:?}\n{:?}\n",
            place.line, place.column, error.range, error.kind
        );
        assert_eq!(described, beside(&path, "error"), "{}", path.display());
    }
}
