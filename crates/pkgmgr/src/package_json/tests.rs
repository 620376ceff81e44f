use proptest::prelude::*;

use super::*;

fn parse(json: &str) -> Result<PackageJson, PackageJsonError> {
    json.parse()
}

fn error(json: &str) -> String {
    match parse(json) {
        Err(error) => error.to_string(),
        Ok(package) => panic!("{json} gives {package:?}"),
    }
}

#[test]
fn a_package_of_the_index() {
    let package = parse(
        r#"{"v": 1, "version": "0.4.0",
            "hashes": [["aiohttp/__init__.py", "A1b2c3d4"], ["x.mpy", "0011223344", 2566]],
            "deps": [["ssl", "latest"], ["umqtt.simple", "1.4.0"]]}"#,
    )
    .expect("a package");
    assert_eq!(package.version.as_deref(), Some("0.4.0"));
    let first = &package.files[0];
    assert_eq!(first.path.as_str(), "aiohttp/__init__.py");
    let FileOrigin::Index(hash) = &first.origin else {
        panic!("{first:?}");
    };
    assert_eq!(
        hash.url("https://example.org/pi/v2"),
        "https://example.org/pi/v2/file/a1/a1b2c3d4"
    );
    assert_eq!((first.mpy, package.files[1].mpy), (None, Some(2566)));
    let sources: Vec<String> = package
        .dependencies
        .iter()
        .map(|dependency| dependency.source(&Forges::default()).expect("a source"))
        .map(|source| source.to_string())
        .collect();
    assert_eq!(sources, ["ssl", "mip:umqtt.simple@1.4.0"]);
}

#[test]
fn a_package_of_ones_own() {
    let package = parse(
        r#"{"urls": [["m/__init__.py", "m/__init__.py"], ["m/u.py", "github:org/m/m/u.py"],
                     ["n.mpy", "a.mpy", 1], ["n.mpy", "b.mpy", 2]],
            "deps": [["github:org/more", "main"], ["gitlab:org/other"], ["https://example.org/p.json", "latest"]]}"#,
    )
    .expect("a package");
    assert_eq!(package.version, None);
    assert_eq!(package.files.len(), 4);
    let sources: Vec<String> = package
        .dependencies
        .iter()
        .map(|dependency| dependency.source(&Forges::default()).expect("a source"))
        .map(|source| source.to_string())
        .collect();
    assert_eq!(
        sources,
        [
            "github:org/more@main",
            "gitlab:org/other",
            "https://example.org/p.json"
        ]
    );
    assert_eq!(parse("{}"), Ok(PackageJson::default()));
}

#[test]
fn what_mip_takes_is_taken() {
    let package = parse(
        "\u{feff}{\"version\": 1.5, \"deps\": [[\"a\", null], [\"b\", 2], [\"c\", 1.25]],
          \"urls\": [[\"x.py\", \"src/x.py\"], [\"x.py\", \"src/x.py\"], [\"./y.py\", \"y.py\"]]}",
    )
    .expect("a package");
    assert_eq!(package.version.as_deref(), Some("1.5"));
    let paths: Vec<_> = package
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(paths, ["x.py", "y.py"]);
    let source = |dependency: &PackageDependency| dependency.source(&Forges::default());
    let needs = package.dependencies.iter().map(source);
    let needs: Vec<_> = needs
        .map(|source| source.expect("a source").to_string())
        .collect();
    assert_eq!(needs, ["a", "mip:b@2", "mip:c@1.25"]);
    for version in ["null", "\"\"", "[1]", "{}"] {
        let package = parse(&format!("{{\"version\": {version}}}")).expect("a package");
        assert_eq!(package.version, None, "{version}");
    }
}

