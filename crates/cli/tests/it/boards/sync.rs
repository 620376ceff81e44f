//! `belay sync`.

mod trouble;

use std::fs;

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use super::board::{Board, Running};
use crate::support::{Folder, belay};

fn sync(board: &Board, arguments: &[&str]) -> Assert {
    belay(&[&["sync", &board.path], arguments].concat()).assert()
}

fn tree(board: &Board) -> Vec<String> {
    let output = belay(&["fs", "tree", "--json", &board.path])
        .output()
        .unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let entries = json.as_array().unwrap().iter();
    let mut paths: Vec<_> = entries
        .map(|entry| entry["path"].as_str().unwrap().to_owned())
        .collect();
    paths.sort();
    paths
}

fn project() -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("src/lib/pkg")).unwrap();
    fs::create_dir_all(folder.path("src/__pycache__")).unwrap();
    folder.file("src/main.py", b"# A comment.\nimport lib.pkg.mod\n");
    folder.file(
        "src/lib/pkg/mod.py",
        b"def f():\n    '''Docs.'''\n    raise ValueError('x')\n",
    );
    folder.file("src/data.bin", &[3; 100]);
    folder.file("src/__pycache__/x.pyc", b"no");
    folder
}

#[test]
fn the_board_gets_what_the_folder_holds() {
    let board = Board::start();
    let folder = project();
    let src = folder.path("src");
    sync(&board, &[&src])
        .success()
        .stdout("")
        .stderr(contains("3 sent").and(contains("0 unchanged, 0 deleted")));
    let expected = [
        "/data.bin",
        "/lib",
        "/lib/pkg",
        "/lib/pkg/mod.py",
        "/main.py",
    ];
    assert_eq!(tree(&board), expected);
    // Minified, and still with the lines of the source.
    belay(&["fs", "cat", &board.path, ":main.py"])
        .assert()
        .success()
        .stdout("\nimport lib.pkg.mod\n");
    belay(&["exec", &board.path, "from lib.pkg.mod import f; f()"])
        .assert()
        .code(1)
        .stderr(contains("line 3, in f"));
    sync(&board, &[&src])
        .success()
        .stderr(contains("0 sent, 3 unchanged, 0 deleted"));
    sync(&board, &["--no-minify", &src])
        .success()
        .stderr(contains("2 sent").and(contains("1 unchanged")));
    belay(&["fs", "cat", &board.path, ":main.py"])
        .assert()
        .stdout("# A comment.\nimport lib.pkg.mod\n");
}

#[test]
fn nothing_is_deleted_that_nobody_agreed_to() {
    let board = Board::start();
    let folder = project();
    let src = folder.path("src");
    sync(&board, &[&src]).success();
    for name in ["boot.py", "mine.txt"] {
        let path = folder.file(name, b"1");
        belay(&["fs", "cp", &board.path, &path, ":"])
            .assert()
            .success();
    }
    fs::remove_file(folder.path("src/data.bin")).unwrap();
    let before = tree(&board);
    sync(&board, &[&src])
        .code(2)
        .stderr(contains("would be deleted, such as :/").and(contains("--yes")));
    sync(&board, &["--dry-run", &src]).success().stdout(
        contains("/data.bin")
            .and(contains("/mine.txt"))
            .and(contains("2 to delete")),
    );
    assert_eq!(tree(&board), before);
    sync(
        &board,
        &[
            &src, "--yes", "-k", "mine.txt", "-k", "lib", "-k", "boot.py",
        ],
    )
    .success()
    .stderr(contains("1 deleted, 2 kept"));
    sync(&board, &["--keep-all", &src]).success();
    sync(&board, &[&src, "-y"])
        .success()
        .stderr(contains("1 deleted, 1 kept"));
    assert_eq!(
        tree(&board),
        [
            "/boot.py",
            "/lib",
            "/lib/pkg",
            "/lib/pkg/mod.py",
            "/main.py"
        ]
    );
}

#[test]
fn a_plan_is_json() {
    let board = Board::start();
    let folder = project();
    let arguments = [
        "--json",
        "--dst",
        "/app",
        "--ignore",
        "*.bin",
        "--",
        &folder.path("src"),
    ];
    let output = sync(&board, &arguments).success().get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["summary"]["put"], 2, "{json}");
    assert_eq!(json["plan"]["destination"], "/app");
    let actions = json["plan"]["actions"].as_array().unwrap();
    let paths: Vec<_> = actions
        .iter()
        .map(|action| action["path"].as_str())
        .collect();
    assert!(paths.contains(&Some("/app/lib/pkg/mod.py")), "{paths:?}");
    assert!(!tree(&board).contains(&"/app/data.bin".to_owned()));
}

