//! Projects, from `pyproject.toml` to the folder of dependencies.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use belay_pkgmgr::{ChangeKind, Event, Project, ProjectError, search};

use crate::world::{Index, World, files, full, owned};

fn kinds(outcome: &belay_pkgmgr::Outcome) -> Vec<(String, ChangeKind)> {
    let change = |change: &belay_pkgmgr::Change| (change.name.to_string(), change.kind.clone());
    outcome.changes.iter().map(change).collect()
}

#[test]
fn a_package_of_the_index_comes_with_what_it_needs() {
    let index = Index::new();
    index.add("logging", "0.6.0", &[("logging.py", "log")], &[]);
    index.add(
        "http",
        "1.0",
        &[("http/__init__.py", "http"), ("http/ws.py", "ws")],
        &[("logging", "latest")],
    );
    let mut world = World::with_index(&index, "http = \"*\"");
    let outcome = world.sync().unwrap();
    assert_eq!(
        kinds(&outcome),
        [(
            "http".to_owned(),
            ChangeKind::Added {
                version: Some("1.0".to_owned())
            }
        )]
    );
    let expected = owned(&[
        ("main/http/__init__.py", "http"),
        ("main/http/ws.py", "ws"),
        ("main/logging.py", "log"),
    ]);
    assert_eq!(world.tree(), expected);
    let lock = world.project().lock().unwrap().unwrap();
    let versions: Vec<_> = lock.dependencies[0]
        .packages
        .iter()
        .map(|package| (package.source.to_string(), package.version.as_deref()))
        .collect();
    assert_eq!(
        versions,
        [("http", Some("1.0")), ("logging", Some("0.6.0"))].map(|(name, v)| (name.to_owned(), v))
    );
    world.run(Project::verify).unwrap();

    // Nothing is asked for again, and nothing is written.
    let asked = index.server.requests().len();
    let before = fs::metadata(world.root().join("belay.lock"))
        .unwrap()
        .modified()
        .unwrap();
    let outcome = world.sync().unwrap();
    assert_eq!(outcome.files, 0);
    assert_eq!(index.server.requests().len(), asked);
    let after = fs::metadata(world.root().join("belay.lock"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_configuration_is_parsed_again_only_when_it_has_changed() {
    let world = World::new("[tool.belay]\nname = \"app\"\n");
    let project = world.project();
    let first = project.config().unwrap();
    assert!(Arc::ptr_eq(&first, &project.config().unwrap()));
    fs::write(project.pyproject(), "[tool.belay]\nname = \"other\"\n").unwrap();
    let second = project.config().unwrap();
    assert_eq!(
        second.name.as_ref().map(belay_pkgmgr::PackagePath::as_str),
        Some("other")
    );
    fs::write(project.pyproject(), "[tool.belay]\nname = 1\n").unwrap();
    assert!(matches!(project.config(), Err(ProjectError::Config { .. })));
}

#[test]
fn versions_are_chosen_for_all_who_need_a_package() {
    let index = Index::new();
    for version in ["1.0", "1.1", "1.2", "2.0"] {
        index.add("base", version, &[("base.py", version)], &[]);
    }
    index.add("a", "1", &[("a.py", "a")], &[("base", "latest")]);
    index.add("b", "1", &[("b.py", "b")], &[("base", "1.1")]);
    let mut world = World::with_index(&index, "a = \"*\"\nb = \"*\"\nbase = \"^1.0\"");
    world.sync().unwrap();
    assert!(
        world
            .tree()
            .contains(&("main/base.py".to_owned(), "1.1".to_owned()))
    );

    let mut world = World::with_index(&index, "base = \">=1,<2\"");
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/base.py", "1.2")]));

    let mut world = World::with_index(&index, "b = \"*\"\nbase = \"^2\"");
    let before = world.state();
    let error = full(&world.sync().unwrap_err());
    assert_eq!(
        error,
        "no version of \"base\" meets all that is asked of it"
    );
    assert_eq!(world.state(), before);
}

#[test]
fn what_is_locked_stays_until_it_is_updated() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    index.add("b", "1", &[("b.py", "b1")], &[]);
    let mut world = World::with_index(&index, "a = \"*\"\nb = \"*\"");
    world.sync().unwrap();
    index.add("a", "2", &[("a.py", "a2")], &[]);
    index.add("b", "2", &[("b.py", "b2")], &[]);
    world.sync().unwrap();
    assert_eq!(
        world.tree(),
        owned(&[("main/a.py", "a1"), ("main/b.py", "b1")])
    );

    let outdated = world.run(Project::outdated).unwrap();
    let latest: Vec<&str> = outdated.iter().map(|each| each.latest.as_str()).collect();
    assert_eq!(latest, ["2", "2"]);

    let outcome = world.update(&["a"]).unwrap();
    let updated = ChangeKind::Updated {
        from: Some("1".to_owned()),
        to: Some("2".to_owned()),
    };
    assert_eq!(kinds(&outcome)[0], ("a".to_owned(), updated));
    assert_eq!(
        world.tree(),
        owned(&[("main/a.py", "a2"), ("main/b.py", "b1")])
    );
    world.update(&[]).unwrap();
    assert_eq!(
        world.tree(),
        owned(&[("main/a.py", "a2"), ("main/b.py", "b2")])
    );
    let error = world.update(&["c"]).unwrap_err();
    assert!(matches!(error, ProjectError::Unknown { .. }));
}

#[test]
fn the_version_of_a_dependency_is_that_of_its_own_package() {
    let index = Index::new();
    index.add("aa", "7", &[("aa.py", "aa")], &[]);
    index.add("b", "1", &[("b.py", "b1")], &[("aa", "latest")]);
    let mut world = World::with_index(&index, "b = \">=1\"");
    world.sync().unwrap();
    assert_eq!(world.run(Project::outdated).unwrap(), []);
    index.add("b", "2", &[("b.py", "b2")], &[("aa", "latest")]);
    let outcome = world.update(&[]).unwrap();
    let updated = ChangeKind::Updated {
        from: Some("1".to_owned()),
        to: Some("2".to_owned()),
    };
    assert_eq!(kinds(&outcome), [("b".to_owned(), updated)]);
}

#[test]
fn offline_everything_locked_is_installed() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = \"*\"");
    world.sync().unwrap();
    drop(index);
    // From the cache, when the folder is gone.
    fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
    world.settings().http.offline = true;
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.py", "a1")]));
    // From the folder, when the cache is gone.
    world.settings().cache.clear("").unwrap();
    world.sync().unwrap();
    // From nowhere.
    fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
    let error = full(&world.sync().unwrap_err());
    assert!(error.contains("the network is not to be used"), "{error}");
}

