//! Packages mean what they mean to mip.

use std::fs;

use belay_pkgmgr::{ForgeKind, Source};

use crate::git::Repositories;
use crate::server::{Reply, Server};
use crate::world::{Index, World, forge, forge_of, full, owned};

/// Every address in a lock file names a commit, and every package of a repository has one.
fn assert_pinned(world: &World, commits: &[&str]) {
    let lock = world.project().lock().unwrap().unwrap();
    for package in lock
        .dependencies
        .iter()
        .flat_map(|dependency| &dependency.packages)
    {
        let source = &package.source;
        if matches!(source, Source::Repository { .. }) {
            let commit = package.commit.as_deref();
            assert!(
                commit.is_some_and(|commit| commits.contains(&commit)),
                "{package:?}"
            );
        }
        for url in package.files.iter().filter_map(|file| file.url.as_ref()) {
            assert!(commits.iter().any(|commit| url.contains(commit)), "{url}");
        }
    }
}

/// A package of a tag whose file names everything absolutely, as the forge has it and as a browser
/// shows it, and a newer default branch.
fn tagged(repositories: &Repositories, prefix: &str, web: &str) -> [String; 2] {
    let json = format!(
        "{{\"urls\": [[\"a.py\", \"{prefix}a.py\"], [\"b.py\", \"b.py\"], [\"c.py\", \"{web}c.py\"]],
          \"deps\": [[\"{prefix}more\", \"\"], [\"{prefix}fixed\", \"v1\"], [\"{prefix}single.py\", null]]}}"
    );
    let dependency =
        |name: &str| format!("{{\"urls\": [[\"{name}.py\", \"{prefix}{name}.txt\"]]}}");
    repositories.write("package.json", &json);
    repositories.write("more/package.json", &dependency("more"));
    repositories.write("fixed/package.json", &dependency("fixed"));
    let version = |text: &str| {
        for name in ["a.py", "b.py", "c.py", "single.py", "more.txt", "fixed.txt"] {
            repositories.write(name, text);
        }
    };
    version("v1");
    let old = repositories.push();
    crate::git::git(&repositories.work(), &["tag", "v1"]);
    version("v2");
    let tag = repositories.push();
    crate::git::git(&repositories.work(), &["tag", "v2"]);
    version("head");
    repositories.push();
    [old, tag]
}

#[test]
fn a_package_of_a_tag_is_that_of_the_tag() {
    for kind in ["github", "git"] {
        let repositories = Repositories::new();
        let server = forge(&repositories);
        let url = server.url("");
        let commits = tagged(
            &repositories,
            "github:u/lib/",
            &format!("{url}/u/lib/raw/HEAD/"),
        );
        let uri = match kind {
            "github" => "github:u/lib@v2".to_owned(),
            _ => format!("git+{url}/u/lib.git@v2"),
        };
        let mut world = World::new(&format!(
            "[tool.belay.forges.github]\nkind = 'github'\nurl = '{url}'\n\
             [tool.belay.dependencies]\nx = '{uri}'\n"
        ));
        world
            .sync()
            .unwrap_or_else(|error| panic!("{kind}: {}", full(&error)));
        let expected = owned(&[
            ("main/a.py", "v2"),
            ("main/b.py", "v2"),
            ("main/c.py", "v2"),
            ("main/fixed.py", "v1"),
            ("main/more.py", "v2"),
            ("main/single.py", "v2"),
        ]);
        assert_eq!(world.tree(), expected, "{kind}");
        assert_pinned(&world, &[&commits[0], &commits[1]]);

        // It can be had again when all branches have moved and nothing is left here.
        repositories.write("a.py", "newer");
        repositories.push();
        fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
        world.settings().cache.clear("").unwrap();
        world.sync().unwrap();
        assert_eq!(world.tree(), expected, "{kind}");
    }
}

#[test]
fn files_of_other_repositories_are_those_of_a_commit() {
    let repositories = Repositories::new();
    repositories.write("x.py", "old");
    let commit = repositories.push();
    for kind in [ForgeKind::GitHub, ForgeKind::GitLab, ForgeKind::Forgejo] {
        let name = match kind {
            ForgeKind::GitLab => "gitlab",
            ForgeKind::Forgejo => "forgejo",
            _ => "github",
        };
        let server = forge_of(kind, false, &repositories);
        let url = server.url("/code");
        let index = Index::new();
        index.serve(
            "/package/py/named/latest.json",
            "{\"urls\": [[\"by_index.py\", \"mine:team/lib/x.py\"]]}",
        );
        index.serve(
            "/web/package.json",
            "{\"urls\": [[\"by_web.py\", \"mine:team/lib/x.py@main\"]]}",
        );
        let mut world = World::new(&format!(
            "[tool.belay]\npackage_indices = ['{0}']\n\
             [tool.belay.forges.mine]\nkind = '{name}'\nurl = '{url}'\n\
             [tool.belay.dependencies]\nnamed = '*'\nweb = '{0}/web/package.json'\nlocal = './local'\n",
            index.server.url("")
        ));
        fs::create_dir(world.root().join("local")).unwrap();
        let git = format!("git+{}/team/lib.git#x.py", server.url("/code"));
        fs::write(
            world.root().join("local/package.json"),
            format!("{{\"urls\": [[\"by_file.py\", \"mine:team/lib/x.py\"], [\"by_git.py\", \"{git}\"]]}}"),
        )
        .unwrap();
        world
            .sync()
            .unwrap_or_else(|error| panic!("{name}: {}", full(&error)));
        let expected = owned(&[
            ("main/by_file.py", "old"),
            ("main/by_git.py", "old"),
            ("main/by_index.py", "old"),
            ("main/by_web.py", "old"),
        ]);
        assert_eq!(world.tree(), expected);
        assert_pinned(&world, &[&commit]);
        repositories.write("x.py", "newer");
        repositories.push();
        fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
        world.settings().cache.clear("").unwrap();
        world
            .sync()
            .unwrap_or_else(|error| panic!("{name}: {}", full(&error)));
        assert_eq!(world.tree(), expected, "{name}");
        // As it was, for the next kind.
        crate::git::git(
            &repositories.work(),
            &["reset", "--quiet", "--hard", &commit],
        );
        crate::git::git(
            &repositories.work(),
            &["push", "--quiet", "--force", "origin", "HEAD"],
        );
    }
}

