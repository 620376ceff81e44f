//! Every command on every kind of link that misbehaves: it works, or fails with the message that helps, in its
//! time. The page on connecting has the same table.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device};
use belay_sim::{Board, Builder, Direction, Engine, Firmware, Level, LinkFault, LinkFaults};
use belay_transport::Serial;

use super::board::engine;
use super::failures::silent_pty;
use crate::support::{Folder, PASSWORD};

const PAGE: &str = include_str!("../../../../../docs/connecting.md");
/// How long a command may take that works, on a machine that does much else.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a board has for its answer that gives one.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a board has for its answer that gives none, and what a command may take beyond that.
const TIMEOUT: Duration = Duration::from_secs(1);
const BEYOND: Duration = Duration::from_secs(15);

/// A command by its name, with what stands behind the device, and what it prints.
const COMMANDS: [(&str, &[&str], &str); 10] = [
    ("info", &[], "platform"),
    ("eval", &["6 * 7"], "42\n"),
    ("exec", &["print('said')"], "said\n"),
    ("run", &["script.py"], "ran\n"),
    ("sync", &["--yes", "--dst", "/d", "app"], ""),
    ("fs cp", &["script.py", ":/copy.py"], ""),
    ("fs cat", &[":/copy.py"], "print('ran')\n"),
    ("install", &["--offline"], ""),
    ("latency", &["--count", "3"], "3 calls"),
    ("terminal", &[], ""),
];

/// One that only listens, and so has nothing to fail with.
const LISTENS: &str = "terminal";

struct Kind {
    name: &'static str,
    board: fn(Builder) -> Builder,
    /// The board's `boot.py` and `main.py`.
    boot: &'static str,
    main: &'static str,
    /// What happens to the board in front of each command, and when it has been started.
    before: fn(&Board),
    meanwhile: fn(&Board),
    options: &'static [&'static str],
    /// What is said where nothing works.
    message: Option<&'static str>,
}

const PLAIN: Kind = Kind {
    name: "",
    board: |builder| builder,
    boot: "",
    main: "",
    before: |_| (),
    meanwhile: |_| (),
    options: &[],
    message: None,
};

/// What programs begin with that run when the board starts.
macro_rules! begins {
    ($rest:literal) => {
        concat!(
            "import machine\nmachine.Pin(1, machine.Pin.OUT, value=1)\n",
            $rest
        )
    };
}