#[test]
fn a_tree_that_differs_from_the_lock_is_noticed_and_repaired() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = \"*\"");
    world.sync().unwrap();
    let dependencies = world.root().join(".belay/dependencies");
    fs::write(dependencies.join("main/a.py"), "changed").unwrap();
    fs::write(dependencies.join("main/extra.py"), "x").unwrap();
    fs::write(dependencies.join("README"), "kept").unwrap();
    let error = world.run(Project::verify).unwrap_err();
    let ProjectError::Differs { differences } = error else {
        panic!("{error:?}");
    };
    assert_eq!(differences, ["main/a.py", "main/extra.py"]);
    world.sync().unwrap();
    assert_eq!(
        world.tree(),
        owned(&[("README", "kept"), ("main/a.py", "a1")])
    );
    world.run(Project::verify).unwrap();

    let text = fs::read_to_string(world.root().join("pyproject.toml")).unwrap();
    fs::write(world.root().join("pyproject.toml"), text + "b = \"*\"\n").unwrap();
    let error = world.run(Project::verify).unwrap_err();
    assert!(error.to_string().contains("main/b"), "{error}");
}

#[test]
fn dependencies_are_added_and_removed() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "# mine");
    world.add(None, "a").unwrap();
    let text = fs::read_to_string(world.root().join("pyproject.toml")).unwrap();
    assert!(
        text.contains("# mine") && text.contains("\na = \"a\"\n"),
        "{text}"
    );
    assert_eq!(world.tree(), owned(&[("main/a.py", "a1")]));
    let before = world.state();
    world.add(None, "a").unwrap();
    assert_eq!(world.state(), before, "the same again changes nothing");
    let error = world.add(None, "a==1").unwrap_err();
    assert!(matches!(error, ProjectError::Edit { .. }), "{error:?}");

    let before = world.state();
    let error = full(&world.add(None, "nothing").unwrap_err());
    assert!(error.contains("there is no package \"nothing\""), "{error}");
    assert_eq!(world.state(), before);

    let gone = ["a".to_owned()];
    world
        .run(|project, settings, events| project.remove(settings, &gone, None, events))
        .unwrap();
    assert_eq!(world.tree(), []);
    let text = fs::read_to_string(world.root().join("pyproject.toml")).unwrap();
    assert!(!text.contains("a ="), "{text}");
}

