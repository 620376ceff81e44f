//! Operations that are killed, and operations without room on the disk.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use crate::world::{Index, World, files, full, owned};

/// Names the folder of a world in which [`one_operation`] is to work, and what it is to do there.
const WORLD: &str = "BELAY_TEST_WORLD";
const OPERATION: &str = "BELAY_TEST_OPERATION";

/// Gives the moments of a failed test again, as far as a clock can: the number from its message.
const SEED: &str = "BELAY_TEST_SEED";

/// How often each operation is killed.
const STRIKES: usize = 20;

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

/// What a child does when nobody kills it.
struct Rehearsal {
    /// How many requests it makes.
    requests: usize,
    /// From its start to its last request.
    asking: Duration,
    /// From there to its end.
    writing: Duration,
}

fn rehearse(operation: &str) -> Rehearsal {
    let index = before();
    let mut world = World::with_index(&index, DEPENDENCIES);
    world.sync().unwrap();
    release(&index);
    let asked = index.server.requests().len();
    let start = Instant::now();
    let output = child(&world, operation).output().unwrap();
    let end = Instant::now();
    assert!(output.status.success(), "{}", text(&output));
    let last = index.server.last_request().unwrap();
    Rehearsal {
        requests: index.server.requests().len() - asked,
        asking: last.duration_since(start),
        writing: end.duration_since(last),
    }
}

/// Numbers that follow from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A part of `whole`.
    fn part(&mut self, whole: Duration) -> Duration {
        whole * u32::try_from(self.next() >> 48).unwrap() / (1 << 16)
    }
}

/// The seed that the environment gives, or else one of this moment.
fn seed() -> u64 {
    if let Ok(seed) = env::var(SEED) {
        return seed.parse().expect("a number");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() ^ u64::from(now.subsec_nanos()) << 32
}

/// When a child is killed: so long after so many requests.
#[derive(Debug)]
struct Strike {
    requests: usize,
    delay: Duration,
}

/// Every second strike comes while files are written, the others at any time before.
fn strikes(chance: &mut Chance, rehearsal: &Rehearsal) -> Vec<Strike> {
    let all = rehearsal.requests;
    let one = rehearsal.asking / u32::try_from(all).unwrap();
    let strike = |n| {
        if n % 2 == 0 {
            let delay = chance.part(rehearsal.writing);
            return Strike {
                requests: all,
                delay,
            };
        }
        match usize::try_from(chance.next() % (all as u64 + 1)).unwrap() {
            0 => Strike {
                requests: 0,
                delay: chance.part(rehearsal.asking),
            },
            requests => Strike {
                requests,
                delay: chance.part(one),
            },
        }
    };
    (0..STRIKES).map(strike).collect()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn who_is_killed_leaves_the_old_or_the_new() {
    let seed = seed();
    // Whatever fails below, the harness shows this.
    println!("{SEED}={seed}");
    let mut chance = Chance(seed);
    for operation in ["add", "update"] {
        let rehearsal = rehearse(operation);
        for strike in strikes(&mut chance, &rehearsal) {
            let about = format!("{operation}, {strike:?}, {SEED}={seed}");
            let index = before();
            let mut world = World::with_index(&index, DEPENDENCIES);
            world.sync().unwrap();
            let old = state(&world);
            release(&index);
            let asked = index.server.requests().len();
            let mut child = child(&world, operation).spawn().unwrap();
            let came = index.server.wait_for_requests(asked + strike.requests);
            thread::sleep(strike.delay);
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(came, "{about}: {}", text(&output));

            let found = state(&world);
            // The next one finishes what was begun, or begins again.
            if let Err(error) = operate(&mut world, operation) {
                panic!("{about}: {error}");
            }
            let new = state(&world);
            assert_ne!(new, old, "{about}");
            for (found, old, new) in [(&found.0, &old.0, &new.0), (&found.1, &old.1, &new.1)] {
                assert!(found == old || found == new, "{about}: {found}");
            }
            assert!(
                found.2 == old.2 || found.2 == new.2,
                "{about}: {:?}",
                found.2
            );
            let verified = world.run(belay_pkgmgr::Project::verify);
            assert!(verified.is_ok(), "{about}: {verified:?}");
            let left = files(&world.root().join(".belay/tmp"));
            let left: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(left, [".gitignore", "lock"], "{about}");
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
