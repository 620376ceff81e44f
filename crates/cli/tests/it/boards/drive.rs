//! Boards with CircuitPython whose drive a computer has, or had.

use std::time::{Duration, Instant};

use belay_sim::{Board, Builder, CircuitPython, Drive, Firmware};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use rustix::process::Signal;

use super::board::{Running, engine};
use crate::support::{Folder, belay};

/// A board whose drive the computer has in this way, with a firmware that can take it or cannot.
fn builder(drive: Drive, takes_drive: bool, small: bool) -> Builder {
    let firmware = Firmware::circuitpython();
    let firmware = if small { firmware.small() } else { firmware };
    let circuitpython = firmware.circuitpython.clone().map(|own| CircuitPython {
        drive,
        takes_drive,
        ..own
    });
    let engine = belay_sim::Engine::at(engine()).unwrap();
    Board::builder().engine(engine).firmware(Firmware {
        circuitpython,
        ..firmware
    })
}

fn start(drive: Drive, takes_drive: bool) -> (Board, String) {
    let board = builder(drive, takes_drive, false).start().unwrap();
    let path = board.path().to_string_lossy().into_owned();
    (board, path)
}

fn evaluates(path: &str, expression: &str, expected: &str) {
    belay(&["eval", path, expression])
        .assert()
        .success()
        .stdout(format!("{expected}\n"));
}

#[test]
fn every_way_to_write_leaves_the_drive_as_it_was() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("src")).unwrap();
    folder.file("src/util.py", b"x = 5\n");
    let src = folder.path("src");
    for (drive, takes_drive, small, way) in [
        (Drive::Mounted, true, false, "takes_drive"),
        (Drive::Mounted, true, true, "takes_drive"),
        (Drive::Ejected, false, false, "remounts"),
        (Drive::Ejected, false, true, "remounts"),
        (Drive::Hidden, false, false, "writable"),
    ] {
        let board = builder(drive, takes_drive, small).start().unwrap();
        let path = board.path().to_str().unwrap();
        let files = format!("\"files\":\"{way}\"");
        belay(&["info", "--json", path])
            .assert()
            .success()
            .stdout(contains(files));
        let read_only = if way == "writable" { "False" } else { "True" };
        let state = "__import__('storage').getmount('/').readonly";
        evaluates(path, state, read_only);
        belay(&["sync", path, &src])
            .assert()
            .success()
            .stderr(contains("1 sent").and(contains("0 deleted")));
        assert_eq!(board.drive(), drive);
        evaluates(path, state, read_only);
        evaluates(path, "__import__('util').x", "5");
        // What has been done is not to be seen, and what is the board's own is kept.
        belay(&["fs", "ls", path])
            .assert()
            .success()
            .stdout(contains("settings.toml").and(contains("belay").not()));
        // Nothing is done for what is there already.
        belay(&["sync", path, &src])
            .assert()
            .success()
            .stderr(contains("0 sent, 1 unchanged"));
        for arguments in [&["mkdir", path, ":d"][..], &["rm", "-r", path, ":d"]] {
            belay(&[&["fs"], arguments].concat()).assert().success();
        }
        assert_eq!(board.drive(), drive);
        evaluates(path, state, read_only);
    }
}

#[test]
fn a_drive_that_the_computer_keeps_is_told() {
    let (board, path) = start(Drive::Mounted, false);
    let folder = Folder::new();
    folder.file("util.py", b"x = 5\n");
    belay(&["info", &path])
        .assert()
        .success()
        .stdout(contains("files        only the computer may write"));
    belay(&["sync", &path, &folder.path("")])
        .assert()
        .code(1)
        .stderr(contains("a computer has the board's drive").and(contains("eject")));
    assert_eq!(board.drive(), Drive::Mounted);
}