#[test]
fn what_is_malformed_says_where() {
    for (json, expected) in [
        ("", "malformed JSON at line 1, column 0"),
        ("{\"urls\": [}", "malformed JSON at line 1, column 11"),
        ("[]", "the file is not an object"),
        (r#"{"urls": {}}"#, "urls is not a list"),
        (r#"{"urls": [["a.py"]]}"#, "urls[0] is not [path, origin]"),
        (
            r#"{"urls": [["a.py", ""]]}"#,
            "urls[0] is not [path, origin]",
        ),
        (
            r#"{"urls": [["a.py", "b", -1]]}"#,
            "urls[0] is not a number of 32 bits",
        ),
        (
            r#"{"hashes": [["a.py", "xyz"]]}"#,
            "hashes[0] is not the start of a SHA-256",
        ),
        (r#"{"deps": ["a"]}"#, "deps[0] is not [name, version]"),
        (r#"{"deps": [["", ""]]}"#, "deps[0] is not [name, version]"),
        (
            r#"{"urls": [["a.py", "b"], ["../../.bashrc", "c"]]}"#,
            "urls[1] names no path inside the package",
        ),
    ] {
        assert_eq!(error(json), expected, "{json}");
    }
    for path in [
        "/etc/passwd",
        "C:/x",
        "..\\\\x",
        "a/../../b",
        &"a/".repeat(2500),
    ] {
        let json = format!(r#"{{"urls": [["{path}", "x"]]}}"#);
        assert!(
            matches!(parse(&json), Err(PackageJsonError::Path { .. })),
            "{path}"
        );
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let many = format!(
        r#"{{"deps": [{}["a", ""]]}}"#,
        r#"["a", ""],"#.repeat(MAX_ENTRIES)
    );
    assert_eq!(error(&many), "deps has 5001 entries, more than 5000");
    let large = format!(r#"{{"x": "{}"}}"#, "a".repeat(MAX_PACKAGE_JSON));
    assert!(matches!(
        parse(&large),
        Err(PackageJsonError::TooLarge { .. })
    ));
    let deep = "[".repeat(100_000);
    assert!(matches!(parse(&deep), Err(PackageJsonError::Json { .. })));
    let long = format!(r#"{{"urls": [["a.py", "{}"]]}}"#, "a".repeat(3000));
    assert_eq!(error(&long), "urls[0] is not a shorter text");
}

#[test]
fn dependencies_are_never_files_of_the_user() {
    for name in [
        "file:///etc",
        "C:/x",
        "../x",
        "/etc",
        "git+file:///srv/x",
        "",
        "a b",
    ] {
        let dependency = PackageDependency {
            name: name.to_owned(),
            version: String::new(),
        };
        assert!(dependency.source(&Forges::default()).is_err(), "{name}");
    }
}

#[test]
fn hashes_are_compared_by_their_start() {
    let sha256 = "ab".repeat(32);
    assert!(ShortHash::new("ABABABAB").expect("a hash").matches(&sha256));
    assert!(ShortHash::new(&sha256).expect("a hash").matches(&sha256));
    assert!(!ShortHash::new("abababac").expect("a hash").matches(&sha256));
    assert!(
        !ShortHash::new("abababab")
            .expect("a hash")
            .matches("abababab")
    );
    for text in ["", "abc", "ababababx", "é́ababab", &"a".repeat(65)] {
        assert_eq!(ShortHash::new(text), None);
    }
}

#[test]
fn the_list_of_an_index() {
    let entries = parse_index(
        br#"{"v": 2, "updated": 1, "packages": [
            {"name": "os-path", "version": "0.2.0", "author": "", "description": "Paths", "license": "MIT",
             "versions": {"6": ["0.1.4", "0.2.0"], "py": ["0.1.4", "odd one", "0.2.0"]}, "path": "x"},
            {"name": 7}, {"name": "bare"}]}"#,
        "https://index.example",
    )
    .expect("a list");
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["os-path", "bare"]);
    let versions: Vec<&str> = entries[0]
        .versions_in("py")
        .iter()
        .map(Version::as_str)
        .collect();
    assert_eq!(versions, ["0.1.4", "0.2.0"]);
    assert!(entries[0].versions_in("7").is_empty());
    assert!(parse_index(b"{}", "").is_err());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = PackageJson::parse(&bytes);
        let _ = parse_index(&bytes, "");
    }

    #[test]
    fn no_value_panics_and_paths_are_safe(
        field in "urls|hashes|deps|version|packages",
        path in "(\\.\\./|/|[a-c]|\\\\\\\\|C:){0,6}",
        other in "(\"\\PC{0,8}\"|-?[0-9]{1,12}|null|\\[\\]|\\{\\})",
    ) {
        let json = format!(r#"{{"{field}": [["{path}", {other}], {other}]}}"#);
        if let Ok(package) = parse(&json) {
            for file in package.files {
                prop_assert!(file.path.parts().all(|part| part != ".."));
            }
        }
        let _ = parse_index(json.as_bytes(), "");
    }
}
