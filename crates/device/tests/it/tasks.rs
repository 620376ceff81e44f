//! Functions on the board.

mod generators;
mod setup;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use belay_device::{Arguments, Batch, CallOptions, ConnectOptions, Error, Source, Value};
use belay_sim::Firmware;

use crate::support::{Counting, LIMIT, board, builder, connect, connect_with, open};

#[test]
fn a_call_sends_only_the_call() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, output) = connect_with(Box::new(port), options);
    let add = device
        .task("def add(a, b=1, *c):\n    # a comment\n    print('adding')\n    return a + b\n")
        .unwrap();
    let before = trips.load(Ordering::SeqCst);
    let sum: i32 = add.call(&mut device, (40, 2)).unwrap();
    assert_eq!((sum, trips.load(Ordering::SeqCst) - before), (42, 1));
    assert_eq!(output.take_text(), "adding\n");
    let text: String = add.call(&mut device, ("it's ", "café\n")).unwrap();
    assert_eq!(text, "it's café\n");
    let named = Arguments::new()
        .value(1)
        .unwrap()
        .keyword("b", 2.5)
        .unwrap();
    assert!((add.call::<f64>(&mut device, named).unwrap() - 3.5).abs() < 1e-9);
    assert_eq!(add.call::<i32>(&mut device, 1).unwrap(), 2);
    let mut own = Vec::new();
    let sum: i32 = add
        .call_with(&mut device, (1, 2), CallOptions::new().output(&mut own))
        .unwrap();
    assert_eq!((sum, own.as_slice()), (3, b"adding\n".as_slice()));
    let mut batch = Batch::new();
    batch.eval(add.invocation((1, 1)).unwrap());
    assert_eq!(
        device.run_batch(&batch)[0].as_ref().unwrap(),
        &Value::Int(2)
    );
}

#[test]
fn values_of_every_kind_go_there_and_back() {
    let board = board();
    let (mut device, _) = connect(&board);
    let same = device.task("def same(x): return x").unwrap();
    for text in [
        "None",
        "True",
        "-5",
        "1e300",
        "inf",
        "''",
        "b'\\x00\\xff'",
        "[1, [2]]",
        "(1,)",
        "()",
        "{1: 'a', (2,): None}",
        "{1}",
        "set()",
        "bytearray(b'a')",
        "1267650600228229401496703205376",
        "'\\n\\r\\t\\x04\\x03'",
        "range(0, 3)",
    ] {
        let value = belay_pylit::parse(text).unwrap();
        let back: Value = same.call(&mut device, (value.clone(),)).unwrap();
        assert_eq!(back, value, "{text}");
    }
    let nan: f64 = same.call(&mut device, (f64::NAN,)).unwrap();
    assert!(nan.is_nan());
    let map = BTreeMap::from([("a".to_owned(), vec![1_u8])]);
    let back: BTreeMap<String, Vec<u8>> = same.call(&mut device, &map).unwrap();
    assert_eq!(back, map);
}

#[test]
fn several_functions_come_as_several_handles() {
    let board = board();
    let (mut device, _) = connect(&board);
    let text =
        "LIMIT = 3\ndef low(x):\n    return x < LIMIT\ndef high(x):\n    return not low(x)\n";
    let tasks = device.tasks(text).unwrap();
    let names: Vec<&str> = tasks.iter().map(belay_device::Task::name).collect();
    assert_eq!(names, ["low", "high"]);
    assert!(tasks[1].call::<bool>(&mut device, 3).unwrap());
    let error = device.task(text).unwrap_err();
    assert!(matches!(error, Error::OneFunction { found: 2 }), "{error}");
    let error = device.task("def __belay_x(): pass").unwrap_err();
    assert!(matches!(error, Error::ReservedName { .. }), "{error}");
}

#[test]
fn tracebacks_point_into_the_host_s_file() {
    let board = board();
    let (mut device, _) = connect(&board);
    let source = Source::new(
        "host/it's.py",
        40,
        "def inner(x):\n    return 1 / x\n\ndef outer(x):\n    # why\n    return inner(x)\n",
    );
    let tasks = device.tasks(source).unwrap();
    let Err(Error::Exception(exception)) = tasks[1].call::<i32>(&mut device, 0) else {
        panic!("no exception")
    };
    assert_eq!(
        exception.to_string(),
        "Traceback (most recent call last):\n  \
         File \"host/it's.py\", line 45, in outer\n    return inner(x)\n  \
         File \"host/it's.py\", line 41, in inner\n    return 1 / x\n\
         ZeroDivisionError: divide by zero"
    );
    let Err(Error::Exception(exception)) =
        device.task(Source::new("host/b.py", 7, "def f():\n    return 1 +\n"))
    else {
        panic!("no exception")
    };
    assert_eq!(exception.kind, "SyntaxError");
    assert_eq!(exception.frames.len(), 1);
    let frame = &exception.frames[0];
    assert_eq!((frame.file.as_str(), frame.line), ("host/b.py", 8));
    assert_eq!(frame.text.as_deref(), Some("return 1 +"));
}

#[test]
fn a_restart_takes_the_functions_away() {
    let board = board();
    let (mut device, _) = connect(&board);
    let one = device.task("def one(): return 1").unwrap();
    device.soft_reset().unwrap();
    let error = one.call::<i32>(&mut device, ()).unwrap_err();
    assert!(
        matches!(error, Error::Gone { ref what } if what == "one"),
        "{error}"
    );
    let one = device.task("def one(): return 1").unwrap();
    assert!(matches!(
        device.exec("import sys; sys.exit()"),
        Err(Error::Exited)
    ));
    let error = one.call::<i32>(&mut device, ()).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
}

#[test]
fn a_function_runs_in_a_thread() {
    let board = board();
    let (mut device, _) = connect(&board);
    device
        .exec("import _thread\nlock = _thread.allocate_lock()\nlock.acquire()")
        .unwrap();
    let put = device
        .task("def put(a, b=0):\n    global got\n    got = a, b\n    lock.release()")
        .unwrap();
    put.spawn(&mut device, (1, 2)).unwrap();
    let got: (i32, i32) = device.eval("lock.acquire() and got").unwrap();
    assert_eq!(got, (1, 2));
    let named = Arguments::new().keyword("a", 5).unwrap();
    put.spawn(&mut device, named).unwrap();
    let got: (i32, i32) = device.eval("lock.acquire() and got").unwrap();
    assert_eq!(got, (5, 0));

    let firmware = Firmware::default().lacking(&["_thread"]);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    let put = device.task("def put(a, b=0):\n    pass\n").unwrap();
    let error = put.spawn(&mut device, (1, 2)).unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { feature: "_thread" }),
        "{error}"
    );
}
