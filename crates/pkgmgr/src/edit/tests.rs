use proptest::prelude::*;

use super::*;
use crate::config::Config;

fn name(text: &str) -> DependencyName {
    DependencyName::new(text).expect("a name")
}

fn add_to(text: &str, group: &str) -> String {
    let changed = add_dependency(text, group, &name("new"), &NewSource::new("1.0"));
    changed.unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn a_device_gets_a_name_that_is_not_taken() {
    let table = ["tool", "belay", "devices"];
    let text = "[tool.belay]\nname = 'x'\n\n[tool.belay.devices]\nold = 'COM3' # left\n";
    let named = name_device(text, &table, "new", r#"{"vid":6790,"location":"1-4.2"}"#).unwrap();
    assert_eq!(
        named,
        format!(
            r#"{text}new = "{{\"vid\":6790,\"location\":\"1-4.2\"}}"{}"#,
            '\n'
        )
    );
    let config = Config::parse(&named).unwrap();
    assert_eq!(config.devices[1].1, r#"{"vid":6790,"location":"1-4.2"}"#);
    assert_eq!(
        name_device("", &["devices"], "a", "id:1").unwrap(),
        "[devices]\na = \"id:1\"\n"
    );
    let taken = name_device(text, &table, "old", "COM4").unwrap_err();
    assert!(matches!(taken, EditError::Named { name } if name == "old"));
}

#[test]
fn a_dependency_is_added_at_the_end_of_its_table() {
    for (text, expected) in [
        ("", "[tool.belay.dependencies]\nnew = \"1.0\"\n"),
        (
            "\u{feff}",
            "\u{feff}[tool.belay.dependencies]\nnew = \"1.0\"\n",
        ),
        (
            "[tool.belay]\nname = 'x' # n\n\n# more\n[tool.black]\n",
            "[tool.belay]\nname = 'x' # n\n\n[tool.belay.dependencies]\nnew = \"1.0\"\n\n# more\n[tool.black]\n",
        ),
        (
            "[tool.belay.dependencies] # d\n[tool.black]\n",
            "[tool.belay.dependencies] # d\nnew = \"1.0\"\n[tool.black]\n",
        ),
        (
            "[tool.belay.dependencies]\r\n  a = '*' # one\r\n\r\n# end",
            "[tool.belay.dependencies]\r\n  a = '*' # one\r\n  new = \"1.0\"\r\n\r\n# end",
        ),
        (
            "[tool.belay.dependencies]\na = [\n  'x', # y\n  'z',\n]\n# c\n\n[x]\n",
            "[tool.belay.dependencies]\na = [\n  'x', # y\n  'z',\n]\nnew = \"1.0\"\n# c\n\n[x]\n",
        ),
        (
            "[tool.belay.dependencies]\na = '*'",
            "[tool.belay.dependencies]\na = '*'\nnew = \"1.0\"\n",
        ),
        (
            "[tool.belay]\ndependencies = { a = '*' } # d\n",
            "[tool.belay]\ndependencies = { a = '*', new = \"1.0\" } # d\n",
        ),
        (
            "[tool.belay]\ndependencies = {}\n",
            "[tool.belay]\ndependencies = { new = \"1.0\" }\n",
        ),
        (
            "[tool.belay]\ndependencies = { }\n",
            "[tool.belay]\ndependencies = { new = \"1.0\" }\n",
        ),
        (
            "tool = { belay = { name = 'x' } }\n",
            "tool = { belay = { name = 'x', dependencies.new = \"1.0\" } }\n",
        ),
        (
            "[tool.belay]\ndependencies.a = '*'\nname = 'x'\n",
            "[tool.belay]\ndependencies.a = '*'\ndependencies.new = \"1.0\"\nname = 'x'\n",
        ),
        (
            "[tool]\nbelay.name = 'x'\nz = 1\n",
            "[tool]\nbelay.name = 'x'\nbelay.dependencies.new = \"1.0\"\nz = 1\n",
        ),
        (
            "tool.belay.name = 'x'\n[a]\n",
            "tool.belay.name = 'x'\ntool.belay.dependencies.new = \"1.0\"\n[a]\n",
        ),
        (
            "[tool.belay.dependencies.a]\nuri = 'x'\n[b]\n",
            "[tool.belay.dependencies.a]\nuri = 'x'\n\n[tool.belay.dependencies]\nnew = \"1.0\"\n\n[b]\n",
        ),
        (
            "[tool.belay.dependencies]\nb.uri = 'y'\n[tool.belay.dependencies.a]\nuri = 'x'\n",
            "[tool.belay.dependencies]\nb.uri = 'y'\nnew = \"1.0\"\n[tool.belay.dependencies.a]\nuri = 'x'\n",
        ),
    ] {
        assert_eq!(add_to(text, "main"), expected, "{text:?}");
    }
}

#[test]
fn groups_are_made_where_they_are_missing() {
    for (group, text, expected) in [
        (
            "dev",
            "[tool.belay.dependencies]\na = '*'\n\n[x]\n",
            "[tool.belay.dependencies]\na = '*'\n\n[tool.belay.group.dev.dependencies]\nnew = \"1.0\"\n\n[x]\n",
        ),
        (
            "dev",
            "[tool.belay.group.dev]\noptional = true\n",
            "[tool.belay.group.dev]\noptional = true\n\n[tool.belay.group.dev.dependencies]\nnew = \"1.0\"\n",
        ),
        (
            "dev",
            "[tool.belay.group.dev]\ndependencies.a = '*'\n",
            "[tool.belay.group.dev]\ndependencies.a = '*'\ndependencies.new = \"1.0\"\n",
        ),
        (
            "a b",
            "",
            "[tool.belay.group.\"a b\".dependencies]\nnew = \"1.0\"\n",
        ),
    ] {
        assert_eq!(add_to(text, group), expected, "{text:?}");
    }
}

#[test]
fn flags_make_a_table() {
    let add = |develop, rename_to_init| {
        let source = NewSource {
            uri: "../a \"b\"".to_owned(),
            develop,
            rename_to_init,
        };
        let text = add_dependency("", "main", &name("größe"), &source).expect("a change");
        let line = text.lines().nth(1).map(ToOwned::to_owned);
        (
            line.expect("a line"),
            Config::parse(&text).expect("a configuration"),
        )
    };
    for (flags, expected) in [
        ((false, true), r#""größe" = "../a \"b\"""#),
        (
            (true, true),
            r#""größe" = { uri = "../a \"b\"", develop = true }"#,
        ),
        (
            (false, false),
            r#""größe" = { uri = "../a \"b\"", rename_to_init = false }"#,
        ),
    ] {
        let (line, config) = add(flags.0, flags.1);
        assert_eq!(line, expected);
        let source = &config.groups[0].dependencies[0].sources[0];
        assert_eq!((source.develop, source.rename_to_init), flags);
        assert_eq!(source.uri, "../a \"b\"");
    }
}

#[test]
fn a_dependency_is_removed_with_its_lines() {
    for (text, expected) in [
        (
            "[tool.belay.dependencies]\n# keep\nold = '*' # gone\nb = '*'\n",
            "[tool.belay.dependencies]\n# keep\nb = '*'\n",
        ),
        (
            "[tool.belay.dependencies]\r\na = '*'\r\nold = [\r\n 'x', # y\r\n]\r\n\r\n[b]\r\n",
            "[tool.belay.dependencies]\r\na = '*'\r\n\r\n[b]\r\n",
        ),
        (
            "[tool.belay.dependencies]\nold = '*'",
            "[tool.belay.dependencies]\n",
        ),
        (
            "[tool.belay.dependencies]\nold.uri = 'x'\nb = '*'\nold.develop = true\n",
            "[tool.belay.dependencies]\nb = '*'\n",
        ),
        (
            "[tool.belay.dependencies]\nb = '*'\n\n[tool.belay.dependencies.old] # x\nuri = 'x' # y\n# z\n[c]\n",
            "[tool.belay.dependencies]\nb = '*'\n\n# z\n[c]\n",
        ),
        (
            "[[tool.belay.dependencies.old]]\nuri = 'x'\n[[tool.belay.dependencies.old]]\nuri = 'y'\n[c]\n",
            "[c]\n",
        ),
        (
            "tool.belay.dependencies = { old = 'x', b = '*' }\n",
            "tool.belay.dependencies = { b = '*' }\n",
        ),
        (
            "tool.belay.dependencies = { b = '*', old = 'x' }\n",
            "tool.belay.dependencies = { b = '*' }\n",
        ),
        (
            "tool.belay.dependencies = { old = 'x' }\n",
            "tool.belay.dependencies = {  }\n",
        ),
        (
            "tool = { belay.dependencies = { old.uri = 'x', b = '*', old.develop = true } }\n",
            "tool = { belay.dependencies = { b = '*' } }\n",
        ),
        ("\u{feff}tool.belay.dependencies.old = 'x'\n", "\u{feff}"),
    ] {
        assert_eq!(
            remove_dependency(text, "main", "old").as_deref(),
            Ok(expected),
            "{text:?}"
        );
    }
}

#[test]
fn a_project_is_declared_in_any_file() {
    let app = PackagePath::new("app").expect("a name");
    let belay = "[tool.belay]\nname = \"app\"\n\n[tool.belay.dependencies]\n";
    let pytest = "\n[tool.pytest.ini_options]\npythonpath = \".belay/dependencies/main\"\n";
    for (text, expected) in [
        ("", format!("{belay}{pytest}")),
        ("[project]\nname = 'x'", format!("[project]\nname = 'x'\n\n{belay}{pytest}")),
        (
            "[tool.pytest.ini_options]\npythonpath = 'src  lib' # p\n",
            format!("[tool.pytest.ini_options]\npythonpath = \"src  lib .belay/dependencies/main\" # p\n\n{belay}"),
        ),
        (
            "[tool.pytest.ini_options]\npythonpath = [\n  'src', # s\n]\n",
            format!("[tool.pytest.ini_options]\npythonpath = [\n  'src', \".belay/dependencies/main\", # s\n]\n\n{belay}"),
        ),
        (
            "[tool.pytest]\nini_options.pythonpath = []\n",
            format!("[tool.pytest]\nini_options.pythonpath = [\".belay/dependencies/main\"]\n\n{belay}"),
        ),
        (
            "[tool.pytest.ini_options]\npythonpath = '.belay/dependencies/main'\n",
            format!("[tool.pytest.ini_options]\npythonpath = '.belay/dependencies/main'\n\n{belay}"),
        ),
        (
            "tool = {}\n",
            "tool = { belay.name = \"app\", pytest.ini_options.pythonpath = \".belay/dependencies/main\" }\n".to_owned(),
        ),
    ] {
        let declared = declare_project(text, &app).expect(text);
        assert_eq!(declared, expected);
        assert_eq!(Config::parse(&declared).expect(text).name, Some(app.clone()));
        assert_eq!(declare_project(&declared, &app), Err(EditError::Declared));
    }
    let number = add_pytest_path("tool.pytest.ini_options.pythonpath = 1\n", "x");
    assert!(matches!(number, Err(EditError::Impossible { .. })));
}

#[test]
fn what_cannot_be_done_says_why() {
    let text = "[tool.belay.dependencies]\nsensor = '*'\n[tool.belay.group.dev.dependencies]\nunittest = '*'\n";
    let exists = add_dependency(text, "main", &name("sensor"), &NewSource::new("*"));
    assert!(matches!(exists, Err(EditError::Exists { .. })));
    assert_eq!(
        remove_dependency(text, "main", "unittest"),
        Err(EditError::Missing {
            name: "unittest".to_owned(),
            group: "main".to_owned(),
            elsewhere: vec!["dev".to_owned()],
            suggestion: None,
        })
    );
    assert_eq!(
        remove_dependency(text, "main", "sensors"),
        Err(EditError::Missing {
            name: "sensors".to_owned(),
            group: "main".to_owned(),
            elsewhere: Vec::new(),
            suggestion: Some("sensor".to_owned()),
        })
    );
    for (text, expected) in [
        (
            "[tool.belay]\ndependencies = 1\n",
            "2:1: \"tool.belay.dependencies\" is not a table",
        ),
        ("[[tool.belay]]\n", "1:8: \"tool.belay\" is not a table"),
        ("[tool.belay\n", "1:12: unclosed table, expected `]`"),
    ] {
        let error = add_dependency(text, "main", &name("a"), &NewSource::new("*")).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
}

/// What the file says, without the places, which changes move.
fn meaning(text: &str) -> Option<Vec<(String, String, Vec<String>)>> {
    let config = Config::parse(text).ok()?;
    let dependencies = config.dependencies().map(|(group, dependency)| {
        let sources = dependency.sources.iter();
        let sources = sources.map(|source| format!("{source:?}")).collect();
        (group.name.clone(), dependency.name.to_string(), sources)
    });
    let mut all: Vec<_> = dependencies.collect();
    all.sort();
    Some(all)
}

/// Whether `new` is `old` with something put in at one place.
fn is_insertion(old: &str, new: &str) -> bool {
    let prefix = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = old.bytes().rev().zip(new.bytes().rev());
    let suffix = rest.take_while(|(a, b)| a == b).count();
    new.len() > old.len() && prefix + suffix >= old.len()
}

prop_compose! {
    fn file()(
        mark in "\u{feff}?",
        head in proptest::sample::select(vec![
            "", "# top\n", "tool.belay.dependencies.a = '*'\n", "tool.belay.name = 'x' # n\n\n",
            "tool = { belay = { dependencies = { a = '*', b.uri = 'x' } } }\n",
        ]),
        belay in proptest::sample::select(vec![
            "", "[tool.belay]\n", "[tool.belay]\n\tname = 'x'\n\n", "[tool.belay]\ndependencies = {}\n",
            "[tool.belay]\ndependencies = { a = '*', c = [ 'x', 'y' ] } # d\n", "[tool]\nbelay.dependencies.c = '1.0'\n",
        ]),
        main in proptest::sample::select(vec![
            "", "[tool.belay.dependencies]\n", "[tool.belay.dependencies] # d\n  a = '*' # e\n  b = [ 'x',\n # f\n 'y' ]\n# g\n\n",
            "[tool.belay.dependencies]\nb.uri = 'x'\na = \"\"\"\nx\"\"\"\nb.develop = true\n",
            "[tool.belay.dependencies.b]\nuri = 'x'\n[[tool.belay.dependencies.c]]\nuri = 'y'\n",
        ]),
        dev in proptest::sample::select(vec![
            "", "[tool.belay.group.dev]\noptional = true\n", "[tool.belay.group.dev.dependencies]\na = '*'\n",
            "[tool.belay.group]\ndev = { dependencies.a = '*' }\n",
        ]),
        tail in proptest::sample::select(vec!["", "# end", "[tool.black]\nx = 1", "\n\n[z]\n"]),
        swap in any::<bool>(),
        crlf in any::<bool>(),
    ) -> String {
        let (first, second) = if swap { (dev, main) } else { (main, dev) };
        let text = format!("{mark}{head}{belay}{first}{second}{tail}");
        if crlf { text.replace('\n', "\r\n") } else { text }
    }
}

proptest! {
    #[test]
    fn an_addition_keeps_every_other_byte(
        text in file().prop_filter_map("a configuration", |text| meaning(&text).map(|_| text)),
        group in "main|dev|docs",
        develop in any::<bool>(),
    ) {
        let source = NewSource { develop, ..NewSource::new("github:u/r/x.py@v1") };
        let added = add_dependency(&text, &group, &name("new"), &source);
        let added = added.map_err(|error| TestCaseError::fail(format!("{text:?}: {error}")))?;
        prop_assert!(is_insertion(&text, &added), "{text:?} {added:?}");
        let mut after = meaning(&added).ok_or_else(|| TestCaseError::fail(added.clone()))?;
        let new = after.iter().position(|(g, n, _)| *g == group && n == "new").expect("the dependency");
        after.remove(new);
        prop_assert_eq!(Some(after), meaning(&text));

        let removed = remove_dependency(&added, &group, "new").expect("a change");
        prop_assert_eq!(meaning(&removed), meaning(&text));
        if text.contains("[tool.belay.dependencies]") && group == "main" && text.ends_with('\n') {
            prop_assert_eq!(removed, text);
        }
    }

    #[test]
    fn a_removal_takes_nothing_else(
        text in file().prop_filter_map("a configuration", |text| {
            meaning(&text).filter(|all| !all.is_empty()).map(|_| text)
        }),
        index in any::<proptest::sample::Index>(),
    ) {
        let before = meaning(&text).expect("a configuration");
        let (group, name, _) = before[index.index(before.len())].clone();
        let removed = remove_dependency(&text, &group, &name);
        let removed = removed.map_err(|error| TestCaseError::fail(format!("{text:?}: {error}")))?;
        let expected: Vec<_> = before.into_iter().filter(|(g, n, _)| (g, n) != (&group, &name)).collect();
        prop_assert_eq!(meaning(&removed), Some(expected), "{:?} {:?}", text, removed);
        // What is left is left in its order.
        let mut rest = text.chars();
        prop_assert!(removed.chars().all(|c| rest.any(|known| known == c)), "{removed:?}");
        let comments = |text: &str| {
            let lines = text.trim_start_matches('\u{feff}').lines();
            lines.filter(|line| line.starts_with('#')).count()
        };
        prop_assert_eq!(comments(&text), comments(&removed));
    }
}
