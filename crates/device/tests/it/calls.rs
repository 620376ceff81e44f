//! `exec`, `eval`, facts and resets.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use belay_device::{ConnectOptions, Device, Error, Value};
use belay_sim::Firmware;
use serde::Deserialize;

use crate::support::{Counting, LIMIT, board, builder, connect, connect_with, open};

#[derive(Deserialize, Debug, PartialEq)]
struct Sample {
    t: f64,
    ok: bool,
}

#[test]
fn values_come_back_as_rust_types() {
    let board = board();
    let (mut device, _) = connect(&board);
    assert_eq!(device.eval::<i64>("6 * 7").unwrap(), 42);
    assert_eq!(device.eval::<String>("'caf\\xe9 \\n'").unwrap(), "café \n");
    assert_eq!(device.eval::<Option<u8>>("None").unwrap(), None);
    assert_eq!(device.eval::<(i32, bool)>("1, True").unwrap(), (1, true));
    let map: BTreeMap<String, Vec<f64>> = device.eval("{'a': [1.5, 2.0]}").unwrap();
    assert_eq!(map["a"], [1.5, 2.0]);
    assert_eq!(device.eval::<u128>("1 << 100").unwrap(), 1 << 100);
    assert_eq!(device.eval::<i64>("(1 +\n2)  # three").unwrap(), 3);

    let sample: Sample = device.eval("{'t': 21.5, 'ok': True}").unwrap();
    assert_eq!(sample, Sample { t: 21.5, ok: true });
}

#[test]
fn what_is_no_literal_keeps_its_text() {
    let board = board();
    let (mut device, _) = connect(&board);
    let error = device.eval::<Value>("print").unwrap_err();
    assert!(
        matches!(error, Error::NotALiteral { ref text } if text == "<function>"),
        "{error}"
    );
    let error = device.eval::<u8>("300").unwrap_err();
    assert!(
        matches!(error, Error::WrongType { ref text, .. } if text == "300"),
        "{error}"
    );
    assert_eq!(device.eval_repr("print").unwrap(), "<function>");
}

#[test]
fn statements_keep_their_names() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec("def twice(x):\n    return 2 * x").unwrap();
    assert_eq!(device.eval::<i32>("twice(4)").unwrap(), 8);
    device.exec("").unwrap();
    device.exec("# only a comment").unwrap();
    device.soft_reset().unwrap();
    let error = device.eval::<i32>("twice(4)").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "NameError"),
        "{error}"
    );
}

#[test]
fn an_exception_is_taken_apart() {
    let board = board();
    let (mut device, _) = connect(&board);
    let Err(Error::Exception(exception)) = device.exec("def f(v):\n    return 1 / v\nf(0)") else {
        panic!("no exception");
    };
    assert_eq!(exception.kind, "ZeroDivisionError");
    let lines: Vec<u32> = exception.frames.iter().map(|frame| frame.line).collect();
    assert_eq!(lines, [3, 2]);
    assert_eq!(exception.frames[1].function.as_deref(), Some("f"));
    let Err(Error::Exception(exception)) = device.exec("x = = 3") else {
        panic!("no exception")
    };
    assert_eq!(
        (exception.kind.as_str(), exception.frames[0].line),
        ("SyntaxError", 1)
    );
    assert_eq!(device.eval::<i32>("1").unwrap(), 1);
}

#[test]
fn the_firmware_tells_what_it_is() {
    let board = board();
    let (mut device, _) = connect(&board);
    let implementation = device.implementation().unwrap();
    assert_eq!(implementation.name, "micropython");
    assert!(implementation.version >= (1, 20, 0), "{implementation:?}");
    assert!(implementation.mpy.is_some());
    assert!(
        implementation
            .emitters
            .iter()
            .any(|emitter| emitter == "viper")
    );
    assert!(implementation.free_memory.unwrap() > 1000);
    assert_eq!(device.eval::<i32>("1").unwrap(), 1);
    let left: Vec<String> = device
        .eval("sorted(n for n in globals() if 'belay' in n)")
        .unwrap();
    assert_eq!(left, ["_belay_b", "_belay_x"]);
}

#[test]
fn connecting_and_the_first_result_take_at_most_three_round_trips() {
    for (reset, expected) in [(true, 3), (false, 2)] {
        let board = board();
        let (port, trips) = Counting::new(open(&board));
        let options = ConnectOptions {
            reset,
            timeout: LIMIT,
            ..ConnectOptions::default()
        };
        let mut device = Device::connect(Box::new(port), options).unwrap();
        assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
        assert_eq!(
            trips.load(Ordering::SeqCst),
            expected,
            "with reset: {reset}"
        );
    }
}

#[test]
fn a_call_takes_one_round_trip() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let (mut device, _) = connect_with(
        Box::new(port),
        ConnectOptions {
            timeout: LIMIT,
            ..ConnectOptions::default()
        },
    );
    let before = trips.load(Ordering::SeqCst);
    assert_eq!(before, 2);
    device.exec("a = 1").unwrap();
    assert_eq!(device.eval::<i32>("a").unwrap(), 1);
    assert_eq!(trips.load(Ordering::SeqCst), before + 2);
}

#[test]
fn a_hard_reset_starts_the_board_anew() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec("kept = 1").unwrap();
    device.hard_reset().unwrap();
    let error = device.exec("kept").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "NameError"),
        "{error}"
    );
}

/// As most boards with CircuitPython, which have another module for it.
#[test]
fn a_hard_reset_of_a_board_without_machine() {
    let firmware = Firmware::default().lacking(&["machine"]);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    let error = device.hard_reset().unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "ImportError"),
        "{error}"
    );
    // What it prints is what a board says that has restarted.
    device
        .exec(
            "import builtins\nclass M: reset = lambda: print('\\n>>> ', end='')\n\
             old = builtins.__import__\ndef new(name, *rest):\n    \
             return M if name == 'microcontroller' else old(name, *rest)\nbuiltins.__import__ = new",
        )
        .unwrap();
    device.hard_reset().unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn a_program_that_resets_the_board_ends() {
    let board = board();
    let (mut device, output) = connect(&board);
    let error = device
        .exec("import machine\nprint('bye')\nmachine.reset()")
        .unwrap_err();
    assert!(matches!(error, Error::Restarted), "{error}");
    assert_eq!(output.take_text(), "bye\n");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    device.close().unwrap();
}

#[test]
fn sys_exit_restarts_the_interpreter_and_the_session_goes_on() {
    let board = board();
    let (mut device, output) = connect(&board);
    let error = device
        .exec("import sys\nprint('bye')\nsys.exit(3)")
        .unwrap_err();
    assert!(matches!(error, Error::Exited), "{error}");
    assert_eq!(output.take_text(), "bye\n");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn closing_leaves_the_friendly_repl() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec("a = 5").unwrap();
    drop(device.close().unwrap());
    let mut terminal = crate::support::Terminal::new(&board);
    terminal.say("a\r", "a\r\n5\r\n>>> ");
}

#[test]
fn a_long_result_is_refused_and_the_session_goes_on() {
    let board = board();
    let options = ConnectOptions {
        max_result: 1000,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(open(&board), options);
    let error = device.eval::<String>("'x' * 5000").unwrap_err();
    assert!(
        matches!(
            error,
            Error::ResultTooLong {
                length: 5004,
                limit: 1000
            }
        ),
        "{error}"
    );
    assert_eq!(device.eval::<String>("'x' * 900").unwrap().len(), 900);
}
