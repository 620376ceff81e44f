//! The packages of micropython-lib, on a board that looks among its files before its own modules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use belay_deploy::Installation;
use belay_device::{ConnectOptions, Device};
use belay_sim::{Board, Direction, Engine, FlashFaults, LinkFaults, PowerCut};
use belay_sync::{RelativePath, Remote as _, RemotePath, Wanted, apply};
use belay_transport::Serial;
use serde_json::Value;

use super::board::engine;
use crate::packages::Project;

/// Even on a machine that does much else.
const LIMIT: Duration = Duration::from_secs(60);
/// How large a file is of which that is not known.
const SIZE: u64 = 500;

/// Packages by name. The versions, the names and sizes of files, and what requires what are facts of
/// micropython-lib; what the files hold is made up.
struct Library(BTreeMap<String, Package>);

struct Package {
    version: String,
    requires: Vec<String>,
    files: BTreeMap<String, String>,
}

impl Library {
    fn new() -> Self {
        let text = include_str!("../../data/micropython-lib.json");
        let facts: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
        let packages = facts.into_iter().map(|(name, facts)| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let requires = facts["requires"].as_array().unwrap();
            let files = facts["files"].as_object().unwrap().iter();
            let package = Package {
                version: text(&facts["version"]),
                requires: requires.iter().map(text).collect(),
                files: files
                    .map(|(path, size)| (path.clone(), python(path, size.as_u64())))
                    .collect(),
            };
            (name, package)
        });
        Self(packages.collect())
    }

    /// A package with all that it needs.
    fn with_requirements<'a>(&'a self, name: &'a str, names: &mut BTreeSet<&'a str>) {
        if names.insert(name) {
            for required in &self.0[name].requires {
                self.with_requirements(required, names);
            }
        }
    }

    /// What a board holds that has these packages.
    fn wanted(&self, names: &BTreeSet<&str>) -> Wanted {
        let mut wanted = Wanted::new();
        for (path, content) in names.iter().flat_map(|name| &self.0[*name].files) {
            let path = RelativePath::new(&format!("lib/{path}")).unwrap();
            wanted.add_file(path, content.clone().into_bytes()).unwrap();
        }
        wanted
    }
}

/// A module of this size.
fn python(path: &str, size: Option<u64>) -> String {
    let size = usize::try_from(size.unwrap_or(SIZE)).unwrap();
    let mut text = format!("own = {path:?}\n");
    let mut number = 7;
    while text.len() < size {
        number = number * 7919 % 65_537;
        writeln!(text, "value_{number} = {}", number * 31).unwrap();
    }
    text
}

fn board() -> Board {
    let engine = Engine::at(engine()).unwrap();
    Board::builder().engine(engine).start().unwrap()
}

fn connect(board: &Board) -> Device {
    let path = board.stable_path().to_str().unwrap().to_owned();
    let port = Serial::open(&path, 115_200).unwrap();
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    Device::connect(Box::new(port), options).unwrap()
}

/// Makes the board's `/lib` hold this.
fn install(device: &mut Device, wanted: &Wanted) -> Result<(), belay_deploy::Error> {
    let library = RelativePath::new("lib").unwrap();
    let plan = Installation::plan(device, &[library], wanted.clone(), false)?.plan;
    let go_on = &mut |_| ControlFlow::Continue(());
    apply(&plan, &mut device.files(), go_on)?;
    Ok(())
}

/// That Belay talks to the board, and that it holds just this.
fn check(device: &mut Device, wanted: &Wanted, what: &str) {
    assert_eq!(device.eval::<i32>("1+1").unwrap(), 2, "{what}");
    let tree = device.files().tree(&RemotePath::root()).unwrap();
    let there: BTreeSet<_> = tree
        .entries
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    let files = wanted.files().map(|(path, _)| path);
    let mut expected: BTreeSet<_> = files
        .chain(wanted.folders())
        .map(|path| format!("/{path}"))
        .collect();
    expected.insert("/lib".to_owned());
    expected.insert("/lib/.belay.json".to_owned());
    assert_eq!(
        there,
        expected.iter().map(String::as_str).collect(),
        "{what}"
    );
}

