//! `belay install`.

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};
use serde_json::Value;

use super::board::{Board, Running, engine};
use super::sync::{compiler, mpy_version};
use crate::packages::Project;
use crate::support::belay;

fn project(rest: &str) -> Project {
    let project = Project::new(rest);
    let index = &project.index;
    index.add(
        "logging",
        "0.6.0",
        &[("logging.py", "# Logs.\nlevel = 1\n")],
        &[],
    );
    index.add(
        "http",
        "1.0",
        &[("http/__init__.py", "import logging\nport = 80\n")],
        &[("logging", "latest")],
    );
    project.write(
        "app/__init__.py",
        "'''An app.'''\nimport http\nport = http.port\n",
    );
    project
}

fn install(project: &Project, board: &Board, arguments: &[&str]) -> Assert {
    project.belay(&[&["install", &board.path], arguments].concat())
}

fn files(board: &Board) -> Vec<String> {
    let output = belay(&["fs", "tree", "--json", &board.path])
        .output()
        .unwrap();
    let entries: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let paths = entries.iter().map(|entry| entry["path"].as_str().unwrap());
    let mut paths: Vec<_> = paths.map(str::to_owned).collect();
    paths.sort();
    paths
}

fn prints(board: &Board, code: &str, expected: &str) {
    belay(&["exec", &board.path, code])
        .assert()
        .success()
        .stdout(format!("{expected}\n"));
}

#[test]
fn the_project_and_its_dependencies_work_on_the_board() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nhttp = '*'\n");
    project.write("app/notes.txt", "not for the board");
    project.write("app/empty/deep/x.txt", "1");
    let text = project.read("pyproject.toml");
    let text = text.replace("[tool.belay]\n", "[tool.belay]\nignore = ['notes.txt']\n");
    project.write("pyproject.toml", &text);
    install(&project, &board, &[])
        .success()
        .stdout("")
        .stderr(contains("added http 1.0\n").and(contains("5 sent")));
    let expected = [
        "/app",
        "/app/__init__.py",
        "/app/empty",
        "/app/empty/deep",
        "/app/empty/deep/x.txt",
        "/lib",
        "/lib/.belay.json",
        "/lib/http",
        "/lib/http/__init__.py",
        "/lib/logging.py",
    ];
    assert_eq!(files(&board), expected);
    prints(
        &board,
        "import app, logging; print(app.port, logging.level)",
        "80 1",
    );
    // Minified, unless told otherwise.
    prints(
        &board,
        "print(repr(open('/lib/logging.py').read()))",
        "'\\nlevel=1\\n'",
    );
    install(&project, &board, &[])
        .success()
        .stderr("0 sent, 5 unchanged, 0 deleted\n");
    std::fs::remove_dir_all(project.path(".belay/tmp")).unwrap();
    install(&project, &board, &["--no-minify", "--locked", "--offline"])
        .success()
        .stderr(contains("4 sent"));
    assert!(!project.has(".belay/tmp"), "the project is only read");
    prints(
        &board,
        "print(open('/lib/logging.py').readline())",
        "# Logs.\n",
    );
}

/// The packages of micropython-lib whose files lie where the firmware has a module of its own: what each adds,
/// and what it needs.
const HIDING: [(&str, &[&str], &[&str]); 16] = [
    ("os", &["os/__init__.py"], &[]),
    ("os-path", &["os/path.py"], &["os"]),
    (
        "hashlib-core",
        &["hashlib/__init__.py", "hashlib/_sha.py"],
        &[],
    ),
    ("hashlib-sha256", &["hashlib/_sha256.py"], &["hashlib-core"]),
    ("hashlib", &[], &["hashlib-core", "hashlib-sha256"]),
    ("collections", &["collections/__init__.py"], &[]),
    (
        "collections-defaultdict",
        &["collections/defaultdict.py"],
        &["collections"],
    ),
    ("binascii", &["binascii.py"], &[]),
    ("gzip", &["gzip.py"], &[]),
    ("heapq", &["heapq.py"], &[]),
    ("io", &["io.py"], &["collections"]),
    ("random", &["random.py"], &[]),
    ("ssl", &["ssl.py"], &[]),
    ("time", &["time.py"], &[]),
    ("zlib", &["zlib.py"], &["io"]),
    ("struct", &["struct.py"], &["collections"]),
];