#[test]
fn a_dotted_name_is_a_package_unless_there_is_such_a_file() {
    let index = Index::new();
    index.add("umqtt.robust", "1", &[("umqtt/robust.py", "mqtt")], &[]);
    index.add("settings.cfg", "1", &[("wrong.py", "wrong")], &[]);
    let mut world = World::with_index(&index, "");
    fs::write(world.root().join("settings.cfg"), "local").unwrap();
    world.add(None, "umqtt.robust").unwrap();
    world.add(Some("mqtt"), "umqtt.robust").unwrap();
    world.add(None, "settings.cfg").unwrap();
    let text = fs::read_to_string(world.root().join("pyproject.toml")).unwrap();
    for line in [
        "umqtt_robust = \"mip:umqtt.robust\"",
        "mqtt = \"mip:umqtt.robust\"",
        "settings_cfg = \"settings.cfg\"",
    ] {
        assert!(text.lines().any(|each| each == line), "{text}");
    }
    assert_eq!(
        world.tree(),
        owned(&[
            ("main/settings_cfg/settings.cfg", "local"),
            ("main/umqtt/robust.py", "mqtt"),
        ])
    );
    let error = full(&world.add(None, "umqtt.absent").unwrap_err());
    assert!(
        error.contains("there is no package \"umqtt.absent\""),
        "{error}"
    );
}

#[test]
fn two_at_once_take_turns() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = '*'");
    let root = world.root();
    let lock = root.join(".belay/tmp/lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = fs::File::create(&lock).unwrap();
    fs4::FileExt::lock(&held).unwrap();
    let mut held = Some(held);
    let mut waited = false;
    let outcome = world.run(|project, settings, _| {
        project.sync(settings, &mut |event| {
            if let Event::Waiting { path } = event {
                assert!(path.ends_with(".belay/tmp/lock"));
                waited = true;
                held = None;
            }
            ControlFlow::Continue(())
        })
    });
    outcome.unwrap();
    assert!(waited);
    assert_eq!(world.tree(), owned(&[("main/a.py", "a1")]));
}

#[test]
fn who_only_reads_writes_nothing() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = '*'");
    world.sync().unwrap();
    // As a checkout has it: what only this computer needs is not there.
    fs::remove_dir_all(world.root().join(".belay/tmp")).unwrap();
    world.run(Project::verify).unwrap();
    let staged = world.run(|project, settings, events| project.stage(settings, &[], events));
    assert_eq!(staged.unwrap().len(), 1);
    assert!(!world.root().join(".belay/tmp").exists());

    // Who reads waits for who writes, and not for who reads.
    world.sync().unwrap();
    let lock = fs::File::open(world.root().join(".belay/tmp/lock")).unwrap();
    let mut waited = 0;
    for shared in [true, false] {
        if shared {
            fs4::FileExt::lock_shared(&lock).unwrap();
        } else {
            fs4::FileExt::lock(&lock).unwrap();
        }
        let mut listen = |event| {
            if let Event::Waiting { .. } = event {
                fs4::FileExt::unlock(&lock).unwrap();
                waited += 1;
            }
            ControlFlow::Continue(())
        };
        let settings = world.settings().clone();
        world.project().verify(&settings, &mut listen).unwrap();
    }
    assert_eq!(waited, 1);
}

