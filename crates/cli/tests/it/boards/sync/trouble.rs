//! Trees, names and boards that make trouble.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::{compiler, mpy_version, noise, sync, tree};
use crate::boards::board::Board;
use crate::support::{Folder, belay};

/// An empty folder `src`, and its path.
fn empty() -> (Folder, String) {
    let folder = Folder::new();
    let src = folder.path("src");
    fs::create_dir(&src).unwrap();
    (folder, src)
}

/// What a file on the board holds, by its digest.
fn holds(board: &Board, path: &str, content: &[u8]) {
    let file = Folder::new();
    let local = file.file("expected", content);
    let arguments = ["fs", "cp", &board.path, &local, &format!(":{path}")];
    belay(&arguments)
        .assert()
        .success()
        .stderr(contains("0 files sent, 1 equal already"));
}

#[test]
fn a_board_without_room_is_left_as_it_is() {
    let board = Board::with(&["?flash_size=64k"]);
    let (folder, src) = empty();
    folder.file("src/main.py", b"print('kept')\n");
    sync(&board, &[&src]).success();
    folder.file("src/data.bin", &noise(60_000));
    folder.file("src/main.py", b"print('new')\n");
    for dry in [&["--dry-run"][..], &[]] {
        sync(&board, &[dry, &[&src]].concat()).code(1).stderr(
            contains("bytes needed on the board,")
                .and(contains("are free"))
                .and(contains("belay fs df")),
        );
    }
    assert_eq!(tree(&board), ["/main.py"]);
    holds(&board, "/main.py", b"print('kept')\n");
    // What fits is taken, and a file that is replaced is there twice for a while.
    folder.file("src/data.bin", &noise(20_000));
    sync(&board, &[&src])
        .success()
        .stderr(contains("2 sent, ").or(contains("2 sent (")));
    holds(&board, "/data.bin", &noise(20_000));
    folder.file("src/data.bin", &noise(24_000)[4_000..]);
    sync(&board, &[&src])
        .success()
        .stderr(contains("1 sent (").and(contains("1 unchanged")));
    holds(&board, "/data.bin", &noise(24_000)[4_000..]);
}

#[test]
fn room_that_deletes_would_make_is_told() {
    let board = Board::with(&["?flash_size=64k"]);
    let (folder, src) = empty();
    folder.file("src/old.bin", &noise(30_000));
    sync(&board, &[&src]).success();
    fs::rename(folder.path("src/old.bin"), folder.path("src/new.bin")).unwrap();
    folder.file("src/new.bin", &noise(31_000));
    sync(&board, &["--yes", &src])
        .code(1)
        .stderr(contains("bytes needed").and(contains("belay fs rm")));
    assert_eq!(tree(&board), ["/old.bin"]);
    belay(&["fs", "rm", &board.path, ":old.bin"])
        .assert()
        .success();
    sync(&board, &["--yes", &src]).success();
    holds(&board, "/new.bin", &noise(31_000));
}

#[test]
fn a_flash_that_fills_up_on_the_way_loses_nothing() {
    let board = Board::with(&["?full_after=12"]);
    let (folder, src) = empty();
    folder.file("src/a.txt", b"the first");
    sync(&board, &[&src]).success();
    folder.file("src/a.txt", b"the second");
    folder.file("src/b.bin", &noise(100_000));
    sync(&board, &[&src])
        .code(1)
        .stderr(contains("/b.bin").and(contains("belay fs df")));
    // Whole, old or new, and nothing half.
    assert_eq!(tree(&board), ["/a.txt"]);
    let content = belay(&["fs", "cat", &board.path, ":a.txt"])
        .output()
        .unwrap()
        .stdout;
    assert!(
        [&b"the first"[..], b"the second"].contains(&&content[..]),
        "{content:?}"
    );
}

#[test]
fn files_and_folders_change_places() {
    let board = Board::start();
    let (folder, src) = empty();
    fs::create_dir_all(folder.path("src/one/deep")).unwrap();
    folder.file("src/one/deep/x.txt", b"x");
    folder.file("src/two", b"a file");
    sync(&board, &[&src]).success();

    fs::remove_dir_all(folder.path("src/one")).unwrap();
    fs::remove_file(folder.path("src/two")).unwrap();
    folder.file("src/one", b"a file now");
    fs::create_dir(folder.path("src/two")).unwrap();
    folder.file("src/two/y.txt", b"y");
    let before = tree(&board);
    // What is in the way is deleted, which someone has to agree to.
    sync(&board, &[&src]).code(2).stderr(contains("--yes"));
    sync(&board, &["--yes", "--keep", "/one/deep", "--", &src])
        .code(1)
        .stderr(contains("is to be kept").and(contains("belay fs mv")));
    assert_eq!(tree(&board), before);
    sync(&board, &["--yes", &src]).success();
    assert_eq!(tree(&board), ["/one", "/two", "/two/y.txt"]);
    holds(&board, "/one", b"a file now");
    sync(&board, &[&src])
        .success()
        .stderr(contains("0 sent, 2 unchanged, 0 deleted"));
}

