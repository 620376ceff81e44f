//! The raw REPL is reached from every state this firmware can be put in.

use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Error};
use belay_transport::{Transport, write_all};

use super::emulator::{TIMEOUT, connect, options, switch_on, switch_on_behind_pty};
use crate::support::{LIMIT, Terminal};

/// Takes over the board at the port, which is in the named state, and uses it.
fn take_over(state: &str, port: Box<dyn Transport>, reset: bool) -> Box<dyn Transport> {
    take_over_within(state, port, reset, TIMEOUT)
}

fn take_over_within(
    state: &str,
    port: Box<dyn Transport>,
    reset: bool,
    timeout: Duration,
) -> Box<dyn Transport> {
    let options = ConnectOptions {
        timeout,
        ..options(reset)
    };
    let mut device = Device::connect(port, options)
        .unwrap_or_else(|error| panic!("{state}, reset {reset}: {error}"));
    let sum = device.eval::<i32>("1 + 1");
    assert_eq!(
        sum.unwrap_or_else(|error| panic!("{state}, reset {reset}: {error}")),
        2
    );
    device.exec("x = 3").unwrap();
    assert_eq!(device.eval::<i32>("x").unwrap(), 3, "{state}");
    device.close().unwrap()
}

/// A way to put a board that is at the friendly prompt into a state.
struct State<'a> {
    name: &'a str,
    /// What is said, and what the board is known to answer.
    dialogue: &'a [(&'a str, &'a str)],
    /// What is said last, and whose effect is not waited for.
    last_words: &'a str,
}

fn state<'a>(name: &'a str, dialogue: &'a [(&'a str, &'a str)], last_words: &'a str) -> State<'a> {
    State {
        name,
        dialogue,
        last_words,
    }
}

/// Puts one board into each state, and connects.
fn check(states: &[State<'_>]) {
    check_within(states, TIMEOUT);
}

fn check_within(states: &[State<'_>], limit: Duration) {
    let Some(mut port) = switch_on() else { return };
    for reset in [false, true] {
        for state in states {
            let mut terminal = Terminal::over(port);
            terminal.say("\r", ">>> ");
            for (text, answer) in state.dialogue {
                terminal.say(text, answer);
            }
            port = terminal.into_port();
            let last_words = state.last_words.as_bytes();
            write_all(port.as_mut(), last_words, Instant::now() + LIMIT).unwrap();
            port = take_over_within(state.name, port, reset, limit);
        }
    }
}

#[test]
fn just_switched_on() {
    for reset in [false, true] {
        for (state, port) in [
            ("just switched on", switch_on()),
            ("just switched on, behind a pty", switch_on_behind_pty()),
        ] {
            let Some(port) = port else { return };
            take_over(state, port, reset);
        }
    }
}

#[test]
fn the_friendly_prompt() {
    check(&[
        state("prompt", &[], ""),
        state("half-typed line", &[("pri", "pri")], "nt('half"),
        state("half-typed block", &[("if 1:\r", "... ")], "  print('half"),
        state("open string", &[("'''\r", "... ")], "abc"),
        state(
            "garbage",
            &[],
            "\u{0}\u{7f}\u{1b}[A\u{1b}\u{1b}[999~%$§\r\n\t\t))",
        ),
    ]);
}

#[test]
fn paste_mode() {
    let paste = &[("\x05", "=== ")];
    check(&[
        state("paste mode", paste, ""),
        state(
            "paste mode with text",
            paste,
            "for i in range(3):\r  print(i",
        ),
    ]);
}

const RAW: (&str, &str) = ("\x01", "raw REPL; CTRL-B to exit\r\n>");

#[test]
fn the_raw_repl() {
    check(&[
        state("raw REPL", &[RAW], ""),
        state("raw REPL with a pending line", &[RAW], "print('pending'"),
        state(
            "a question for raw-paste mode",
            &[RAW],
            "\x05A\x01print('half'",
        ),
        state(
            "raw REPL, entered twice",
            &[RAW, ("\r\x01", "to exit\r\n>")],
            "x = ",
        ),
    ]);
}

#[test]
fn a_running_program() {
    let endless = "while True:\r    pass\r";
    let ticking = "while True:\r    print('tick')\r";
    let asleep = "import microbit\rprint('go')\rmicrobit.sleep(1000000)\r";
    let raw = "print('go')\nwhile True:\n    pass\n\x04";
    check(&[
        state(
            "endless loop",
            &[(&format!("\x05print('go')\r{endless}\x04"), "\r\ngo\r\n")],
            "",
        ),
        state(
            "endless printing",
            &[(&format!("\x05{ticking}\x04"), "\r\ntick\r\ntick\r\n")],
            "",
        ),
        state("sleep", &[(&format!("\x05{asleep}\x04"), "\r\ngo\r\n")], ""),
        state(
            "input()",
            &[("\x05print('go')\rinput()\r\x04", "\r\ngo\r\n")],
            "some",
        ),
        state(
            "endless loop in the raw REPL",
            &[RAW, (raw, "OKgo\r\n")],
            "",
        ),
    ]);
}

#[test]
fn a_program_that_swallows_keyboard_interrupt() {
    let swallowing = |handler: &str| {
        format!(
            "\x05import microbit\rprint('go')\rwhile True:\r    try:\r        while True:\r            \
             pass\r    except KeyboardInterrupt:\r        {handler}\r\x04"
        )
    };
    let printing = swallowing("print('no')");
    let sleeping = swallowing("microbit.sleep(1)");
    // They are interrupted again in the second half of the time.
    let limit = Duration::from_secs(8);
    let programs = [
        ("swallows and prints", printing),
        ("swallows and sleeps", sleeping),
    ];
    // One after the other: each emulated processor takes one of the machine's.
    for (name, program) in programs {
        check_within(&[state(name, &[(&program, "\r\ngo\r\n")], "")], limit);
    }
}

#[test]
fn a_soft_reset_under_way() {
    check(&[
        state("soft reset", &[], "\x04"),
        state("soft reset from the raw REPL", &[RAW], "\x04"),
        state("soft reset by a program", &[RAW], "raise SystemExit\x04"),
    ]);
}

/// As on any board: a program has used up the memory to the last block, and what the prompt runs then
/// fails before it has begun.
#[test]
fn a_full_memory() {
    for (raw, reset) in [(false, false), (false, true), (true, false), (true, true)] {
        let Some(port) = switch_on() else { return };
        let mut terminal = Terminal::over(port);
        terminal.say("\r", ">>> ");
        terminal.say("n=None\r", ">>> ");
        terminal.say("while 1:n=(n,)\r\r", "MemoryError");
        terminal.say("\r", ">>> ");
        if raw {
            terminal.say("\x01", "to exit\r\n>");
        }
        if reset {
            take_over("a full memory", terminal.into_port(), true);
        } else {
            let error = Device::connect(terminal.into_port(), options(false)).unwrap_err();
            assert!(matches!(error, Error::NoMemory), "{error}");
        }
    }
}

#[test]
fn a_command_that_fills_the_memory() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    for code in ["n=None\nwhile 1:n=(n,)", "x = 1"] {
        let error = device.exec(code).unwrap_err();
        assert!(
            matches!(&error, Error::Exception(e) if e.kind == "MemoryError"),
            "{code:?}: {error}"
        );
    }
    device.soft_reset().unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}
