use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::inside::cases;

fn mistakes(text: &str) -> Vec<Mistake> {
    match Config::parse(text) {
        Ok(config) => panic!("{text} gives {config:?}"),
        Err(error) => error.mistakes,
    }
}

/// Reads a file with one mistake, whose message is given; then the same with the mistake mended.
/// The end says what the fix writes: `-` for none.
fn check(text: &str, message: &str, written: &str) {
    let all = mistakes(text);
    let [mistake] = all.as_slice() else {
        panic!("{text} has {all:?}");
    };
    assert_eq!(mistake.to_string(), message, "{text}");
    match &mistake.fix {
        None => assert_eq!(written, "-", "{text}"),
        Some(fix) => {
            assert_eq!(fix.text, written, "{text}");
            let mended = fix.apply(text).expect("a place in the text");
            assert!(Config::parse(&mended).is_ok(), "{mended}");
        }
    }
}

#[test]
fn nothing_is_the_default() {
    for text in [
        "",
        "[tool.black]\nline-length = 1\n",
        "[project]\nname = 'x'\n",
    ] {
        assert_eq!(Config::parse(text), Ok(Config::default()));
    }
    let empty = Config::parse("[tool.belay]\n").expect("a configuration");
    assert!(empty.declared && empty.group("main").is_some());
}

#[test]
fn every_setting_is_read() {
    let config = Config::parse(
        r#"
[tool.belay]
name = "src/app"
ignore = ["*.md", "tests"]
dependencies_path = "src/vendored"
mpy_version = "6"
package_indices = ["https://example.org/pi/", "http://127.0.0.1:8000/v2"]

[tool.belay.dependencies]
a = "*"
b = "1.2"
c = { uri = "../c.py", develop = true }
d = ["https://github.com/u/r/blob/main/d/__init__.py", { uri = "./x.py", rename_to_init = true }]
e.uri = "work:team/e"
e.rename_to_init = false
[tool.belay.dependencies.f]
uri = "git+https://example.org/f#src"
[[tool.belay.dependencies.g]]
uri = "g.py"
[[tool.belay.dependencies.g]]
uri = "h.py"

[tool.belay.group.dev]
optional = true
dependencies.unittest = ">=0.9,<1"

[tool.belay.group.empty]

[tool.belay.forges]
work = { kind = "gitlab", url = "https://git.example.org" }

[tool.belay.devices]
bench = "/dev/ttyACM0"
door = { vid = 11914, serial_number = "e66" }
"#,
    )
    .expect("a configuration");
    assert_eq!(config.name, PackagePath::new("src/app").ok());
    assert_eq!(config.ignore, ["*.md", "tests"]);
    assert_eq!(config.dependencies_path, Path::new("src/vendored"));
    assert_eq!(config.mpy_version, "6");
    assert_eq!(
        config.package_indices,
        ["https://example.org/pi", "http://127.0.0.1:8000/v2"]
    );
    let shown: Vec<String> = config
        .dependencies()
        .flat_map(|(group, dependency)| {
            dependency.sources.iter().map(move |source| {
                let flags = (source.develop, source.rename_to_init);
                let (name, at) = (&dependency.name, dependency.location);
                format!("{} {name} {at} {} {flags:?}", group.name, source.source)
            })
        })
        .collect();
    assert_eq!(
        shown,
        [
            "main a 10:1 a (false, true)",
            "main b 11:1 mip:b@1.2 (false, true)",
            "main c 12:1 ../c.py (true, true)",
            "main d 13:1 github:u/r/d/__init__.py@main (false, false)",
            "main d 13:1 ./x.py (false, true)",
            "main e 14:1 work:team/e (false, false)",
            "main f 16:26 git+https://example.org/f#src (false, true)",
            "main g 18:27 g.py (false, false)",
            "main g 18:27 h.py (false, false)",
            "dev unittest 25:14 mip:unittest@>=0.9,<1 (false, true)",
        ]
    );
    let optional: Vec<_> = config
        .groups
        .iter()
        .map(|g| (&*g.name, g.optional))
        .collect();
    assert_eq!(optional, [("main", false), ("dev", true), ("empty", false)]);
    assert_eq!(
        config.devices,
        [
            ("bench".to_owned(), "/dev/ttyACM0".to_owned()),
            (
                "door".to_owned(),
                r#"{"serial_number":"e66","vid":11914}"#.to_owned()
            ),
        ]
    );
}

