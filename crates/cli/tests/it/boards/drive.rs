//! Boards with CircuitPython whose drive a computer has, or had.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
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

/// A board with an old firmware, whose drive this computer has mounted.
fn with_volume(folder: &Folder, small: bool) -> (Board, String) {
    let volume = folder.path("media/CIRCUITPY");
    let builder = builder(Drive::Mounted, false, small).volume(&volume);
    let board = builder.start().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !Path::new(&volume).join("boot_out.txt").exists() {
        assert!(Instant::now() < deadline, "no drive at {volume}");
    }
    (board, volume)
}

#[test]
fn a_board_that_may_not_write_is_written_through_its_drive() {
    for small in [false, true] {
        let folder = Folder::new();
        let (board, volume) = with_volume(&folder, small);
        let path = board.path().to_str().unwrap();
        let on_drive = |arguments: &[&str]| belay(arguments).env("BELAY_DRIVE", &volume).assert();
        let told = format!("through the drive at {volume}");
        on_drive(&["info", path]).success().stdout(contains(told));
        std::fs::create_dir_all(folder.path("src/pkg")).unwrap();
        folder.file("src/util.py", b"x = 5\n");
        folder.file("src/pkg/__init__.py", &b"y = 6\n".repeat(900));
        folder.file("src/data.bin", &(0..=255).collect::<Vec<u8>>());
        let src = folder.path("src");
        on_drive(&["sync", path, &src])
            .success()
            .stderr(contains("3 sent"));
        on_drive(&["sync", path, &src])
            .success()
            .stderr(contains("0 sent, 3 unchanged"));
        evaluates(path, "__import__('util').x + __import__('pkg').y", "11");
        folder.file("src/util.py", b"x = 7\n");
        std::fs::remove_dir_all(folder.path("src/pkg")).unwrap();
        on_drive(&["sync", "--yes", path, &src])
            .success()
            .stderr(contains("1 sent").and(contains("2 deleted")));
        evaluates(path, "__import__('util').x", "7");
        let file = folder.file("new.txt", b"new");
        for arguments in [
            &["cp", path, &file, ":"][..],
            &["mkdir", "-p", path, ":a/b"],
            &["mv", path, ":new.txt", ":a/b/moved.txt"],
            &["touch", path, ":a/empty"],
            &["cp", path, ":a/b/moved.txt", ":a/copy"],
            &["rm", path, ":a/empty"],
        ] {
            on_drive(&[&["fs"], arguments].concat()).success();
        }
        let at = |name: &str| std::fs::read(Path::new(&volume).join(name));
        assert_eq!(at("a/b/moved.txt").unwrap(), b"new");
        assert_eq!(at("a/copy").unwrap(), b"new");
        assert!(at("a/empty").is_err() && at("new.txt").is_err());
        for arguments in [
            &["rmdir", path, ":a/b"][..],
            &["mkdir", path, ":a"],
            &["rm", path, ":no"],
        ] {
            on_drive(&[&["fs"], arguments].concat()).code(1);
        }
        on_drive(&["fs", "rm", "-r", path, ":a"]).success();
        on_drive(&["fs", "ls", path])
            .success()
            .stdout(contains("belay").not());
        assert_eq!(board.drive(), Drive::Mounted);
        evaluates(path, "__import__('storage').getmount('/').readonly", "True");
    }
}

