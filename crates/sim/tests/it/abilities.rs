//! Boards of firmware that lacks something, or does it in another way.

use std::time::{Duration, Instant};

use belay_sim::{Board, Error, Firmware, LinkFaults, Newlines};

use crate::host::{Host, raw, start};

/// Everything that Belay can do without, in some firmware or other.
const NAMES: &[&str] = &[
    "binascii",
    "deflate",
    "zlib",
    "hashlib",
    "io",
    "json",
    "re",
    "errno",
    "random",
    "struct",
    "select",
    "machine",
    "micropython",
    "time",
    "gc",
    "_thread",
    "neopixel",
    "uctypes",
    "array",
    "collections",
    "os",
    "binascii.crc32",
    "collections.OrderedDict",
    "gc.mem_free",
    "io.StringIO",
    "io.BytesIO",
    "machine.Pin",
    "micropython.schedule",
    "micropython.kbd_intr",
    "micropython.const",
    "os.ilistdir",
    "os.rename",
    "os.stat",
    "os.statvfs",
    "os.sync",
    "sys.print_exception",
    "sys.stdin.buffer",
    "sys.stdout.buffer",
    "time.ticks_ms",
    "time.ticks_us",
    "time.sleep_ms",
    "builtins.memoryview",
    "bytes.decode",
    "compile",
    "complex",
    "frozenset",
];

/// Whether the board has what goes by a name.
const HAS: &str = "
def has(path):
    import builtins
    names = path.split('.')
    if len(names) > 1 and hasattr(builtins, names[0]):
        names.insert(0, 'builtins')
    try:
        owner = builtins if hasattr(builtins, path) else __import__(names.pop(0))
        for name in names:
            owner = getattr(owner, name)
        return True
    except (ImportError, AttributeError):
        return False
";

fn lacking(names: &[&str]) -> (Board, Host) {
    raw(Board::builder().firmware(Firmware::default().lacking(names)))
}

#[test]
fn each_ability_can_be_taken_away_alone() {
    let (_board, mut host) = lacking(&[]);
    host.exec(HAS);
    // Engines have one of these.
    let either = ["deflate", "zlib"];
    for name in NAMES.iter().filter(|name| !either.contains(name)) {
        let has = format!("print(has('{name}'))");
        assert_eq!(host.exec(&has), "True\r\n", "{name} is there otherwise");
    }
    for name in NAMES {
        let (_board, mut host) = lacking(&[name]);
        host.exec(HAS);
        for other in NAMES.iter().filter(|other| !either.contains(other)) {
            let is_part = *other == *name || other.starts_with(&format!("{name}."));
            let expected = if is_part { "False\r\n" } else { "True\r\n" };
            let has = format!("print(has('{other}'))");
            assert_eq!(host.exec(&has), expected, "{other} without {name}");
        }
    }
}

