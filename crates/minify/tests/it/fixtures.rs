//! Files and what becomes of them: `NAME.py` in `tests/data/valid` is minified to `NAME.lines` and
//! `NAME.strip`.

use std::fs;
use std::path::{Path, PathBuf};

use belay_minify::{Options, minify};
use belay_tokenize::{TokenKind, decode, tokenize};

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/valid");
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
    let sources = sources();
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
