//! Packages that would make other programs do something.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::git::{Repositories, git};
use crate::server::git_command;
use crate::world::{Index, World, full, owned};

#[test]
fn no_package_plants_a_repository_or_a_name_with_a_meaning() {
    let index = Index::new();
    let packages: &[&[&str]] = &[
        &[".git/config"],
        &["a/.GIT/config"],
        &["a/.g\u{200c}it/config"],
        &["a/git~1/config"],
        &["a/.git/b"],
        &["CON"],
        &["a/aux.py"],
        &["a/b."],
        &["a/b /c.py"],
        &["a/\u{202e}yp.exe"],
        // Names that many systems take for one.
        &["a/x.py", "a/X.py"],
        &["a/x.py", "A/y.py"],
        &["a/ß.py", "a/SS.py"],
        &["a/x", "a/X/y.py"],
        &["a/x", "a/x/y.py"],
        // A repository needs no folder of its own name.
        &["a/HEAD", "a/config", "a/objects/x", "a/refs/x"],
        &["a/head", "a/Objects/x", "a/REFS/x"],
        &["HEAD", "objects/x", "refs/x"],
        &["a/HEAD", "a/commondir", "a/config"],
    ];
    for (number, paths) in packages.iter().enumerate() {
        let name = format!("p{number}");
        let files: Vec<_> = paths.iter().map(|path| (*path, *path)).collect();
        index.add(&name, "1", &files, &[]);
        let mut world = World::with_index(&index, &format!("{name} = '*'"));
        let before = world.state();
        let error = world.sync().expect_err(&format!("{paths:?}"));
        assert_eq!(world.state(), before, "{paths:?} {}", full(&error));
    }
    // Nor do several together, or a dependency and another one.
    index.add(
        "one",
        "1",
        &[("HEAD", "ref: refs/heads/x"), ("x/y.py", "")],
        &[],
    );
    index.add(
        "two",
        "1",
        &[("objects/x", ""), ("refs/x", ""), ("X/z.py", "")],
        &[],
    );
    index.add("three", "1", &[("x/z.py", "")], &[]);
    for (dependencies, expected) in [
        ("one = '*'\ntwo = '*'", "of two is"),
        ("three = '*'\ntwo = '*'", "of three is X/z.py of two"),
    ] {
        let mut world = World::with_index(&index, dependencies);
        let error = full(&world.sync().unwrap_err());
        assert!(
            error.contains("where case does not count"),
            "{expected}: {error}"
        );
    }
    index.add("parts", "1", &[("objects/x", ""), ("refs/x", "")], &[]);
    let mut world = World::with_index(&index, "one = '*'\nparts = '*'");
    let error = full(&world.sync().unwrap_err());
    assert!(
        error.contains("HEAD of one is a part of a git repository"),
        "{error}"
    );
    // What only looks like it is as it was.
    index.add(
        "fine",
        "1",
        &[("a/HEAD", ""), ("a/refs/x", ""), ("b/.gitignore", "")],
        &[],
    );
    let mut world = World::with_index(&index, "fine = '*'");
    world.sync().unwrap();
    assert_eq!(world.tree().len(), 3);
}

#[test]
fn a_tree_of_git_with_such_a_name_is_refused() {
    let repositories = Repositories::new();
    repositories.write("x.py", "x");
    repositories.push();
    let bare = repositories.path().join("lib.git");
    // Git itself would not add it.
    let tree = |lines: &str| {
        let mut child = git_command(&bare)
            .arg("mktree")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let blob = git(&bare, &["rev-parse", "main:x.py"]);
    for name in [".GIT", "git~1", ".g\u{200d}it", "aux"] {
        let inner = tree(&format!("100644 blob {blob}\tconfig\n"));
        let root = tree(&format!("040000 tree {inner}\t{name}\n"));
        let commit = git(&bare, &["commit-tree", &root, "-m", "x"]);
        git(&bare, &["update-ref", "refs/heads/main", &commit]);
        let url = repositories.file_url();
        let mut world = World::new(&format!("[tool.belay.dependencies]\nx = 'git+{url}'\n"));
        let error = full(&world.sync().unwrap_err());
        assert!(error.contains("no package may have"), "{name}: {error}");
        assert_eq!(world.tree(), []);
    }
}

#[test]
fn a_project_keeps_nothing_where_git_or_a_system_would_take_it() {
    for setting in [
        "dependencies_path = '.git/hooks'",
        "dependencies_path = 'x/.GIT'",
        "name = 'con'",
        "[tool.belay.group.'.git']",
        "[tool.belay.group.aux.dependencies]",
    ] {
        let mut world = World::new(&format!("[tool.belay]\n{setting}\n"));
        assert!(world.sync().is_err(), "{setting}");
    }
}

#[test]
fn what_is_in_development_lies_with_the_dependencies() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(
        &index,
        "a = '*'\nlive = {uri = './live', develop = true}\none = {uri = './one.py', develop = true}\n\
         described = {uri = './described', develop = true}",
    );
    let root = world.root();
    let write = |path: &str, content: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("live/x.py", "x1");
    write("live/sub/y.py", "y1");
    write("one.py", "o1");
    write(
        "described/package.json",
        "{\"urls\": [[\"shown.py\", \"hidden.py\"]]}",
    );
    write("described/hidden.py", "d1");
    world.sync().unwrap();
    let tree = |x: &str| {
        owned(&[
            ("main/a.py", "a1"),
            ("main/live/sub/y.py", "y1"),
            ("main/live/x.py", x),
            ("main/one/__init__.py", "o1"),
            ("main/shown.py", "d1"),
        ])
    };
    assert_eq!(world.tree(), tree("x1"));
    // The lock knows nothing of it, and what belongs to it is no rest and no difference.
    let lock = fs::read_to_string(root.join("belay.lock")).unwrap();
    assert!(!lock.contains("x.py"), "{lock}");
    assert_eq!(world.run(belay_pkgmgr::Project::clean).unwrap().len(), 0);
    write("live/x.py", "x2");
    world.run(belay_pkgmgr::Project::verify).unwrap();
    assert_eq!(world.tree(), tree("x1"));
    assert_eq!(world.sync().unwrap().files, 1);
    assert_eq!(world.tree(), tree("x2"));
    // What is no longer in development goes, also from what is on its way to a board.
    fs::remove_file(root.join("live/sub/y.py")).unwrap();
    let staged = world.run(|project, settings, events| project.stage(settings, &[], events));
    let staged: Vec<_> = staged
        .unwrap()
        .iter()
        .map(|file| file.path.to_string())
        .collect();
    assert_eq!(staged, ["a.py", "live/x.py", "one/__init__.py", "shown.py"]);
    world.sync().unwrap();
    assert_eq!(world.tree().len(), 4);
}
