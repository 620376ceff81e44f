use std::path::{Component, Path};

use proptest::prelude::*;

use super::*;

#[test]
fn identifiers_are_names() {
    for name in ["a", "_", "_x1", "umqtt", "größe", "变量", "class"] {
        assert_eq!(DependencyName::new(name).map(|n| n.0), Ok(name.to_owned()));
    }
    for name in ["", "1a", "a-b", "a.b", "a b", "../x", "a/b", "ä́́-"] {
        assert!(DependencyName::new(name).is_err(), "{name:?}");
    }
    assert_eq!(
        DependencyName::new(&"x".repeat(MAX_NAME + 1)),
        Err(NameError::TooLong {
            length: 101,
            limit: 100
        })
    );
}

#[test]
fn the_nearest_identifier_is_suggested() {
    let resembling = |text: &str| DependencyName::resembling(text).map(|n| n.0);
    assert_eq!(resembling("os-path").as_deref(), Some("os_path"));
    assert_eq!(resembling("sensor.py").as_deref(), Some("sensor"));
    assert_eq!(resembling("umqtt.simple").as_deref(), Some("umqtt_simple"));
    assert_eq!(resembling("7segment").as_deref(), Some("_7segment"));
    assert_eq!(resembling("---"), None);
    assert_eq!(resembling(""), None);
}

#[test]
fn paths_that_leave_their_folder_are_refused() {
    for path in [
        "../../.bashrc",
        "a/../b",
        "..",
        "/etc/passwd",
        "\\windows",
        "C:/x",
        "c:x",
        "a/b:stream",
        "a\\..\\b",
        "a//b",
        "a/",
        "",
        ".",
        "./a",
        "a/. ",
        ".. /x",
        "a\0b",
        "a\nb",
        "nul.",
    ] {
        assert!(PackagePath::new(path).is_err(), "{path:?}");
    }
    let long = "a/".repeat(2500) + "a";
    assert!(matches!(
        PackagePath::new(&long),
        Err(NameError::TooLong { length: 5001, .. })
    ));
    assert!(PackagePath::new(&"a".repeat(256)).is_err());
}

#[test]
fn no_name_means_something_to_git_or_a_system() {
    for name in [
        ".git",
        ".GIT",
        ".giT",
        "git~1",
        "GIT~1",
        "git~2",
        "git~12",
        ".git ",
        ".git.",
        ".git. .",
        ".git::$INDEX_ALLOCATION",
        ".git:x",
        ".g\u{200c}it",
        ".gi\u{200d}t",
        "\u{200e}.git",
        ".git\u{feff}",
        ".g\u{206b}it",
        ".g\u{202e}it",
        "\u{2066}x.py",
        "x\u{61c}.py",
        "a\u{2060}b",
        "CON",
        "con",
        "aux",
        "AUX.py",
        "nul.tar.gz",
        "prn",
        "com1",
        "COM9.mpy",
        "lpt1",
        "com¹",
        "COM²",
        "conin$",
        "CONOUT$.txt",
        "aux .py",
    ] {
        for path in [
            name.to_owned(),
            format!("{name}/config"),
            format!("a/{name}"),
            format!("a/{name}/b"),
        ] {
            assert!(PackagePath::new(&path).is_err(), "{path:?}");
            assert!(PathInRepo::new(&path).is_err(), "{path:?}");
        }
    }
    for name in [
        ".github",
        ".gitignore",
        ".gitattributes",
        "git",
        "a.git",
        "git~",
        "git~x",
        "console.py",
        "auxiliary",
        "com",
        "com10",
        "lpt",
        "null.py",
        "größe.py",
        "变量.py",
    ] {
        assert!(PackagePath::new(name).is_ok(), "{name:?}");
    }
}

#[test]
fn paths_are_taken_apart() {
    let path = PackagePath::new("umqtt/robust.py").expect("a path");
    assert_eq!(path.file_name(), "robust.py");
    assert_eq!(path.extension(), Some("py"));
    assert_eq!(path.parent(), Some(PackagePath("umqtt".into())));
    assert_eq!(
        path.under(Path::new("lib")),
        Path::new("lib/umqtt/robust.py")
    );
    let hidden = PackagePath::new(".github").expect("a path");
    assert_eq!((hidden.extension(), hidden.parent()), (None, None));
}

#[test]
fn paths_in_a_repository_resolve() {
    let resolved = |text: &str| PathInRepo::new(text).map(|path| path.0);
    assert_eq!(resolved("/a//b/./c/"), Ok("a/b/c".to_owned()));
    assert_eq!(resolved("a/../b"), Ok("b".to_owned()));
    assert_eq!(resolved(""), Ok(String::new()));
    assert!(matches!(
        resolved("a/../../b"),
        Err(NameError::LeavesFolder { .. })
    ));
    let folder = PathInRepo::new("python-stdlib/os").expect("a path");
    let file = folder.join("../os-path/os/path.py").expect("a path");
    assert_eq!(file.as_str(), "python-stdlib/os-path/os/path.py");
    assert_eq!(
        file.within(&folder),
        None,
        "a folder whose name begins alike"
    );
    assert_eq!(
        file.within(&PathInRepo(String::from("python-stdlib/os-path"))),
        PackagePath::new("os/path.py").ok()
    );
}

proptest! {
    #[test]
    fn a_package_path_never_leaves_its_folder(text in r"([a-c.:/\\~ \x00]|\.\./){0,12}") {
        if let Ok(path) = PackagePath::new(&text) {
            let joined = path.under(Path::new("base"));
            let mut components = joined.components();
            prop_assert_eq!(components.next(), Some(Component::Normal("base".as_ref())));
            let rest: Vec<_> = components.collect();
            prop_assert!(!rest.is_empty());
            prop_assert!(rest.iter().all(|part| matches!(part, Component::Normal(_))));
            prop_assert_eq!(rest.len(), path.parts().count());
        }
    }

    #[test]
    fn a_path_in_a_repository_is_stable(text in r"([a-c.:/\\~ ]|\.\./){0,12}") {
        if let Ok(path) = PathInRepo::new(&text) {
            prop_assert_eq!(PathInRepo::new(path.as_str()), Ok(path.clone()));
            prop_assert!(path.is_root() || path.to_package_path().is_some());
        }
    }

    #[test]
    fn what_resembles_is_an_identifier(text in "\\PC{0,30}") {
        if let Some(name) = DependencyName::resembling(&text) {
            prop_assert_eq!(DependencyName::new(name.as_str()), Ok(name));
        }
    }
}