#[test]
fn an_operation_can_be_stopped() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = '*'");
    let before = world.state();
    let stopped =
        world.run(|project, settings, _| project.sync(settings, &mut |_| ControlFlow::Break(())));
    assert!(
        matches!(stopped, Err(ProjectError::Interrupted)),
        "{stopped:?}"
    );
    assert_eq!(world.state(), before);
}

#[test]
fn a_project_of_the_original_keeps_what_was_never_locked() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    index.add("old", "1", &[("old.py", "newer")], &[]);
    let mut world = World::with_index(&index, "a = '*'\nold = '*'");
    let dependencies = world.root().join(".belay/dependencies/main");
    fs::create_dir_all(dependencies.join("old")).unwrap();
    fs::write(dependencies.join("old/__init__.py"), "vendored").unwrap();
    world.update(&["a"]).unwrap();
    let expected = owned(&[("main/a.py", "a1"), ("main/old/__init__.py", "vendored")]);
    assert_eq!(world.tree(), expected);
    world.sync().unwrap();
    assert_eq!(
        world.tree(),
        owned(&[("main/a.py", "a1"), ("main/old.py", "newer")])
    );
}

#[test]
fn packages_are_found_by_words() {
    let index = Index::new();
    index.add("umqtt.simple", "1", &[("umqtt/simple.py", "")], &[]);
    index.add("umqtt.robust", "1", &[("umqtt/robust.py", "")], &[]);
    index.add("ntptime", "1", &[("ntptime.py", "")], &[]);
    let mut world = World::with_index(&index, "");
    let found = world
        .run(|project, settings, events| {
            search(settings, &*project.config()?, &["about", "mqtt"], events)
        })
        .unwrap();
    let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["umqtt.robust", "umqtt.simple"]);
}

#[test]
fn a_project_is_found_from_below() {
    let world = World::new("[tool.belay]\n");
    let deep = world.root().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(Project::find(&deep).unwrap().root(), world.project().root());
    let error = Project::find(world.folder.path()).unwrap_err();
    assert!(matches!(error, ProjectError::NoProject { .. }));
    for path in ["../outside", "/tmp/outside"] {
        let mut world = World::new(&format!("[tool.belay]\ndependencies_path = '{path}'\n"));
        let error = world.sync().unwrap_err();
        assert!(
            matches!(error, ProjectError::DependenciesPath { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn a_folder_becomes_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let name = "app".parse().unwrap();
    let project = Project::init(&folder.path().join("new"), &name).unwrap();
    assert_eq!(project.config().unwrap().name, Some(name.clone()));
    let error = Project::init(&folder.path().join("new"), &name).unwrap_err();
    assert!(matches!(error, ProjectError::Edit { .. }), "{error:?}");

    let pyproject = folder.path().join("pyproject.toml");
    fs::write(&pyproject, "# mine\n[project]\nname = 'x'\n").unwrap();
    Project::init(folder.path(), &name).unwrap();
    let text = fs::read_to_string(&pyproject).unwrap();
    assert!(
        text.starts_with("# mine\n[project]\nname = 'x'\n"),
        "{text}"
    );
}

#[test]
fn clean_removes_what_belongs_to_nobody() {
    let index = Index::new();
    index.add("a", "1", &[("a/__init__.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = '*'");
    world.sync().unwrap();
    let dependencies = world.root().join(".belay/dependencies");
    fs::create_dir_all(dependencies.join("main/gone/sub")).unwrap();
    fs::write(dependencies.join("main/gone/sub/x.py"), "x").unwrap();
    let removed = world.run(Project::clean).unwrap();
    assert_eq!(removed, [std::path::Path::new("main/gone/sub/x.py")]);
    assert_eq!(files(&dependencies), owned(&[("main/a/__init__.py", "a1")]));
    assert!(!dependencies.join("main/gone").exists());
}
