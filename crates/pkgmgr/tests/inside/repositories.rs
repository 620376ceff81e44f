//! Repositories made by git, read from the disk and over its smart protocol.

use std::fs;
use std::path::Path;

use super::git::{Repositories, git};
use super::server::{Reply, Server, options};
use super::world::full;
use crate::cache::Cache;
use crate::cancel::Cancel;
use crate::error::FetchError;
use crate::git::{Git, GitContent, Limits};
use crate::http::{Http, HttpError};
use crate::name::PathInRepo;

pub(super) fn git_of(repositories: &Repositories) -> Git {
    let cache = Cache::new(repositories.path().join("cache"));
    Git::new(cache, Http::new(options(), Cancel::default()).unwrap())
}

fn path(text: &str) -> PathInRepo {
    PathInRepo::new(text).unwrap()
}

fn folder(content: GitContent) -> Vec<(String, String)> {
    let GitContent::Folder(files) = content else {
        panic!("a file: {content:?}");
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    files
        .into_iter()
        .map(|(path, bytes)| (path.to_string(), text(bytes)))
        .collect()
}

/// Does the same with a repository on the disk and with one on a server.
fn both(check: impl Fn(&Repositories, &str)) {
    let repositories = Repositories::new();
    check(&repositories, &repositories.file_url());
    let repositories = Repositories::new();
    let server = Server::git(repositories.path());
    check(&repositories, &server.url("/lib.git"));
}

#[test]
fn branches_tags_and_commits_are_read() {
    both(|repositories, url| {
        repositories.write("pkg/a.py", "one");
        repositories.write("pkg/sub/b.py", "b");
        let first = repositories.push();
        git(
            &repositories.work(),
            &["tag", "--annotate", "v1", "--message", "x"],
        );
        repositories.write("pkg/a.py", "two");
        let second = repositories.push();
        git(
            &repositories.work(),
            &["checkout", "--quiet", "-b", "side/branch"],
        );
        repositories.write("pkg/a.py", "three");
        let third = repositories.push();

        let git = git_of(repositories);
        let limits = Limits::default();
        for (reference, id, content) in [
            (None, &second, "two"),
            (Some("HEAD"), &second, "two"),
            (Some("main"), &second, "two"),
            (Some("side/branch"), &third, "three"),
            (Some("v1"), &first, "one"),
            (Some(&*first), &first, "one"),
            (Some(&first[..8]), &first, "one"),
        ] {
            let commit = git.commit("lib", url, reference).unwrap();
            assert_eq!(commit.id(), *id, "{reference:?}");
            assert_eq!(
                folder(commit.read(&path("pkg"), &limits).unwrap()),
                [("a.py", content), ("sub/b.py", "b")].map(|(a, b)| (a.into(), b.into())),
            );
            let file = commit.read(&path("pkg/a.py"), &limits).unwrap();
            assert_eq!(file, GitContent::File(content.into()));
        }
        assert_eq!(git.resolve(url, Some("v1")).unwrap(), Some(first));
    });
}

/// Whatever is waited for: the repository's turn in the cache, and its objects.
#[test]
fn a_wait_for_a_repository_ends_when_it_is_cancelled() {
    both(|repositories, url| {
        repositories.write("a.py", "one");
        let id = repositories.push();
        let cache = Cache::new(repositories.path().join("cache"));
        let interrupted =
            |error: &FetchError| matches!(error, FetchError::Http(HttpError::Interrupted));

        let cancel = Cancel::default();
        let git = Git::new(cache.clone(), Http::new(options(), cancel.clone()).unwrap());
        let always = &mut |_: &Path| std::ops::ControlFlow::Continue(());
        let held = cache.repository("lib", always).unwrap().unwrap();
        let error = std::thread::scope(|scope| {
            let waits = scope.spawn(|| git.commit("lib", url, Some(&id)).unwrap_err());
            cancel.cancel();
            waits.join().unwrap()
        });
        assert!(interrupted(&error), "{error:?}");
        drop(held);
        // Nothing is fetched any more, and what has been begun does no harm.
        let error = git.commit("lib", url, Some(&id)).unwrap_err();
        assert!(interrupted(&error), "{error:?}");
        let git = git_of(repositories);
        assert_eq!(git.commit("lib", url, Some(&id)).unwrap().id(), id);
    });
}

#[test]
fn a_commit_that_is_known_needs_no_network() {
    let repositories = Repositories::new();
    repositories.write("a.py", "one");
    let id = repositories.push();
    let server = Server::git(repositories.path());
    let url = server.url("/lib.git");
    let git = git_of(&repositories);
    git.commit("lib", &url, None).unwrap();
    let asked = server.requests().len();
    git.commit("lib", &url, Some(&id)).unwrap();
    assert_eq!(server.requests().len(), asked);
    // A branch that did not move costs the list of references, and no objects.
    git.commit("lib", &url, Some("main")).unwrap();
    let fetched = server.requests()[asked..]
        .iter()
        .any(|request| request.body.windows(5).any(|bytes| bytes == b"want "));
    assert!(!fetched);
}

#[test]
fn only_what_is_asked_for_crosses_the_network() {
    let repositories = Repositories::new();
    repositories.write("large", &"0123456789abcdef".repeat(10));
    repositories.push();
    fs::remove_file(repositories.work().join("large")).unwrap();
    repositories.write("a.py", "one");
    repositories.push();
    let server = Server::git(repositories.path());
    git_of(&repositories)
        .commit("lib", &server.url("/lib.git"), None)
        .unwrap();
    let cached = git2::Repository::open_bare(repositories.path().join("cache/git/lib")).unwrap();
    assert!(cached.is_shallow(), "the history stays on the server");
}

#[test]
fn an_older_commit_is_found_after_a_shallow_fetch() {
    let repositories = Repositories::new();
    repositories.write("a.py", "one");
    let first = repositories.push();
    repositories.write("a.py", "two");
    repositories.push();
    let server = Server::git(repositories.path());
    let url = server.url("/lib.git");
    let git = git_of(&repositories);
    git.commit("lib", &url, None).unwrap();
    let commit = git.commit("lib", &url, Some(&first)).unwrap();
    let file = commit.file(&path("a.py"), &Limits::default()).unwrap();
    assert_eq!(file.as_deref(), Some(&b"one"[..]));
}

#[test]
fn what_is_not_there_is_named() {
    both(|repositories, url| {
        repositories.write("a.py", "one");
        let id = repositories.push();
        let git = git_of(repositories);
        let error = git.commit("lib", url, Some("nope")).unwrap_err();
        let FetchError::NoReference { known, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(known.contains(&"main".to_owned()), "{known:?}");
        let absent = "0123456789012345678901234567890123456789";
        for reference in [absent, "0123456"] {
            let error = git.commit("lib", url, Some(reference)).unwrap_err();
            assert!(matches!(error, FetchError::NoReference { .. }), "{error:?}");
        }
        let commit = git.commit("lib", url, None).unwrap();
        let error = commit
            .read(&path("no/such"), &Limits::default())
            .unwrap_err();
        assert!(
            matches!(&error, FetchError::NoPath { path, commit, .. } if path == "no/such" && *commit == id),
            "{error:?}"
        );
        let error = git
            .commit("other", &url.replace("lib", "other"), None)
            .unwrap_err();
        assert!(
            matches!(error, FetchError::NoRepository { .. }),
            "{error:?}"
        );
    });
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_repository() {
    use std::os::unix::fs::symlink;
    let repositories = Repositories::new();
    let work = repositories.work();
    repositories.write("shared/a.py", "a");
    for folder in ["good", "outside", "absolute", "circle", "dangling"] {
        fs::create_dir(work.join(folder)).unwrap();
    }
    symlink("../shared/a.py", work.join("good/file.py")).unwrap();
    symlink("../shared", work.join("good/folder")).unwrap();
    symlink("../../../etc/passwd", work.join("outside/x")).unwrap();
    symlink("/etc/passwd", work.join("absolute/x")).unwrap();
    symlink("../circle", work.join("circle/x")).unwrap();
    symlink("nothing", work.join("dangling/x")).unwrap();
    repositories.push();
    let commit = git_of(&repositories)
        .commit("lib", &repositories.file_url(), None)
        .unwrap();
    let limits = Limits::default();
    assert_eq!(
        folder(commit.read(&path("good"), &limits).unwrap()),
        [("file.py", "a"), ("folder/a.py", "a")].map(|(a, b)| (a.into(), b.into())),
    );
    for bad in ["outside", "absolute", "circle", "dangling", "outside/x"] {
        let error = commit.read(&path(bad), &limits).unwrap_err();
        assert!(matches!(error, FetchError::Link { .. }), "{bad}: {error:?}");
    }
}

#[test]
fn folders_are_bounded() {
    let repositories = Repositories::new();
    repositories.write("a", "1234");
    repositories.write("b", "12345678");
    repositories.push();
    let commit = git_of(&repositories)
        .commit("lib", &repositories.file_url(), None)
        .unwrap();
    let mut limits = Limits::default();
    limits.file_bytes = 7;
    let error = commit.read(&path(""), &limits).unwrap_err();
    assert!(
        matches!(&error, FetchError::TooLarge { uri, limit: 7 } if uri.starts_with("b of ")),
        "{error:?}"
    );
    let mut limits = Limits::default();
    limits.package_bytes = 11;
    let error = commit.read(&path(""), &limits).unwrap_err();
    assert!(
        matches!(error, FetchError::TooLarge { limit: 11, .. }),
        "{error:?}"
    );
    let mut limits = Limits::default();
    limits.files = 1;
    let error = commit.read(&path(""), &limits).unwrap_err();
    assert!(
        matches!(error, FetchError::TooMany { limit: 1, .. }),
        "{error:?}"
    );
}

#[test]
fn a_repository_that_moved_is_followed() {
    let repositories = Repositories::new();
    repositories.write("a.py", "one");
    let id = repositories.push();
    let target = Server::git(repositories.path());
    let to = target.url("/lib.git");
    let moved = Server::start(move |request| {
        assert_eq!(
            request.method, "GET",
            "only the first request goes to the old place"
        );
        let rest = request.path.strip_prefix("/old.git").unwrap();
        Reply::status(301).header("Location", &format!("{to}{rest}"))
    });
    let commit = git_of(&repositories)
        .commit("lib", &moved.url("/old.git"), None)
        .unwrap();
    assert_eq!(commit.id(), id);
}

#[test]
fn a_server_that_fails_says_how() {
    let repositories = Repositories::new();
    let server = Server::start(|_| Reply::body("<html>no git here</html>"));
    let git = git_of(&repositories);
    let error = git
        .commit("lib", &server.url("/lib.git"), None)
        .unwrap_err();
    assert!(matches!(error, FetchError::Http(_)), "{error:?}");
    let error = git
        .commit("lib", "ssh://git@example.org/x.git", None)
        .unwrap_err();
    assert!(matches!(error, FetchError::GitAddress { .. }), "{error:?}");
}

#[test]
fn a_damaged_copy_in_the_cache_is_made_anew() {
    both(|repositories, url| {
        repositories.write("a.py", "one");
        let first = repositories.push();
        let copy = repositories.path().join("cache/git/lib");
        let read = |reference: Option<&str>| {
            let commit = git_of(repositories)
                .commit("lib", url, reference)
                .map_err(|error| full(&error))?;
            let file = commit.file(&path("a.py"), &Limits::default());
            file.map_err(|error| full(&error))
        };
        let overwrite = |path: &Path, change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = fs::read(path).unwrap_or_default();
            change(&mut bytes);
            // A pack is not writable, but may be replaced.
            let _ = fs::remove_file(path);
            fs::write(path, bytes).unwrap();
        };
        let packs = |change: &dyn Fn(&mut Vec<u8>)| {
            for entry in fs::read_dir(copy.join("objects/pack")).unwrap() {
                let path = entry.unwrap().path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "pack")
                {
                    overwrite(&path, change);
                }
            }
        };
        let damages: [(&str, &dyn Fn()); 6] = [
            // What a process leaves that was killed while it moved a branch.
            ("lock", &|| {
                overwrite(&copy.join("refs/belay/HEAD.lock"), &|_| {});
            }),
            ("head", &|| overwrite(&copy.join("HEAD"), &Vec::clear)),
            ("config", &|| {
                overwrite(&copy.join("config"), &|bytes| *bytes = b"[x".to_vec());
            }),
            ("short", &|| {
                packs(&|bytes| bytes.truncate(20));
            }),
            ("other", &|| {
                packs(&|bytes| {
                    // Between its head and its checksum.
                    let end = bytes.len().saturating_sub(20);
                    bytes
                        .iter_mut()
                        .take(end)
                        .skip(12)
                        .for_each(|byte| *byte = 0x55);
                });
            }),
            ("file", &|| {
                fs::remove_dir_all(&copy).unwrap();
                fs::write(&copy, "").unwrap();
            }),
        ];
        for (count, (name, damage)) in damages.iter().enumerate() {
            assert!(read(None).is_ok(), "{name}");
            damage();
            // What is known already, and what is new.
            assert!(read(Some(&first)).is_ok(), "{name}");
            damage();
            let content = format!("content {count}");
            repositories.write("a.py", &content);
            repositories.push();
            let found = read(None);
            assert_eq!(found, Ok(Some(content.into_bytes())), "{name}");
        }
    });
}
