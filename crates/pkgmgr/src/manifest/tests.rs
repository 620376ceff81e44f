use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::collect::Collected;
use super::*;
use crate::error::FetchError;
use crate::inside::cases;
use crate::name::PathInRepo;

#[test]
fn what_only_running_could_tell_says_so() {
    for (text, expected) in [
        ("import os\n", "1:1: \"import\""),
        ("module('a.py')\nfrom a import b\n", "2:1: \"from\""),
        ("def f():\n  pass\n", "1:1: \"def\""),
        ("if options.x:\n  module('a.py')\n", "1:1: \"if\""),
        ("for x in ('a', 'b'):\n  module(x)\n", "1:1: \"for\""),
        ("x = 'a.py'\n", "1:1: \"x\""),
        ("x += 1\n", "1:1: \"x\""),
        ("options.x\n", "1:1: \"options\""),
        ("(module)('a.py')", "1:1: \"(\""),
        ("'a'.upper()", "1:4: an expression"),
        ("module('a.py').x", "1:15: an expression"),
        ("module('a.py') if x else 1", "1:16: an expression"),
        ("package(name())", "1:9: an argument that is no literal"),
        ("module(f'{x}.py')", "1:8: an argument that is no literal"),
        ("module(where)", "1:8: an argument that is no literal"),
        ("module('a' + '.py')", "1:8: an argument that is no literal"),
        (
            "module('%s.py' % 'a')",
            "1:8: an argument that is no literal",
        ),
        (
            "module('a.py' if options.x else 'b.py')",
            "1:8: an argument that is no literal",
        ),
        (
            "package('a', files=[f for f in ('a.py',)])",
            "1:20: an argument that is no literal",
        ),
        ("package(*x)", "1:9: an argument that is no literal"),
        ("print('x')", "1:1: the function \"print\""),
    ] {
        let expected = format!("{expected} can be understood only by running the manifest");
        assert_eq!(parse(text).expect_err(text).to_string(), expected, "{text}");
    }
    for function in ["freeze", "freeze_as_str", "c_module"] {
        assert_eq!(
            parse(&format!("{function}('x')"))
                .expect_err(function)
                .to_string(),
            format!("1:1: {function:?} is for building firmware, not for installing")
        );
    }
}

#[test]
fn what_is_wrong_says_where() {
    for (text, expected) in [
        ("package(", "1:8: '(' is not closed"),
        ("package)", "1:8: unmatched ')'"),
        ("module('a.py", "1:8: unterminated string"),
        ("module('a.py')\n  module('b.py')", "2:1: unexpected indent"),
        ("$", "1:1: unexpected character '$'"),
        ("module()", "1:1: an argument that is missing"),
        ("module(1)", "1:1: an argument that is no string"),
        ("module('a.txt')", "1:1: a module that is no .py file"),
        (
            "module('a.py', 'b', 1, 2)",
            "1:1: an argument that the function does not take",
        ),
        (
            "module('a.py', nothing=1)",
            "1:1: an argument that the function does not take",
        ),
        (
            "module('a.py', module_path='b.py')",
            "1:1: an argument that the function does not take",
        ),
        (
            "package('a', files='b')",
            "1:1: an argument that is no list of strings",
        ),
        (
            "package('a', opt=1, opt=2)",
            "1:1: an argument that is given twice",
        ),
        (
            "module(base_path='a', 'b.py')",
            "1:1: an argument behind named ones",
        ),
        (
            "metadata(version='1')\nmetadata(version='2')",
            "2:1: metadata that is given twice",
        ),
        (
            "metadata('1')",
            "1:1: metadata without the names of its arguments",
        ),
        (
            "metadata(versoin='1')",
            "1:1: an argument that the function does not take",
        ),
    ] {
        assert_eq!(parse(text).expect_err(text).to_string(), expected, "{text}");
    }
    let large = "#".repeat(MAX_MANIFEST + 1);
    assert!(parse(&large).is_err());
    for text in [
        "module(".to_owned() + &"(".repeat(10_000),
        "module(".to_owned() + &"- ".repeat(10_000) + "1)",
    ] {
        assert!(parse(&text).is_err());
    }
}

