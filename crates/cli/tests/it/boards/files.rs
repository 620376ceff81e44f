//! `belay fs`.

mod moves;

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::board::Board;
use crate::support::{Folder, belay};

/// Runs a command of `belay fs` with the board as its device.
fn fs(board: &Board, command: &str, operands: &[&str]) -> Assert {
    let arguments = [&["fs", command, &board.path], operands].concat();
    belay(&arguments).assert()
}

/// What `belay fs` prints.
fn printed(board: &Board, command: &str, operands: &[&str]) -> String {
    let output = fs(board, command, operands).success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

/// A folder here with files in folders.
fn project() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("app/sub")).unwrap();
    folder.file("main.py", b"print('main')\n");
    folder.file("app/__init__.py", b"");
    folder.file("app/sub/data.bin", &[0, 3, 4, 13, 10, 255, 0x7e]);
    folder
}

#[test]
fn files_go_to_the_board_and_come_back() {
    let board = Board::start();
    let folder = project();
    let sources = [&folder.path("main.py")[..], &folder.path("app"), ":"];
    fs(&board, "cp", &[&["-r"], &sources[..]].concat())
        .success()
        .stdout("")
        .stderr(contains("3 files sent, 0 equal already"));
    let expected = ":/\n├── app/\n│   ├── __init__.py  0\n│   └── sub/\n│       └── data.bin  7\n└── main.py  14\n";
    assert_eq!(printed(&board, "tree", &[]), expected);
    fs(&board, "cp", &[&["-r"], &sources[..]].concat())
        .success()
        .stderr(contains("0 files sent, 3 equal already"));
    fs(&board, "cp", &[&["-r", "--force"], &sources[..]].concat())
        .success()
        .stderr(contains("3 files sent\n"));

    let back = folder.path("back");
    fs(&board, "cp", &["-r", ":/.", &back])
        .success()
        .stderr(contains("3 files fetched"));
    for name in ["main.py", "app/__init__.py", "app/sub/data.bin"] {
        let there = std::fs::read(folder.path(&format!("back/{name}"))).unwrap();
        assert_eq!(there, std::fs::read(folder.path(name)).unwrap(), "{name}");
    }
    fs(&board, "cp", &["-r", ":/.", &back])
        .success()
        .stderr(contains("0 files fetched, 3 equal already"));
}