#[test]
fn what_is_missing_is_missing_as_in_small_firmware() {
    let names = ["bytes.decode", "os.rename", "hashlib", "compile"];
    let (_board, mut host) = lacking(&names);
    for (code, error) in [
        (
            "b''.decode()",
            "AttributeError: 'bytes' object has no attribute 'decode'",
        ),
        ("import os\nos.rename", " has no attribute 'rename'"),
        (
            "from os import rename",
            "ImportError: can't import name rename",
        ),
        ("import hashlib", "ImportError: no module named 'hashlib'"),
        (
            "from uhashlib import sha256",
            "ImportError: no module named 'uhashlib'",
        ),
        ("compile", "NameError: name 'compile' isn't defined"),
    ] {
        let (_, said) = host.try_exec(code);
        assert!(said.ends_with(&format!("{error}\r\n")), "{code}: {said:?}");
    }
    assert_eq!(
        host.exec("print(str(b'a', 'utf-8'), 'b'.encode())"),
        "a b'b'\r\n"
    );
    // Resets do not bring it back.
    host.send(b"\x04");
    host.until("soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
    let (_, said) = host.try_exec("b''.decode()");
    assert!(said.contains("AttributeError"), "{said:?}");
}

#[test]
fn what_cannot_be_taken_away_is_an_error() {
    for name in ["binasci", "os.renam", "bytes.decod", "str.x.y"] {
        let firmware = Firmware::default().lacking(&[name]);
        let error = Board::builder().firmware(firmware).start().unwrap_err();
        let Error::Boot { text } = &error else {
            panic!("{error}")
        };
        assert!(text.contains("Error"), "{text:?}");
    }
}

/// Makes `os` an empty folder, as at the beginning of an installation, and `hashlib` one that holds
/// a part of a package.
const SHADOWS: &str = "
import os
for name in ('lib', 'lib/os', 'lib/hashlib'):
    os.mkdir(name)
with open('lib/hashlib/__init__.py', 'w') as f:
    f.write('from . import _sha256\\n')
";

#[test]
fn imports_look_into_the_file_system_first() {
    let (_board, mut host) = raw(Board::builder());
    host.exec(SHADOWS);
    let (_, said) = host.try_exec("import os\nos.listdir");
    assert!(said.contains("has no attribute 'listdir'"), "{said:?}");
    let (_, said) = host.try_exec("import hashlib");
    assert!(
        said.contains("ImportError: no module named 'hashlib._sha256'"),
        "{said:?}"
    );
    // The old names, and modules that cannot be extended, are as ever.
    assert_eq!(
        host.exec("import uos, sys, gc, micropython\nprint(uos.listdir('lib'), sys.path)"),
        "['hashlib', 'os'] ['', '.frozen', '/lib']\r\n"
    );
    // A package may build on what it shadows.
    host.exec(
        "with open('lib/os/__init__.py', 'w') as f:\n    f.write('from uos import *\\nx = 5\\n')\n\
         sys.modules.pop('os')",
    );
    assert_eq!(
        host.exec("import os\nprint(os.x, os.listdir('lib/os'))"),
        "5 ['__init__.py']\r\n"
    );
}

#[test]
fn imports_can_take_what_is_built_in_first() {
    let firmware = Firmware {
        files_first: false,
        ..Firmware::default()
    };
    let (_board, mut host) = raw(Board::builder().firmware(firmware));
    host.exec(SHADOWS);
    host.send(b"\x04");
    host.until("soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
    let output = host.exec("import os, hashlib\nprint(os.listdir('lib'), hashlib.sha256)");
    assert_eq!(output, "['hashlib', 'os'] <class 'sha256'>\r\n");
}

#[test]
fn a_console_may_print_two_carriage_returns() {
    let firmware = Firmware {
        line_end: "\r\r\n".to_owned(),
        ..Firmware::default()
    };
    let (_board, mut host) = raw(Board::builder().firmware(firmware));
    let (output, error) =
        host.try_exec("import sys\nprint('a\\nb')\nsys.stdout.buffer.write(b'\\n')\n1/0");
    assert_eq!(output, "a\r\r\nb\r\r\n\n");
    assert!(
        error.ends_with("line 4, in <module>\r\nZeroDivisionError: divide by zero\r\r\n"),
        "{error:?}"
    );
    host.send(b"\x02");
    assert!(
        host.until(">>> ")
            .ends_with("for more information.\r\n>>> ")
    );
}

#[test]
fn ends_of_lines_may_change_in_binary_data() {
    let print = "import sys\n_ = sys.stdout.buffer.write(b'\\n\\r\\n')";
    for (newlines, expected) in [
        (Newlines::CrLf, "\r\n\r\n"),
        (Newlines::CrCrLf, "\r\n\r\r\n"),
    ] {
        let (board, mut host) = raw(Board::builder());
        board
            .set_link_faults(LinkFaults::default().newlines(newlines))
            .unwrap();
        assert_eq!(host.exec(print), expected, "{newlines:?}");
    }
}

#[test]
fn an_interrupt_may_come_late() {
    let delay = Duration::from_millis(300);
    let firmware = Firmware {
        interrupt_delay: delay,
        ..Firmware::default()
    };
    let board = start(Board::builder().firmware(firmware));
    let mut host = Host::open(board.path());
    host.send(b"\r");
    host.until(">>> ");
    host.send(b"while True: print('x')\r\r");
    host.until("x\r\nx\r\n");
    let begin = Instant::now();
    host.send(b"\x03\x03");
    host.until("KeyboardInterrupt: \r\n>>> ");
    assert!(begin.elapsed() >= delay, "{:?}", begin.elapsed());
    // At the prompt it takes no time, and none is left over.
    host.check(b"\x031+1\r", "\r\n>>> 1+1\r\n2\r\n>>> ");
}