/// Starts a synchronisation that takes its time, up to where it has the drive and has written to it.
fn begun(board: &Board, folder: &Folder) -> Running {
    std::fs::create_dir_all(folder.path("src")).unwrap();
    let noise: Vec<u8> = (0..500_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    folder.file("src/noise.bin", &noise);
    let path = board.path().to_str().unwrap();
    let programmed = || board.flash_counters().unwrap().programmed_bytes;
    let before = programmed();
    let sync = Running::start(&["sync", path, &folder.path("src")], folder);
    let deadline = Instant::now() + Duration::from_secs(60);
    while board.drive() == Drive::Mounted || programmed() < before + 8192 {
        assert!(
            Instant::now() < deadline,
            "{:?} {before} {}",
            board.drive(),
            programmed()
        );
        std::thread::yield_now();
    }
    sync
}

#[test]
fn the_drive_comes_back_whatever_ends_the_command() {
    let folder = Folder::new();
    let board = builder(Drive::Mounted, true, false).start().unwrap();
    let interrupted = begun(&board, &folder);
    interrupted.interrupt();
    interrupted.wait().code(1);
    assert_eq!(board.drive(), Drive::Mounted);
}

/// Numbers that are the same each time.
fn numbers(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

#[test]
fn whoever_is_killed_leaves_the_drive_to_the_next_command() {
    let folder = Folder::new();
    let board = builder(Drive::Mounted, true, false).start().unwrap();
    let path = board.path().to_str().unwrap();
    let src = folder.path("src");
    std::fs::create_dir(&src).unwrap();
    for n in 0..6 {
        folder.file(
            &format!("src/mod{n}.py"),
            format!("x = {n}\n").repeat(200).as_bytes(),
        );
    }
    // How much goes back and forth in a synchronisation, and from when on it has the drive.
    let before = board.round_trips();
    belay(&["sync", path, &src]).assert().success();
    let trips = board.round_trips() - before;
    assert_eq!(board.drive(), Drive::Mounted);
    let mut number = numbers(7);
    let nexts: [&[&str]; 5] = [
        &["exec", path, "1"],
        &["eval", path, "1"],
        &["info", path],
        &["fs", "ls", path],
        &["sync", "--keep-all", path, &src],
    ];
    let mut found_hidden = 0;
    for turn in 0..10 {
        belay(&["fs", "rm", "-f", path, ":mod0.py", ":mod1.py", ":mod5.py"])
            .assert()
            .success();
        let begin = board.round_trips();
        let killed = Running::start(&["sync", "--keep-all", path, &src], &folder);
        // Some at any moment, the others when the drive is just gone.
        let at = number(trips + 1);
        let deadline = Instant::now() + Duration::from_secs(60);
        while if turn % 3 == 0 {
            board.drive() == Drive::Mounted
        } else {
            board.round_trips() - begin < at
        } {
            assert!(Instant::now() < deadline, "{turn} {at}");
            std::thread::yield_now();
        }
        killed.signal(Signal::KILL);
        killed.wait();
        found_hidden += u32::from(board.drive() == Drive::Hidden);
        let next = nexts[turn % nexts.len()];
        belay(next).assert().success();
        assert_eq!(board.drive(), Drive::Mounted, "{turn}: after {next:?}");
    }
    assert!(found_hidden > 3, "{found_hidden}");
}

#[test]
fn code_that_ran_before_runs_again() {
    let board = builder(Drive::Hidden, true, false).start().unwrap();
    let path = board.path().to_str().unwrap();
    let runs = || {
        let output = belay(&["fs", "cat", path, ":runs"]).output().unwrap();
        output.stdout.len()
    };
    let folder = Folder::new();
    let code = folder.file(
        "code.py",
        b"with open('/runs', 'a') as f:\n    f.write('x')\n",
    );
    belay(&["fs", "cp", path, &code, ":"]).assert().success();
    assert_eq!(runs(), 0);
    std::fs::create_dir(folder.path("src")).unwrap();
    folder.file("src/util.py", b"x = 5\n");
    let src = folder.path("src");
    let sync = || {
        belay(&["sync", "--keep-all", path, &src])
            .assert()
            .success();
    };
    // The REPL had the board, and has it again.
    sync();
    assert_eq!(runs(), 0);
    // The board's code has run, and waits.
    belay(&["reset", path]).assert().success();
    assert_eq!(runs(), 1);
    belay(&["reset", path]).assert().success();
    sync();
    let deadline = Instant::now() + Duration::from_secs(60);
    while runs() < 3 {
        assert!(Instant::now() < deadline, "{} runs", runs());
    }
}