#[test]
fn an_address_is_a_module_or_a_folder_with_a_package_json() {
    const PAGE: &str = "<!DOCTYPE html><html><body>Index of /dir</body></html>";
    let server = Server::start(|request| match request.path.as_str() {
        "/dir" | "/dir/" | "/v1.2" | "/pages/a.py" | "/pages/package.json" | "/pages/a.mpy" => {
            Reply::body(PAGE).header("Content-Type", "text/html")
        }
        "/dir/package.json" | "/v1.2/package.json" | "/q/package.json?key=1" => {
            Reply::body("\u{feff}{\"urls\": [[\"p.py\", \"src/p.py\"]]}")
        }
        "/dir/src/p.py" | "/v1.2/src/p.py" | "/q/src/p.py" => Reply::body("p"),
        "/x.py" => Reply::body("x"),
        "/font.bin" => Reply::body("font"),
        "/page.bin" => Reply::body(PAGE),
        "/empty.py" => Reply::status(204),
        "/part.py" => Reply::status(206),
        "/open.py" => Reply::body(" \n<html>"),
        _ => Reply::status(404),
    });
    let project = |path: &str| {
        let url = server.url(path);
        World::new(&format!("[tool.belay.dependencies]\nd = '{url}'\n"))
    };
    for (path, file, content) in [
        ("/dir", "main/p.py", "p"),
        ("/dir/", "main/p.py", "p"),
        ("/v1.2", "main/p.py", "p"),
        ("/q?key=1", "main/p.py", "p"),
        ("/x.py", "main/d/__init__.py", "x"),
        ("/font.bin", "main/d/font.bin", "font"),
    ] {
        let mut world = project(path);
        world
            .sync()
            .unwrap_or_else(|error| panic!("{path}: {}", full(&error)));
        assert_eq!(world.tree(), owned(&[(file, content)]), "{path}");
    }
    for (path, expected) in [
        ("/pages", "is a page for a browser"),
        ("/pages/package.json", "is a page for a browser"),
        ("/pages/a.py", "is a page for a browser"),
        ("/pages/a.mpy", "is a page for a browser"),
        ("/page.bin", "is a page for a browser"),
        ("/open.py", "is a page for a browser"),
        ("/empty.py", "answers with status 204"),
        ("/part.py", "answers with status 206"),
        ("/absent", "/absent/package.json is not there"),
        ("/absent.py", "answers with status 404"),
        ("/absent.bin", "answers with status 404"),
    ] {
        let mut world = project(path);
        let before = world.state();
        let error = full(&world.sync().unwrap_err());
        assert!(error.contains(expected), "{path}: {error}");
        assert_eq!(world.state(), before);
    }
}

#[test]
fn what_mip_installs_is_installed() {
    let server = Server::start(|request| match request.path.as_str() {
        "/tool.py" => Reply::body("tool"),
        "/compiled.mpy" => Reply::body("M"),
        path => Reply::body(format!("# {path}")),
    });
    let index = Index::new();
    index.add("other", "1", &[("other.py", "other")], &[]);
    let single = server.url("/tool.py");
    let compiled = server.url("/compiled.mpy");
    let file = server.url("/a.py");
    index.serve(
        "/package/py/lenient/latest.json",
        &format!(
            "{{\"version\": 1.5, \"urls\": [[\"a.py\", \"{file}\"], [\"a.py\", \"{file}\"]],
              \"deps\": [[\"other\", null], [\"{single}\", \"\"], [\"{compiled}\", \"latest\"]]}}"
        ),
    );
    let mut world = World::with_index(&index, "lenient = '*'");
    world
        .sync()
        .unwrap_or_else(|error| panic!("{}", full(&error)));
    let expected = owned(&[
        ("main/a.py", "# /a.py"),
        ("main/compiled.mpy", "M"),
        ("main/other.py", "other"),
        ("main/tool.py", "tool"),
    ]);
    assert_eq!(world.tree(), expected);
    let lock = world.project().lock().unwrap().unwrap();
    let mut packages = lock.dependencies[0].packages.iter();
    let own = packages
        .find(|package| package.source.to_string() == "lenient")
        .unwrap();
    assert_eq!(own.version.as_deref(), Some("1.5"));
    assert_eq!(own.files.len(), 1);
    // Got again, it lands in the same place.
    fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
    world.settings().cache.clear("").unwrap();
    world.sync().unwrap();
    assert_eq!(world.tree(), expected);
}

#[test]
fn mixed_indentation_is_strange_and_no_mistake() {
    let index = Index::new();
    index.add(
        "tabs",
        "1",
        &[("tabs.py", "if x:\n\ta()\n        b()\n")],
        &[],
    );
    let mut world = World::with_index(&index, "tabs = '*'");
    world.sync().unwrap();
    assert_eq!(world.tree().len(), 1);
    let strange = world.events.iter().filter_map(|event| match event {
        belay_pkgmgr::Event::Strange { path, line, .. } => Some((path.as_str(), *line)),
        _ => None,
    });
    assert_eq!(strange.collect::<Vec<_>>(), [("tabs.py", 3)]);
}
