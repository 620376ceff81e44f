//! Functions of the host that code on the board calls.

use std::io::sink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use belay_device::{
    ConnectOptions, Device, Error, HostCall, HostCalls, HostFailure, MAX_DEPTH, Object, Reconnect,
    Value,
};
use belay_sim::Board;
use belay_transport::Serial;

use crate::support::{LIMIT, Output, board, builder, connect_with, open};

/// A session whose board can call these functions.
fn serve(
    board: &Board,
    names: &[&str],
    handler: impl Fn(&HostCalls, HostCall) -> Result<String, HostFailure> + Send + Sync + 'static,
) -> (Device, Output, HostCalls) {
    let host = HostCalls::default();
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, output) = connect_with(host.attach(open(board)), options);
    let shared = host.clone();
    host.handle(move |call| handler(&shared, call));
    host.load(&mut device).unwrap();
    for name in names {
        device.exec(&HostCalls::function(name).unwrap()).unwrap();
    }
    (device, output, host)
}

fn failure(kind: &str, message: &str) -> HostFailure {
    HostFailure {
        kind: kind.to_owned(),
        message: message.to_owned(),
    }
}

/// What a function that works with the board says of an error.
fn failed(error: Error) -> HostFailure {
    match error {
        Error::Exception(exception) => failure(&exception.kind, &exception.message),
        other => failure("RuntimeError", &other.to_string()),
    }
}

#[test]
fn values_cross_both_ways() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    let board = board();
    let (mut device, _, _) = serve(&board, &["ask"], move |_, call| {
        seen.lock().unwrap().push(call);
        Ok("{'a': [1.5, \"h\u{e9}\u{2192}\u{1f40d}\\n\", b'\\x00\\xff']}".to_owned())
    });
    let value: Value = device
        .eval("ask(1, 'x\\n', (b'\\xff',), key=None)")
        .unwrap();
    let expected = "{'a': [1.5, 'h\u{e9}\u{2192}\u{1f40d}\\n', b'\\x00\\xff']}";
    assert_eq!(value, belay_pylit::parse(expected).unwrap());
    let call = calls.lock().unwrap().remove(0);
    assert_eq!(call.name, "ask");
    let arguments: Vec<_> = call.arguments.iter().map(ToString::to_string).collect();
    assert_eq!(arguments, ["1", "'x\\n'", "(b'\\xff',)"]);
    assert_eq!(call.keywords, [("key".to_owned(), Value::None)]);
}

#[test]
fn output_keeps_its_order_on_a_slow_line() {
    let board = builder().baud(115_200).start().unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&order);
    let (mut device, output, _) = serve(&board, &["note"], move |_, call| {
        seen.lock().unwrap().push(call.arguments[0].to_string());
        Ok("None".to_owned())
    });
    let program = "for i in range(20):\n print('before', i)\n note(i)\n print('after', i)";
    device.exec(program).unwrap();
    let numbers: Vec<_> = (0..20).map(|i| i.to_string()).collect();
    assert_eq!(*order.lock().unwrap(), numbers);
    let lines: Vec<_> = (0..20)
        .flat_map(|i| [format!("before {i}"), format!("after {i}")])
        .collect();
    assert_eq!(output.take_text().lines().collect::<Vec<_>>(), lines);
}