#[test]
fn values_of_the_wrong_type() {
    for [line, message, written] in cases(
        r#"
        name = 1 => 2:8: "name" must be a string, not a number => -
        mpy_version = 6 => 2:15: "mpy_version" must be a string, not a number => "6"
        ignore = '*.md' => 2:10: "ignore" must be a list of strings, not a string => ['*.md']
        ignore = ['a', 1] => 2:16: "ignore" must be a list of strings, not a number => -
        package_indices = { a = 1 } => 2:19: "package_indices" must be a list of strings, not a table => -
        dependencies = [] => 2:16: "dependencies" must be a table, not a list => -
        group = 'dev' => 2:9: "group" must be a table, not a string => -
        group.dev = true => 2:13: "dev" must be a table, not a boolean => -
        group.dev.optional = 'True' => 2:22: "optional" must be true or false, not a string => true
        group.dev.optional = 1 => 2:22: "optional" must be true or false, not a number => -
        dependencies.a = 1.2 => 2:18: "a" must be a string, a table or a list of those, not a number => -
        dependencies.a = ['x', ['y']] => 2:24: "a" must be a list of strings and tables, not a list => -
        dependencies.a = { uri = 1 } => 2:26: "uri" must be a string, not a number => -
        dependencies.a = { uri = 'b', develop = 'false' } => 2:41: "develop" must be true or false, not a string => false
        devices.a = 1 => 2:13: "a" must be a string or a table of strings and numbers, not a number => -
        forges.work = 'x' => 2:15: "work" must be a table, not a string => -
        "#,
    ) {
        check(&format!("[tool.belay]\n{line}\n"), message, written);
    }
    check(
        "tool = 1",
        "1:8: \"tool\" must be a table, not a number",
        "-",
    );
    check(
        "tool.belay = []",
        "1:14: \"belay\" must be a table, not a list",
        "-",
    );
    check(
        "[[tool.belay]]",
        "1:1: \"belay\" must be a table, not a list of tables",
        "-",
    );
}

#[test]
fn unknown_keys_are_warnings() {
    for [line, message, written] in cases(
        r#"
        dependancies = {} => 2:1: unknown key "dependancies" in [tool.belay] => dependencies
        dependencies-path = 'a' => 2:1: unknown key "dependencies-path" in [tool.belay] => dependencies_path
        mpyversion = 'py' => 2:1: unknown key "mpyversion" in [tool.belay] => mpy_version
        version = '1' => 2:1: unknown key "version" in [tool.belay] => -
        group.dev.optinal = true => 2:11: unknown key "optinal" in [tool.belay.group.dev] => optional
        dependencies.a = { uri = 'b', rename = true } => 2:31: unknown key "rename" in [tool.belay.dependencies.a] => -
        dependencies.a = { uri = 'b', develope = true } => 2:31: unknown key "develope" in [tool.belay.dependencies.a] => develop
        "#,
    ) {
        let text = format!("[tool.belay]\n{line}\n");
        let config = Config::parse(&text).expect("a configuration");
        let [warning] = config.warnings.as_slice() else {
            panic!("{text} has {:?}", config.warnings);
        };
        assert_eq!(warning.to_string(), message, "{text}");
        match &warning.fix {
            None => assert_eq!(written, "-", "{text}"),
            Some(fix) => {
                assert_eq!(fix.text, written, "{text}");
                let mended = fix.apply(&text).expect("a place in the text");
                let mended = Config::parse(&mended).expect("a configuration");
                assert_eq!(mended.warnings, [], "{text}");
            }
        }
    }
    // What is known is read all the same.
    let text = "[tool.belay]\nname = 'x'\nwheels = 4\n[tool.belay.engine]\na = 1\n\
                [tool.belay.dependencies]\na = { uri = 'b', tag = 1 }\n";
    let config = Config::parse(text).expect("a configuration");
    let told: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "3:1: unknown key \"wheels\" in [tool.belay]",
            "4:13: unknown key \"engine\" in [tool.belay]",
            "7:18: unknown key \"tag\" in [tool.belay.dependencies.a]",
        ]
    );
    assert_eq!(config.name, PackagePath::new("x").ok());
    assert!(config.groups[0].get("a").is_some());
}