/// One by one and all together they get onto a board that looks among its files first, and Belay talks to it all
/// the while, whatever the modules are then.
#[test]
fn packages_that_hide_modules_of_the_firmware() {
    let project = project("");
    for (name, files, needs) in HIDING {
        let files: Vec<_> = files.iter().map(|file| (*file, "hidden = 1\n")).collect();
        let needs: Vec<_> = needs.iter().map(|name| (*name, "latest")).collect();
        project.index.add(name, "1.0", &files, &needs);
    }
    let modules = "[n for n in ('os', 'hashlib', 'collections', 'binascii', 'gzip', 'heapq', 'io', 'random', \
                   'ssl', 'time', 'zlib', 'struct') if not hasattr(__import__(n), 'hidden')]";
    let board = Board::start();
    for (name, ..) in HIDING {
        project.belay(&["add", name]).success();
        install(&project, &board, &[]).success();
    }
    prints(&board, &format!("print({modules})"), "[]");
    let all = files(&board);
    let other = Board::start();
    install(&project, &other, &[]).success();
    assert_eq!(files(&other), all);
    // An update goes file by file, and all of them at once.
    for (name, paths, needs) in HIDING {
        let paths: Vec<_> = paths.iter().map(|file| (*file, "hidden = 2\n")).collect();
        let needs: Vec<_> = needs.iter().map(|name| (*name, "latest")).collect();
        project.index.add(name, "1.1", &paths, &needs);
    }
    project.belay(&["update"]).success();
    install(&project, &other, &[]).success();
    prints(
        &other,
        "import os, zlib; print(os.hidden + zlib.hidden)",
        "4",
    );
    let names = HIDING.map(|(name, ..)| name.replace('-', "_"));
    let remove = std::iter::once("remove").chain(names.iter().map(String::as_str));
    project.belay(&remove.collect::<Vec<_>>()).success();
    install(&project, &other, &[]).success();
    assert_eq!(
        files(&other)
            .iter()
            .filter(|path| path.contains("/lib/"))
            .count(),
        1
    );
}

#[test]
fn only_what_belay_put_there_is_deleted() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nhttp = '*'\n");
    let mine = "import os; os.mkdir('/lib'); os.mkdir('/lib/http'); os.mkdir('/data')
for name in ('/lib/mine.py', '/lib/http/mine.py', '/data/log', '/lib/odd[1]*.py'):
    with open(name, 'w') as file:
        print('mine = 1', file=file)";
    belay(&["exec", &board.path, mine]).assert().success();
    let listed = |line: &str| {
        contains(format!(
            "kept :/lib/{line}, which belay did not put there\n"
        ))
    };
    install(&project, &board, &[]).success().stderr(
        listed("mine.py")
            .and(listed("http/mine.py"))
            .and(listed("odd[1]*.py")),
    );
    // A file of belay that the user has changed is the user's.
    let change = "with open('/lib/logging.py', 'w') as file: file.write('\\nlevel=9\\n')";
    belay(&["exec", &board.path, change]).assert().success();
    project.belay(&["remove", "http"]).success();
    let dry = project.json(&["install", &board.path, "--dry-run", "--json"]);
    assert_eq!(dry["plan"]["totals"]["deleted"], 1, "{dry}");
    assert_eq!(dry["foreign"].as_array().unwrap().len(), 4, "{dry}");
    assert_eq!(dry["summary"], Value::Null);
    install(&project, &board, &[])
        .success()
        .stderr(listed("logging.py").and(contains("1 deleted")));
    let expected = [
        "/app",
        "/app/__init__.py",
        "/data",
        "/data/log",
        "/lib",
        "/lib/.belay.json",
        "/lib/http",
        "/lib/http/mine.py",
        "/lib/logging.py",
        "/lib/mine.py",
        "/lib/odd[1]*.py",
    ];
    assert_eq!(files(&board), expected);
    // More than that goes only when that is asked for and agreed to.
    install(&project, &board, &["--prune"])
        .code(2)
        .stderr(contains("4 files or folders").or(contains("5 files or folders")));
    assert_eq!(files(&board), expected);
    install(&project, &board, &["--prune", "--yes"]).success();
    let expected = [
        "/app",
        "/app/__init__.py",
        "/data",
        "/data/log",
        "/lib",
        "/lib/.belay.json",
    ];
    assert_eq!(files(&board), expected);
    install(&project, &board, &["--prune"])
        .success()
        .stderr(starts_with("0 sent"));
}

