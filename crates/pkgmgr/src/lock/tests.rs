use proptest::prelude::*;

use super::*;
use crate::source::{Forge, ForgeKind};

fn source(uri: &str) -> Source {
    Source::parse_locked(uri, &Forges::default()).expect(uri)
}

fn parse(text: &str) -> Result<Lock, LockError> {
    Lock::parse(text, &Forges::default())
}

fn sample() -> Lock {
    let sha256 = |digit: &str| Sha256::new(&digit.repeat(64)).expect("a digest");
    let path = |text: &str| PackagePath::new(text).expect("a path");
    let mut lock = Lock::new("py");
    lock.insert(LockedDependency {
        group: "main".to_owned(),
        name: DependencyName::new("sensor").expect("a name"),
        requested: vec![RequestedSource {
            source: source("../sensor"),
            develop: true,
            rename_to_init: false,
        }],
        packages: Vec::new(),
    });
    lock.insert(LockedDependency {
        group: "main".to_owned(),
        name: DependencyName::new("aiohttp").expect("a name"),
        requested: vec![RequestedSource {
            source: source("mip:aiohttp@^0.0.3"),
            develop: false,
            rename_to_init: true,
        }],
        packages: vec![
            LockedPackage {
                source: source("github:user/ssl@main"),
                version: None,
                commit: Some("0".repeat(40)),
                needs: Vec::new(),
                files: vec![LockedFile {
                    path: path("ssl.py"),
                    sha256: sha256("b"),
                    size: 7,
                    url: Some("https://example.org/\"ssl\".py".to_owned()),
                }],
            },
            LockedPackage {
                source: source("aiohttp"),
                version: Some("0.0.4".to_owned()),
                commit: None,
                needs: vec![source("github:user/ssl@main")],
                files: vec![
                    LockedFile {
                        path: path("aiohttp/ws.py"),
                        sha256: sha256("c"),
                        size: 0,
                        url: None,
                    },
                    LockedFile {
                        path: path("aiohttp/__init__.py"),
                        sha256: sha256("A"),
                        size: 1234,
                        url: None,
                    },
                ],
            },
        ],
    });
    lock
}

#[test]
fn the_file_is_readable_and_in_order() {
    insta::assert_snapshot!(sample().to_string());
}

#[test]
fn what_is_written_is_read_back() {
    let text = sample().to_string();
    let read = parse(&text).expect("a lock");
    assert_eq!(read.to_string(), text);
    let aiohttp = read.get("main", "aiohttp").expect("the dependency");
    assert_eq!(aiohttp.files().map(|file| file.size).sum::<u64>(), 1241);
    assert_eq!(read.get("dev", "aiohttp"), None);
    assert_eq!(parse(&Lock::new("6").to_string()), Ok(Lock::new("6")));
}

#[test]
fn a_dependency_is_replaced_in_its_place() {
    let mut lock = sample();
    let mut changed = lock.dependencies[0].clone();
    changed.requested.clear();
    lock.insert(changed.clone());
    assert_eq!(
        (lock.dependencies.len(), &lock.dependencies[0]),
        (2, &changed)
    );
}

