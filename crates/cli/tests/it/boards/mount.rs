//! A folder of the host on a board.

use std::fs;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use super::board::Board;
use super::terminal::Session;
use crate::support::Folder;

/// A folder with these files, and its path.
fn folder(files: &[(&str, &str)]) -> (Folder, String) {
    let folder = Folder::new();
    for (name, content) in files {
        let path = std::path::PathBuf::from(folder.path(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let path = folder.path("");
    (folder, path)
}

fn lines(count: usize, line: &dyn Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// What a script with a folder mounted prints.
#[track_caller]
fn check(options: &[&str], folder: &str, script: &str, expected: &str) {
    let board = Board::with(options);
    let script = board.folder().file("script.py", script.as_bytes());
    board
        .belay("run", &["--mount", folder, &script])
        .success()
        .stdout(expected.to_owned());
    // Nothing is left of it.
    let left = "import os, sys\nprint(os.listdir('/'), '/remote' in sys.path)";
    board.belay("exec", &[left]).success().stdout("[] False\n");
}

#[test]
fn modules_and_files_of_a_mounted_folder() {
    let long = lines(4000, &|line| format!("line {line} \u{e9}\n"));
    let (_folder, path) = folder(&[
        ("pkg/__init__.py", "from . import a\nfrom .b import f\n"),
        ("pkg/a.py", "import other\nx = other.y\n"),
        ("pkg/b.py", "def f():\n    return 'f'\n"),
        ("other.py", "y = 42\n"),
        ("long.txt", &long),
        ("short.txt", "one\ntw\u{f6}"),
    ]);
    let script = "\
import os, pkg
print(os.getcwd(), pkg.a.x, pkg.f(), pkg.__file__, sorted(os.listdir()), os.listdir('/'))
print(os.stat('other.py')[6], os.stat('/remote/pkg')[0], sum(1 for line in open('long.txt')))
lines = open('short.txt').readlines()
print(len(lines), repr(lines[-1]), len(open('long.txt', 'rb').read()), repr(open('long.txt').read(8)))
for work in (lambda: open('none'), lambda: open('pkg'), lambda: os.stat('no/where'),
             lambda: os.chdir('other.py'), lambda: open('../../etc/passwd'), lambda: os.remove('none')):
    try:
        print(work())
    except OSError as error:
        print(error.errno, end=' ')
os.chdir('pkg')
print(os.getcwd(), sorted(os.listdir()), sorted(os.listdir('..')) == sorted(os.listdir('/remote')))
";
    let expected = format!(
        "/remote 42 f /remote/pkg/__init__.py ['long.txt', 'other.py', 'pkg', 'short.txt'] ['remote']\n\
         7 16384 4000\n\
         2 'tw\\xf6' {} 'line 0 \\xe9'\n\
         2 21 2 20 2 2 /remote/pkg ['__init__.py', 'a.py', 'b.py'] True\n",
        long.len()
    );
    check(&[], &path, script, &expected);
}

#[test]
fn a_board_writes_into_a_mounted_folder() {
    let (folder, path) = folder(&[("a.txt", "text")]);
    let script = "\
import os
with open('new.txt', 'w') as file:
    for number in range(1000):
        file.write('%d\\n' % number)
print(os.stat('new.txt')[6])
with open('new.txt', 'a') as file:
    print(file.write('end\\u00e9'))
with open('new.txt', 'r+b') as file:
    file.seek(2)
    print(file.read(4), file.tell(), file.seek(0), file.write(b'YY'), file.seek(0), file.readline())
    print(file.seek(-5, 2), file.read(), file.read())
    print(file.seek(3), file.readinto(bytearray(2)), file.readlines()[-1])
with open('new.txt') as file:
    print(repr(file.read(3)), repr(file.readline()), repr(file.readline()))
with open('copy.bin', 'wb') as file:
    file.write(bytes(range(256)) * 40)
    file.flush()
    print(os.stat('copy.bin')[6])
os.mkdir('d')
os.rename('a.txt', 'd/b.txt')
print(sorted(os.listdir()), os.listdir('d'))
os.remove('d/b.txt')
os.rmdir('d')
";
    let expected = "3890\n5\nb'1\\n2\\n' 6 0 2 0 b'YY1\\n'\n\
                    3890 b'end\\xc3\\xa9' b''\n3 2 b'end\\xc3\\xa9'\n\
                    'YY1' '\\n' '2\\n'\n10240\n\
                    ['a.txt', 'copy.bin', 'd', 'new.txt'] []\n";
    let expected = expected.replace(
        "['a.txt', 'copy.bin', 'd', 'new.txt'] []",
        "['copy.bin', 'd', 'new.txt'] ['b.txt']",
    );
    check(&[], &path, script, &expected);
    let written = fs::read_to_string(folder.path("new.txt")).unwrap();
    assert!(
        written.starts_with("YY1\n2\n") && written.ends_with("\n999\nend\u{e9}"),
        "{written}"
    );
    let copied = fs::read(folder.path("copy.bin")).unwrap();
    assert_eq!(copied, (0..=255).collect::<Vec<u8>>().repeat(40));
    assert!(!folder.path("d").is_empty() && fs::metadata(folder.path("d")).is_err());
}

/// A traceback ends where the program is, not in what asks the host for it.
#[test]
fn errors_of_a_mounted_folder_are_the_program_s() {
    let (_folder, path) = folder(&[("a.py", "import nothing\n")]);
    let board = Board::start();
    let mounted = |code: &str| board.belay("exec", &["--mount", &path, code]).code(1);
    mounted("open('none')").stderr(
        "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n    \
         open('none')\nOSError: [Errno 2] ENOENT\n",
    );
    mounted("import a")
        .stderr(contains("File \"/remote/a.py\", line 1").and(contains("'nothing'")));
    let read_only = ["--mount", &path, "--read-only", "open('a.py', 'w')"];
    board
        .belay("exec", &read_only)
        .code(1)
        .stderr(contains("OSError: 30"));
    let nowhere = board.folder().path("nowhere");
    board
        .belay("exec", &["--mount", &nowhere, "1"])
        .code(2)
        .stderr(contains("cannot open").and(contains("nowhere")));
    for at in ["/", "remote", "/a/../b", ""] {
        let arguments = ["--mount", &path, "--at", at, "1"];
        board
            .belay("exec", &arguments)
            .code(2)
            .stderr(contains("must be a path such as /remote"));
    }
    let at = [
        "--mount",
        &path,
        "--at",
        "/host/src",
        "import os; print(os.listdir('/host/src'))",
    ];
    board.belay("exec", &at).success().stdout("['a.py']\n");
}

/// What changes on the host is seen by a program that runs.
#[test]
fn a_mounted_folder_is_never_stale() {
    let (folder, path) = folder(&[("a.py", "x = 1\n")]);
    let board = Board::start();
    let script = "import os, time, a\nprint(a.x, os.listdir())\nprint(input())\ntime.sleep_ms(110)\n\
                  import b\nprint(b.x, sorted(os.listdir()))\nprint(input(), open('a.py').read())\n";
    let script = board.folder().file("script.py", script.as_bytes());
    let mut run = std::process::Command::new(assert_cmd::cargo::cargo_bin!("belay"))
        .args(board.arguments("run", &["--mount", &path, &script]))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(run.stdout.take().unwrap());
    let mut keys = run.stdin.take().unwrap();
    let mut line = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        line
    };
    assert_eq!(line(), "1 ['a.py']\n");
    folder.file("b.py", b"x = 2\n");
    std::io::Write::write_all(&mut keys, b"go\n").unwrap();
    assert_eq!(
        (line().as_str(), line().as_str()),
        ("go\n", "2 ['a.py', 'b.py']\n")
    );
    folder.file("a.py", b"x = 3\n");
    std::io::Write::write_all(&mut keys, b"on\n").unwrap();
    assert_eq!(line(), "on x = 3\n");
    assert!(run.wait().unwrap().success());
}

/// Ctrl-C in the middle of questions leaves a board that works, and nothing of an answer at its prompt.
#[test]
fn a_program_that_reads_is_interrupted() {
    let (_folder, path) = folder(&[("a.bin", &"x".repeat(20_000))]);
    let board = Board::with(&["--latency", "5ms"]);
    let code = "print('go')\nwhile True:\n    open('a.bin').read()\n";
    let script = board.folder().file("script.py", code.as_bytes());
    let mut run = board.start_belay("run", &["--mount", &path, &script]);
    assert_eq!(run.line().unwrap(), "go");
    run.interrupt();
    run.wait().code(1).says("KeyboardInterrupt");
    let left = "import os, sys\nprint(os.listdir('/'), '/remote' in sys.path)";
    board.belay("exec", &[left]).success().stdout("[] False\n");
}

/// The limits of a UART at 115200 baud.
#[test]
fn a_folder_over_a_serial_line() {
    let long = lines(600, &|line| format!("value_{line} = {line} * 2\n"));
    let (_folder, path) = folder(&[("m.py", &long), ("n.py", "import m\n")]);
    let options = ["--baud", "115200", "--input-buffer", "256"];
    check(
        &options,
        &path,
        "import n\nprint(n.m.value_599)\n",
        "1198\n",
    );
}

#[test]
fn a_terminal_with_a_mounted_folder() {
    let (folder, path) = folder(&[("m.py", "def f():\n    return 'first'\n")]);
    let board = Board::with(&["--latency", "2ms"]);
    let mut session = Session::of("mount", &board, &[&path]);
    session.wait_for(">>> ");
    session.type_keys("import m, os; m.f(), os.getcwd()\r");
    session.wait_for("('first', '/remote')\r\n>>> ");
    // The board's interpreter restarts, and the folder is there again.
    folder.file("m.py", b"def f():\n    return 'second'\n");
    session.type_keys("\x04");
    session.wait_for("soft reboot");
    session.wait_for(">>> ");
    session.type_keys("import m; m.f()\r");
    session.wait_for("'second'\r\n>>> ");
    // Ctrl-C in the middle of a question, and nothing of an answer at the prompt.
    session.type_keys("print('o' + 'n')\rwhile True: x = open('m.py').read()\r\r");
    session.wait_for("on\r\n");
    session.type_keys("\x03");
    session.wait_for("KeyboardInterrupt: \r\n>>> ");
    session.type_keys("6 * 7\r");
    session.wait_for("6 * 7\r\n42\r\n>>> ");
    session.type_keys("\x1d");
    session.wait_for("left ");
    session.ends_with(0);
    let left = "import os, sys\nprint(os.listdir('/'), '/remote' in sys.path)";
    board.belay("exec", &[left]).success().stdout("[] False\n");
}

/// What is typed while a program asks for files is not lost.
#[test]
fn keys_typed_ahead_of_an_answer_are_kept() {
    let (_folder, path) = folder(&[("m.py", "")]);
    let board = Board::with(&["--latency", "5ms"]);
    let mut session = Session::of("mount", &board, &[&path]);
    session.wait_for(">>> ");
    let code = "import time; t = time.ticks_ms()\rprint('be' + 'gin')\r\
                while time.ticks_diff(time.ticks_ms(), t) < 1000: x = open('m.py').read()\r\r";
    session.type_keys(code);
    session.wait_for("begin\r\n");
    session.wait_for("... ");
    session.wait_for("\r\n");
    session.type_keys("print(6 * 7)\r");
    session.wait_for("\r\n42\r\n>>> ");
    session.type_keys("\x1d");
    session.ends_with(0);
}

#[test]
fn a_mounted_folder_comes_back_with_the_board() {
    let (_folder, path) = folder(&[("m.py", "def f():\n    return 'there'\n")]);
    let mut board = Board::with(&["--tcp", "127.0.0.1:0"]);
    board.path = board.line().unwrap();
    let address = board.path.replace("tcp://", "");
    let mut session = Session::of("mount", &board, &[&path]);
    session.wait_for(">>> ");
    session.type_keys("import m; m.f()\r");
    session.wait_for("'there'\r\n>>> ");
    board.kill();
    session.wait_for("waiting for the board");
    let again = Board::with(&["--tcp", &address]);
    session.wait_for(">>> ");
    session.type_keys("import m; m.f()\r");
    session.wait_for("'there'\r\n>>> ");
    drop(again);
    // Whoever does not want to wait leaves.
    session.wait_for("waiting for the board");
    session.type_keys("\x1d");
    session.ends_with(1);
}

#[test]
fn firmware_that_mounts_no_folder_says_so() {
    let (_folder, path) = folder(&[]);
    let board = Board::with(&["?personality=circuitpython"]);
    board
        .belay("exec", &["--mount", &path, "1"])
        .code(1)
        .stderr(contains("cannot mount a folder").and(contains("belay sync")));
}
