//! Python files as typed structs.

use std::collections::BTreeMap;

use belay_device::{Batch, Error, Value};

use crate::support::{board, connect};

#[belay_device::board("tests/data/typed.py")]
#[derive(Debug, Clone)]
pub(crate) struct Typed;

#[test]
fn methods_are_typed() {
    let board = board();
    let (mut device, _) = connect(&board);
    let typed = Typed::new(&mut device).unwrap();
    let device = &mut device;
    assert_eq!(typed.same(device, [1, 2]).unwrap().to_string(), "(1, 2)");
    let proxy = device.object("[1, 2]").unwrap();
    assert_eq!(typed.same(device, &proxy).unwrap().to_string(), "[1, 2]");
    let pair: (String, i64) = typed.swap(device, (1, "x".to_owned())).unwrap();
    assert_eq!(pair, ("x".to_owned(), 1));
    assert_eq!(typed.r#match(device, 2).unwrap(), Some(vec![0, 0]));
    assert_eq!(typed.r#match(device, 0).unwrap(), None);
    assert_eq!(typed.twice(device, 21).unwrap(), 42);
    let kinds = typed.kinds(
        device,
        b"a",
        vec![b"b".to_vec()],
        vec![1],
        vec![1, 2],
        BTreeMap::from([("k".to_owned(), (1, 2.5))]),
    );
    assert_eq!(kinds.unwrap(), "bytes bytes set tuple tuple");
    let named = BTreeMap::from([("x".to_owned(), 10), ("y".to_owned(), 20)]);
    let total = typed.total(device, 1, vec![2, 3], named).unwrap();
    assert_eq!((total["places"], total["names"]), (6, 30));
    assert_eq!(device.eval::<u32>("calls").unwrap(), 2);
    typed.reset_calls(device).unwrap();
    assert_eq!(device.eval::<u32>("calls").unwrap(), 0);
}

#[belay_device::board("tests/data/typed.py", only_for = "circuitpython")]
struct Elsewhere;

#[belay_device::board("tests/data/typed.py", only_for = "micropython")]
struct Here;

#[test]
fn a_file_may_be_meant_for_one_implementation() {
    let board = board();
    let (mut device, _) = connect(&board);
    assert_eq!(
        Here::new(&mut device)
            .unwrap()
            .twice(&mut device, 4)
            .unwrap(),
        8
    );
    let error = Elsewhere::new(&mut device).err().unwrap();
    assert!(
        matches!(error, Error::OtherImplementation { .. }),
        "{error}"
    );
}

#[test]
fn arguments_may_be_left_out() {
    let board = board();
    let (mut device, _) = connect(&board);
    let typed = Typed::new(&mut device).unwrap();
    let mut show = |b, c, d| typed.show(&mut device, 1, b, c, d).unwrap();
    assert_eq!(show(None, None, None), "(1, 'b', 0.5, False)");
    assert_eq!(show(Some("x"), None, None), "(1, 'x', 0.5, False)");
    assert_eq!(show(None, Some(Some(2.5)), None), "(1, 'b', 2.5, False)");
    assert_eq!(show(None, Some(None), Some(true)), "(1, 'b', None, True)");
}

#[test]
fn generators_are_iterators_and_fields_are_tasks() {
    let board = board();
    let (mut device, _) = connect(&board);
    let typed = Typed::new(&mut device).unwrap();
    let values: Result<Vec<i64>, Error> = typed.counting(&mut device, None).unwrap().collect();
    assert_eq!(values.unwrap(), [0, 1, 2]);
    let ahead = typed.counting(&mut device, Some(5)).unwrap().prefetch(5);
    assert_eq!(ahead.count(), 5);
    let mut generator = typed.counting.generate(&mut device, 9).unwrap();
    assert_eq!(generator.next::<i64>(&mut device).unwrap(), Some(0));
    assert_eq!(generator.send::<i64>(&mut device, 7).unwrap(), None);
    assert_eq!(generator.returned(), Some(&Value::Int(7)));
    let mut batch = Batch::new();
    batch.eval(typed.twice.invocation(4).unwrap());
    assert_eq!(
        device.run_batch(&batch)[0].as_ref().unwrap(),
        &Value::Int(8)
    );
}

#[test]
fn errors_name_the_file_and_the_line() {
    let board = board();
    let (mut device, _) = connect(&board);
    let typed = Typed::new(&mut device).unwrap();
    let error = typed.wrong(&mut device).unwrap_err();
    assert!(matches!(error, Error::WrongType { .. }), "{error}");
    let Error::Exception(exception) = typed.fail(&mut device).unwrap_err() else {
        panic!("no exception");
    };
    let frame = exception.frames.last().unwrap();
    assert_eq!(frame.file, "tests/data/typed.py");
    assert_eq!(frame.text.as_deref(), Some("raise ValueError(\"no\")"));
}
