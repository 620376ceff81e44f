use proptest::prelude::*;

use super::*;
use crate::inside::cases;
use crate::name::NameError;

fn forges() -> Forges {
    let mut forges = Forges::default();
    let work = Forge::new("work", ForgeKind::GitLab, "https://git.example.org/code/");
    forges.add(work.expect("a forge"));
    let hub = Forge::new("hub", ForgeKind::GitHub, "http://127.0.0.1:8080");
    forges.add(hub.expect("a forge"));
    forges
}

fn parse(uri: &str) -> Result<Source, SourceError> {
    Source::parse(uri, &forges())
}

/// The canonical URI, or the error in brackets.
fn canonical(uri: &str) -> String {
    match parse(uri) {
        Ok(source) => source.to_string(),
        Err(error) => format!("({error})"),
    }
}

fn check(uri: &str, expected: &str) {
    let shown = canonical(uri);
    assert_eq!(shown, expected, "{uri}");
    if !shown.starts_with('(') {
        assert_eq!(parse(&shown), parse(uri), "{shown} reads back");
    }
}

#[test]
fn names_of_the_index() {
    for [uri, expected] in cases(
        r#"
        aiohttp => aiohttp
        aiohttp@latest => aiohttp
        aiohttp@1.0.0 => mip:aiohttp@1.0.0
        aiohttp==1.0.0 => mip:aiohttp@1.0.0
        aiohttp >= 1, < 2 => mip:aiohttp@>=1,<2
        aiohttp~=1.2 => mip:aiohttp@~=1.2
        aiohttp^1.2 => mip:aiohttp@^1.2
        mip:aiohttp => aiohttp
        mip:umqtt.simple => mip:umqtt.simple
        mip:umqtt.simple@^1.4 => mip:umqtt.simple@^1.4
        mip:aiohttp==0.1 => mip:aiohttp@0.1
        umqtt.simple@1.4 => mip:umqtt.simple@1.4
        mip:../x => ("mip:../x" does not have the form mip:NAME[@VERSION])
        aiohttp@ => (cannot read which version of "aiohttp" is asked for)
        aiohttp@main => (cannot read which version of "aiohttp" is asked for)
        "#,
    ) {
        check(uri, expected);
    }
    check(" os-path ", "os-path");
}

#[test]
fn shorthands_of_forges() {
    for [uri, expected] in cases(
        r#"
        github:user/repo => github:user/repo
        github:user/repo@v1.0 => github:user/repo@v1.0
        github:user/repo.git@HEAD => github:user/repo
        github:user/repo/a/b.py@feature/x => github:user/repo/a/b.py@feature/x
        github:user/repo/a//./b/ => github:user/repo/a/b
        github:user/repo/a@b.py@main => github:user/repo/a@b.py@main
        github:user/repo/a@b.py@HEAD => github:user/repo/a@b.py@HEAD
        github:user/repo/-/x => github:user/repo/-/x
        gitlab:user/repo/x.py => gitlab:user/repo/x.py
        gitlab:group/sub/repo/-/x.py@main => gitlab:group/sub/repo/-/x.py@main
        gitlab:group/sub/repo/- => gitlab:group/sub/repo/-
        gitlab:group/repo/-/x.py => gitlab:group/repo/x.py
        codeberg:user/repo/x.py@main => codeberg:user/repo/x.py@main
        work:team/lib/src@v2 => work:team/lib/src@v2
        github:user => ("github:user" does not have the form FORGE:OWNER/REPO[/PATH][@REF])
        github:/repo => ("/repo" is not the name of a repository)
        github:user/.. => ("user/.." is not the name of a repository)
        github:user/repo/../../x => (the path "../../x" leads out of its folder)
        github:user/repo@ => ("" is not the name of a branch, tag or commit)
        github:user/repo@-x => ("-x" is not the name of a branch, tag or commit)
        github:user/repo@a..b => ("a..b" is not the name of a branch, tag or commit)
        bitbucket:user/repo => (the scheme "bitbucket" is not known)
        "#,
    ) {
        check(uri, expected);
    }
}

