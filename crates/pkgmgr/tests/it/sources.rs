//! Packages of all kinds of sources, good and bad.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use belay_pkgmgr::{ForgeKind, Logins, Project, ProjectError};

use crate::git::{Repositories, git};
use crate::server::{Reply, Request, Server, git_backend};
use crate::world::{Index, World, forge, forge_of, full, owned};

#[test]
fn what_is_wrong_with_a_package_is_said_and_nothing_is_done() {
    let index = Index::new();
    let package = |files: &str, deps: &str| {
        format!("{{\"v\": 1, \"hashes\": [{files}], \"deps\": [{deps}], \"version\": \"1\"}}")
    };
    let long = "a/".repeat(2500);
    for (name, files) in [
        ("outside", "[\"../../.bashrc\", \"01234567\"]".to_owned()),
        ("absolute", "[\"/etc/passwd\", \"01234567\"]".to_owned()),
        ("drive", "[\"C:/x.py\", \"01234567\"]".to_owned()),
        ("backslash", "[\"..\\\\x.py\", \"01234567\"]".to_owned()),
        ("long", format!("[\"{long}x.py\", \"01234567\"]")),
        ("hash", "[\"x.py\", \"../../../\"]".to_owned()),
        ("promise", "[\"x.py\", \"01234567\"]".to_owned()),
    ] {
        index.serve(
            &format!("/package/py/{name}/latest.json"),
            &package(&files, ""),
        );
    }
    index.serve("/file/01/01234567", "not what was promised");
    index.serve("/package/py/broken/latest.json", "{\"v\": 1,");
    index.add("syntax", "1", &[("syntax.py", "def(")], &[]);
    index.add("a", "1", &[("a.py", "")], &[("b", "latest")]);
    index.add("b", "1", &[("b.py", "")], &[("c", "latest")]);
    index.add("c", "1", &[("c.py", "")], &[("b", "latest")]);
    index.add("needs", "1", &[("n.py", "")], &[("absent", "latest")]);
    index.add("versions", "1.0", &[("v.py", "")], &[]);
    index.add("versions", "1.1", &[("v.py", "")], &[]);
    index.add(
        "reader",
        "1",
        &[("r.py", "")],
        &[("file:///etc/passwd", "")],
    );

    for (dependency, expected) in [
        ("outside = '*'", "leads out of its folder"),
        ("absolute = '*'", "is absolute"),
        ("drive = '*'", "is absolute"),
        ("backslash = '*'", "holds the character '\\\\'"),
        ("long = '*'", "is longer than 500"),
        ("hash = '*'", "SHA-256"),
        ("promise = '*'", "not 01234567"),
        ("broken = '*'", "cannot be read"),
        (
            "syntax = '*'",
            "syntax.py of syntax is not valid: line 1: '(' is not closed",
        ),
        (
            "a = '*'",
            "packages need one another in a circle: b → c → b",
        ),
        (
            "needs = '*'",
            "cannot get needs → absent: there is no package \"absent\"",
        ),
        ("version = '*'", "there is no package \"version\""),
        (
            "versions = '2.0'",
            "the package \"versions\" has no version 2.0 for \"py\"",
        ),
        (
            "versions = '^2'",
            "the package \"versions\" has no version ^2 for \"py\"",
        ),
        ("reader = '*'", "is not a file that a package may name"),
        (
            "x = 'http://no-such-host.invalid/x.py'",
            "the host \"no-such-host.invalid\" cannot be resolved",
        ),
        ("x = './nothing.py'", "there is no file or folder"),
        (
            "x = 'git+file:///no/such/repository'",
            "there is no repository at file:///no/such/repository",
        ),
    ] {
        let mut world = World::with_index(&index, dependency);
        let before = world.state();
        let error = full(&world.sync().unwrap_err());
        assert!(error.contains(expected), "{dependency}: {error}");
        assert_eq!(world.state(), before, "{dependency}");
    }
    let mut world = World::with_index(&index, "versions = '2.0'");
    let error @ ProjectError::Package { .. } = world.sync().unwrap_err() else {
        panic!("another error");
    };
    let error = format!("{error:?}");
    assert!(error.contains("known: [\"1.0\", \"1.1\"]"), "{error}");
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let index = Index::new();
    index.add("large", "1", &[("large.py", &"x".repeat(1000))], &[]);
    let mut world = World::with_index(&index, "large = '*'");
    world.settings().limits.file_bytes = 999;
    let error = full(&world.sync().unwrap_err());
    assert!(error.contains("is larger than 999 bytes"), "{error}");
    assert_eq!(world.tree(), []);
}

