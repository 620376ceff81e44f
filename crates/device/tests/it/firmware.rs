//! Sessions with firmware that is not ours at all: MicroPython 1.9.2 as it was built for the BBC
//! micro:bit, in QEMU.
//!
//! It has no raw-paste mode, some 9 KB of memory, no back-pressure on its UART, and its raw REPL
//! keeps a program's text whole before it compiles it.

mod emulator;
mod files;
mod line;
mod programs;
mod states;

use std::sync::atomic::Ordering;

use belay_device::{Error, Exit, Script, Value};

use self::emulator::{connect, options, switch_on};
use crate::links::notify;
use crate::support::{Counting, LIMIT, connect_with};

#[test]
fn values_of_every_kind_come_back() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    assert_eq!(device.eval::<i64>("6 * 7").unwrap(), 42);
    assert_eq!(device.eval::<i128>("-(1 << 100)").unwrap(), -(1 << 100));
    assert_eq!(
        device.eval::<String>("'caf\\xe9 \\n\\''").unwrap(),
        "café \n'"
    );
    assert_eq!(device.eval::<Option<bool>>("None").unwrap(), None);
    assert_eq!(
        device
            .eval::<(i32, bool, Vec<f64>)>("1, True, [1.5, -2.25]")
            .unwrap(),
        (1, true, vec![1.5, -2.25])
    );
    // A value compares equal whatever the order of a set and of a dict, which this firmware keeps
    // neither of.
    for literal in [
        "b'\\x00\\xff\\n'",
        "bytearray(b'ab')",
        "{1: (2,), 'a': {3}}",
        "set()",
        "range(0, 3)",
    ] {
        let value: Value = device.eval(literal).unwrap();
        let repr: String = device.eval(&format!("repr({literal})")).unwrap();
        assert_eq!(value, belay_pylit::parse(&repr).unwrap(), "{literal}");
        assert_eq!(value.to_string().len(), literal.len(), "{literal}: {value}");
    }
    let Err(Error::NotALiteral { text }) = device.eval::<Value>("print") else {
        panic!("a function came back as a value");
    };
    assert_eq!(text, "<function>");
}

#[test]
fn statements_keep_their_names_until_a_soft_reset() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    device
        .exec("def twice(x):\n    return 2 * x\nprint('defined')")
        .unwrap();
    assert_eq!(output.take_text(), "defined\n");
    assert_eq!(device.eval::<i32>("twice(4)").unwrap(), 8);
    for _ in 0..3 {
        device.soft_reset().unwrap();
    }
    let error = device.eval::<i32>("twice(4)").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "NameError"),
        "{error}"
    );
}

#[test]
fn the_firmware_says_what_it_is() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    let implementation = device.implementation().unwrap();
    assert_eq!(implementation.name, "micropython");
    assert_eq!(implementation.version, (1, 9, 2));
    assert_eq!(implementation.platform, "microbit");
    assert_eq!(implementation.mpy, None, "it loads no .mpy files");
    let free = implementation.free_memory.unwrap();
    assert!((4_000..16_000).contains(&free), "{free}");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn an_exception_is_taken_apart() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    let code = "print('before')\ndef f(v):\n    return 1 / v\nf(0)";
    let Err(Error::Exception(exception)) = device.exec(code) else {
        panic!("no exception");
    };
    assert_eq!(output.take_text(), "before\n");
    assert_eq!(exception.kind, "ZeroDivisionError");
    let frames: Vec<_> = exception
        .frames
        .iter()
        .map(|frame| (frame.line, frame.function.as_deref()))
        .collect();
    assert_eq!(frames, [(4, Some("<module>")), (3, Some("f"))]);

    let Err(Error::Exception(exception)) = device.exec("x = 1\nx = = 3") else {
        panic!("no exception");
    };
    assert_eq!(
        (exception.kind.as_str(), exception.frames[0].line),
        ("SyntaxError", 2)
    );
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn an_interrupt_from_another_thread_ends_a_program() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    let (started, writer) = notify();
    device.set_output(writer);
    let interrupter = device.interrupter();
    for program in [
        "print('go', end='')\nwhile True:\n    pass",
        "print('go', end='')\nimport microbit\nmicrobit.sleep(1000000)",
    ] {
        let waiting = std::thread::spawn(move || {
            let result = device.exec(program);
            (device, result)
        });
        for letter in b"go" {
            assert_eq!(started.recv_timeout(LIMIT).unwrap(), *letter);
        }
        interrupter.interrupt();
        let result;
        (device, result) = waiting.join().unwrap();
        let Err(Error::Exception(exception)) = result else {
            panic!("{result:?}")
        };
        assert!(exception.is_interrupt(), "{exception}");
        assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    }
}