#[test]
fn a_board_without_a_cable_is_written_through_its_web_workflow() {
    let folder = Folder::new();
    let builder = builder(Drive::Ejected, false, true)
        .web("127.0.0.1:0")
        .unwrap();
    let board = builder.start().unwrap();
    let path = board.path().to_string_lossy().into_owned();
    let settings = folder.file("settings.toml", b"CIRCUITPY_WEB_API_PASSWORD = \"pass\"\n");
    belay(&["fs", "cp", "--force", &path, &settings, ":"])
        .assert()
        .success();
    let address = format!("http://{}", board.web_address().unwrap());
    let without_cable =
        |arguments: &[&str]| belay(arguments).env("BELAY_PASSWORD", "pass").assert();
    without_cable(&["info", &address])
        .success()
        .stdout(contains("web workflow may write"));
    std::fs::create_dir_all(folder.path("src/pkg")).unwrap();
    folder.file("src/util.py", b"x = 5\n");
    folder.file("src/pkg/__init__.py", &b"y = 6\n".repeat(900));
    folder.file("src/pkg/a b#\u{e9}.bin", &(0..=255).collect::<Vec<u8>>());
    let src = folder.path("src");
    without_cable(&["sync", "--verbose", &address, &src])
        .success()
        .stderr(contains("through the board's web workflow").and(contains("3 sent")));
    without_cable(&["sync", &address, &src])
        .success()
        .stderr(contains("0 sent, 3 unchanged"));
    evaluates(&path, "__import__('util').x + __import__('pkg').y", "11");
    folder.file("src/util.py", b"x = 7\n");
    std::fs::remove_dir_all(folder.path("src/pkg")).unwrap();
    without_cable(&["sync", "--yes", &address, &src])
        .success()
        .stderr(contains("1 sent").and(contains("3 deleted")));
    evaluates(&path, "__import__('util').x", "7");
    let file = folder.file("new.txt", b"new");
    for (arguments, status) in [
        (&["cp", &address, &file, ":"][..], 0),
        (&["mkdir", "-p", &address, ":a/b"], 0),
        (&["mv", &address, ":new.txt", ":a/b/moved.txt"], 0),
        (&["mv", &address, ":a", ":c"], 0),
        (&["touch", &address, ":c/empty"], 0),
        (&["rmdir", &address, ":c/b"], 1),
        (&["mkdir", &address, ":c"], 1),
        (&["rm", &address, ":no"], 1),
        (&["rm", "-r", &address, ":c/b"], 0),
    ] {
        without_cable(&[&["fs"], arguments].concat()).code(status);
    }
    without_cable(&["fs", "tree", &address])
        .success()
        .stdout(contains("empty").and(contains("moved").not()));
    // The board's own code has not been given anything.
    evaluates(
        &path,
        "__import__('storage').getmount('/').readonly",
        "True",
    );
    assert_eq!(board.drive(), Drive::Ejected);
    // A computer that has the drive is in the way of both.
    board.set_drive(Drive::Mounted);
    without_cable(&["fs", "rm", &address, ":c/empty"])
        .code(1)
        .stderr(contains("a computer has the board's drive"));
    board.set_drive(Drive::Ejected);
    without_cable(&["fs", "rm", &address, ":c/empty"]).success();
}