#[test]
fn files_are_compiled() {
    let board = Board::start();
    let folder = project();
    let src = folder.path("src");
    let version = mpy_version(&board);
    let compiler = |name, version| compiler(&folder, name, version, "");
    let good = compiler("good", version);
    sync(&board, &["--mpy-cross-binary", &good, &src]).success();
    let paths = tree(&board);
    assert!(paths.contains(&"/lib/pkg/mod.mpy".to_owned()), "{paths:?}");
    assert!(paths.contains(&"/main.py".to_owned()), "{paths:?}");

    let other = compiler("other", version - 1);
    sync(&board, &["--mpy-cross-binary", &other, &src])
        .code(1)
        .stderr(contains("mod.py").and(contains("the board loads version")));
    let failing = executable(
        &folder,
        "failing",
        "#!/bin/sh\necho no such luck >&2\nexit 3\n",
    );
    sync(&board, &["--mpy-cross-binary", &failing, &src])
        .code(1)
        .stderr(contains("no such luck"));
    sync(&board, &["--mpy-cross-binary", "/no/such", &src])
        .code(1)
        .stderr(contains("cannot run /no/such"));
    assert_eq!(tree(&board), paths);
}

/// Bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    });
    noise.take(length).collect()
}

/// The version of compiled files that a board loads.
pub(super) fn mpy_version(board: &Board) -> u8 {
    let expression = "__import__('sys').implementation._mpy & 0xff";
    let output = belay(&["eval", &board.path, expression]).output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    version.trim().parse().unwrap()
}

/// A compiler whose results have a header and no more; it runs some commands of the shell first.
pub(super) fn compiler(folder: &Folder, name: &str, version: u8, first: &str) -> String {
    let script = format!(
        "#!/bin/sh\n{first}\nwhile [ $# -gt 1 ]; do [ \"$1\" = -o ] && out=$2; shift; done\n\
         printf 'M\\{version:03o}\\000\\037rest' > \"$out\"\n"
    );
    executable(folder, name, &script)
}

fn executable(folder: &Folder, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.file(name, script.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn folders_that_cannot_be_synced() {
    let board = Board::start();
    let folder = project();
    sync(&board, &["/no/such/folder"])
        .code(2)
        .stderr(contains("cannot read /no/such/folder"));
    sync(&board, &["--ignore", "[a", &folder.path("src")])
        .code(2)
        .stderr(contains("[a"));
    assert!(tree(&board).is_empty());
}

#[test]
fn what_is_no_python_here_is_sent_as_it_is() {
    let board = Board::start();
    let folder = Folder::new();
    fs::create_dir(folder.path("src")).unwrap();
    // MicroPython counts a tab as up to the next multiple of eight, as Python 2 did.
    let mixed = b"if 1:\n\tx = 1\n        y = 2\n";
    folder.file("src/mixed.py", mixed);
    folder.file("src/plain.py", b"# A comment.\nx = 1\n");
    let src = folder.path("src");
    sync(&board, &[&src])
        .success()
        .stderr(contains("warning: mixed.py: line 3, column 1").and(contains("2 sent")));
    belay(&["fs", "cat", &board.path, ":mixed.py", ":plain.py"])
        .assert()
        .stdout([&mixed[..], b"\nx=1\n"].concat());
    belay(&["exec", &board.path, "import mixed; print(mixed.y)"])
        .assert()
        .success()
        .stdout("2\n");
}

#[test]
fn what_tools_leave_in_a_folder_stays_here() {
    let board = Board::start();
    let folder = Folder::new();
    for name in [".git", ".venv"] {
        fs::create_dir(folder.path(name)).unwrap();
        folder.file(&format!("{name}/config"), b"1");
    }
    folder.file(".env", b"SECRET=1");
    folder.file("main.py~", b"1");
    folder.file("main.py", b"x=1\n");
    folder.file("big.log", b"1");
    folder.file(".gitignore", b"*.log\n");
    let src = folder.path("");
    sync(&board, &["--gitignore", &src]).success();
    assert_eq!(tree(&board), ["/main.py"]);
    sync(&board, &[&src]).success();
    assert_eq!(tree(&board), ["/big.log", "/main.py"]);
    sync(
        &board,
        &["--no-ignore", "--ignore", "big.*", &src, "--keep-all"],
    )
    .success();
    let all = [
        "/.env",
        "/.git",
        "/.git/config",
        "/.gitignore",
        "/.venv",
        "/.venv/config",
        "/big.log",
        "/main.py",
        "/main.py~",
    ];
    assert_eq!(tree(&board), all);
    for name in [".git/", ".env", "*.swp", "*~"] {
        belay(&["sync", "--help"])
            .assert()
            .stdout(contains(name.trim_end_matches('/')));
    }
}

#[test]
fn ctrl_c_leaves_the_board_at_its_prompt() {
    let board = Board::with(&["?baud=115200"]);
    let folder = Folder::new();
    fs::create_dir(folder.path("src")).unwrap();
    let noise = noise(60_000);
    folder.file("src/a.bin", &noise[..500]);
    folder.file("src/b.bin", &noise);
    let mut running = Running::start(
        &["sync", "--verbose", &board.path, &folder.path("src")],
        board.folder(),
    );
    // The small file is there, and the large one is on its way for seconds to come.
    running.wait_for_error("sent :/a.bin");
    running.interrupt();
    let ended = running.wait();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.errors.contains("interrupted"), "{ended:?}");
    belay(&["eval", &board.path, "6*7"])
        .assert()
        .success()
        .stdout("42\n");
    assert_eq!(tree(&board), ["/a.bin"]);
    sync(&board, &[&folder.path("src")])
        .success()
        .stderr(contains("1 sent").and(contains("1 unchanged")));
}
