//! The raw REPL is reached from every state a board can be in.

use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Error};
use belay_sim::{Board, Flash};
use belay_transport::{Transport, write_all};

use crate::support::{LIMIT, Terminal, at_once, board, builder, connect, open};

/// Puts the board into a state by saying things and waiting for answers, then connects.
fn check(state: &str, dialogue: &[(&str, &str)], last_words: &str) {
    at_once([false, true], |reset| {
        let board = board();
        let mut terminal = Terminal::new(&board);
        terminal.say("\r", ">>> ");
        for (text, answer) in dialogue {
            terminal.say(text, answer);
        }
        let mut port = terminal.into_port();
        write_all(port.as_mut(), last_words.as_bytes(), Instant::now() + LIMIT).unwrap();
        let options = ConnectOptions {
            reset,
            timeout: LIMIT,
            ..ConnectOptions::default()
        };
        let mut device = Device::connect(port, options)
            .unwrap_or_else(|error| panic!("{state}, reset {reset}: {error}"));
        assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2, "{state}");
        device.close().unwrap();
    });
}

#[test]
fn the_friendly_prompt() {
    check("friendly prompt", &[], "");
}

#[test]
fn a_half_typed_line() {
    check("half-typed line", &[], "print('half");
    check("half-typed block", &[("if 1:\r", "... ")], "  print('half");
    check("open string", &[("'''\r", "... ")], "abc");
}

#[test]
fn paste_mode() {
    check(
        "paste mode",
        &[("\x05", "=== ")],
        "for i in range(3):\r  print(i",
    );
}

#[test]
fn the_raw_repl() {
    check("raw REPL", &[("\x01", "raw REPL; CTRL-B to exit\r\n>")], "");
    check(
        "raw REPL with a pending line",
        &[("\x01", "to exit\r\n>")],
        "print('pending'",
    );
}

#[test]
fn a_raw_paste_left_half_way() {
    check(
        "raw-paste",
        &[("\x01", "to exit\r\n>"), ("\x05A\x01", "R\x01")],
        "print('half",
    );
    check(
        "raw-paste, nothing sent",
        &[("\x01", "to exit\r\n>"), ("\x05A\x01", "R\x01")],
        "",
    );
    let window = "x = 1234567890\n".repeat(9);
    check(
        "raw-paste, a window sent",
        &[("\x01", "to exit\r\n>"), ("\x05A\x01", "R\x01")],
        &window,
    );
}

#[test]
fn a_running_program() {
    let endless = "\x05print('go')\rwhile True:\r    pass\r\x04";
    check("endless loop", &[(endless, "\r\ngo\r\n")], "");
    let printing = "\x05while True:\r    print('tick')\r\x04";
    check(
        "endless printing",
        &[(printing, "\r\ntick\r\ntick\r\n")],
        "",
    );
    let sleeping = "\x05import time\rprint('go')\rtime.sleep(1000)\r\x04";
    check("sleep", &[(sleeping, "\r\ngo\r\n")], "");
    let raw = "print('go')\nwhile True:\n    pass\n\x04";
    check(
        "endless loop in the raw REPL",
        &[("\x01", "to exit\r\n>"), (raw, "OKgo\r\n")],
        "",
    );
    let input = "\x05print('go')\rinput()\r\x04";
    check("input()", &[(input, "\r\ngo\r\n")], "");
}

/// Such a program is stopped by a ctrl-C that arrives while it handles another, so the time it takes to
/// handle one matters. A board takes milliseconds to print a word or to clean up.
#[test]
fn a_program_that_swallows_keyboard_interrupt() {
    at_once(
        ["print('no'); time.sleep_ms(5)", "time.sleep_ms(5)"],
        |handler| {
            let swallowing = format!(
                "\x05import time\rprint('go')\rwhile True:\r    try:\r        while True:\r            \
             pass\r    except KeyboardInterrupt:\r        {handler}\r\x04"
            );
            let board = builder().baud(115_200).start().unwrap();
            let mut terminal = Terminal::new(&board);
            terminal.say("\r", ">>> ");
            terminal.say(&swallowing, "\r\ngo\r\n");
            // It is interrupted again in the second half of the time.
            let options = ConnectOptions {
                reset: false,
                timeout: Duration::from_secs(5),
                ..ConnectOptions::default()
            };
            let mut device = Device::connect(terminal.into_port(), options).unwrap();
            assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
        },
    );
}

/// A board that runs this as its main.py.
fn running(main: &str) -> (Board, Box<dyn Transport>) {
    running_files(&[("main.py", main)])
}

fn running_files(files: &[(&str, &str)]) -> (Board, Box<dyn Transport>) {
    let board = builder().start().unwrap();
    let mut terminal = Terminal::new(&board);
    terminal.say("\r", ">>> ");
    for (name, text) in files {
        let text = text
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\'', "\\'");
        terminal.say(
            &format!("f = open('{name}', 'w'); _ = f.write('{text}'); f.close()\r"),
            "\r\n>>> ",
        );
    }
    terminal.say("\x04", "soft reboot\r\n");
    (board, terminal.into_port())
}

