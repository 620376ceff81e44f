//! Errors, file by file: `NAME.py` in `tests/data/invalid` gives the error in `NAME.error`.

use std::fs;
use std::path::{Path, PathBuf};

use belay_tokenize::{decode, tokenize};

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/invalid");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn what_cannot_be_split_is_told_with_its_place() {
    let sources = sources();
    assert!(sources.len() >= 20);
    for path in sources {
        let bytes = fs::read(&path).unwrap();
        let error = decode(&bytes)
            .and_then(tokenize)
            .expect_err(&path.to_string_lossy());
        let place = error.position(&bytes);
        let described = format!(
            "{}:{}: {error}\n{:?}\n{:?}\n",
            place.line, place.column, error.range, error.kind
        );
        assert_eq!(
            described,
            fs::read_to_string(path.with_extension("error")).unwrap(),
            "{}",
            path.display()
        );
    }
}