fn step(step: &Step) -> Json {
    match step {
        Step::Metadata { version } => json!({ "version": version }),
        Step::Module { path, base } => json!({ "module": path, "base": base }),
        Step::Package { path, files, base } => {
            json!({ "package": path, "files": files, "base": base })
        }
        Step::Require {
            name,
            version,
            library,
        } => {
            json!({ "require": name, "version": version, "library": library })
        }
        Step::Include { paths } => json!({ "include": paths }),
        Step::AddLibrary {
            name,
            path,
            prepend,
        } => {
            json!({ "library": name, "path": path, "prepend": prepend })
        }
    }
}

#[test]
fn manifests_come_to_the_same_in_python() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = std::fs::read_dir(data.join("manifests")).expect("a folder");
    let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut python = Command::new("python3");
    python.arg(data.join("oracle/manifest.py")).args(&files);
    let output = python.output().expect("python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let notes: Vec<Json> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(notes.len(), files.len());
    for (file, notes) in files.iter().zip(notes) {
        let text = std::fs::read_to_string(file).expect("a text");
        let steps = parse(&text).unwrap_or_else(|error| panic!("{}:{error}", file.display()));
        let steps: Json = steps.iter().map(step).collect();
        assert_eq!(steps, notes, "{}", file.display());
    }
}

/// Files in memory.
struct Memory(BTreeMap<&'static str, &'static str>);

impl ManifestTree for Memory {
    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, FetchError> {
        Ok(self
            .0
            .get(path.as_str())
            .map(|text| text.as_bytes().to_vec()))
    }

    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError> {
        let files = self
            .0
            .keys()
            .map(|path| PathInRepo::new(path).expect("a path"));
        Ok(files.filter(|path| path.within(folder).is_some()).collect())
    }
}

fn library() -> Memory {
    Memory(BTreeMap::from([
        (
            "micropython/radio-core/manifest.py",
            "metadata(version='0.1')\npackage('radio', files=('__init__.py', 'core.py'), base_path='../radio')\n",
        ),
        ("micropython/radio/radio/__init__.py", ""),
        ("micropython/radio/radio/core.py", ""),
        ("micropython/radio/radio/extra.py", ""),
        ("micropython/radio/radio/notes.txt", ""),
        (
            "micropython/radio/manifest.py",
            "metadata(version='0.2')\nrequire('radio-core')\nrequire('os')\nrequire('elsewhere', '1.0')\nrequire('elsewhere')\npackage('radio')\ninclude('../shared')\n",
        ),
        (
            "micropython/shared/manifest.py",
            "include('manifest.py')\nmodule('shared.py')\ninclude('../radio')\n",
        ),
        ("micropython/shared/shared.py", ""),
        ("python-stdlib/os/manifest.py", "module('os.py')\n"),
        ("python-stdlib/os/os.py", ""),
        (
            "python-stdlib/deep/os/manifest.py",
            "module('nothing.py')\n",
        ),
        (
            "unix-ffi/os/manifest.py",
            "require('ffilib')\nmodule('os.py')\n",
        ),
        ("unix-ffi/os/os.py", ""),
        ("unix-ffi/ffilib/manifest.py", "module('ffilib.py')\n"),
        ("unix-ffi/ffilib/ffilib.py", ""),
        (
            "unix-ffi/user/manifest.py",
            "require('os')\nrequire('ffilib')\nmodule('user.py')\n",
        ),
        ("unix-ffi/user/user.py", ""),
        (
            "bundles/ffi.py",
            "add_library('ffi', '../unix-ffi', prepend=True)\n",
        ),
        ("bad/variable.py", "include('$(PORT_DIR)/manifest.py')\n"),
        ("bad/outside.py", "module('../../x.py')\n"),
        (
            "bad/beside.py",
            "module('../micropython/shared/shared.py')\n",
        ),
        ("bad/missing.py", "module('x.py')\n"),
        ("bad/empty.py", "package('nothing')\n"),
        ("bad/include.py", "include('nothing')\n"),
        (
            "bad/twice.py",
            "module('shared.py', '../micropython/shared')\nmodule('shared.py', 'shared')\n",
        ),
        ("bad/shared/shared.py", ""),
        ("bad/running.py", "import os\n"),
    ]))
}

fn collect(path: &str) -> Result<Collected, FetchError> {
    let path = PathInRepo::new(path).expect("a path");
    collect_manifest(&mut library(), &path)
}