#[test]
fn addresses_of_forges() {
    for [uri, expected] in cases(
        r"
        https://github.com/user/repo => github:user/repo
        https://github.com/user/repo/ => github:user/repo
        http://www.github.com/user/repo.git => github:user/repo
        https://github.com/user/repo/blob/main/a/b.py => github:user/repo/a/b.py@main
        https://github.com/user/repo/blob/main/b.py#L10 => github:user/repo/b.py@main
        https://github.com/user/repo/blob/main/b.py?raw=true => github:user/repo/b.py@main
        https://github.com/user/repo/tree/main/a => github:user/repo/a@main
        https://github.com/user/repo/tree/v1 => github:user/repo@v1
        https://github.com/user/repo/raw/HEAD/b.py => github:user/repo/b.py
        https://github.com/user/repo/raw/refs/tags/v1/b.py => github:user/repo/b.py@v1
        https://github.com/user/repo/blob/feature%2Fx/b.py => github:user/repo/b.py@feature/x
        https://raw.githubusercontent.com/user/repo/main/a/b.py => github:user/repo/a/b.py@main
        https://raw.githubusercontent.com/user/repo/refs/heads/main/b.py => github:user/repo/b.py@main
        https://github.com/user/repo/releases/download/v1/b.mpy => https://github.com/user/repo/releases/download/v1/b.mpy
        https://gitlab.com/user/repo => gitlab:user/repo
        https://gitlab.com/user/repo/-/blob/main/b.py => gitlab:user/repo/b.py@main
        https://gitlab.com/user/repo/-/raw/main/b.py?inline=false => gitlab:user/repo/b.py@main
        https://gitlab.com/g/s/repo/-/tree/main/a => gitlab:g/s/repo/-/a@main
        https://gitlab.com/g/s/repo.git => gitlab:g/s/repo/-
        https://gitlab.com/user/repo/raw/main/b.py => gitlab:user/repo/b.py@main
        https://codeberg.org/user/repo/src/branch/main/b.py => codeberg:user/repo/b.py@main
        https://codeberg.org/user/repo/raw/tag/v1/b.py => codeberg:user/repo/b.py@v1
        https://git.example.org/code/team/lib/-/blob/v2/b.py => work:team/lib/b.py@v2
        http://127.0.0.1:8080/u/r/blob/main/b.py => hub:u/r/b.py@main
        http://127.0.0.1:8081/u/r/blob/main/b.py => http://127.0.0.1:8081/u/r/blob/main/b.py
        ",
    ) {
        check(uri, expected);
    }
}