#[test]
fn a_main_script_runs_and_can_be_followed() {
    let board = Board::start();
    let project = project("");
    project.write(
        "src/blink.py",
        "# Blinks.\nimport time\nprint('started')\nwhile True:\n    time.sleep(0.01)\n",
    );
    let main = project.path("src/blink.py");
    let folder = project.path("");
    let mut following = Running::start_in(
        &["install", &board.path, "--main", &main, "--follow"],
        board.folder(),
        &folder,
    );
    while following.line().expect("it goes on") != "started" {}
    following.interrupt();
    let ended = following.wait();
    ended.code(0);
    assert!(ended.output.contains("KeyboardInterrupt"), "{ended:?}");
    prints(
        &board,
        "print(open('/main.py').read()[:1] == '\\n')",
        "True",
    );
    // What is there stays there, without a word.
    install(&project, &board, &[])
        .success()
        .stderr(contains("0 deleted"));
    assert!(files(&board).contains(&"/main.py".to_owned()));
}

#[test]
fn a_script_runs_without_being_put_there() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nhttp = '*'\n");
    project.write(
        "check.py",
        "import sys, app\nprint(app.port)\nsys.exit(4)\n",
    );
    install(&project, &board, &["--run", &project.path("check.py")])
        .code(4)
        .stdout("80\n");
    project.write("raises.py", "x = 1\nraise ValueError(x)\n");
    install(&project, &board, &["--run", &project.path("raises.py")])
        .code(1)
        .stderr(contains("ValueError: 1").and(contains("line 2")));
    assert!(!files(&board).iter().any(|path| path.contains("check")));
    install(&project, &board, &["--run", "nothing.py"])
        .code(2)
        .stderr(contains("there is no script nothing.py"));
}

