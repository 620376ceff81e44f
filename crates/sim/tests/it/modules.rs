//! What programs find on the board, and engines that are none.

use std::path::Path;

use belay_sim::{Board, Engine, Error};

use crate::host::raw_board;

#[test]
fn the_board_says_what_it_is() {
    let (_board, mut host) = raw_board();
    let (major, minor, patch) = Engine::find().unwrap().version();
    let output = host.exec(
        "import sys, os\nprint(sys.implementation.name, sys.implementation.version[:3])\n\
         print(sys.platform, os.uname().sysname, sys.implementation._mpy & 0xff)\n\
         print(sys.implementation._machine)\nprint(sorted(dir()))",
    );
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], format!("micropython ({major}, {minor}, {patch})"));
    assert_eq!(lines[1], "belay-sim belay-sim 6");
    assert!(
        lines[2].starts_with("Belay simulated board with "),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "['__file__', '__name__', 'os', 'sys']");
}

#[test]
fn host_modules_are_out_of_reach() {
    let (_board, mut host) = raw_board();
    for module in [
        "ffi", "socket", "usocket", "termios", "jni", "link", "tables",
    ] {
        let (_, error) = host.try_exec(&format!("import {module}"));
        let expected = format!("\r\nImportError: no module named '{module}'\r\n");
        assert!(error.ends_with(&expected), "{error:?}");
        assert!(error.starts_with("Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\nImp"), "{error:?}");
    }
    let modules = host.exec("import sys\nprint(sys.modules)");
    assert!(!modules.contains(".py"), "{modules}");
}

#[test]
fn packages_on_the_board_import_their_parts() {
    let (_board, mut host) = raw_board();
    host.exec(
        "import os\nos.mkdir('pkg')\nfor n, t in (('__init__', 'from .part import x'), ('part', 'x = 7')):\n    \
         f = open('pkg/' + n + '.py', 'w')\n    f.write(t)\n    f.close()",
    );
    assert_eq!(
        host.exec("import pkg\nprint(pkg.x, pkg.part.__file__)"),
        "7 pkg/part.py\r\n"
    );
}

#[test]
fn emitters_inflation_and_threads_work() {
    let (_board, mut host) = raw_board();
    let output = host.exec(
        "import _thread, time, io, deflate, micropython\n\
         @micropython.native\ndef f(x):\n    return x + 1\nprint(f(1))\n\
         @micropython.viper\ndef g(x: int) -> int:\n    return x * 2\nprint(g(21))\n\
         done = []\n_thread.start_new_thread(lambda: done.append(1), ())\n\
         while not done:\n    time.sleep_ms(1)\nprint(done)\n\
         b = io.BytesIO()\nd = deflate.DeflateIO(b, deflate.RAW) if hasattr(deflate.DeflateIO, 'write') else None\n\
         print(const(3) if False else 3)",
    );
    assert_eq!(output, "2\r\n42\r\n[1]\r\n3\r\n");
}

#[test]
fn exceptions_print_as_on_a_board() {
    let (_board, mut host) = raw_board();
    let output = host.exec(
        "import sys, io\ntry:\n    1/0\nexcept Exception as e:\n    sys.print_exception(e)\n    \
         s = io.StringIO()\n    sys.print_exception(e, s)\n    print(len(s.getvalue()))\n\
         print('to stderr', file=sys.stderr)",
    );
    assert_eq!(
        output,
        "Traceback (most recent call last):\r\n  File \"<stdin>\", line 3, in <module>\r\n\
         ZeroDivisionError: divide by zero\r\n107\r\nto stderr\r\n"
    );
}

#[test]
fn memory_errors_leave_the_board_alive() {
    let (_board, mut host) = raw_board();
    let (_, error) = host
        .try_exec("def f():\n    x = []\n    while True:\n        x.append(bytearray(1000))\nf()");
    assert!(error.contains("MemoryError"), "{error:?}");
    assert_eq!(host.exec("print('alive')"), "alive\r\n");
}

#[test]
fn a_full_heap_answers_every_command_until_a_soft_reset() {
    // Also one that ends without an exception leaves it full.
    for fill in [
        "l = []\nwhile True: l.append(bytearray(64))",
        "l = []\ntry:\n    while True: l.append(bytearray(64))\nexcept MemoryError:\n    pass",
        "l = []\nimport micropython\ntry:\n    while True: l.append(bytearray(64))\nexcept MemoryError:\n    micropython.heap_lock()",
    ] {
        let (_board, mut host) = raw_board();
        let (_, error) = host.try_exec(fill);
        assert!(
            error.is_empty() || error.contains("MemoryError"),
            "{error:?}"
        );
        for _ in 0..3 {
            let (output, error) = host.try_exec("x = [n for n in range(1000)]\nprint(x)");
            assert_eq!(output, "");
            let (_, last) = error.split_at(error.find("MemoryError").unwrap());
            assert!(
                last.starts_with("MemoryError: memory allocation failed, allocating "),
                "{error:?}"
            );
            assert!(!error.contains("executor"), "{error:?}");
        }
        host.send(b"\x04");
        host.until("soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
        assert_eq!(host.exec("print('alive')"), "alive\r\n");
    }
}

#[test]
fn help_shows_modules() {
    let (_board, mut host) = raw_board();
    host.exec("import os, sys, vfs, machine, time, select, micropython, neopixel");
    for name in [
        "os",
        "sys",
        "vfs",
        "machine",
        "time",
        "select",
        "micropython",
        "neopixel",
    ] {
        let shown = host.exec(&format!("help({name})"));
        let head = format!("object <module '{name}'> is of type module\r\n");
        assert!(shown.starts_with(&head), "{shown}");
        assert!(
            shown.contains(&format!("__name__ -- {name}\r\n")),
            "{shown}"
        );
        assert!(!shown.contains("__file__"), "{shown}");
    }
}

#[test]
fn an_engine_that_is_none_is_refused() {
    let error = Engine::at("/no/such/engine").unwrap_err();
    assert!(matches!(error, Error::EngineSpawn { .. }), "{error}");
    let error = Engine::at("/bin/echo").unwrap_err();
    assert!(matches!(error, Error::EngineAnswer { .. }), "{error}");
    assert!(Engine::find().unwrap().path().is_absolute());
    assert!(
        Engine::provided_path()
            .is_none_or(|path| path.ends_with(Path::new("belay/engine/micropython")))
    );
}

#[test]
fn a_missing_engine_is_explained() {
    // A process of its own, because the environment decides.
    let me = std::env::current_exe().unwrap();
    let output = std::process::Command::new(me)
        .args(["--exact", "modules::find_without_an_engine", "--nocapture"])
        .env_clear()
        .env("BELAY_SIM_TEST_NO_ENGINE", "1")
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("no MicroPython engine found; run `"),
        "{said}"
    );
    assert!(
        said.contains("set BELAY_MICROPYTHON to a micropython program"),
        "{said}"
    );
    assert!(said.contains("/nonexistent/"), "{said}");
}

/// Says what happens without an engine when [`a_missing_engine_is_explained`] runs it.
#[test]
fn find_without_an_engine() {
    if std::env::var_os("BELAY_SIM_TEST_NO_ENGINE").is_none() {
        assert!(Engine::find().is_ok());
        return;
    }
    let error = Board::builder().start().unwrap_err();
    let Error::EngineMissing { looked, .. } = &error else {
        panic!("{error}");
    };
    println!("{error}\n{looked:?}");
}