#[test]
fn a_copy_goes_where_cp_would_put_it() {
    let board = Board::start();
    let folder = project();
    let main = folder.path("main.py");
    fs(&board, "cp", &[&main, ":other.py"]).success();
    fs(&board, "mkdir", &[":lib"]).success();
    fs(&board, "cp", &[&main, ":lib"]).success();
    fs(&board, "cp", &["-r", &folder.path("app"), ":new"]).success();
    fs(&board, "cp", &["-r", &folder.path("app/."), ":lib"]).success();
    fs(&board, "cp", &[":lib/main.py", ":copy.py"]).success();
    let names = printed(&board, "ls", &[":", ":lib", ":new"]);
    let expected = "\
:/:
    lib/
    new/
14  copy.py
14  other.py

:/lib:
    sub/
 0  __init__.py
14  main.py

:/new:
   sub/
0  __init__.py
";
    assert_eq!(sorted(&names), sorted(expected), "{names}");
    fs(&board, "cp", &[":copy.py", &folder.path("fetched.py")]).success();
    let fetched = std::fs::read(folder.path("fetched.py")).unwrap();
    assert_eq!(fetched, b"print('main')\n");
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn patterns_name_what_is_there() {
    let board = Board::start();
    let folder = Folder::new();
    let names = ["a.py", "b.py", "c.txt", "[d].py"];
    let files: Vec<String> = names.map(|name| folder.file(name, name.as_bytes())).into();
    let mut operands: Vec<&str> = files.iter().map(String::as_str).collect();
    operands.push(":lib/");
    fs(&board, "cp", &operands).success();
    assert_eq!(printed(&board, "cat", &[":lib/[ab].py"]), "a.pyb.py");
    // A name that is there is no pattern.
    assert_eq!(printed(&board, "cat", &[":lib/[d].py"]), "[d].py");
    fs(&board, "rm", &[":*/*.py"]).success();
    assert_eq!(printed(&board, "ls", &[":lib"]), "5  c.txt\n");
    fs(&board, "rm", &[":lib/*.py"])
        .code(1)
        .stderr("error: there is no :/lib/*.py on the board\n");
    fs(&board, "rm", &["-f", ":lib/*.py"]).success();
    fs(&board, "cat", &[":lib/[a"])
        .code(2)
        .stderr(contains(":/lib/[a is no pattern"));
}

#[test]
fn what_is_on_the_board_is_moved_and_deleted() {
    let board = Board::start();
    fs(&board, "touch", &[":a.py", ":b.py"]).success();
    fs(&board, "mkdir", &["-p", ":x/y/z"]).success();
    fs(&board, "mkdir", &["-p", ":x/y"]).success();
    fs(&board, "mv", &[":a.py", ":b.py", ":x"]).success();
    fs(&board, "mv", &[":x/a.py", ":x/c.py"]).success();
    assert_eq!(printed(&board, "ls", &[":x"]), "0  b.py\n0  c.py\n   y/\n");
    fs(&board, "rmdir", &[":x"])
        .code(1)
        .stderr(contains("/x: the folder is not empty").and(contains("hint: belay fs rm -r")));
    fs(&board, "rm", &[":x"])
        .code(2)
        .stderr(contains(":/x is a folder").and(contains("-r")));
    fs(&board, "rmdir", &[":x/y/z"]).success();
    fs(&board, "rm", &["-r", ":x"]).success();
    assert_eq!(printed(&board, "ls", &[]), "");
    fs(&board, "mkdir", &[":x"]).success();
    fs(&board, "mkdir", &[":x"])
        .code(1)
        .stderr("error: :/x exists already\n");
}

#[test]
fn what_is_listed_can_be_had_as_json() {
    let board = Board::start();
    let folder = project();
    fs(&board, "cp", &["-r", &folder.path("app"), ":"]).success();
    let json: serde_json::Value =
        serde_json::from_str(&printed(&board, "tree", &["--json"])).unwrap();
    let expected = serde_json::json!([
        {"path": "/app", "kind": "folder", "size": null},
        {"path": "/app/__init__.py", "kind": "file", "size": 0},
        {"path": "/app/sub", "kind": "folder", "size": null},
        {"path": "/app/sub/data.bin", "kind": "file", "size": 7},
    ]);
    let by_path = |json: &serde_json::Value| {
        let mut list = json.as_array().unwrap().clone();
        list.sort_by_key(|entry| entry["path"].to_string());
        list
    };
    assert_eq!(by_path(&json), by_path(&expected));
    let space: serde_json::Value =
        serde_json::from_str(&printed(&board, "df", &["--json"])).unwrap();
    let figure = |name: &str| space[name].as_u64().unwrap();
    assert_eq!(figure("used") + figure("free"), figure("total"));
    let digest = printed(&board, "sha256", &[":app/sub/data.bin"]);
    let python =
        "import hashlib,sys; print(hashlib.sha256(open(sys.argv[1],'rb').read()).hexdigest())";
    let output = std::process::Command::new("python3")
        .args(["-c", python, &folder.path("app/sub/data.bin")])
        .output()
        .unwrap();
    let expected = String::from_utf8(output.stdout).unwrap();
    assert_eq!(digest, format!("{}  :/app/sub/data.bin\n", expected.trim()));
}

#[test]
fn a_file_is_edited_here() {
    let board = Board::start();
    let edit = |editor: &str| {
        let arguments = ["fs", "edit", &board.path, ":notes.txt"];
        belay(&arguments)
            .env_remove("VISUAL")
            .env("EDITOR", editor)
            .assert()
    };
    edit("sh -c 'echo one >> \"$0\"'").success();
    edit("sh -c 'echo two >> \"$0\"'").success();
    assert_eq!(printed(&board, "cat", &[":notes.txt"]), "one\ntwo\n");
    edit("true").success().stderr("nothing has changed\n");
    edit("false")
        .code(1)
        .stderr(contains("the file on the board is as it was"));
    edit("/no/such/editor")
        .code(2)
        .stderr(contains("cannot start /no/such/editor"));
    assert_eq!(printed(&board, "cat", &[":notes.txt"]), "one\ntwo\n");
    // An editor that is killed, and one that deletes the file.
    edit("sh -c 'echo three >> \"$0\"; kill -9 $$'")
        .code(1)
        .stderr(contains("as it was"));
    edit("rm")
        .code(1)
        .stderr(contains("cannot exchange a file with the editor"));
    assert_eq!(printed(&board, "cat", &[":notes.txt"]), "one\ntwo\n");
    // Nobody is to type what then has no place to go to.
    belay(&["fs", "edit", &board.path, ":none/notes.txt"])
        .env("VISUAL", "false")
        .assert()
        .code(1)
        .stderr(
            contains("there is no folder for :/none/notes.txt").and(contains("mkdir -p :/none")),
        );
    let arguments = ["fs", "edit", &board.path, ":notes.txt"];
    belay(&arguments)
        .env_remove("VISUAL")
        .env_remove("EDITOR")
        .assert()
        .code(2)
        .stderr(contains("export EDITOR="));
}

#[test]
fn odd_names_survive() {
    let board = Board::start();
    let folder = Folder::new();
    for (number, name) in ["it's \"q\".txt", "a b", "ü€.py", "line\nbreak", "%s\\n"]
        .iter()
        .enumerate()
    {
        let content = format!("content {number}");
        let path = folder.file(name, content.as_bytes());
        let there = format!(":{name}");
        fs(&board, "cp", &[&path, ":"]).success();
        assert_eq!(printed(&board, "cat", &[&there]), content, "{name:?}");
        let back = folder.path("back");
        fs(&board, "cp", &["--force", &there, &back]).success();
        assert_eq!(std::fs::read_to_string(&back).unwrap(), content);
        fs(&board, "rm", &[&there]).success();
    }
    assert_eq!(printed(&board, "ls", &[]), "");
}

#[test]
fn operands_that_cannot_be_meant() {
    let board = Board::start();
    let folder = project();
    let main = folder.path("main.py");
    let app = folder.path("app");
    for (operands, text) in [
        (&[&main[..], &app][..], "nothing of this is on the board"),
        (&[&main, ":x", ":y"], "some sources are on the board"),
        (&[&app, ":"], "is a folder"),
        (&["/no/such/file", ":"], "cannot read /no/such/file"),
        (&[":only"], "<DESTINATION> is missing"),
    ] {
        fs(&board, "cp", operands).code(2).stderr(contains(text));
    }
    fs(&board, "cp", &[":no.py", "."])
        .code(1)
        .stderr(contains("there is no :/no.py"));
    fs(&board, "ls", &["lib"])
        .code(2)
        .stderr(contains("lib is no path on the board").and(contains(":lib")));
    belay(&["fs", "ls", "lib"])
        .assert()
        .code(2)
        .stderr(contains("begins with a colon: :lib"));
    fs(&board, "ls", &[":../.."])
        .code(2)
        .stderr(contains("leads above the root"));
}