#[test]
fn a_project_of_the_original_works() {
    let board = Board::start();
    let project = project("");
    let url = project.index.url();
    project
        .index
        .serve("/raw/pathlib.py", "class Path:\n    pass\n");
    project.write("../lib/os/__init__.py", "def walk(): return 'walk'\n");
    project.write("../lib/os_path/path.py", "def join(): return 'join'\n");
    project.write("../lib/sensor/sensor.py", "value = 1\n");
    project.write("../lib/shapes/__init__.py", "from .round import circle\n");
    project.write("../lib/shapes/round.py", "circle = 'o'\n");
    project.write("unit/__init__.py", "");
    let text = format!(
        "[tool.belay]
name = \"app\"
package_indices = [\"{url}\"]

[tool.belay.dependencies]
pathlib = \"{url}/raw/pathlib.py\"
shapes = \"../lib/shapes\"
sensor = {{uri = \"../lib/sensor/sensor.py\", develop = true}}
osx = [
    \"../lib/os/__init__.py\",
    \"../lib/os_path/path.py\",
]
http = \"*\"

[tool.belay.group.dev]
optional = true

[tool.belay.group.dev.dependencies]
logs = \"mip:logging\"

[tool.belay.group.extra.dependencies]
unit = \"./unit\"
"
    );
    project.write("pyproject.toml", &text);
    install(&project, &board, &[]).success();
    let code = "import sensor, osx, osx.path, shapes, http, unit
from pathlib import Path
print(Path(), sensor.value, osx.walk(), osx.path.join(), shapes.circle, http.port)";
    belay(&["exec", &board.path, code])
        .assert()
        .success()
        .stdout(contains(" 1 walk join o 80\n"));
    // What is in development is read afresh, and optional groups come on request.
    project.write("../lib/sensor/sensor.py", "value = 2\n");
    install(&project, &board, &["--with", "dev"]).success();
    prints(&board, "import sensor; print(sensor.value)", "2");
    install(&project, &board, &["--with", "nothing"])
        .code(2)
        .stderr(contains("there are main, dev, extra"));

    // Without a lock file, what the original has left in the project is what there is.
    std::fs::remove_file(project.path("belay.lock")).unwrap();
    project.write(".belay/dependencies/main/http/__init__.py", "port = 8080\n");
    project.write(".belay/dependencies/dev/logs/__init__.py", "");
    install(&project, &board, &["--offline"])
        .success()
        .stderr(contains("there is no belay.lock"));
    prints(&board, "import http; print(http.port)", "8080");
    install(&project, &board, &["--locked"])
        .code(1)
        .stderr(contains("does not agree"));

    // The same code runs on this computer.
    project.write(
        "check.py",
        "import http, sensor\nprint(http.port, sensor.value)\n",
    );
    let engine = engine().to_str().unwrap();
    project
        .belay(&["run", engine, "check.py"])
        .success()
        .stdout("8080 2\n");
}

#[test]
fn the_examples_of_the_original_work() {
    let board = Board::start();
    let project = project("");
    let library = "../micropython-lib";
    let write = |path: &str, text: &str| project.write(&format!("{library}/{path}"), text);
    write("python-stdlib/pathlib/pathlib.py", "path = 'pathlib'\n");
    write(
        "python-stdlib/os/os/__init__.py",
        "def walk():\n    return 'walk'\n",
    );
    write("python-stdlib/os-path/os/path.py", "join = 'join'\n");
    write(
        "python-stdlib/unittest/unittest/__init__.py",
        "case = 'case'\n",
    );
    write(
        "python-stdlib/unittest-discover/unittest/__main__.py",
        "main = 'main'\n",
    );
    project.git(library, &["init", "--quiet", "--initial-branch=master"]);
    project.git(library, &["add", "."]);
    project.git(library, &["commit", "--quiet", "--message=One"]);
    let bare = "../hub/micropython/micropython-lib.git";
    project.git(library, &["clone", "--quiet", "--bare", ".", bare]);
    project.index.serve_repositories(&project.path("../hub"));
    let url = project.index.url();
    // The links of the documentation, on a forge of one's own.
    let blob = format!("{url}/micropython/micropython-lib/blob/master/python-stdlib");
    let tree = format!("{url}/micropython/micropython-lib/tree/master/python-stdlib");
    let text = format!(
        "[tool.belay]
name = \"app\"

[tool.belay.forges.github]
kind = \"github\"
url = \"{url}\"

[tool.belay.dependencies]
pathlib_here = \"../micropython-lib/python-stdlib/pathlib/pathlib.py\"
os_here = \"../micropython-lib/python-stdlib/os/os\"
pathlib = \"{blob}/pathlib/pathlib.py\"
os_there = \"{tree}/os/os\"
pathlib_live = {{uri=\"../micropython-lib/python-stdlib/pathlib/pathlib.py\", develop=true}}
os_both = [
    \"{blob}/os/os/__init__.py\",
    \"{blob}/os-path/os/path.py\",
]

[tool.belay.group.dev.dependencies]
unittest = [
    \"{blob}/unittest/unittest/__init__.py\",
    \"{blob}/unittest-discover/unittest/__main__.py\",
]

[tool.belay.group.dev]
optional = true

[tool.pytest.ini_options]
pythonpath = \".belay/dependencies/main .belay/dependencies/dev\"
"
    );
    project.write("pyproject.toml", &text);
    project.write("app/__init__.py", "import pathlib\n");
    install(&project, &board, &[])
        .success()
        .stderr(contains("warning").not());
    let code =
        "import app, pathlib_here, os_here, pathlib, os_there, pathlib_live, os_both, os_both.path
print(pathlib_here.path, os_here.walk(), pathlib.path, os_there.walk(), pathlib_live.path)
print(os_both.walk(), os_both.path.join)";
    belay(&["exec", &board.path, code])
        .assert()
        .success()
        .stdout("pathlib walk pathlib walk pathlib\nwalk join\n");
    assert!(!files(&board).iter().any(|path| path.contains("unittest")));
    install(&project, &board, &["--with=dev"]).success();
    prints(
        &board,
        "import unittest, unittest.__main__ as m; print(unittest.case, m.main)",
        "case main",
    );
    // A dependency that is taken out of the file goes from the project and from the board.
    let (head, _) = text.split_once("os_both").unwrap();
    let (_, rest) = text.split_once("]\n\n[tool.belay.group.dev.dep").unwrap();
    let shorter = format!("{head}\n[tool.belay.group.dev.dep{rest}");
    project.write("pyproject.toml", &shorter);
    project.belay(&["update", "pathlib"]).success();
    assert!(!project.has(".belay/dependencies/main/os_both"));
    install(&project, &board, &["--locked"]).success();
    assert!(!files(&board).iter().any(|path| path.contains("os_both")));
}

#[test]
fn an_installation_can_be_compiled() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nhttp = '*'\n");
    let missing = project.path("no-compiler");
    install(&project, &board, &["--mpy-cross-binary", &missing])
        .code(1)
        .stderr(contains("no-compiler"));
    assert_eq!(files(&board), Vec::<String>::new());
    let compiler = compiler(&project.folder, "compiler", mpy_version(&board), "");
    project.write("start.py", "print('started')\n");
    let main = project.path("start.py");
    let arguments = ["--mpy-cross-binary", &compiler, "--main", &main];
    install(&project, &board, &arguments).success();
    let expected = [
        "/app",
        "/app/__init__.mpy",
        "/lib",
        "/lib/.belay.json",
        "/lib/http",
        "/lib/http/__init__.mpy",
        "/lib/logging.mpy",
        "/main.py",
    ];
    assert_eq!(files(&board), expected);
    // Python files again take their place.
    install(&project, &board, &[]).success();
    assert!(!files(&board).iter().any(|path| path.contains(".mpy")));
    prints(&board, "import app; print(app.port)", "80");
}

#[test]
fn compiled_files_must_be_for_the_board() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nold = './old.mpy'\n");
    std::fs::write(project.path("old.mpy"), b"M\x05\x00\x1f").unwrap();
    install(&project, &board, &[])
        .code(1)
        .stderr(contains(
            "old/__init__.mpy: mpy version 5, but the board loads version 6\n",
        ))
        .stderr(contains("mpy_version = \"6\""));
    assert_eq!(files(&board), Vec::<String>::new());
}

/// A release of a bundle in a folder: the library `light`, which needs `bus`.
fn bundle(folder: &std::path::Path) {
    use std::io::{Cursor, Write as _};
    use zip::{ZipWriter, write::SimpleFileOptions};

    std::fs::create_dir_all(folder).unwrap();
    let index =
        r#"{"bus": {"version": "1.0"}, "light": {"version": "2.0", "dependencies": ["bus"]}}"#;
    std::fs::write(folder.join("b-1.json"), index).unwrap();
    for (format, extension) in [("py", "py"), ("9.x-mpy", "mpy")] {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, source) in [("bus", "x = 7\n"), ("light", "from bus import x\n")] {
            let path = format!("b-{format}-1/lib/{name}.{extension}");
            writer
                .start_file(path, SimpleFileOptions::default())
                .unwrap();
            let content = match extension {
                "py" => source.as_bytes(),
                _ => b"C\x06\x00\x1f",
            };
            writer.write_all(content).unwrap();
        }
        let archive = writer.finish().unwrap().into_inner();
        std::fs::write(folder.join(format!("b-{format}-1.zip")), archive).unwrap();
    }
}

#[test]
fn a_circuitpython_board_gets_libraries_of_bundles_and_code_py() {
    let board = Board::with(&["?personality=circuitpython&drive=hidden"]);
    let project = project("circuitpython_bundles = ['./bundle']\n[tool.belay.dependencies]\n");
    bundle(project.path("bundle").as_ref());
    project
        .belay(&["add", "circup:light"])
        .success()
        .stderr(contains("added light 2.0"));
    let program = board.folder().file("start.py", b"import light\n");
    install(&project, &board, &["--main", &program]).success();
    let there = files(&board);
    for path in ["/code.py", "/lib/bus.py", "/lib/light.py", "/settings.toml"] {
        assert!(there.contains(&path.to_owned()), "{path}: {there:?}");
    }
    assert!(!there.contains(&"/main.py".to_owned()), "{there:?}");
    prints(&board, "import light; print(light.x)", "7");

    // What is compiled goes to boards of its own kind, and to no others.
    let text = project.read("pyproject.toml");
    let text = text.replace(
        "[tool.belay]\n",
        "[tool.belay]\ncircuitpython_version = '9'\n",
    );
    project.write("pyproject.toml", &text);
    install(&project, &board, &["--main", &program]).success();
    assert!(files(&board).contains(&"/lib/light.mpy".to_owned()));
    let other = Board::start();
    install(&project, &other, &[]).code(1).stderr(contains(
        "bus.mpy: an mpy file for CircuitPython, but the board runs MicroPython\n hint: take \
         libraries as source",
    ));
    std::fs::write(project.path("old.mpy"), b"M\x06\x00\x1f").unwrap();
    project.belay(&["add", "old", "./old.mpy"]).success();
    install(&project, &board, &[]).code(1).stderr(contains(
        "old/__init__.mpy: an mpy file for MicroPython, but the board runs CircuitPython\n",
    ));
}

#[test]
fn what_the_package_keeps_for_others_is_no_part_of_it() {
    let board = Board::start();
    let project =
        project("dependencies_path = 'app/dependencies'\n[tool.belay.dependencies]\nhttp = '*'\n");
    install(&project, &board, &[]).success();
    assert!(project.has("app/dependencies/main/http/__init__.py"));
    assert!(!files(&board).contains(&"/app/dependencies".to_owned()));
    prints(&board, "import app; print(app.port)", "80");
}

#[test]
fn an_installation_that_was_cut_off_is_finished_by_the_next() {
    let board = Board::start();
    let project = project("[tool.belay.dependencies]\nhttp = '*'\n");
    install(&project, &board, &[]).success();
    project.belay(&["remove", "http"]).success();
    // Two files and the folder of one.
    install(&project, &board, &[])
        .success()
        .stderr(contains("3 deleted"));
    // As if the power had gone before the last of them was deleted.
    let back = "with open('/lib/logging.py', 'w') as file: file.write('\\nlevel=1\\n')";
    belay(&["exec", &board.path, back]).assert().success();
    install(&project, &board, &[])
        .success()
        .stderr(contains("1 deleted"));
    // The record still names what is gone, and nobody minds.
    install(&project, &board, &[])
        .success()
        .stderr("0 sent, 2 unchanged, 0 deleted\n");
}

#[test]
fn a_device_has_a_name_in_the_project() {
    let board = Board::start();
    let devices = format!("[tool.belay.devices]\nbench = '{}'\n", board.path);
    let project = project(&devices);
    project.belay(&["install", "bench"]).success();
    assert!(files(&board).contains(&"/app/__init__.py".to_owned()));
    project
        .command(&["eval", "1 + 1"])
        .env("BELAY_DEVICE", "bench")
        .assert()
        .success()
        .stdout("2\n");
    project
        .belay(&["fs", "cat", "bench", ":app/__init__.py"])
        .success();
}