#[test]
fn abandoning_ends_the_wait_and_the_session_recovers() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    let (started, writer) = notify();
    device.set_output(writer);
    let interrupter = device.interrupter();
    let waiting = std::thread::spawn(move || {
        let result = device.exec("print('go')\nwhile True:\n    pass");
        (device, result)
    });
    started.recv_timeout(LIMIT).unwrap();
    interrupter.abandon();
    let (mut device, result) = waiting.join().unwrap();
    assert!(matches!(result, Err(Error::Abandoned)), "{result:?}");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn output_that_contains_the_end_mark_leaves_the_session_in_step() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    for printed in [
        "\x04",
        "\x04>",
        "\x04\x04>",
        "a\x04b\x04>c",
        "OK\x04\x04>OK",
        "\x04Traceback\x04>",
    ] {
        let code = format!("print({})", Value::Str(printed.to_owned()));
        device.exec(&code).unwrap();
        assert_eq!(output.take_text(), format!("{printed}\n"));
        let Err(Error::Exception(exception)) = device.exec(&format!("{code}\nnothing")) else {
            panic!("no exception after {printed:?}");
        };
        assert_eq!(exception.kind, "NameError", "{printed:?}");
        assert_eq!(output.take_text(), format!("{printed}\n"));
        let value: String = device
            .eval(&Value::Str(printed.to_owned()).to_string())
            .unwrap();
        assert_eq!(value, printed);
    }
    assert_eq!(output.take_text(), "");
}

#[test]
fn a_program_may_spoil_print() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    device.exec("print('last words')\nprint = None").unwrap();
    assert_eq!(output.take_text(), "last words\n");
    device.exec("del print").unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn the_exit_status_of_a_script_is_known() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    let mut run = |source: &str| {
        let name = "dir/it's a test.py".to_owned();
        device.run(&Script::new(name, source))
    };
    assert_eq!(run("print('hello')").unwrap(), Exit::Completed);
    assert_eq!(run("import sys\nsys.exit(3)").unwrap().status(), 3);
    assert_eq!(run("raise SystemExit").unwrap().status(), 0);
    let Err(Error::Exception(exception)) = run("a = 1\n\na / 0\n") else {
        panic!("no exception");
    };
    assert_eq!(exception.frames.len(), 1, "{exception}");
    assert_eq!(exception.frames[0].file, "dir/it's a test.py");
    assert_eq!(exception.frames[0].line, 3);
    assert_eq!(output.take_text(), "hello\n");
}

/// To this firmware, `SystemExit` in the REPL is the end of the code and no more.
#[test]
fn sys_exit_ends_the_code_and_the_session_goes_on() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    let code = "print('bye')\nkept = 1\nimport sys\nsys.exit(3)\nkept = 2";
    device.exec(code).unwrap();
    assert_eq!(output.take_text(), "bye\n");
    assert_eq!(device.eval::<i32>("kept").unwrap(), 1);
}

#[test]
fn a_session_stays_in_step_over_many_calls() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    device.exec("count = 0").unwrap();
    for n in 1..=100 {
        device.exec("count += 1\nprint(count)").unwrap();
        assert_eq!(output.take_text(), format!("{n}\n"));
        assert_eq!(device.eval::<i32>("count").unwrap(), n);
    }
}

#[test]
fn a_call_takes_one_round_trip() {
    let Some(board) = switch_on() else { return };
    let (port, trips) = Counting::new(board);
    let (mut device, _) = connect_with(Box::new(port), options(true));
    // With the first call the session finds that this board cannot check calls.
    device.exec("pass").unwrap();
    let before = trips.load(Ordering::SeqCst);
    device.exec("a = 1").unwrap();
    assert_eq!(device.eval::<i32>("a").unwrap(), 1);
    assert_eq!(trips.load(Ordering::SeqCst), before + 2);
}

#[test]
fn closing_leaves_the_friendly_repl() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    device.exec("a = 5").unwrap();
    let mut terminal = crate::support::Terminal::over(device.close().unwrap());
    terminal.say("a\r", "a\r\n5\r\n>>> ");
}