#[test]
fn other_places() {
    for [uri, expected] in cases(
        r#"
        https://example.org/a/package.json => https://example.org/a/package.json
        https://user@example.org/a.py => https://user@example.org/a.py
        https://abcd_0123456789abcdef@example.org/a.py => (the address of example.org has a login in it, which does not belong into a project)
        git+https://user:secret@example.org/team/lib#a.py => (the address of example.org has a login in it, which does not belong into a project)
        https://example.org/team/lib.git => git+https://example.org/team/lib.git
        git+https://example.org/lib.git#src/a.py@v1 => git+https://example.org/lib.git#src/a.py@v1
        git+https://example.org/lib#@v1 => git+https://example.org/lib#@v1
        git+https://example.org/lib@v1 => git+https://example.org/lib#@v1
        git+https://example.org/lib#a@b@HEAD => git+https://example.org/lib#a@b@HEAD
        git+ssh://git@example.org/lib.git => git+ssh://git@example.org/lib.git
        git+file:///srv/lib#a => git+file:///srv/lib#a
        ./lib => ./lib
        ../lib/a.py => ../lib/a.py
        /abs/a@b.py => /abs/a@b.py
        lib/a => lib/a
        sensor.py => sensor.py
        sensor.py@1.0 => sensor.py@1.0
        C:\lib\a.py => C:\lib\a.py
        file:///srv/a%20b.py => /srv/a b.py
        file:///C:/lib => C:/lib
        file:lib => ./lib
        file://host/lib => ("file://host/lib" does not have the form file:///PATH)
        https:///x => https:///x
        https:// => ("https://" does not have the form https://HOST/PATH)
        git+lib => ("git+lib" does not have the form git+URL[#PATH][@REF])
        git+https://example.org => ("git+https://example.org" does not have the form git+URL[#PATH][@REF])
        "#,
    ) {
        check(uri, expected);
    }
    check("", "(the URI is empty)");
    check(
        "a\u{7}b",
        "(the URI \"a\\u{7}b\" holds the character '\\u{7}')",
    );
    assert!(matches!(
        parse(&"a".repeat(3000)),
        Err(SourceError::TooLong { length: 3000, .. })
    ));
}

#[test]
fn suggestions_work() {
    for [uri, suggested] in cases(
        r"
        githb:user/repo => github:user/repo
        GitHub:user/repo => github:user/repo
        github://user/repo => github:user/repo
        ssh://git@example.org/lib.git => git+ssh://git@example.org/lib.git
        git@example.org:team/lib.git => git+ssh://git@example.org/team/lib.git
        git+git@example.org:team/lib.git#a@v1 => git+ssh://git@example.org/team/lib.git#a@v1
        ",
    ) {
        let suggestion = match parse(uri) {
            Err(
                SourceError::UnknownScheme { suggestion, .. }
                | SourceError::Malformed { suggestion, .. },
            ) => suggestion,
            other => panic!("{uri}: {other:?}"),
        };
        assert_eq!(suggestion.as_deref(), Some(suggested), "{uri}");
        assert!(parse(suggested).is_ok(), "{suggested}");
    }
}

#[test]
fn values_of_dependencies() {
    let name = DependencyName::new("lib").expect("a name");
    for [value, expected] in cases(
        r"
        * => lib
        latest => lib
        1.0 => mip:lib@1.0
        ^1.2 => mip:lib@^1.2
        >=1,<2 => mip:lib@>=1,<2
        1.2.* => mip:lib@==1.2.*
        other => other
        mip:other@1.0 => mip:other@1.0
        github:u/r => github:u/r
        3rdparty/a.py => 3rdparty/a.py
        7segment.py => 7segment.py
        ~/lib => ~/lib
        ",
    ) {
        let source = Source::of_dependency(&name, value, &forges());
        assert_eq!(source.map(|s| s.to_string()), Ok(expected.to_owned()));
    }
    for value in ["1.x", "^main", ">=1 <2", "=1.0", ""] {
        assert!(Source::of_dependency(&name, value, &forges()).is_err());
    }
}

#[test]
fn addresses_of_files_and_repositories() {
    let raw = |uri: &str| match parse(uri).expect("a source") {
        Source::Repository {
            repository: Repository::Forge { forge, owner, repo },
            path,
            reference,
        } => (
            forge.raw_url(&owner, &repo, &path, reference.as_deref()),
            forge.clone_url(&owner, &repo),
        ),
        other => panic!("{other:?}"),
    };
    for [uri, file, repository] in cases(
        r"
        github:u/r/a b/c#.py => https://raw.githubusercontent.com/u/r/HEAD/a%20b/c%23.py => https://github.com/u/r.git
        gitlab:g/s/r/-/c.py@main => https://gitlab.com/g/s/r/-/raw/main/c.py => https://gitlab.com/g/s/r.git
        codeberg:u/r/c.py@a+b => https://codeberg.org/api/v1/repos/u/r/raw/c.py?ref=a%2Bb => https://codeberg.org/u/r.git
        codeberg:u/r/c.py => https://codeberg.org/api/v1/repos/u/r/raw/c.py => https://codeberg.org/u/r.git
        hub:u/r/c.py@v1 => http://127.0.0.1:8080/u/r/raw/v1/c.py => http://127.0.0.1:8080/u/r.git
        work:u/r/c.py => https://git.example.org/code/u/r/-/raw/HEAD/c.py => https://git.example.org/code/u/r.git
        ",
    ) {
        assert_eq!(raw(uri), (file.to_owned(), repository.to_owned()), "{uri}");
    }
}

#[test]
fn forges_have_usable_names_and_addresses() {
    for name in ["", "x", "mip", "https", "Git", "a b", "-a", "a:b"] {
        assert!(Forge::new(name, ForgeKind::GitHub, "https://example.org").is_err());
    }
    for base in [
        "example.org",
        "ftp://example.org",
        "https://example.org/?a=b",
    ] {
        assert!(Forge::new("work", ForgeKind::GitHub, base).is_err());
    }
}

#[test]
fn what_stands_in_a_package_stays_there_or_in_the_open() {
    let join = |source: &str, relative: &str| {
        let joined = parse(source).expect("a source").join(relative, &forges());
        joined.map(|source| source.to_string())
    };
    for [source, relative, expected] in cases(
        r"
        github:u/r/package.json@v1 => a/b.py => github:u/r/a/b.py@v1
        github:u/r/x/package.json => ../a.py => github:u/r/a.py
        github:u/r/package.json => gitlab:g/r/a.py@main => gitlab:g/r/a.py@main
        https://example.org/x/package.json => a.py => https://example.org/x/a.py
        https://example.org/x/package.json => ../a b.py => https://example.org/a%20b.py
        https://example.org/p.json => https://example.com/a.py => https://example.com/a.py
        git+file:///srv/r#x/package.json@v1 => a.py => git+file:///srv/r#x/a.py@v1
        ./lib/package.json => ../a.py => ./lib/../a.py
        ./lib/package.json => github:u/r/a.py => github:u/r/a.py
        ",
    ) {
        assert_eq!(
            join(source, relative),
            Ok(expected.to_owned()),
            "{source} {relative}"
        );
    }
    for (source, relative) in [
        ("github:u/r/package.json", "../a.py"),
        ("github:u/r/package.json", "/etc/passwd"),
        ("github:u/r/package.json", "file:///etc/passwd"),
        ("github:u/r/package.json", "C:\\a.py"),
        ("github:u/r/package.json", "git+file:///srv/r#a.py"),
        ("github:u/r/package.json", "..\\a.py"),
        ("https://example.org/package.json", "file:a.py"),
        ("https://example.org/package.json", "/a.py"),
        ("./lib/package.json", "/etc/passwd"),
        ("./lib/package.json", "file:///etc/passwd"),
        ("./lib/package.json", ""),
        ("./lib/package.json", "a.py "),
        ("./lib/package.json", "a /"),
        ("mip:lib", "a.py"),
    ] {
        assert!(join(source, relative).is_err(), "{source} {relative}");
    }
    // Too long to be read again.
    let long = "a".repeat(2000);
    assert!(join("./lib/package.json", &long).is_err());
    let source = parse(&long[..2000]).expect("as long as it may be");
    assert_eq!(parse(&source.to_string()), Ok(source));
    assert!(matches!(
        parse("github:u/r/package.json")
            .expect("a source")
            .join("../a.py", &forges()),
        Err(SourceError::Path(NameError::LeavesFolder { .. }))
    ));
}

#[test]
fn names_come_from_the_last_part() {
    for (uri, expected) in [
        ("aiohttp@1.0", Some("aiohttp")),
        ("mip:umqtt.simple", Some("umqtt_simple")),
        ("github:user/my-repo", Some("my_repo")),
        ("github:user/repo/lib/package.json", Some("lib")),
        ("github:user/repo/package.json", Some("repo")),
        ("https://github.com/u/r/blob/main/sensor.py", Some("sensor")),
        ("git+https://example.org/team/lib.git", Some("lib")),
        ("git+https://example.org/lib#src/a.py", Some("a")),
        ("https://example.org/sensor.mpy?x=1", Some("sensor")),
        ("../my-lib/", Some("my_lib")),
        ("C:\\libs\\sensor.py", Some("sensor")),
        ("./os/__init__.py", Some("os")),
        ("..", None),
    ] {
        let name = parse(uri).expect("a source").natural_name();
        assert_eq!(name.as_ref().map(DependencyName::as_str), expected, "{uri}");
    }
}

prop_compose! {
    fn place()(
        path in "([a-c@._-]{1,4}/){0,3}[a-c@.-]{0,3}",
        reference in proptest::option::of("[a-z0-9]{1,4}(/[a-z]{1,3})?"),
    ) -> Option<(PathInRepo, Option<String>)> {
        Some((PathInRepo::new(&path).ok()?, reference))
    }
}

proptest! {
    #[test]
    fn a_source_in_a_repository_reads_back(
        place in place().prop_filter_map("a path", |place| place),
        name in "github|gitlab|codeberg|work",
        groups in proptest::collection::vec("[a-z][a-z.]{0,3}[a-z]", 1..3),
        repo in "[a-z][a-z-]{1,4}",
    ) {
        let forge = forges().get(&name).expect("a forge").clone();
        let owner = if forge.kind() == ForgeKind::GitLab { groups.join("/") } else { groups[0].clone() };
        let (path, reference) = place;
        let repository = Repository::Forge { forge, owner, repo };
        let source = Source::Repository { repository, path: path.clone(), reference: reference.clone() };
        prop_assert_eq!(parse(&source.to_string()), Ok(source));
        let repository = Repository::Git { url: "https://example.org/a/b@c".to_owned() };
        let source = Source::Repository { repository, path, reference };
        prop_assert_eq!(parse(&source.to_string()), Ok(source));
    }

    #[test]
    fn no_uri_panics_and_what_parses_reads_back(
        uri in "(git\\+|mip:|github:|gitlab:|https?://|https://(github.com|gitlab.com|codeberg.org)/|file:)?[a-c1-2@:/.#=<>^~%\\\\ -]{0,20}"
    ) {
        if let Ok(source) = parse(&uri) {
            let shown = source.to_string();
            prop_assert_eq!(parse(&shown), Ok(source), "{}", shown);
        }
    }

    #[test]
    fn a_joined_path_stays_in_its_repository(relative in "[a-c./\\\\:%-]{0,16}") {
        let base = parse("github:user/repo/x/package.json@v1").expect("a source");
        if let Ok(joined) = base.join(&relative, &forges()) {
            match joined {
                Source::Repository { repository: Repository::Forge { owner, repo, .. }, reference, .. } => {
                    prop_assert_eq!((&*owner, &*repo, reference.as_deref()), ("user", "repo", Some("v1")));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
