//! `belay minify`, which needs no board.

use std::fs;

use predicates::str::contains;

use crate::support::{Folder, belay};

const SOURCE: &[u8] = b"def f(a: int):\n    '''Doubles.'''\n    return a * 2  # simple\n";
const SMALLER: &str = "def f(a:int):\n\n return a*2\n";
const STRIPPED: &str = "def f(a):\n return a*2\n";

#[test]
fn one_file_goes_to_stdout() {
    let folder = Folder::new();
    let path = folder.file("main.py", SOURCE);
    belay(&["minify", &path])
        .assert()
        .success()
        .stdout(SMALLER)
        .stderr("");
    belay(&["minify", "--strip", &path])
        .assert()
        .success()
        .stdout(STRIPPED)
        .stderr("");
    belay(&["minify", "-v", &path])
        .assert()
        .success()
        .stdout(SMALLER)
        .stderr(contains("main.py: 61 bytes became 27, 56 % fewer"));
}

#[test]
fn stdin_has_a_name_too() {
    belay(&["minify", "-"])
        .write_stdin(SOURCE)
        .assert()
        .success()
        .stdout(SMALLER);
    belay(&["minify", "-"])
        .write_stdin("")
        .assert()
        .success()
        .stdout("");
    belay(&["minify", "-"])
        .write_stdin("x = 'a")
        .assert()
        .code(1)
        .stdout("")
        .stderr("error: <stdin>:1:5: unterminated string\n");
}

#[test]
fn files_go_where_they_are_told() {
    let folder = Folder::new();
    let sources = ["a.py", "b.py"].map(|name| folder.file(name, SOURCE));
    let one = folder.path("one.py");
    belay(&["minify", &sources[0], "-o", &one])
        .assert()
        .success()
        .stdout("")
        .stderr("");
    assert_eq!(fs::read_to_string(&one).unwrap(), SMALLER);

    let build = folder.path("build/deep");
    let run = |strip: &[&str]| {
        belay(&[&["minify", &sources[0], &sources[1], "-o", &build], strip].concat())
            .assert()
            .success();
    };
    run(&[]);
    run(&["--strip"]);
    for name in ["a.py", "b.py"] {
        let text = fs::read_to_string(folder.path(&format!("build/deep/{name}"))).unwrap();
        assert_eq!(text, STRIPPED);
    }
    // A folder that is there, for one source.
    fs::remove_file(folder.path("build/deep/a.py")).unwrap();
    belay(&["minify", &sources[0], "--output", &build])
        .assert()
        .success();
    assert_eq!(
        fs::read_to_string(folder.path("build/deep/a.py")).unwrap(),
        SMALLER
    );
}

#[cfg(unix)]
#[test]
fn results_are_files_like_any_other() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let (source, result) = (folder.file("a.py", SOURCE), folder.path("b.py"));
    belay(&["minify", &source, "-o", &result])
        .assert()
        .success();
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&result), mode(&source));
    // What is no file is not replaced by one.
    belay(&["minify", &source, "-o", "/dev/null"])
        .assert()
        .success();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn every_error_is_told_and_nothing_is_written() {
    let folder = Folder::new();
    let good = folder.file("good.py", SOURCE);
    let wrong = folder.file("wrong.py", b"x = 1\ny = (2\n");
    let latin = folder.file("latin.py", "# caf\u{e9}\n# coding: latin-1\n".as_bytes());
    let bytes = folder.file("bytes.py", b"x = 'caf\xe9'\n");
    let all = ["minify", &good, &wrong, &latin, &bytes];
    let build = folder.path("build");
    for more in [&["--check"][..], &["-o", &build]] {
        belay(&[&all, more].concat())
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains("wrong.py:2:5: '(' is not closed"))
            .stderr(contains("latin.py:2:11: unsupported encoding latin-1"))
            .stderr(contains("bytes.py:1:9: invalid utf-8"));
    }
    assert!(fs::metadata(&build).is_err());
    belay(&["minify", "--check", &good])
        .assert()
        .success()
        .stdout("")
        .stderr("");
}

#[test]
fn sources_and_results_are_not_lost() {
    let folder = Folder::new();
    let [a, b] = ["a.py", "sub_a.py"].map(|name| folder.file(name, SOURCE));
    let check = |arguments: &[&str], expected: &str| {
        let command = [&["minify"], arguments].concat();
        belay(&command)
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(expected));
    };
    check(&[&a, &b], "2 files would be written one behind the other");
    check(&[&a, &b], "belay minify --output FOLDER FILE...");
    check(&[&a, "-o", &a], "a.py would be overwritten");
    check(
        &[&a, &b, "-o", &folder.path("")],
        "a.py would be overwritten",
    );
    check(
        &[&a, &a, "-o", &folder.path("build")],
        "a.py would be overwritten",
    );
    check(&[&a, "-", "-o", &folder.path("build")], "cannot read -");
    check(&[&folder.path("none.py")], "none.py");
    check(&[&folder.path("")], "cannot read");
    check(&[&a, "-o", &format!("{b}/x.py")], "was not written");
    check(&["--check", &a, "-o", &b], "cannot be used with");
    check(&[], "<FILE>...");
    assert_eq!(fs::read(&a).unwrap(), SOURCE);
}