#[test]
fn a_program_that_cleans_up_is_not_cut_off() {
    at_once(
        [
            ("silent", "time.sleep(1)"),
            (
                "busy",
                "t = time.ticks_ms()\n while time.ticks_diff(time.ticks_ms(), t) < 1000: pass",
            ),
            (
                "printing",
                "for i in range(20): print('motor'); time.sleep_ms(50)",
            ),
        ],
        |(what, cleaning)| {
            let main = format!(
                "import time\ntry:\n print('go')\n while True: pass\nfinally:\n {cleaning}\n \
             motor = 'off'\n"
            );
            let (_board, port) = running(&main);
            let mut terminal = Terminal::over(port);
            terminal.say("", "go\r\n");
            let options = ConnectOptions {
                reset: false,
                timeout: LIMIT,
                ..ConnectOptions::default()
            };
            let mut device = Device::connect(terminal.into_port(), options).unwrap();
            assert_eq!(device.eval::<String>("motor").unwrap(), "off", "{what}");
        },
    );
}

/// Ctrl-C that comes before a program runs interrupts none.
#[test]
fn a_board_that_has_just_been_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let flash = || Flash::file(folder.path().join("flash"));
    let board = builder().flash(flash()).start().unwrap();
    let (mut device, _) = connect(&board);
    let write = "f = open('main.py', 'w')\nf.write('while True: pass')\nf.close()";
    device.exec(write).unwrap();
    device.close().unwrap();
    drop(board);
    let board = builder().flash(flash()).start().unwrap();
    let begun = Instant::now();
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(open(&board), options).unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    assert!(begun.elapsed() < LIMIT / 2, "it was interrupted twice");
}

#[test]
fn a_board_that_restarts_for_ever() {
    at_once(
        [
            "import time, sys\ntime.sleep_ms(20)\nsys.exit()",
            "import time, sys\ntime.sleep_ms(300)\nsys.exit()",
            "import machine, time\nprint('up')\ntime.sleep_ms(300)\nmachine.reset()",
            "import machine, time\ntry:\n time.sleep_ms(20)\n 1 / 0\nexcept Exception:\n machine.reset()",
        ],
        |main| {
            let (_board, port) = running(main);
            let begun = Instant::now();
            let options = ConnectOptions {
                reset: false,
                ..ConnectOptions::default()
            };
            let mut device =
                Device::connect(port, options).unwrap_or_else(|error| panic!("{main:?}: {error}"));
            assert!(begun.elapsed() < Duration::from_secs(10), "{main:?}");
            assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2, "{main:?}");
        },
    );
}

/// A program without a loop ends before any firmware looks for a ctrl-C, but firmware looks at the end of boot.py,
/// and runs no main.py behind one that was interrupted.
#[test]
fn a_board_that_restarts_before_it_can_be_interrupted_and_has_a_boot_py() {
    at_once(
        [
            "print('up')\nimport machine\nmachine.reset()",
            "import sys\nsys.exit()",
        ],
        |main| {
            let boot = "import time\ntime.sleep_ms(5)";
            let (_board, port) = running_files(&[("boot.py", boot), ("main.py", main)]);
            let options = ConnectOptions {
                reset: false,
                timeout: Duration::from_secs(4),
                ..ConnectOptions::default()
            };
            let mut device =
                Device::connect(port, options).unwrap_or_else(|error| panic!("{main:?}: {error}"));
            assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2, "{main:?}");
        },
    );
}

/// Without one there is no way in. What is seen of the board is told.
#[test]
fn a_board_that_restarts_before_it_can_be_interrupted() {
    let (_board, port) = running("print('up')\nimport machine\nmachine.reset()");
    let options = ConnectOptions {
        timeout: Duration::from_secs(3),
        ..ConnectOptions::default()
    };
    let Err(Error::Timeout { last_seen, .. }) = Device::connect(port, options) else {
        panic!("nobody is in time for that");
    };
    assert!(last_seen.ends_with(b"up\r\nup\r\nup\r\n"), "{last_seen:?}");
}

#[test]
fn a_soft_reset_under_way() {
    check("soft reset", &[], "\x04");
    check(
        "soft reset from the raw REPL",
        &[("\x01", "to exit\r\n>")],
        "\x04",
    );
}

#[test]
fn garbage_on_the_line() {
    check(
        "garbage",
        &[],
        "\u{0}\u{7f}\u{1b}[A\u{1b}\u{1b}[999~%$§\r\n\t\t))",
    );
}

#[test]
fn a_board_still_booting_and_printing() {
    let board = builder().start().unwrap();
    let mut terminal = Terminal::new(&board);
    // Fifty thousand lines of start-up messages, then a main.py that goes on for good.
    let program = "\x05f = open('boot.py', 'w')\rf.write('for i in range(50000):\\n print(i)\\n')\r\
                   f.close()\rf = open('main.py', 'w')\rf.write('while True:\\n pass\\n')\rf.close()\r\
                   print('written')\r\x04";
    terminal.say("\r", ">>> ");
    terminal.say(program, "\r\nwritten\r\n");
    terminal.say("\x04", "soft reboot\r\n0\r\n1\r\n");
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(terminal.into_port(), options).unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}