#[test]
fn what_no_lock_file_holds_is_refused_with_its_place() {
    let text = sample().to_string();
    for (from, to, expected) in [
        (
            "version = 1",
            "version = 2",
            "the lock file has format 2, and 1 is the one known here",
        ),
        ("version = 1", "version = \"1\"", "3:11"),
        ("version = 1\n", "", "1:1"),
        ("[[dependency]]", "<<<<<<< HEAD\n[[dependency]]", "6:9"),
        ("size = 0", "size = -1", "21:38"),
        ("aiohttp/ws.py", "../ws.py", "21:14"),
        ("commit =", "comit =", "26:1"),
        (
            "path = \"aiohttp/ws.py\"",
            "path = \"aiohttp/__init__.py\"",
            "\"aiohttp/__init__.py\" comes twice in main/aiohttp",
        ),
        (
            "path = \"ssl.py\"",
            "path = \"aiohttp/ws.py\"",
            "\"aiohttp/ws.py\" comes twice in main/aiohttp",
        ),
        (
            "name = \"sensor\"",
            "name = \"aiohttp\"",
            "\"aiohttp\" comes twice in main/aiohttp",
        ),
        (
            "source = \"github:user/ssl@main\"",
            "source = \"aiohttp\"",
            "\"aiohttp\" comes twice in main/aiohttp",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let error = parse(&text.replacen(from, to, 1)).expect_err(to);
        let shown = match &error {
            LockError::Malformed { location, message } => {
                assert!(!message.is_empty());
                location.to_string()
            }
            error => error.to_string(),
        };
        assert_eq!(shown, expected, "{to}");
    }
}

#[test]
fn a_forge_that_is_known_no_longer_keeps_no_lock_from_being_read() {
    let text = sample().to_string().replace("github:", "ours:");
    let lock = parse(&text).expect("a lock");
    assert_eq!(lock.to_string(), text);
    let mut forges = Forges::default();
    forges.add(Forge::new("ours", ForgeKind::GitLab, "https://git.example.org").expect("a forge"));
    let known = Lock::parse(&text, &forges).expect("a lock");
    let need = |lock: &Lock| lock.dependencies[0].packages[0].needs[0].clone();
    assert_eq!(
        need(&known),
        Source::parse("ours:user/ssl@main", &forges).expect("a source")
    );
    assert_ne!(need(&known), need(&lock));
    assert!(parse(&text.replace("ours:user/ssl@main", "ssh://host/x")).is_err());
}

#[test]
fn digests_have_one_form() {
    let bytes: [u8; 32] = std::array::from_fn(|index| index as u8 * 8);
    let digest = Sha256::from_bytes(bytes);
    assert!(digest.as_str().starts_with("000810182028"));
    assert_eq!(Sha256::new(&digest.as_str().to_uppercase()), Some(digest));
    assert_eq!(Sha256::new("ab"), None);
}

prop_compose! {
    fn file()(
        path in "[a-m]{1,3}(/[a-m]{1,3})?\\.py",
        bytes in any::<[u8; 32]>(),
        size in 0..u64::MAX >> 1,
        url in proptest::option::of("\\PC{0,8}"),
    ) -> LockedFile {
        let path = PackagePath::new(&path).expect("a path");
        LockedFile { path, sha256: Sha256::from_bytes(bytes), size, url }
    }
}

prop_compose! {
    fn dependency()(
        group in "main|dev|[a-z \"\\\\]{1,6}",
        name in "[a-z_]{1,4}",
        uris in proptest::collection::vec(
            "[a-z]{1,6}|mip:a\\.b@\\^1|\\./[a-z \"\\\\]{0,4}b|(github|other):[a-z]/[a-z](@v1)?|https://e\\.org/[a-z]",
            0..3,
        ),
        flags in any::<(bool, bool)>(),
        packages in proptest::collection::btree_map("[a-z]{1,6}", (
            proptest::option::of("[0-9]{1,3}"),
            proptest::collection::btree_set("[a-z]{1,3}", 0..3),
            proptest::collection::btree_map("[a-z]{1,5}", file(), 0..3),
        ), 0..3),
    ) -> LockedDependency {
        let packages = packages.into_iter().enumerate().map(|(index, (source, (version, needs, files)))| {
            let mut files: Vec<_> = files.into_iter().map(|(name, file)| LockedFile {
                path: PackagePath::new(&format!("{index}/{name}")).expect("a path"),
                ..file
            }).collect();
            files.sort_by(|a, b| a.path.cmp(&b.path));
            let needs = needs.iter().map(|need| self::source(need)).collect();
            LockedPackage { source: self::source(&source), version, commit: None, needs, files }
        });
        LockedDependency {
            group,
            name: DependencyName::new(&name).expect("a name"),
            requested: uris.into_iter().map(|uri| RequestedSource {
                source: self::source(&uri), develop: flags.0, rename_to_init: flags.1,
            }).collect(),
            packages: packages.collect(),
        }
    }
}

proptest! {
    #[test]
    fn every_lock_is_read_back(dependencies in proptest::collection::vec(dependency(), 0..4)) {
        let mut lock = Lock::new("py");
        for dependency in dependencies {
            lock.insert(dependency);
        }
        lock.dependencies.sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name)));
        prop_assert_eq!(parse(&lock.to_string()), Ok(lock));
    }
}