/// The files of the package that a manifest describes, as `PATH <- SOURCE`.
fn files(path: &str) -> Vec<String> {
    let collected = collect(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let files = collected.files.iter();
    files
        .map(|(path, source)| format!("{path} <- {source}"))
        .collect()
}

#[test]
fn a_package_is_collected_with_what_it_includes_and_requires() {
    let collected = collect("micropython/radio/manifest.py").expect("a package");
    assert_eq!(collected.version.as_deref(), Some("0.2"));
    assert_eq!(
        files("micropython/radio/manifest.py"),
        [
            "os.py <- python-stdlib/os/os.py",
            "radio/__init__.py <- micropython/radio/radio/__init__.py",
            "radio/core.py <- micropython/radio/radio/core.py",
            "radio/extra.py <- micropython/radio/radio/extra.py",
            "shared.py <- micropython/shared/shared.py",
        ]
    );
    let elsewhere = ("elsewhere".to_owned(), Some("1.0".to_owned()));
    assert_eq!(collected.requires, [elsewhere]);
    assert_eq!(files("micropython/radio-core/manifest.py").len(), 2);
}

#[test]
fn a_library_reaches_the_manifests_that_are_required() {
    for (text, os) in [
        // Behind the usual ones, unless it is to come first.
        (
            "add_library('ffi', '$(MPY_LIB_DIR)/unix-ffi')\n",
            "python-stdlib",
        ),
        (
            "add_library('ffi', '../unix-ffi', prepend=True)\n",
            "unix-ffi",
        ),
        // From where it is included.
        ("include('../bundles/ffi.py')\n", "unix-ffi"),
    ] {
        let mut tree = library();
        let text: &str = Box::leak(format!("{text}require('user', opt=3)\n").into_boxed_str());
        tree.0.insert("own/manifest.py", text);
        let path = PathInRepo::new("own/manifest.py").expect("a path");
        let Ok(collected) = collect_manifest(&mut tree, &path) else {
            panic!("{text}");
        };
        let found = collected.files.iter();
        let found: Vec<_> = found
            .map(|(path, source)| format!("{path} <- {source}"))
            .collect();
        assert_eq!(
            found,
            [
                "ffilib.py <- unix-ffi/ffilib/ffilib.py".to_owned(),
                format!("os.py <- {os}/os/os.py"),
                "user.py <- unix-ffi/user/user.py".to_owned(),
            ],
            "{text}"
        );
        assert_eq!(collected.requires, []);
    }
    // A package of such a library finds its neighbours, and first of all.
    assert_eq!(files("unix-ffi/user/manifest.py").len(), 3);
    assert!(files("unix-ffi/user/manifest.py")[1].ends_with("unix-ffi/os/os.py"));
    // By its name, a library of the tree needs no other word.
    let named = "require('os', library='unix-ffi')\n";
    for (text, found) in [
        (named, true),
        ("require('absent', library='unix-ffi')\n", false),
    ] {
        let mut tree = library();
        tree.0.insert("manifest.py", text);
        let collected =
            collect_manifest(&mut tree, &PathInRepo::new("manifest.py").expect("a path"));
        assert_eq!(collected.is_ok(), found, "{text}");
    }
}

#[test]
fn what_cannot_be_collected_says_why() {
    for [path, expected] in cases(
        r#"
        variable => "$(PORT_DIR)/manifest.py" is known only where firmware is built
        outside => the path "../../x.py" leads out of its folder
        beside => "../micropython/shared/shared.py" is not there
        missing => "x.py" is not there
        empty => "nothing" is not there
        running => 1:1: "import" can be understood only by running the manifest
        "#,
    ) {
        let path = format!("bad/{path}.py");
        let expected = format!("{path} cannot be evaluated: {expected}");
        assert_eq!(collect(&path).expect_err(&path).to_string(), expected);
    }
    for (path, expected) in [
        (
            "bad/include.py",
            "bad/nothing/manifest.py cannot be evaluated: there is no such file",
        ),
        (
            "bad/twice.py",
            "bad/shared/shared.py cannot be evaluated: micropython/shared/shared.py and this would both be installed as shared.py",
        ),
    ] {
        assert_eq!(collect(path).expect_err(path).to_string(), expected);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_tokens_panic(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "metadata", "module", "package", "options", "x", "(", ")", "[", "]", ",", ".", "=", "+=", "+", "-",
            "if", "else", "elif", "for", "in", "not", "is", "and", ":", "\n", "\n  ", "\n    ", "'a.py'", "1", "None",
            "append", "defaults", ";", "\\\n", "#", "\"", "'''", "version=", "files=", "\t", "import", "==", "<",
        ]), 0..40),
    ) {
        let _ = parse(&words.join(" "));
    }
}