#[test]
fn packages_with_different_files_at_one_path_are_refused() {
    let index = Index::new();
    index.add("a", "1", &[("shared.py", "one")], &[]);
    index.add("b", "1", &[("shared.py", "two")], &[]);
    index.add("c", "1", &[("shared.py", "one")], &[]);
    index.add("d", "1", &[("shared.py/x.py", "one")], &[]);
    for other in ["b", "d"] {
        let mut world = World::with_index(&index, &format!("a = '*'\n{other} = '*'"));
        let error = full(&world.sync().unwrap_err());
        assert!(
            error.contains(&format!("of a and of {other} differ")),
            "{error}"
        );
    }
    let mut world = World::with_index(&index, "a = '*'\nc = '*'");
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/shared.py", "one")]));
}

#[test]
fn files_and_folders_of_a_forge_are_read() {
    let repositories = Repositories::new();
    repositories.write("single.py", "single");
    repositories.write("folder/a.py", "a");
    repositories.write("folder/sub/b.py", "b");
    repositories.write(
        "described/package.json",
        "{\"urls\": [[\"pkg/x.py\", \"src/x.py\"], [\"pkg/y.py\", \"github:u/lib/single.py\"]],
          \"deps\": [[\"github:u/lib/folder\", \"\"]], \"version\": \"3\"}",
    );
    repositories.write("described/src/x.py", "x");
    let commit = repositories.push();
    let server = forge(&repositories);
    let url = server.url("");
    let project = |dependencies: &str| {
        World::new(&format!(
            "[tool.belay.forges.github]\nkind = 'github'\nurl = '{url}'\n[tool.belay.dependencies]\n{dependencies}\n"
        ))
    };
    let mut world = project(
        "one = 'github:u/lib/single.py'\n\
         many = ['github:u/lib/single.py', 'github:u/lib/folder/a.py@main']\n\
         kept = {uri = 'github:u/lib/single.py', rename_to_init = false}\n\
         all = 'github:u/lib/folder'\n\
         described = 'github:u/lib/described'",
    );
    world.sync().unwrap();
    let expected = owned(&[
        ("main/all/a.py", "a"),
        ("main/all/sub/b.py", "b"),
        ("main/folder/a.py", "a"),
        ("main/folder/sub/b.py", "b"),
        ("main/kept/single.py", "single"),
        ("main/many/a.py", "a"),
        ("main/many/single.py", "single"),
        ("main/one/__init__.py", "single"),
        ("main/pkg/x.py", "x"),
        ("main/pkg/y.py", "single"),
    ]);
    assert_eq!(world.tree(), expected);
    let lock = world.project().lock().unwrap().unwrap();
    for package in lock
        .dependencies
        .iter()
        .flat_map(|dependency| &dependency.packages)
    {
        assert_eq!(
            package.commit.as_deref(),
            Some(&*commit),
            "{}",
            package.source
        );
    }

    // The branch moves on; what is locked can be had again all the same.
    repositories.write("single.py", "other");
    repositories.write("folder/a.py", "other");
    repositories.push();
    fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
    world.settings().cache.clear("").unwrap();
    world.sync().unwrap();
    assert_eq!(world.tree(), expected);
    assert_eq!(world.run(Project::outdated).unwrap().len(), 5);

    for (uri, expected) in [
        ("github:u/lib/absent.py", "has no \"absent.py\" at commit"),
        (
            "github:u/lib/folder@absent",
            "has no branch, tag or commit \"absent\"",
        ),
        ("github:u/absent/x.py", "there is no repository at"),
    ] {
        let error = full(&project(&format!("x = '{uri}'")).sync().unwrap_err());
        assert!(error.contains(expected), "{uri}: {error}");
    }
}