#[test]
fn the_packages_of_micropython_lib_one_by_one_and_all_together() {
    let library = Library::new();
    let dependency = |name: &String| {
        let called = name.replace(['-', '.'], "_");
        format!("{called} = \"mip:{name}\"\n")
    };
    let dependencies: String = library.0.keys().map(dependency).collect();
    let project = Project::new(&format!("[tool.belay.dependencies]\n{dependencies}"));
    for (name, package) in &library.0 {
        let files = package.files.iter();
        let files: Vec<_> = files
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let requires = package.requires.iter();
        let requires: Vec<_> = requires.map(|name| (name.as_str(), "latest")).collect();
        project.index.add(name, &package.version, &files, &requires);
    }
    let names: BTreeSet<_> = library.0.keys().map(String::as_str).collect();
    let all = library.wanted(&names);
    let together = board();
    let path = together.path().to_str().unwrap();
    project.belay(&["install", "--no-minify", path]).success();
    check(&mut connect(&together), &all, "all together");
    let board = board();
    for name in library.0.keys() {
        let mut names = BTreeSet::new();
        library.with_requirements(name, &mut names);
        let wanted = library.wanted(&names);
        install(&mut connect(&board), &wanted).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        // A connection of its own finds what has been installed in front of the firmware's modules.
        check(&mut connect(&board), &wanted, name);
    }
}

/// So many cuts there are. `BELAY_CUTS_SEED` has them strike elsewhere.
const CUTS: u32 = 200;

/// Packages whose files lie where the firmware has a module.
const HIDING: [&str; 12] = [
    "binascii",
    "collections-defaultdict",
    "errno",
    "gzip",
    "hashlib-core",
    "hashlib-sha224",
    "heapq",
    "io",
    "os",
    "os-path",
    "random",
    "time",
];

struct Random(u64);

impl Random {
    /// Below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// What ends an installation before its time, and up to where the next of its kind strikes: so far that most do.
struct Cut {
    kind: Kind,
    reach: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    /// At a program operation of the flash.
    Power(PowerCut),
    /// Behind so many bytes of the link.
    Link(Direction),
}

impl Cut {
    fn set(&self, board: &Board, random: &mut Random) {
        let place = 1 + random.below(self.reach) as u64;
        match self.kind {
            Kind::Power(how) => {
                let faults = FlashFaults::cut_power_at(place, how);
                board.set_flash_faults(faults).unwrap();
            }
            Kind::Link(direction) => {
                let faults = LinkFaults::default().cut_after(direction, place);
                board.set_link_faults(faults).unwrap();
            }
        }
    }

    /// Brings the board back; whether there was anything to bring back.
    fn mend(&mut self, board: &Board, done: bool) -> bool {
        self.reach = (if done {
            self.reach * 3 / 4
        } else {
            self.reach * 9 / 8
        })
        .max(10);
        let deadline = Instant::now() + LIMIT;
        while !done && board.is_powered() && board.is_plugged_in() {
            assert!(Instant::now() < deadline, "it failed for another reason");
            thread::yield_now();
        }
        board.set_link_faults(LinkFaults::default()).unwrap();
        board.set_flash_faults(FlashFaults::default()).unwrap();
        board.power_on().unwrap();
        !done
    }
}

/// Of random packages in each round, of which some come and others go.
#[test]
fn an_installation_that_is_cut_off_leaves_a_board_that_belay_talks_to() {
    let seed = std::env::var("BELAY_CUTS_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed);
    let library = Library::new();
    let is_small = |name: &&str| {
        library.0[*name]
            .files
            .values()
            .all(|text| text.len() < 2500)
    };
    let small: Vec<_> = library
        .0
        .keys()
        .map(String::as_str)
        .filter(is_small)
        .collect();
    let kinds = [
        Kind::Power(PowerCut::Before),
        Kind::Power(PowerCut::Halfway),
        Kind::Link(Direction::ToBoard),
        Kind::Link(Direction::ToHost),
    ];
    let mut kinds = kinds.map(|kind| Cut { kind, reach: 100 });
    let board = board();
    let (mut cuts, mut rounds) = (0, 0);
    while cuts < CUTS {
        rounds += 1;
        assert!(rounds < 3 * CUTS, "only {cuts} cuts in {rounds} rounds");
        let mut names = BTreeSet::new();
        for _ in 0..=random.below(3) {
            library.with_requirements(random.of(&HIDING), &mut names);
            library.with_requirements(random.of(&small), &mut names);
        }
        let wanted = library.wanted(&names);
        let cut = &mut kinds[random.below(4)];
        let mut device = connect(&board);
        cut.set(&board, &mut random);
        let done = install(&mut device, &wanted).is_ok();
        drop(device);
        if cut.mend(&board, done) {
            cuts += 1;
            let what = format!("seed {seed}, round {rounds}: {names:?}");
            let mut device = connect(&board);
            assert_eq!(device.eval::<i32>("1+1").unwrap(), 2, "{what}");
            install(&mut device, &wanted).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            check(&mut device, &wanted, &what);
        }
    }
}
