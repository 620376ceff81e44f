//! The flash and its file system.

use belay_sim::{Board, Error, Flash, SimOptions};

use crate::host::{Host, RAW, raw, raw_board};

#[test]
fn a_new_flash_is_empty_and_hides_the_host() {
    let (_board, mut host) = raw_board();
    assert_eq!(
        host.exec("import os\nprint(os.listdir('/'), os.getcwd())"),
        "[] /\r\n"
    );
    assert_eq!(
        host.exec("import sys\nprint(sys.path)"),
        "['', '.frozen', '/lib']\r\n"
    );
    for name in [
        "os.VfsPosix",
        "os.system",
        "os.getenv",
        "vfs.VfsPosix",
        "sys.executable",
    ] {
        let module = name.split('.').next().unwrap();
        let (_, error) = host.try_exec(&format!("import {module}\n{name}"));
        assert!(error.contains("AttributeError"), "{name}: {error:?}");
        let (_, error) = host.try_exec(&format!("import u{module}\nu{name}"));
        assert!(error.contains("Error"), "u{name}: {error:?}");
    }
    for name in ["/etc/passwd", "/proc/self/maps", "../etc/passwd"] {
        let (_, error) = host.try_exec(&format!("open({name:?})"));
        // Newer LittleFS says EINVAL to a path that leads above the root.
        assert!(
            error.contains("ENOENT") || error.contains("EINVAL"),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn files_outlive_resets_and_boards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/board.img");
    let (board, mut host) = raw(Board::builder().flash(Flash::file(&path)));
    host.exec(
        "import os\nos.mkdir('lib')\nf = open('lib/mod.py', 'w')\nf.write('x = 42')\nf.close()",
    );
    host.send(b"\x04");
    host.until(RAW);
    assert_eq!(host.exec("import mod\nprint(mod.x)"), "42\r\n");
    board.press_reset().unwrap();
    host.enter_raw();
    assert_eq!(host.exec("import mod\nprint(mod.x)"), "42\r\n");
    drop(board);
    let (_board, mut host) = raw(Board::builder().flash(Flash::file(&path)));
    assert_eq!(host.exec("import mod\nprint(mod.x)"), "42\r\n");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * 1024 * 1024);
}

#[test]
fn an_image_serves_one_board_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.img");
    let flash = Flash::file(&path);
    let (board, _host) = raw(Board::builder().flash(flash.clone()));
    let error = Board::builder().flash(flash.clone()).start().unwrap_err();
    assert!(
        matches!(
            &error,
            Error::FlashInUse { path: named, running: Some(running) } if *named == path
                && running.process == std::process::id()
                && running.path == board.stable_path()
                && !running.shared
        ),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id()))
    );
    drop(board);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only the image is left"
    );
    let (board, _host) = raw(Board::builder().flash(flash.clone()));
    drop(board);
    let error = Board::builder()
        .flash(flash.geometry(512, 64))
        .start()
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::FlashSize {
                expected: 32_768,
                found: 2_097_152,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn the_image_must_hold_a_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.img");
    std::fs::write(&path, vec![0; 2 * 1024 * 1024]).unwrap();
    let error = Board::builder()
        .flash(Flash::file(&path))
        .start()
        .unwrap_err();
    assert!(matches!(error, Error::Boot { .. }), "{error}");
    let (_board, mut host) = raw(Board::builder().flash(Flash::file(&path).erased()));
    assert_eq!(host.exec("import os\nprint(os.listdir('/'))"), "[]\r\n");
}

#[test]
fn geometry_and_wear_are_seen() {
    let (board, mut host) = raw(Board::builder().flash(Flash::temporary().geometry(4096, 64)));
    assert_eq!(
        host.exec("import os\ns = os.statvfs('/')\nprint(s[0], s[2])"),
        "4096 64\r\n"
    );
    let before = board.flash_counters().unwrap();
    host.exec("import os\nos.listdir('/')\nos.stat('/')");
    assert_eq!(
        board.flash_counters().unwrap(),
        before,
        "reading wears nothing"
    );
    host.exec("f = open('f', 'wb')\nf.write(bytes(10000))\nf.close()");
    let after = board.flash_counters().unwrap();
    assert!(
        after.programmed_bytes - before.programmed_bytes >= 10_000,
        "{after:?}"
    );
    assert!(
        after.programs > before.programs && after.erases >= before.erases + 2,
        "{after:?}"
    );
    let (_, error) = host.try_exec(
        "f = open('big', 'wb')\nfor _ in range(300):\n    f.write(bytes(1000))\nf.close()",
    );
    assert!(
        error.contains("ENOSPC") || error.contains("28"),
        "{error:?}"
    );
}

#[test]
fn a_power_cut_keeps_what_was_closed() {
    let (board, mut host) = raw_board();
    host.exec("f = open('old', 'w')\nf.write('whole')\nf.close()");
    host.send(b"print('go')\nf = open('new', 'w')\nwhile True:\n    f.write('x' * 500)\n\x04");
    host.until("go\r\n");
    board.press_reset().unwrap();
    host.enter_raw();
    assert_eq!(host.exec("print(open('old').read())"), "whole\r\n");
}

#[test]
fn boards_by_name_keep_their_flash() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("a b.img");
    let options: SimOptions = format!("?flash={}&heap=300k", image.display())
        .parse()
        .unwrap();
    let (board, mut host) = raw(options.builder().unwrap());
    host.exec("open('here', 'w').close()");
    drop(board);
    let (board, mut host) = raw(options.builder().unwrap());
    assert_eq!(host.exec("import os\nprint(os.listdir())"), "['here']\r\n");
    drop(board);
    let options: SimOptions = format!("?flash={}&fresh", image.display()).parse().unwrap();
    let board = options.builder().unwrap().start().unwrap();
    let mut host = Host::open(board.path());
    host.enter_raw();
    assert_eq!(host.exec("import os\nprint(os.listdir())"), "[]\r\n");
}

#[test]
fn files_that_nobody_closes_are_closed_by_the_collector() {
    let (_board, mut host) = raw_board();
    // Each name is written by a file object that only the garbage collector ends.
    host.exec(
        "import gc\ndef f():\n    for n in range(300):\n        \
         open('f%d' % (n % 10), 'w').write('x' * 600)\nf()\n[0] * 100\ngc.collect()",
    );
    let output = host.exec("import os\nprint([os.stat(n)[6] for n in sorted(os.listdir())])");
    assert_eq!(
        output,
        "[600, 600, 600, 600, 600, 600, 600, 600, 600, 600]\r\n"
    );
}