#[test]
fn forges_of_every_kind_can_be_one_s_own() {
    let repositories = Repositories::new();
    repositories.write("a.py", "a");
    repositories.write("folder/b.py", "b");
    repositories.write("p/package.json", r#"{"urls": [["c.py", "src/c.py"]]}"#);
    repositories.write("p/src/c.py", "c");
    repositories.push();
    git(&repositories.work(), &["tag", "v1"]);
    git(
        &repositories.work(),
        &["push", "--quiet", "--tags", "origin"],
    );
    for (kind, word, owner, page) in [
        (ForgeKind::GitHub, "github", "team", "blob/v1"),
        (ForgeKind::GitLab, "gitlab", "team/firmware", "-/blob/v1"),
        (ForgeKind::Forgejo, "forgejo", "team", "src/tag/v1"),
    ] {
        for closed in [false, true] {
            let server = forge_of(kind, closed, &repositories);
            let url = server.url("/code");
            let dash = if kind == ForgeKind::GitLab { "/-" } else { "" };
            let (all, mut expected) = if closed {
                (String::new(), Vec::new())
            } else {
                let line = format!("all = 'mine:{owner}/lib{dash}/folder'\n");
                (line, vec![("main/all/b.py", "b")])
            };
            let dependencies = format!(
                "one = 'mine:{owner}/lib{dash}/a.py@v1'\n\
                 shown = '{url}/{owner}/lib/{page}/a.py'\n\
                 described = 'mine:{owner}/lib{dash}/p@main'\n"
            );
            expected.extend([
                ("main/c.py", "c"),
                ("main/one/__init__.py", "a"),
                ("main/shown/__init__.py", "a"),
            ]);
            let mut world = World::new(&format!(
                "[tool.belay.forges.mine]\nkind = '{word}'\nurl = '{url}'\n\
                 [tool.belay.dependencies]\n{all}{dependencies}"
            ));
            if let Err(error) = world.sync() {
                panic!("{word}, closed: {closed}: {}", full(&error));
            }
            assert_eq!(world.tree(), owned(&expected), "{word}, closed: {closed}");
        }
    }
}

#[test]
fn a_forge_may_want_a_login() {
    let repositories = Repositories::new();
    repositories.write("a.py", "a");
    repositories.push();
    let open = forge_of(ForgeKind::GitLab, false, &repositories);
    let root = repositories.path().to_owned();
    let server = Server::start(move |request| {
        if request.path.contains("/-/raw/") {
            return Reply::status(302).header("Location", "/users/sign_in");
        }
        if request.headers.get("authorization").map(String::as_str) != Some("Basic bTpz") {
            return Reply::status(401);
        }
        let path = request.path.replacen("/team", "", 1);
        git_backend(
            &root,
            &Request {
                path,
                ..request.clone()
            },
        )
    });
    let project = |url: &str| {
        World::new(&format!(
            "[tool.belay.forges.mine]\nkind = 'gitlab'\nurl = '{url}'\n\
             [tool.belay.dependencies]\nx = 'mine:team/lib/a.py'\n"
        ))
    };
    let mut world = project(&server.url(""));
    let error = full(&world.sync().unwrap_err());
    assert!(error.contains("there is no repository at"), "{error}");
    world.settings().http.logins = Logins::parse("machine 127.0.0.1 login m password s");
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/x/__init__.py", "a")]));
    // Who needs none is not harmed by one.
    let mut world = project(&open.url("/code"));
    world.settings().http.logins = Logins::parse("machine 127.0.0.1 login m password s");
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/x/__init__.py", "a")]));
}

#[test]
fn git_repositories_are_read() {
    let repositories = Repositories::new();
    repositories.write("lib/a.py", "a");
    repositories.write(
        "pkg/package.json",
        "{\"urls\": [[\"b.py\", \"../lib/a.py\"]]}",
    );
    repositories.push();
    git(&repositories.work(), &["tag", "v1"]);
    repositories.write("lib/a.py", "newer");
    repositories.push();
    let url = repositories.file_url();
    let mut world = World::new(&format!(
        "[tool.belay.dependencies]\n\
         folder = 'git+{url}#lib@v1'\n\
         file = 'git+{url}#lib/a.py'\n\
         described = 'git+{url}#pkg'\n"
    ));
    world.sync().unwrap();
    let expected = owned(&[
        ("main/b.py", "newer"),
        ("main/file/__init__.py", "newer"),
        ("main/folder/a.py", "a"),
    ]);
    assert_eq!(world.tree(), expected);
}

#[test]
fn addresses_and_local_files_are_read() {
    let server = Server::start(|request| match request.path.as_str() {
        "/a%20b.py" => Reply::body("a"),
        "/p/package.json" => Reply::body("{\"urls\": [[\"q.py\", \"../a%20b.py\"]]}"),
        _ => Reply::status(404),
    });
    let mut world = World::new(&format!(
        "[tool.belay.dependencies]\n\
         web = '{}'\n\
         described = '{}'\n\
         [tool.belay.group.dev.dependencies]\n\
         file = './local/x.py'\n\
         folder = './local'\n\
         live = {{uri = './local', develop = true}}\n",
        server.url("/a%20b.py"),
        server.url("/p/package.json"),
    ));
    let local = world.root().join("local");
    fs::create_dir(&local).unwrap();
    fs::write(local.join("x.py"), "x").unwrap();
    world.sync().unwrap();
    let expected = owned(&[
        ("dev/file/__init__.py", "x"),
        ("dev/folder/x.py", "x"),
        ("dev/live/x.py", "x"),
        ("main/q.py", "a"),
        ("main/web/__init__.py", "a"),
    ]);
    assert_eq!(world.tree(), expected);

    fs::write(local.join("x.py"), "y").unwrap();
    let staged = world.run(|project, settings, events| project.stage(settings, &[], events));
    let staged: Vec<(String, String)> = staged
        .unwrap()
        .into_iter()
        .map(|file| {
            (
                file.path.to_string(),
                String::from_utf8(file.content).unwrap(),
            )
        })
        .collect();
    let expected = owned(&[
        ("file/__init__.py", "x"),
        ("folder/x.py", "x"),
        ("live/x.py", "y"),
        ("q.py", "a"),
        ("web/__init__.py", "a"),
    ]);
    assert_eq!(staged, expected);
}

#[test]
fn fifty_packages_are_asked_for_at_once() {
    const COUNT: usize = 50;
    // The server answers nobody before all requests of a kind have come.
    let waiting = Arc::new((Mutex::new([0_usize; 2]), Condvar::new()));
    let most = Arc::new(AtomicUsize::new(0));
    let (gate, seen) = (Arc::clone(&waiting), Arc::clone(&most));
    let content = |name: &str| format!("# {name}");
    let server = Server::start(move |request| {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let (kind, body) = match parts.as_slice() {
            ["package", "py", name, _] => {
                let hash = belay_pkgmgr::Sha256::of(content(name).as_bytes()).to_string();
                (
                    0,
                    format!("{{\"hashes\": [[\"{name}.py\", \"{}\"]]}}", &hash[..8]),
                )
            }
            ["file", _, hash] => {
                let name = (0..COUNT).map(|n| format!("p{n}")).find(|name| {
                    let found = belay_pkgmgr::Sha256::of(content(name).as_bytes());
                    found.as_str().starts_with(hash)
                });
                (1, content(&name.unwrap()))
            }
            _ => return Reply::status(404),
        };
        let (counts, changed) = &*gate;
        let mut counts = counts.lock().unwrap();
        counts[kind] += 1;
        seen.fetch_max(counts[kind], Ordering::SeqCst);
        changed.notify_all();
        while counts[kind] < COUNT {
            counts = changed
                .wait_timeout(counts, Duration::from_secs(60))
                .unwrap()
                .0;
        }
        Reply::body(body)
    });
    let dependencies: Vec<String> = (0..COUNT).map(|n| format!("p{n} = '*'")).collect();
    let dependencies = dependencies.join("\n");
    let mut world = World::new(&format!(
        "[tool.belay]\npackage_indices = ['{}']\n[tool.belay.dependencies]\n{dependencies}",
        server.url("")
    ));
    world.sync().unwrap();
    assert_eq!(world.tree().len(), COUNT);
    assert_eq!(server.requests().len(), 2 * COUNT);
    assert!(server.connections() <= COUNT, "connections are used again");
}

/// A part of micropython-lib: a package that needs others, of which the tree has two.
fn library(repositories: &Repositories) {
    repositories.write(
        "python-stdlib/shelf/manifest.py",
        "metadata(version='0.3', description='x')\n\
         require('base')\nrequire('elsewhere')\nmodule('shelf.py')\npackage('parts')\n",
    );
    repositories.write("python-stdlib/shelf/shelf.py", "shelf");
    repositories.write("python-stdlib/shelf/parts/one.py", "one");
    repositories.write("python-stdlib/shelf/tests.py", "not installed");
    repositories.write("micropython/base/manifest.py", "module('base.py')\n");
    repositories.write("micropython/base/base.py", "base");
}

#[test]
fn packages_with_a_manifest_come_with_what_they_require() {
    let repositories = Repositories::new();
    library(&repositories);
    repositories.write("broken/manifest.py", "import os\nmodule(os.name)\n");
    let commit = repositories.push();
    let server = forge(&repositories);
    let index = Index::new();
    index.add("elsewhere", "1", &[("elsewhere.py", "elsewhere")], &[]);
    let project = |dependency: &str| {
        World::new(&format!(
            "[tool.belay]\npackage_indices = ['{}']\n\
             [tool.belay.forges.github]\nkind = 'github'\nurl = '{}'\n\
             [tool.belay.dependencies]\n{dependency}\n",
            index.server.url(""),
            server.url(""),
        ))
    };
    let expected = owned(&[
        ("main/base.py", "base"),
        ("main/elsewhere.py", "elsewhere"),
        ("main/parts/one.py", "one"),
        ("main/shelf.py", "shelf"),
    ]);
    let checkout = repositories.work().display().to_string();
    for uri in [
        "github:u/lib/python-stdlib/shelf".to_owned(),
        "github:u/lib/python-stdlib/shelf/manifest.py".to_owned(),
        format!("git+{}#python-stdlib/shelf", repositories.file_url()),
        format!("{checkout}/python-stdlib/shelf"),
        format!("{checkout}/python-stdlib/shelf/manifest.py"),
    ] {
        let mut world = project(&format!("shelf = '{uri}'"));
        world.sync().unwrap();
        assert_eq!(world.tree(), expected, "{uri}");
        let lock = world.project().lock().unwrap().unwrap();
        let packages = &lock.dependencies[0].packages;
        let package = packages
            .iter()
            .find(|package| package.source.to_string().contains("shelf"))
            .unwrap();
        assert_eq!(package.version.as_deref(), Some("0.3"));
        if !uri.starts_with('/') {
            assert_eq!(package.commit.as_deref(), Some(&*commit));
        }
    }
    let error = full(&project("x = 'github:u/lib/broken'").sync().unwrap_err());
    assert!(error.contains("broken/manifest.py:1:1"), "{error}");
}