#[test]
fn names_as_long_as_the_board_takes() {
    let board = Board::start();
    let (folder, src) = empty();
    let longest = format!("{}.py", "n".repeat(252));
    folder.file(&format!("src/{longest}"), b"x = 1\n");
    sync(&board, &[&src]).success();
    assert_eq!(tree(&board), [format!("/{longest}")]);
    sync(&board, &[&src])
        .success()
        .stderr(contains("0 sent, 1 unchanged"));
    // Compiled, its name is a byte longer than any may be.
    let compiler = compiler(&folder, "compiler", mpy_version(&board), "");
    sync(&board, &["--yes", "--mpy-cross-binary", &compiler, &src])
        .code(1)
        .stderr(contains("the name is too long").and(contains("give it another name")));
    assert_eq!(tree(&board), [format!("/{longest}")]);
    // Each part of a path may be as long.
    let other = "\u{e9}".repeat(127);
    folder.file("src/first.txt", b"1");
    fs::create_dir(folder.path(&format!("src/{other}"))).unwrap();
    folder.file(&format!("src/{other}/{longest}"), b"y=2\n");
    sync(&board, &[&src]).success();
    holds(&board, &format!("/{other}/{longest}"), b"y=2\n");
}

#[test]
fn names_with_all_kinds_of_characters() {
    let board = Board::start();
    let (folder, src) = empty();
    let names = [
        "it's \"quoted\"",
        "back\\slash",
        "line\nbreak",
        "t\u{e4}b\tn\u{ef}ce \u{1f40d}",
        "-dash",
        "{brace}",
        "percent%s",
        ".hidden",
    ];
    for name in names {
        folder.file(&format!("src/{name}"), name.as_bytes());
        fs::create_dir(folder.path(&format!("src/{name}.d"))).unwrap();
        folder.file(&format!("src/{name}.d/{name}"), b"below");
    }
    sync(&board, &[&src])
        .success()
        .stderr(contains("16 sent").and(contains("\nbreak").not()));
    let mut expected: Vec<_> = names
        .iter()
        .flat_map(|name| {
            [
                format!("/{name}"),
                format!("/{name}.d"),
                format!("/{name}.d/{name}"),
            ]
        })
        .collect();
    expected.sort();
    assert_eq!(tree(&board), expected);
    for name in names {
        holds(&board, &format!("/{name}"), name.as_bytes());
    }
    sync(&board, &[&src])
        .success()
        .stderr(contains("0 sent, 16 unchanged, 0 deleted"));
}

#[test]
fn links_stand_for_what_they_lead_to() {
    let board = Board::start();
    let (folder, src) = empty();
    fs::create_dir(folder.path("elsewhere")).unwrap();
    folder.file("elsewhere/shared.txt", b"shared");
    symlink(folder.path("elsewhere"), folder.path("src/linked")).unwrap();
    symlink("linked/shared.txt", folder.path("src/file")).unwrap();
    sync(&board, &[&src]).success();
    assert_eq!(tree(&board), ["/file", "/linked", "/linked/shared.txt"]);

    // Emacs marks a file that is being changed with a link that leads nowhere.
    for (target, message) in [
        (".", "leads back to"),
        ("user@host.1234:5678", "leads nowhere"),
        ("bad", "cannot read"),
    ] {
        symlink(target, folder.path("src/bad")).unwrap();
        sync(&board, &["--yes", &src]).success().stderr(
            contains("warning: left out")
                .and(contains("src/bad").and(contains(message)))
                .and(contains("0 sent, 2 unchanged, 0 deleted")),
        );
        sync(&board, &["--ignore", "bad", &src])
            .success()
            .stderr("0 sent, 2 unchanged, 0 deleted\n");
        belay(&["fs", "cp", "-r", &board.path, &format!("{src}/."), ":copy"])
            .assert()
            .success()
            .stderr(contains("warning: left out").and(contains(message)));
        belay(&["fs", "rm", "-r", &board.path, ":copy"])
            .assert()
            .success();
        fs::remove_file(folder.path("src/bad")).unwrap();
    }
}

#[test]
fn what_is_no_file_is_left_out() {
    let board = Board::start();
    let (folder, src) = empty();
    folder.file("src/a.txt", b"a");
    let _socket = UnixListener::bind(folder.path("src/socket")).unwrap();
    sync(&board, &[&src])
        .success()
        .stderr(contains("src/socket is neither a file nor a folder"));
    assert_eq!(tree(&board), ["/a.txt"]);
}

#[test]
fn a_file_that_vanishes_while_others_are_read() {
    let board = Board::start();
    let (folder, src) = empty();
    folder.file("src/main.txt", b"old");
    sync(&board, &[&src]).success();
    folder.file("src/main.txt", b"new");
    folder.file("src/a.py", b"x = 1\n");
    let victim = folder.file("src/b.py", b"y=2\n");
    // The files are listed before the first is compiled, and read one after the other.
    let first = format!("rm -f '{victim}'");
    let compiler = compiler(&folder, "compiler", mpy_version(&board), &first);
    sync(&board, &["--mpy-cross-binary", &compiler, &src])
        .success()
        .stderr(contains(format!("left out: cannot read {victim}")));
    assert_eq!(tree(&board), ["/a.mpy", "/main.txt"]);
    holds(&board, "/main.txt", b"new");
}
