use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::name::PathInRepo;

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text, &ManifestOptions::new())
}

#[test]
fn what_only_running_could_tell_says_so() {
    for (text, expected) in [
        (
            "import os\n",
            "1:1: \"import\" can be understood only by running the manifest",
        ),
        (
            "x = 1\nfrom a import b\n",
            "2:1: \"from\" can be understood only by running the manifest",
        ),
        (
            "def f():\n  pass\n",
            "1:1: \"def\" can be understood only by running the manifest",
        ),
        (
            "package(name())",
            "1:9: the result of a call can be understood only by running the manifest",
        ),
        (
            "module(f'{x}.py')",
            "1:8: an f-string can be understood only by running the manifest",
        ),
        (
            "module(where)",
            "1:8: the name \"where\" can be understood only by running the manifest",
        ),
        (
            "print('x')",
            "1:1: the function \"print\" can be understood only by running the manifest",
        ),
        (
            "x = [a for a in (1, 2)]",
            "1:8: a comprehension can be understood only by running the manifest",
        ),
        (
            "x = 'a' * 3",
            "1:9: the operator \"*\" can be understood only by running the manifest",
        ),
        (
            "x = {'a': 1}",
            "1:5: a dictionary or set can be understood only by running the manifest",
        ),
        (
            "x = ['a']\nx[0] = 'b'",
            "2:2: a subscript can be understood only by running the manifest",
        ),
        (
            "x = 'a'.upper()",
            "1:5: the result of a call can be understood only by running the manifest",
        ),
        (
            "x = 1 < 2 < 3",
            "1:13: a chain of comparisons can be understood only by running the manifest",
        ),
        (
            "package(*x)",
            "1:9: an argument with a star can be understood only by running the manifest",
        ),
        (
            "x = []\nx.sort(1)",
            "2:1: the method \"sort\" can be understood only by running the manifest",
        ),
        (
            "freeze('x')",
            "1:1: \"freeze\" is for building firmware, not for installing",
        ),
        (
            "c_module('x')",
            "1:1: \"c_module\" is for building firmware, not for installing",
        ),
    ] {
        assert_eq!(parse(text).expect_err(text).to_string(), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_says_where() {
    for (text, expected) in [
        ("package(", "1:9: an open bracket"),
        ("package)", "1:8: a bracket that closes nothing"),
        ("module('a.py", "1:8: a string without an end"),
        (
            "module('a.py'\n'b')\n  x = 1",
            "3:3: an indentation that belongs to no block",
        ),
        (
            "if True:\n    pass\n  pass\n",
            "3:3: an indentation that fits no block",
        ),
        ("if True:\npass\n", "2:1: a block without statements"),
        ("x = 1 2", "1:7: something behind the end of a statement"),
        ("x = 1.5", "1:5: a number that is no integer of 64 bits"),
        (
            "x = 99999999999999999999",
            "1:5: a number that is no integer of 64 bits",
        ),
        ("x = '\\N{DASH}'", "1:5: a string with a broken escape"),
        ("module()", "1:1: an argument that is missing"),
        ("module(1)", "1:8: an argument that is no string"),
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
            "package('a', files='b')",
            "1:20: an argument that is no list of strings",
        ),
        (
            "package('a', opt=1, opt=2)",
            "1:25: an argument that is given twice",
        ),
        (
            "module(base_path='a', 'b.py')",
            "1:23: an argument behind named ones",
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
        ("x = 1 + 'a'", "1:9: a sum of things that do not add up"),
        (
            "x = 'a' < 'b'",
            "1:11: an order of something else than numbers",
        ),
        ("$", "1:1: a character that has no meaning here"),
    ] {
        assert_eq!(parse(text).expect_err(text).to_string(), expected, "{text}");
    }
}

#[test]
fn work_is_bounded() {
    let nested = |head: fn(usize) -> String, depth| {
        let lines = (0..depth).map(|i| " ".repeat(i) + &head(i) + ":\n");
        lines.collect::<String>() + &" ".repeat(depth) + "pass\n"
    };
    let loops = "a = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)\n".to_owned()
        + &nested(|i| format!("for x{i} in a"), 6);
    let text = "x = 'aaaaaaaaaaaaaaaa'\n".to_owned() + &"x = x + x\n".repeat(40);
    let list = "x = ['aaaaaaaaaaaaaaaa']\n".to_owned() + &"x += x\n".repeat(40);
    let large = "#".repeat(MAX_MANIFEST + 1);
    for text in [loops, text, list, large] {
        let error = parse(&text).expect_err("too much");
        assert_eq!(error.kind, crate::error::ManifestErrorKind::TooMuch);
    }
    for text in [
        "x = ".to_owned() + &"(".repeat(10_000),
        "x = ".to_owned() + &"not ".repeat(10_000) + "1",
        "x = ".to_owned() + &"- ".repeat(10_000) + "1",
        "x = 1".to_owned() + &" + 1".repeat(10_000),
        "x = 1".to_owned() + &" if 1 else 1".repeat(10_000),
        "x".to_owned() + &".a".repeat(10_000),
        nested(|_| "if 1".to_owned(), 1000),
    ] {
        assert!(parse(&text).is_err());
    }
    let nested = "x = ((1, 2), 3)";
    assert!(
        parse(nested).is_err(),
        "copies of lists in lists could grow without end"
    );
}

/// Files in memory.
struct Memory(BTreeMap<&'static str, &'static str>);

impl ManifestTree for Memory {
    type Error = Infallible;

    fn read(&mut self, path: &PathInRepo) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self
            .0
            .get(path.as_str())
            .map(|text| text.as_bytes().to_vec()))
    }

    fn files(&mut self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, Infallible> {
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
            "metadata(version='0.2')\nrequire('radio-core')\nrequire('os')\nrequire('os')\npackage('radio')\ninclude('../shared')\nadd_library('ours', '$(MPY_LIB_DIR)/ours')\n",
        ),
        (
            "micropython/shared/manifest.py",
            "include('manifest.py')\nmodule('shared.py')\ninclude('../radio')\n",
        ),
        ("micropython/shared/shared.py", ""),
        ("python-stdlib/os/manifest.py", ""),
        ("python-stdlib/deep/os/manifest.py", ""),
        ("unix-ffi/os/manifest.py", ""),
        ("ours/special/manifest.py", ""),
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

fn collect(path: &str) -> Result<Collected, CollectError<Infallible>> {
    let path = PathInRepo::new(path).expect("a path");
    collect_manifest(&mut library(), &path, &ManifestOptions::new())
}

#[test]
fn a_package_is_collected_with_what_it_includes() {
    let collected = collect("micropython/radio/manifest.py").expect("a package");
    assert_eq!(collected.metadata.version.as_deref(), Some("0.2"));
    let files: Vec<String> = collected
        .files
        .iter()
        .map(|file| format!("{} <- {}", file.path, file.source))
        .collect();
    assert_eq!(
        files,
        [
            "radio/__init__.py <- micropython/radio/radio/__init__.py",
            "radio/core.py <- micropython/radio/radio/core.py",
            "radio/extra.py <- micropython/radio/radio/extra.py",
            "shared.py <- micropython/shared/shared.py",
        ]
    );
    let requires: Vec<&str> = collected.requires.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(requires, ["radio-core", "os"]);
    assert_eq!(collected.libraries.len(), 1);

    let core = collect("micropython/radio-core/manifest.py").expect("a package");
    assert_eq!(core.files.len(), 2);
}

#[test]
fn required_packages_are_found_in_the_tree() {
    let collected = collect("micropython/radio/manifest.py").expect("a package");
    let find = |name: &str, of: Option<&str>| {
        let require = ManifestRequire {
            name: name.to_owned(),
            version: None,
            library: of.map(ToOwned::to_owned),
            options: ManifestOptions::new(),
        };
        let Ok(found) = find_required(&mut library(), &require, &collected.libraries);
        found.map(|path| path.to_string())
    };
    assert_eq!(
        find("os", None).as_deref(),
        Some("python-stdlib/os/manifest.py")
    );
    assert_eq!(
        find("os", Some("unix-ffi")).as_deref(),
        Some("unix-ffi/os/manifest.py")
    );
    assert_eq!(
        find("special", None).as_deref(),
        Some("ours/special/manifest.py")
    );
    assert_eq!(find("special", Some("micropython")), None);
    assert_eq!(find("nothing", None), None);
}

#[test]
fn what_cannot_be_collected_says_why() {
    for (path, expected) in [
        (
            "bad/variable.py",
            "\"$(PORT_DIR)/manifest.py\" in the manifest \"bad/variable.py\" is known only where firmware is built",
        ),
        (
            "bad/outside.py",
            "\"../../x.py\" in the manifest \"bad/outside.py\" is no path in its repository",
        ),
        (
            "bad/beside.py",
            "the manifest \"bad/beside.py\" names \"../micropython/shared/shared.py\", which is not there",
        ),
        (
            "bad/missing.py",
            "the manifest \"bad/missing.py\" names \"x.py\", which is not there",
        ),
        (
            "bad/empty.py",
            "the manifest \"bad/empty.py\" names \"nothing\", which is not there",
        ),
        (
            "bad/include.py",
            "there is no manifest \"bad/nothing/manifest.py\"",
        ),
        (
            "bad/twice.py",
            "both \"micropython/shared/shared.py\" and \"bad/shared/shared.py\" would be installed as \"shared.py\"",
        ),
        (
            "bad/running.py",
            "bad/running.py:1:1: \"import\" can be understood only by running the manifest",
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
