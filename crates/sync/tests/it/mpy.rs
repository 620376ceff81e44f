//! Compiling files with a program that stands for mpy-cross.

use std::path::{Path, PathBuf};

use belay_sync::{Ignore, LocalError, LocalFile, LocalTree, Mpy, MpyCross, MpyError, MpyTarget};

use crate::{relative, write};

/// A shell script that prints the version and its arguments into the file it is told to make, or
/// fails on code that says so.
fn compiler() -> MpyCross {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mpy-cross.sh");
    let mut compiler = MpyCross::new("/bin/sh");
    compiler.arguments.push(script.into());
    compiler
}

fn file(path: &str, content: &str) -> LocalFile {
    LocalFile {
        path: relative(path),
        content: content.into(),
    }
}

fn target(bits: u64) -> MpyTarget {
    MpyTarget {
        mpy: Mpy::from_bits(bits),
        circuitpython: false,
    }
}

#[test]
fn python_files_are_compiled() {
    let compiled = compiler().compile(file("pkg/a b.py", "x = 1\n")).unwrap();
    assert_eq!(compiled.path.as_str(), "pkg/a b.mpy");
    assert_eq!(compiled.content, b"M\x06\x03\x1fpkg/a b.py: x = 1\n");

    for path in ["main.py", "data.txt"] {
        let other = file(path, "x = 1\n");
        assert_eq!(compiler().compile(other.clone()).unwrap(), other);
    }
}

#[test]
fn what_the_board_cannot_load_is_refused() {
    let mut compiler = compiler();
    compiler.target = Some(target(6));
    compiler.compile(file("a.py", "")).unwrap();
    compiler.target = Some(target(5));
    let error = compiler.compile(file("a.py", "")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "mpy version 6, but the board loads version 5"
    );
}

#[test]
fn the_compiler_is_told_the_architecture() {
    let mut compiler =
        MpyCross::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mpy-cross.sh"));
    compiler.target = Some(target(0x1306));
    let result = compiler.compile(file("a.py", "x\n")).unwrap();
    assert_eq!(result.content, b"M\x06\x13\x1fa.py: x\n");
}

#[test]
fn a_compiler_that_fails_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("bad.py", "syntax error\n"), ("ok.py", "1\n")],
    );
    let tree = LocalTree::scan(folder.path(), &Ignore::default()).unwrap();
    let compiler = compiler();
    let error = tree
        .load(&mut |file| Ok(compiler.compile(file)?))
        .unwrap_err();
    let LocalError::Transform { path, source } = error else {
        panic!("{error}");
    };
    assert!(path.ends_with("bad.py"));
    match source.downcast_ref::<MpyError>() {
        Some(MpyError::Failed {
            status, message, ..
        }) => {
            assert_eq!(*status, Some(1));
            assert_eq!(
                message,
                "File \"bad.py\", line 1\nSyntaxError: invalid syntax"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_compiler_that_is_not_there_or_makes_nothing_is_an_error() {
    let missing = MpyCross::new(PathBuf::from("/no/such/mpy-cross"));
    let error = missing.compile(file("a.py", "")).unwrap_err();
    assert!(matches!(error, MpyError::Start { .. }), "{error}");
    // It succeeds and writes nothing.
    let idle = MpyCross::new("true");
    let error = idle.compile(file("a.py", "")).unwrap_err();
    assert!(matches!(error, MpyError::Exchange { .. }), "{error}");
}
