//! `belay fs mv`, and copies that would come to lie on each other.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::super::board::Board;
use super::{fs, printed};
use crate::support::Folder;

/// A board with the files `/a/x`, `/b/x` and `/y`, and the folder `/c`.
fn board() -> Board {
    let board = Board::start();
    let folder = Folder::new();
    for name in ["a", "b"] {
        std::fs::create_dir(folder.path(name)).unwrap();
        folder.file(&format!("{name}/x"), name.as_bytes());
    }
    let y = folder.file("y", b"y");
    let (a, b) = (folder.path("a"), folder.path("b"));
    fs(&board, "cp", &["-r", &a, &b, &y, ":"]).success();
    fs(&board, "mkdir", &[":c"]).success();
    board
}

#[test]
fn a_folder_is_not_lost_in_itself() {
    let board = board();
    let before = printed(&board, "tree", &[]);
    for (operands, text) in [
        (&[":a", ":a/new"][..], ":/a cannot become :/a/new"),
        (&[":", ":a"], ":/ cannot become :/a"),
        (&[":*", ":c"], ":/c cannot become :/c/c"),
        (&[":a", ":a"], ":/a cannot become :/a/a"),
        (&[":a/x", ":a"], ":/a/x exists already"),
        (&[":a/x", ":b/x", ":c"], "would both become :/c/x"),
        (&[":a", ":b", ":none"], "there is no :/none on the board"),
        (&[":a", ":b", ":y"], ":/y is a file"),
        (&[":a", ":none/"], "there is no :/none on the board"),
        (&[":a", ":none/q"], "there is no :/none on the board"),
        (&[":a", ":y"], ":/y is a file"),
        (&[":a", ":y/q"], ":/y is a file"),
        (&[":none", ":c"], "there is no :/none on the board"),
    ] {
        fs(&board, "mv", operands).code(1).stderr(contains(text));
        assert_eq!(printed(&board, "tree", &[]), before, "{operands:?}");
    }
    fs(&board, "rmdir", &[":"])
        .code(1)
        .stderr(contains("/: not allowed"));
    fs(&board, "mv", &[":a", ":y", ":c"]).success();
    fs(&board, "mv", &[":b", ":c/a"]).success();
    assert_eq!(printed(&board, "ls", &[":c/a"]), "   b/\n1  x\n");
}

#[test]
fn copies_do_not_lie_on_each_other() {
    let board = board();
    let folder = Folder::new();
    let (there, here) = (folder.path("there"), folder.path("here"));
    for path in [&there, &here] {
        std::fs::create_dir(path).unwrap();
    }
    let (one, two) = (folder.file("there/x", b"1"), folder.file("here/x", b"2"));
    let refused = |operands: &[&str], target: &str| {
        fs(&board, "cp", operands).code(1).stderr(
            contains(format!("would both become {target}")).and(contains("hint: give them")),
        );
    };
    refused(&[&one, &two, ":c"], ":/c/x");
    refused(&[":a/x", ":b/x", ":c"], ":/c/x");
    refused(
        &[":a/x", ":b/x", &folder.path("back")],
        &folder.path("back/x"),
    );
    assert_eq!(printed(&board, "ls", &[":c"]), "");
    assert!(!std::path::Path::new(&folder.path("back")).exists());
    // A copy into itself is what lay there before.
    fs(&board, "cp", &["-r", ":a", ":a"]).success();
    assert_eq!(
        printed(&board, "ls", &[":a", ":a/a"]),
        ":/a:\n   a/\n1  x\n\n:/a/a:\n1  x\n"
    );
}

#[test]
fn all_of_a_board_goes_only_when_it_is_said_so() {
    let board = board();
    for operands in [&[":"][..], &[":/"], &["-f", ":"], &[":*"]] {
        fs(&board, "rm", operands)
            .code(2)
            .stderr(contains("is a folder"));
    }
    assert_eq!(printed(&board, "ls", &[]), "   a/\n   b/\n   c/\n1  y\n");
    fs(&board, "rm", &["-r", ":/"]).success();
    assert_eq!(printed(&board, "ls", &[]), "");
}