#[test]
fn a_drive_through_which_nobody_may_write_is_told() {
    let folder = Folder::new();
    let (board, volume) = with_volume(&folder, false);
    let port = board.path().to_string_lossy().into_owned();
    let count = || std::fs::read_dir(&volume).unwrap().count();
    let before = count();
    let src = folder.path("src");
    std::fs::create_dir(&src).unwrap();
    folder.file("src/util.py", b"x = 5\n");
    let copy = |name: &str| {
        let copy = tempfile::Builder::new().prefix(name).tempdir().unwrap();
        std::fs::copy(
            Path::new(&volume).join("boot_out.txt"),
            copy.path().join("boot_out.txt"),
        )
        .unwrap();
        copy
    };
    let refused = |drives: &[&Path], words: &[&str]| {
        let mut belay = belay(&["sync", &port, &src]);
        belay.env("BELAY_DRIVE", std::env::join_paths(drives).unwrap());
        let output = belay.assert().code(1).stdout("");
        let errors = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(
            words.iter().all(|word| errors.contains(word)),
            "{words:?}: {errors}"
        );
    };
    // Two boards with one UID.
    let twin = copy("twin");
    let paths = [Path::new(&volume), twin.path()];
    refused(
        &paths,
        &["2 drives here are of boards with the UID", "BELAY_DRIVE"],
    );
    // The drive of another board.
    let other = copy("other");
    std::fs::write(other.path().join("boot_out.txt"), "UID:0102\r\n").unwrap();
    refused(
        &[other.path()],
        &["a computer has the board's drive", "eject"],
    );
    // What is written there never reaches the board.
    refused(
        &[twin.path()],
        &["/util.py: what was read back is not what was written"],
    );
    // One that is full.
    let noise: Vec<u8> = (0..3_000_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    folder.file("src/noise.bin", &noise);
    refused(
        &[Path::new(&volume)],
        &["bytes needed on the board", "free"],
    );
    assert_eq!(count(), before);
}

#[test]
fn boot_py_lets_code_write_until_that_is_taken_back() {
    let failing = b"import storage\nraise ValueError('mine')\n";
    for (boot, takes_drive, drive) in [
        (None, false, Drive::Mounted),
        (Some(&failing[..]), false, Drive::Mounted),
        (Some(b"# mine"), true, Drive::Mounted),
    ] {
        let folder = Folder::new();
        // Where firmware gives the drive away, it is not mounted anywhere here.
        let builder = builder(drive, takes_drive, false);
        let volume = folder.path("media/CIRCUITPY");
        let board = builder.volume(&volume).start().unwrap();
        let path = board.path().to_str().unwrap();
        let run = |arguments: &[&str]| belay(arguments).env("BELAY_DRIVE", &volume).assert();
        let has = |expected: Option<&[u8]>| {
            let cat = run(&["fs", "cat", path, ":boot.py"]);
            match expected {
                Some(boot) => drop(cat.success().stdout(boot.to_vec())),
                None => drop(cat.code(1)),
            }
        };
        if let Some(boot) = boot {
            let file = folder.file("boot.py", boot);
            run(&["fs", "cp", path, &file, ":"]).success();
        }
        let write = "with open('/log', 'w') as f:\n    f.write('x')";
        run(&["exec", path, write])
            .code(1)
            .stderr(contains("OSError: [Errno 30]"));
        run(&["circuitpython", "remount", path])
            .code(2)
            .stderr(contains("boot.py on the board would be changed").and(contains("--yes")));
        has(boot);
        run(&["circuitpython", "remount", "--yes", path])
            .success()
            .stderr(contains("code on the board may write from now on"));
        run(&["exec", path, write]).success();
        run(&["info", path])
            .success()
            .stdout(contains("the board may write"));
        run(&["circuitpython", "remount", path])
            .success()
            .stderr(contains("may write as things are"));
        for told in ["boot.py is as it was", "stays as it is"] {
            run(&["circuitpython", "revert", path])
                .success()
                .stderr(contains(told));
        }
        has(boot);
        assert_eq!(board.drive(), drive);
        run(&["exec", path, write])
            .code(1)
            .stderr(contains("OSError: [Errno 30]"));
    }
}

#[test]
fn a_boot_py_that_takes_the_file_system_back_is_left_as_it_was() {
    let board = builder(Drive::Mounted, true, false).start().unwrap();
    let path = board.path().to_str().unwrap();
    let folder = Folder::new();
    let boot = b"import storage\nstorage.remount('/', readonly=True)\nprint('mine')\n";
    let file = folder.file("boot.py", boot);
    belay(&["fs", "cp", path, &file, ":"]).assert().success();
    belay(&["circuitpython", "remount", "-y", path])
        .assert()
        .code(1)
        .stderr(contains("boot.py has been made what it was; it said: mine"));
    belay(&["fs", "cat", path, ":boot.py"])
        .assert()
        .success()
        .stdout(boot.to_vec());
    assert_eq!(board.drive(), Drive::Mounted);
    // MicroPython has nothing of that.
    let other = Board::builder().engine(belay_sim::Engine::at(engine()).unwrap());
    let other = other.start().unwrap();
    let path = other.path().to_str().unwrap();
    for command in ["remount", "revert"] {
        belay(&["circuitpython", command, path])
            .assert()
            .code(2)
            .stderr(contains("does not run CircuitPython"));
    }
}

#[test]
fn a_drive_that_is_mounted_for_reading_is_told() {
    let board = builder(Drive::Mounted, false, false)
        .tcp("127.0.0.1:0")
        .unwrap();
    let board = board.start().unwrap();
    let port = format!("tcp://{}", board.tcp_address().unwrap());
    let folder = Folder::new();
    let drive = tempfile::tempdir().unwrap();
    let read = std::process::Command::new(assert_cmd::cargo::cargo_bin!("belay"))
        .args(["fs", "cat", &port, ":boot_out.txt"])
        .output()
        .unwrap();
    std::fs::write(drive.path().join("boot_out.txt"), read.stdout).unwrap();
    std::fs::set_permissions(drive.path(), Permissions::from_mode(0o555)).unwrap();
    let file = folder.file("util.py", b"x = 5\n");
    std::fs::set_permissions(folder.path(""), Permissions::from_mode(0o755)).unwrap();
    for (arguments, status, words) in [
        (&["info", &port][..], 0, "has mounted the drive at"),
        (
            &["fs", "cp", &port, &file, ":"],
            1,
            "where nobody may write",
        ),
    ] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("belay"));
        command.args(arguments).env("BELAY_DRIVE", drive.path());
        // Root may write wherever a file system lets anybody.
        if rustix::process::getuid().is_root() {
            command.uid(65534);
        }
        let output = command.current_dir("/").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(
            output.status.code() == Some(status) && said.contains(words),
            "{said}"
        );
    }
    std::fs::set_permissions(drive.path(), Permissions::from_mode(0o755)).unwrap();
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
    belay(&["sync", path, &src]).assert().success();
    let remove = ["fs", "rm", "-f", path, ":mod0.py", ":mod1.py", ":mod5.py"];
    belay(&remove).assert().success();
    let before = board.round_trips();
    belay(&["sync", "--keep-all", path, &src])
        .assert()
        .success();
    let trips = (board.round_trips() - before) * 3 / 4;
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
        belay(&remove).assert().success();
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