#[test]
fn groups_and_names() {
    check(
        "[tool.belay.group.main.dependencies]\na = '*'\n",
        "1:19: the group \"main\" is written [tool.belay.dependencies]",
        "[tool.belay.dependencies]",
    );
    check(
        "[tool.belay.dependencies]\n[tool.belay.group.main.dependencies]\na = '*'\n",
        "2:19: the group \"main\" is written [tool.belay.dependencies]",
        "-",
    );
    check(
        "[tool.belay.group]\nmain = { optional = true }\n",
        "2:1: the group \"main\" is written [tool.belay.dependencies]",
        "-",
    );
    check(
        "[tool.belay.group.\"../x\"]\n",
        "1:19: a group cannot be called \"../x\"",
        "-",
    );
    check(
        "[tool.belay.group.\"a/b\"]\n",
        "1:19: a group cannot be called \"a/b\"",
        "-",
    );
    check(
        "[tool.belay.dependencies]\n# one\nos-path = '*'\n",
        "3:1: a dependency cannot be called so: \"os-path\" is not a Python identifier",
        "os_path = \"mip:os-path\"",
    );
    check(
        "[tool.belay.dependencies]\n\"umqtt.robust\"  = '^1.0' # r\n",
        "2:1: a dependency cannot be called so: \"umqtt.robust\" is not a Python identifier",
        "umqtt_robust = \"mip:umqtt.robust@^1.0\"",
    );
    check(
        "[tool.belay.dependencies]\nos-path.uri = 'x.py'\n",
        "2:1: a dependency cannot be called so: \"os-path\" is not a Python identifier",
        "os_path",
    );
    // A bare key of TOML is ASCII.
    check(
        "[tool.belay.dependencies]\n'größe b' = 'x.py'\n",
        "2:1: a dependency cannot be called so: \"größe b\" is not a Python identifier",
        "\"größe_b\"",
    );
    check(
        "[tool.belay.dependencies]\n\"os-path\" = '*'\nos_path = '*'\n",
        "2:1: a dependency cannot be called so: \"os-path\" is not a Python identifier",
        "-",
    );
    check(
        "[tool.belay]\nname = '../x'\n",
        "2:8: the project cannot be called so: the path \"../x\" leads out of its folder",
        "-",
    );
}

#[test]
fn sources() {
    for [line, message, written] in cases(
        r#"
        a = '1.x' => "1.x" is not a requirement on a version => "1.*"
        a = '~1.2' => "~1.2" is not a requirement on a version => "~=1.2.0"
        a = 'b@=1.2' => "=1.2" is not a requirement on a version => "b@==1.2"
        a = '^1 || ^2' => "^1 || ^2" is not a requirement on a version => -
        a = 'gihub:u/r' => the scheme "gihub" is not known => "github:u/r"
        a = 'svn:u/r' => the scheme "svn" is not known => -
        a = 'github:u' => "github:u" does not have the form FORGE:OWNER/REPO[/PATH][@REF] => -
        a = 'github:u/r/../..' => the path "../.." leads out of its folder => -
        a = { uri = 'git@h:u/r' } => "git@h:u/r" does not have the form git+ssh://USER@HOST/PATH => "git+ssh://git@h/u/r"
        a = '' => the URI is empty => -
        "#,
    ) {
        let text = format!("[tool.belay.dependencies]\n{line}\n");
        let column = line.find('\'').expect("a quote") + 1;
        let message = format!("2:{column}: the source of \"a\" cannot be read: {message}");
        check(&text, &message, written);
    }
    for (line, message) in [
        ("a = []", "2:5: \"a\" has no source"),
        (
            "a = { develop = true }",
            "2:5: [tool.belay.dependencies.a] has no \"uri\"",
        ),
        (
            "a = [{ uri = 'x', rename_to_init = true }, { uri = 'y', rename_to_init = true }]",
            "2:5: more than one source of \"a\" has \"rename_to_init\"",
        ),
    ] {
        check(
            &format!("[tool.belay.dependencies]\n{line}\n"),
            message,
            "-",
        );
    }
}

