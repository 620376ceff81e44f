//! Where a board is nothing but the engine: the same code says the same on both.

use std::process::Command;

use belay_sim::Engine;

use crate::host::raw_board;

/// Each was different once, or could be.
const CODE: &[&str] = &[
    "import sys\ntry:\n    sys.x = 1\nexcept AttributeError as e:\n    print(e)",
    "import sys\nprint(sys.stdout.write('a\\u00e9\\n'), sys.stdout.write(b'b\\n'))",
    "import sys\nprint('TextIOWrapper' in str(sys.stdout), 'TextIOWrapper' in str(type(sys.stdin)))",
    "import sys\nprint(sys.ps1, sys.maxsize, sys.byteorder, sys.version_info)",
    "import sys\ntry:\n    1/0\nexcept Exception as e:\n    sys.print_exception(e, sys.stderr)",
    "import sys, io\ntry:\n    [][1]\nexcept Exception as e:\n    b = io.BytesIO()\n    sys.print_exception(e, b)\n    print(b.getvalue())",
    "import sys, io\nclass S(io.IOBase):\n    def write(self, data):\n        print(type(data), bytes(data))\ntry:\n    x\nexcept NameError as e:\n    sys.print_exception(e, S())",
    "import sys\ntry:\n    sys.print_exception(1)\nexcept Exception as e:\n    print(type(e))",
    "import micropython, io\nfor n in dir(micropython):\n    if n not in ('kbd_intr', '__dict__'):\n        print(n, str(getattr(micropython, n)).split(' at ')[0])",
    "import os, vfs\nfor m in os, vfs:\n    print([n for n in dir(m) if n not in ('VfsPosix', 'system', 'getenv', 'putenv', 'unsetenv', 'errno', 'sync', 'uname')])",
    "import time, select\nprint(dir(time), dir(select))",
    "import select, io\ntry:\n    select.poll().register(io.BytesIO(), select.POLLIN)\nexcept OSError as e:\n    print(e)",
    "import os\nprint(hasattr(os, 'VfsRom'), os, os.stat)",
    "import websocket, io\nw = websocket.websocket(io.BytesIO(b'\\x81\\x04ping'))\nprint(w.read())",
    "from os import *\nprint(urandom)",
    "import sys\nprint(sys.modules)",
    "import micropython\n@micropython.native\ndef f():\n    import os.path\ntry:\n    f()\nexcept ImportError as e:\n    print(e)",
];

#[test]
fn the_modules_are_the_engines_own() {
    let (_board, mut host) = raw_board();
    let engine = Engine::find().unwrap();
    for code in CODE {
        let output = Command::new(engine.path())
            .args(["-c", code])
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("<string>", "<stdin>");
        let (bare, error) = (text(&output.stdout), text(&output.stderr));
        host.exec("import sys\nsys.modules.clear()");
        let said = host.exec(code);
        // The terminal's ends of lines; both streams are one on a board.
        assert_eq!(said, (bare + &error).replace('\n', "\r\n"), "{code}");
    }
}