/// Restarts the board, and waits until its program has begun: what is said before nobody hears.
fn restart(board: &Board) {
    board.press_reset().unwrap();
    let deadline = Instant::now() + LIMIT;
    assert!(
        board.wait_for_pin("1", Level::High, deadline),
        "no program has begun"
    );
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn kinds() -> Vec<Kind> {
    let plain = |name| Kind { name, ..PLAIN };
    vec![
        plain("none of it"),
        Kind {
            message: Some("the board said nothing"),
            ..plain("is silent")
        },
        Kind {
            board: |builder| {
                let rate =
                    |faults: LinkFaults, direction| faults.rate(direction, LinkFault::Flip, 0.0003);
                let faults = rate(LinkFaults::default().seed(1), Direction::ToBoard);
                builder
                    .baud(115_200)
                    .link_faults(rate(faults, Direction::ToHost))
            },
            options: &["--baud", "115200"],
            ..plain("damages one byte in 3,000, at 115,200 baud")
        },
        Kind {
            board: |builder| builder.latency(Duration::from_millis(60)),
            ..plain("is slow: a round trip of 60 ms")
        },
        Kind {
            boot: "import time\ntime.sleep(1)\n",
            meanwhile: |board| board.press_reset().unwrap(),
            ..plain("is reset when it is opened")
        },
        Kind {
            boot: begins!(
                "import time\nfor i in range(50):\n    print('starting', i)\n    time.sleep_ms(100)\n"
            ),
            before: restart,
            ..plain("starts for five seconds, printing")
        },
        Kind {
            main: begins!("while True: print('21.5 C')\n"),
            before: restart,
            ..plain("prints without end")
        },
        Kind {
            board: |builder| {
                let interrupt_delay = Duration::from_millis(700);
                builder.firmware(Firmware {
                    interrupt_delay,
                    ..Firmware::default()
                })
            },
            main: begins!("while True: pass\n"),
            before: restart,
            ..plain("answers ctrl-C late: after 0.7 s")
        },
        Kind {
            before: |board| {
                let drop =
                    |faults: LinkFaults, at| faults.at(Direction::ToBoard, LinkFault::Drop, at);
                let faults = (0..6).fold(LinkFaults::default(), drop);
                board.set_link_faults(faults).unwrap();
            },
            ..plain("loses the first bytes")
        },
        Kind {
            before: |board| {
                board.unplug().unwrap();
                board.plug_in().unwrap();
            },
            ..plain("comes back under another name")
        },
        Kind {
            board: |builder| {
                let line_end = "\r\r\n".to_owned();
                builder.firmware(Firmware {
                    line_end,
                    ..Firmware::default()
                })
            },
            ..plain("ends lines with CR CR LF")
        },
        Kind {
            // Of ctrl-C it makes a new prompt, as such a REPL does.
            main: "import machine, micropython, sys\nmicropython.kbd_intr(-1)\n\
                   machine.Pin(1, machine.Pin.OUT, value=1)\nwhile True:\n    \
                   c = sys.stdin.read(1)\n    print('\\r\\n--> ' if c == '\\x03' else c, end='')\n",
            before: restart,
            message: Some("no raw REPL within 1."),
            ..plain("runs an asyncio REPL, which takes ctrl-C for a key")
        },
        Kind {
            main: "import machine, micropython, sys\nmicropython.kbd_intr(-1)\n\
                   machine.Pin(1, machine.Pin.OUT, value=1)\nwhile True: sys.stdin.read(1)\n",
            before: restart,
            message: Some("the board said nothing"),
            ..plain("runs a program that owns its standard input")
        },
        Kind {
            board: |builder| builder.webrepl("127.0.0.1:0", PASSWORD).unwrap(),
            ..plain("is reached by WebREPL")
        },
        Kind {
            board: |builder| builder.firmware(Firmware::circuitpython()),
            ..plain("runs CircuitPython, on USB")
        },
        Kind {
            board: |builder| {
                let line_end = "\r\r\n".to_owned();
                builder.firmware(Firmware {
                    line_end,
                    ..Firmware::circuitpython()
                })
            },
            ..plain("runs CircuitPython, on a UART")
        },
    ]
}

/// A board of a kind, or the pty of one that says nothing.
enum Link {
    Board(Box<Board>),
    Silent(
        #[expect(dead_code, reason = "it keeps the pty open")] OwnedFd,
        String,
    ),
}

impl Link {
    fn of(kind: &Kind) -> Self {
        if kind.name == "is silent" {
            let (controller, path) = silent_pty();
            return Self::Silent(controller, path);
        }
        let engine = Engine::at(engine()).unwrap();
        let board = (kind.board)(Board::builder().engine(engine))
            .start()
            .unwrap();
        let files = [("/boot.py", kind.boot), ("/main.py", kind.main)];
        let files = files.iter().filter(|(_, text)| !text.is_empty());
        for (path, text) in files {
            let port = Serial::open(board.path().to_str().unwrap(), 115_200).unwrap();
            let options = ConnectOptions {
                timeout: LIMIT,
                ..ConnectOptions::default()
            };
            let mut device = Device::connect(Box::new(port), options).unwrap();
            device.files().write(path, text.as_bytes()).unwrap();
        }
        Self::Board(Box::new(board))
    }

    fn name(&self) -> String {
        match self {
            Self::Board(board) => match board.webrepl_address() {
                Some(address) => format!("ws://{address}"),
                None => board.stable_path().to_str().unwrap().to_owned(),
            },
            Self::Silent(_, path) => path.clone(),
        }
    }
}

/// Tries all commands on a kind of link; what was found wrong.
fn check(kind: &Kind, folder: &Folder) -> Vec<String> {
    let link = Link::of(kind);
    let mut wrong = Vec::new();
    for (command, arguments, expected) in COMMANDS {
        let timeout = match kind.message {
            Some(_) => TIMEOUT,
            None => PATIENCE,
        };
        if let Link::Board(board) = &link {
            (kind.before)(board);
        }
        let begun = Instant::now();
        let child = Command::new(assert_cmd::cargo::cargo_bin!("belay"))
            .args(command.split(' '))
            .arg(link.name())
            .args(arguments)
            .args(["--timeout", &timeout.as_secs().to_string()])
            .args(kind.options)
            .current_dir(folder.path(""))
            .env("BELAY_PASSWORD", PASSWORD)
            .env("XDG_CACHE_HOME", folder.path("cache"))
            .env_remove("BELAY_DEVICE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Link::Board(board) = &link {
            (kind.meanwhile)(board);
        }
        let output = child.wait_with_output().unwrap();
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let right = match kind.message.filter(|_| command != LISTENS) {
            None => output.status.success() && said.contains(expected) && took < LIMIT,
            Some(message) => {
                let failed = output.status.code() == Some(1) && errors.contains(message);
                failed && took < TIMEOUT + BEYOND
            }
        };
        if !right {
            wrong.push(format!(
                "{}, {command}, {took:?}: {said:?} {errors:?}",
                kind.name
            ));
        }
    }
    wrong
}

/// The table, as the page has it.
fn table(kinds: &[Kind]) -> String {
    let mut table = String::from("| a board that |");
    for (command, ..) in COMMANDS {
        write!(table, " `{command}` |").unwrap();
    }
    table += "\n|---|";
    table += &"---|".repeat(COMMANDS.len());
    for kind in kinds.iter().skip(1) {
        write!(table, "\n| {} |", kind.name).unwrap();
        for (command, ..) in COMMANDS {
            let fails = kind.message.is_some() && command != LISTENS;
            table += if fails { " says so |" } else { " works |" };
        }
    }
    table + "\n"
}

#[test]
fn every_command_on_every_kind_of_link() {
    let kinds = kinds();
    let folder = Folder::new();
    folder.file("script.py", b"print('ran')\n");
    std::fs::create_dir(folder.path("app")).unwrap();
    folder.file("app/__init__.py", b"x = 1\n");
    folder.file("pyproject.toml", b"[tool.belay]\nname = \"app\"\n");
    let wrong: Vec<String> = thread::scope(|scope| {
        let rows: Vec<_> = kinds
            .iter()
            .map(|kind| scope.spawn(|| check(kind, &folder)))
            .collect();
        let rows = rows.into_iter().map(|row| row.join().unwrap());
        rows.flatten().collect()
    });
    for line in &wrong {
        writeln!(std::io::stderr(), "{line}").unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} cells are not as they should be",
        wrong.len()
    );
    let table = table(&kinds);
    assert!(
        PAGE.contains(&table),
        "the page's table is not this one:\n{table}"
    );
}