#[test]
fn other_settings() {
    for [line, message, written] in cases(
        r#"
        mpy_version = 'v6' => 2:15: "mpy_version" must be "py" or a number such as "6", not "v6" => "6"
        mpy_version = '' => 2:15: "mpy_version" must be "py" or a number such as "6", not "" => -
        package_indices = ['example.org/pi'] => 2:20: a package index must be an https address, not "example.org/pi" => "https://example.org/pi"
        package_indices = ['ftp://x'] => 2:20: a package index must be an https address, not "ftp://x" => -
        dependencies_path = './' => 2:21: dependencies cannot be kept in "./" => -
        forges.a1 = { kind = 'gitlb', url = 'https://x.org' } => 2:22: the kind of a forge is "github", "gitlab" or "forgejo", not "gitlb" => "gitlab"
        forges.MINE = { kind = 'gitlab', url = 'https://x.org' } => 2:8: a forge cannot be called "MINE" => -
        forges.mine = { kind = 'gitlab', url = 'x.org' } => 2:40: "x.org" does not have the form https://HOST/PATH => -
        forges.mine = { kind = 'gitlab' } => 2:15: [tool.belay.forges.mine] has no "url" => -
        "#,
    ) {
        check(&format!("[tool.belay]\n{line}\n"), message, written);
    }
}

#[test]
fn malformed_toml() {
    for (text, message) in [
        (
            "[tool.belay.dependencies]\na = '*'\nb = '*'\na = '1.0'\n",
            "4:1: \"a\" comes twice, first at 2:1",
        ),
        ("a = 1\na = 2\n", "2:1: \"a\" comes twice, first at 1:1"),
        ("[tool.belay]\n[tool.belay]\n", "2:7: \"belay\" comes twice"),
        ("[tool.belay\n", "1:12: unclosed table, expected `]`"),
        (
            "[tool.belay]\nname = \n",
            "2:8: string values must be quoted, expected literal string",
        ),
        (
            "[tool.belay]\nname = \"x\n",
            "2:10: invalid basic string, expected `\"`",
        ),
    ] {
        check(text, message, "-");
    }
}

#[test]
fn all_mistakes_are_reported_in_order() {
    let error = Config::parse(
        "[tool.belay]\nnam = 'x'\nmpy_version = 6\n[tool.belay.dependencies]\na-b = '*'\nb = 1\n",
    )
    .expect_err("mistakes");
    assert_eq!(
        error.to_string(),
        "2:1: unknown key \"nam\" in [tool.belay]\n\
         3:15: \"mpy_version\" must be a string, not a number\n\
         5:1: a dependency cannot be called so: \"a-b\" is not a Python identifier\n\
         6:5: \"b\" must be a string, a table or a list of those, not a number"
    );
}

proptest! {
    #[test]
    fn no_text_panics_and_fixes_fit(
        head in "(\\[tool\\.belay\\]\n|\\[tool\\.belay\\.(dependencies|group|forges|group\\.main\\.dependencies)\\]\n|\u{feff})?",
        lines in proptest::collection::vec(
            "(name|ignore|mpy_version|a-b|\"ä b\"|x\\.uri|dependencies|group\\.dev) = ('[a-z:/@~=1]{0,6}'|1|true|\\[('x'|1|\\{\\})\\]|\\{ uri = 'git@h:x' \\}|\\{\\})\r?\n",
            0..5,
        ),
        noise in "([\\[\\]{}='\"a.\n]{0,4})?",
    ) {
        let text = format!("{head}{}{noise}", lines.concat());
        if let Err(error) = Config::parse(&text) {
            prop_assert!(!error.mistakes.is_empty());
            for mistake in error.mistakes {
                prop_assert!(text.get(mistake.span.clone()).is_some(), "{text:?} {mistake:?}");
                if let Some(fix) = mistake.fix {
                    let mended = fix.apply(&text).expect("a place in the text");
                    // The mended place is not wrong in the same way again.
                    let still = Config::parse(&mended).err().into_iter().flat_map(|e| e.mistakes);
                    let same: Vec<_> = still.filter(|m| m.kind == mistake.kind && m.location == mistake.location).collect();
                    prop_assert!(same.is_empty(), "{text:?} {mended:?} {same:?}");
                }
            }
        }
    }
}