#[test]
fn a_failure_is_an_exception_of_its_kind_there() {
    let board = board();
    let (mut device, _, _) = serve(&board, &["fail"], |_, call| {
        let Value::Str(kind) = &call.arguments[0] else {
            return Ok("0".to_owned());
        };
        Err(failure(kind, "so it is"))
    });
    device
        .exec(
            "def caught(kind):\n try:\n  fail(kind)\n except Exception as error:\n  \
             return type(error).__name__, str(error)",
        )
        .unwrap();
    let mut caught =
        |kind: &str| -> (String, String) { device.eval(&format!("caught('{kind}')")).unwrap() };
    let pair = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    assert_eq!(caught("KeyError"), pair("KeyError", "so it is"));
    // What the board does not have, and what is no exception there.
    assert_eq!(caught("Odd"), pair("RuntimeError", "Odd: so it is"));
    assert_eq!(caught("print"), pair("RuntimeError", "print: so it is"));
    let error = device.exec("fail('ValueError')").unwrap_err();
    let Error::Exception(exception) = error else {
        panic!("{error}");
    };
    assert_eq!(exception.kind, "ValueError");
    // Code of ours is no frame of the program.
    assert!(
        exception.frames.iter().all(|frame| !frame
            .function
            .as_deref()
            .unwrap_or_default()
            .starts_with("_belay")),
        "{exception:?}"
    );
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn what_has_no_literal_and_who_is_not_known_is_refused() {
    let board = board();
    let (mut device, _, host) = serve(&board, &["ask"], |_, _| Ok("1".to_owned()));
    let error = device.exec("ask(print)").unwrap_err();
    assert!(error.to_string().contains("no literal"), "{error}");
    let error = device.exec("_belay_host('other', (), {})").map(drop);
    // The handler is asked for any name; it is its affair.
    assert!(error.is_ok(), "{error:?}");
    for name in ["_belay_x", "a b", "1", "__len__"] {
        assert!(HostCalls::function(name).is_err(), "{name}");
    }
    // Nobody has called.
    assert!(!host.is_serving());
    assert!(matches!(host.eval("1", &mut sink()), Err(Error::NoResult)));
    assert_eq!(device.eval::<i32>("ask() + 1").unwrap(), 2);
}

#[test]
fn a_function_works_with_the_board_that_calls_it() {
    let board = board();
    let (mut device, output, _) = serve(&board, &["work"], |host, _| {
        let mut printed = Vec::new();
        let mut work = || -> Result<String, Error> {
            host.exec("count = 20\nprint('counted')", &mut printed)?;
            let count = host.eval("count + 1", &mut printed)?;
            let Object::Proxy(list) = host.object("[count]  # kept", &mut printed)? else {
                panic!("a list changes");
            };
            assert_eq!(list.kind(), "list");
            let Object::Value(value) = host.object("(1, 'a')", &mut printed)? else {
                panic!("a tuple of these does not");
            };
            let mut steps = host.generate("numbers(3)")?;
            let mut drawn = Vec::new();
            while let Some(step) = host.send(&mut steps, &Value::None, &mut printed)? {
                drawn.push(step.to_string());
            }
            assert_eq!(host.send(&mut steps, &Value::None, &mut printed)?, None);
            let mut open = host.generate("numbers(9)")?;
            host.send(&mut open, &Value::None, &mut printed)?;
            host.close(open, &mut printed)?;
            let error = host.eval("1 / 0", &mut printed).unwrap_err();
            let Error::Exception(exception) = error else {
                panic!("{error}");
            };
            assert_eq!(exception.kind, "ZeroDivisionError");
            Ok(format!("({count}, {value}, [{}])", drawn.join(",")))
        };
        let result = work().map_err(failed)?;
        assert_eq!(
            String::from_utf8(printed).unwrap(),
            "counted\nclosed\nclosed\n"
        );
        Ok(result)
    });
    device
        .exec("def numbers(n):\n try:\n  for i in range(n): yield i\n finally: print('closed')")
        .unwrap();
    let value: Value = device.eval("work()").unwrap();
    assert_eq!(value.to_string(), "(21, (1, 'a'), [0, 1, 2])");
    assert_eq!(output.take_text(), "");
    // The list's handle has been dropped in the middle of the call; the board is told afterwards.
    let left: usize = device.eval("len(_belay_o)").unwrap();
    assert_eq!(left, 0);
}

#[test]
fn calls_inside_of_each_other_have_a_bound() {
    let board = board();
    let (mut device, _, _) = serve(&board, &["down"], |host, call| {
        let deeper = format!("down({} + 1)", call.arguments[0]);
        host.eval(&deeper, &mut sink()).map_err(failed)
    });
    let error = device.eval::<i32>("down(0)").unwrap_err();
    let limit = format!("more than {MAX_DEPTH} calls");
    assert!(error.to_string().contains(&limit), "{error}");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn an_interrupt_ends_what_a_function_waits_for() {
    let board = board();
    let wanted = Arc::new(AtomicBool::new(true));
    let (mut device, _, host) = serve(&board, &["wait"], |host, _| {
        host.exec("while True: pass", &mut sink()).map_err(failed)?;
        Ok("None".to_owned())
    });
    let still = Arc::clone(&wanted);
    host.interrupted_by(move || !still.load(Ordering::SeqCst));
    let interrupter = device.interrupter();
    let waiting = device.events().unwrap();
    let other = std::thread::spawn(move || {
        waiting.recv().unwrap();
        wanted.store(false, Ordering::SeqCst);
        // A wait that is to end is woken, as often as it takes to find the function in it.
        interrupter.interrupt();
    });
    let error = device.exec("belay_emit('begun')\nwait()").unwrap_err();
    let Error::Exception(exception) = error else {
        panic!("{error}");
    };
    assert_eq!(exception.kind, "KeyboardInterrupt");
    other.join().unwrap();
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn a_board_that_comes_back_can_call_again() {
    let board = Arc::new(board());
    let (mut device, _, host) = serve(&board, &[], |_, _| Ok("42".to_owned()));
    let (again, reopened) = (host.clone(), Arc::clone(&board));
    device.set_reconnect(Reconnect::new(3, move |_| {
        let port = reopened.stable_path().to_str().unwrap();
        Ok(again.attach(Box::new(Serial::open(port, 115_200)?)))
    }));
    device
        .remember(move |device| {
            host.load(device)?;
            device.exec(&HostCalls::function("ask")?)
        })
        .unwrap();
    assert_eq!(device.eval::<i32>("ask()").unwrap(), 42);
    board.unplug().unwrap();
    assert!(device.eval::<i32>("ask()").is_err());
    board.plug_in().unwrap();
    assert_eq!(device.eval::<i32>("ask()").unwrap(), 42);
}
