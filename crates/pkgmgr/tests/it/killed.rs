//! Operations that are killed, and operations without room on the disk.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::world::{Index, World, full, owned};

/// Names the folder of a world in which [`one_operation`] is to work, and what it is to do there.
const WORLD: &str = "BELAY_TEST_WORLD";
const OPERATION: &str = "BELAY_TEST_OPERATION";

/// An operation in a process of its own when it is told where; otherwise on a world of its own.
#[test]
fn one_operation() {
    let Some(folder) = env::var_os(WORLD) else {
        let index = before();
        let mut world = World::with_index(&index, DEPENDENCIES);
        operate(&mut world, "add").unwrap();
        assert!(
            world
                .tree()
                .contains(&("main/d.py".to_owned(), "d1".to_owned()))
        );
        return;
    };
    let mut world = World::at(Path::new(&folder));
    operate(&mut world, &env::var(OPERATION).unwrap()).unwrap();
}

fn operate(world: &mut World, operation: &str) -> Result<(), String> {
    let result = match operation {
        "add" => world.add(None, "d"),
        "update" => world.update(&[]),
        other => panic!("{other:?} is no operation"),
    };
    result.map(drop).map_err(|error| full(&error))
}

fn child(world: &World, operation: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    prepare(&mut command, world, operation);
    command
}

fn prepare(command: &mut Command, world: &World, operation: &str) {
    command
        .args(["--exact", "killed::one_operation", "--nocapture"])
        .env(WORLD, world.folder.path())
        .env(OPERATION, operation)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}

const DEPENDENCIES: &str = "a = '*'\nb = '*'\nc = '*'";

fn before() -> Index {
    let index = Index::new();
    for name in ["a", "b", "c", "d"] {
        let file = format!("{name}.py");
        index.add(name, "1", &[(&file, &format!("{name}1"))], &[]);
    }
    index
}

fn release(index: &Index) {
    for name in ["a", "b", "c"] {
        let file = format!("{name}/__init__.py");
        index.add(name, "2", &[(&file, &format!("{name}2"))], &[]);
    }
}

/// `pyproject.toml`, `belay.lock` and the folder of dependencies.
type State = (String, String, Vec<(String, String)>);

fn state(world: &World) -> State {
    let text = |name: &str| fs::read_to_string(world.root().join(name)).unwrap();
    (text("pyproject.toml"), text("belay.lock"), world.tree())
}

/// How long the operation takes, to the last request and to its end.
fn rehearse(operation: &str) -> (Duration, Duration) {
    let index = before();
    let mut world = World::with_index(&index, DEPENDENCIES);
    world.sync().unwrap();
    release(&index);
    let start = Instant::now();
    let output = child(&world, operation).output().unwrap();
    let end = start.elapsed();
    assert!(output.status.success(), "{}", text(&output));
    let last = index.server.last_request().unwrap().duration_since(start);
    (last, end)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn who_is_killed_leaves_the_old_or_the_new() {
    for operation in ["add", "update"] {
        let (last, end) = rehearse(operation);
        // Ten moments until the last request, ten while files are written.
        let moments = (0..20_u32).map(|n| match n {
            0..10 => last * n / 10,
            _ => last + end.saturating_sub(last) * (n - 10) / 10,
        });
        for moment in moments {
            let index = before();
            let mut world = World::with_index(&index, DEPENDENCIES);
            world.sync().unwrap();
            let old = state(&world);
            release(&index);
            let mut child = child(&world, operation).spawn().unwrap();
            thread::sleep(moment);
            child.kill().unwrap();
            child.wait().unwrap();

            let found = state(&world);
            // The next one finishes what was begun, or begins again.
            operate(&mut world, operation).unwrap();
            let new = state(&world);
            assert_ne!(new, old);
            for (found, old, new) in [(&found.0, &old.0, &new.0), (&found.1, &old.1, &new.1)] {
                assert!(found == old || found == new, "after {moment:?}: {found}");
            }
            assert!(
                found.2 == old.2 || found.2 == new.2,
                "after {moment:?}: {:?}",
                found.2
            );
            world
                .run(|project, _, events| project.verify(events))
                .unwrap();
        }
    }
}

#[test]
fn without_room_nothing_is_half_done() {
    let index = before();
    let large = "x".repeat(100_000);
    let mut world = World::with_index(&index, DEPENDENCIES);
    world.sync().unwrap();
    let old = state(&world);
    index.add("d", "2", &[("d.py", &large)], &[]);
    // A process that may not write more than 16 KiB to a file is told so as by a full disk.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap());
    prepare(&mut command, &world, "add");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let said = text(&output);
    assert!(
        said.contains("cannot write") && said.contains("too large"),
        "{said}"
    );
    assert_eq!(state(&world), old);
    operate(&mut world, "add").unwrap();
    assert!(world.tree().contains(&("main/d.py".to_owned(), large)));
}

#[test]
fn two_processes_at_once_both_succeed() {
    let index = before();
    let mut world = World::with_index(&index, DEPENDENCIES);
    world.sync().unwrap();
    release(&index);
    let children = [(); 2].map(|()| child(&world, "update").spawn().unwrap());
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(
        world.tree(),
        owned(&[
            ("main/a/__init__.py", "a2"),
            ("main/b/__init__.py", "b2"),
            ("main/c/__init__.py", "c2"),
        ])
    );
}
