//! Many calls at once.

use std::sync::atomic::Ordering;

use belay_device::{Batch, CallOptions, ConnectOptions, Error, Value};
use belay_transport::{OpenOptions, Tcp};

use crate::support::{Counting, board, builder, connect, connect_with};

#[test]
fn results_come_in_order_each_with_its_own_error() {
    let board = board();
    let (mut device, output) = connect(&board);
    let mut batch = Batch::new();
    batch
        .exec("def f(x):\n    print('f', x)\n    return 10 // x")
        .eval(" f(5) ")
        .eval("f(0)")
        .eval("f(")
        .eval("'a\\n' + \"b\" # c")
        .exec("y = f(2)")
        .eval("y")
        .eval("print");
    let mut results = device.run_batch(&batch).into_iter();
    assert_eq!(results.next().unwrap().unwrap(), Value::None);
    assert_eq!(results.next().unwrap().unwrap(), Value::Int(2));
    let Err(Error::Exception(exception)) = results.next().unwrap() else {
        panic!("no exception")
    };
    assert_eq!(exception.kind, "ZeroDivisionError");
    assert_eq!(
        exception.frames.last().unwrap().function.as_deref(),
        Some("f")
    );
    let Err(Error::Exception(exception)) = results.next().unwrap() else {
        panic!("no exception")
    };
    assert_eq!(exception.kind, "SyntaxError");
    assert_eq!(results.next().unwrap().unwrap(), Value::Str("a\nb".into()));
    assert_eq!(results.next().unwrap().unwrap(), Value::None);
    assert_eq!(results.next().unwrap().unwrap(), Value::Int(5));
    let error = results.next().unwrap().unwrap_err();
    assert!(matches!(error, Error::NotALiteral { .. }), "{error}");
    assert!(results.next().is_none());
    assert_eq!(output.take_text(), "f 5\nf 0\nf 2\n");
}

#[test]
fn a_hundred_calls_take_one_round_trip() {
    let board = builder().tcp("127.0.0.1:0").unwrap().start().unwrap();
    let address = board.tcp_address().unwrap();
    let tcp = Tcp::connect("127.0.0.1", address.port(), &OpenOptions::default()).unwrap();
    let (port, trips) = Counting::new(Box::new(tcp));
    let (mut device, _) = connect_with(Box::new(port), ConnectOptions::default());
    device.run_batch(Batch::new().eval("0"));
    let mut batch = Batch::new();
    for i in 0..100 {
        batch.eval(format!("{i} * 2"));
    }
    let before = trips.load(Ordering::SeqCst);
    let results = device.run_batch(&batch);
    assert_eq!(trips.load(Ordering::SeqCst) - before, 1);
    for (i, result) in results.into_iter().enumerate() {
        assert_eq!(result.unwrap(), Value::Int(2 * i64::try_from(i).unwrap()));
    }
}

#[test]
fn what_ends_a_batch_is_the_error_of_the_call_it_struck() {
    let board = board();
    let (mut device, _) = connect(&board);
    let mut batch = Batch::new();
    batch
        .eval("1")
        .exec("raise KeyboardInterrupt")
        .exec("ran = True");
    let results = device.run_batch(&batch);
    assert_eq!(results.len(), 3);
    assert!(matches!(results[0], Ok(Value::Int(1))));
    assert!(
        matches!(&results[1], Err(Error::Exception(e)) if e.is_interrupt()),
        "{:?}",
        results[1]
    );
    assert!(
        matches!(results[2], Err(Error::Cancelled)),
        "{:?}",
        results[2]
    );
    assert!(!device.eval::<bool>("'ran' in globals()").unwrap());
}

#[test]
fn output_cannot_pass_for_a_result() {
    let board = board();
    let (mut device, output) = connect(&board);
    let mut batch = Batch::new();
    batch
        .exec("print('~0000000000~ [666] ~0000000000~')")
        .exec("class Bad:\n    def __repr__(self): raise ValueError('no')")
        .eval("[1, Bad()]")
        .eval("2");
    let results = device.run_batch(&batch);
    assert!(matches!(results[0], Ok(Value::None)), "{:?}", results[0]);
    assert!(
        matches!(&results[2], Err(Error::Exception(e)) if e.kind == "ValueError"),
        "{:?}",
        results[2]
    );
    assert!(matches!(results[3], Ok(Value::Int(2))), "{:?}", results[3]);
    assert_eq!(output.take_text(), "~0000000000~ [666] ~0000000000~\n");
}

#[test]
fn a_long_batch_is_sent_in_parts() {
    let board = board();
    let (mut device, _) = connect(&board);
    let mut batch = Batch::new();
    for i in 0..300 {
        batch.eval(format!("len('{}')", "x".repeat(i)));
    }
    for (i, result) in device.run_batch(&batch).into_iter().enumerate() {
        assert_eq!(result.unwrap(), Value::Int(i64::try_from(i).unwrap()));
    }
    assert!(device.run_batch(&Batch::new()).is_empty());
}

#[test]
fn one_call_may_have_a_writer_of_its_own() {
    let board = board();
    let (mut device, output) = connect(&board);
    let mut own = Vec::new();
    device
        .exec_with(
            "print('mine')\nprint('too')",
            CallOptions::new().output(&mut own),
        )
        .unwrap();
    let value: i32 = device
        .eval_with("print('and') or 3", CallOptions::new().output(&mut own))
        .unwrap();
    assert_eq!((value, own.as_slice()), (3, b"mine\ntoo\nand\n".as_slice()));
    device.exec("print('yours')").unwrap();
    assert_eq!(output.take_text(), "yours\n");
}
