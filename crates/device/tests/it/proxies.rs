//! Objects that live on the board.

use std::sync::atomic::Ordering;

use belay_device::{Arguments, Comparison, ConnectOptions, Error, Object, Value};

use crate::support::{Counting, LIMIT, board, connect, connect_with, open};

const POINT: &str = "\
class Point:
    def __init__(self, x, y=0):
        self.x = x
        self.y = y
    def __len__(self):
        return 2
    def __eq__(self, other):
        return self.x == other.x
    def __str__(self):
        return 'at %d' % self.x
    def __repr__(self):
        return 'Point(%d)' % self.x
    def add(self, other, *, sign=1):
        return Point(self.x + sign * other.x)
    def __call__(self, n):
        return [self] * n
p = Point(3)
";

#[test]
fn objects_are_worked_with_from_the_host() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec(POINT).unwrap();
    let d = &mut device;
    let p = d.object("p  # a comment").unwrap().proxy().unwrap();
    assert_eq!(p.kind(), "Point");
    assert_eq!(p.attribute(d, "x").unwrap().value::<i32>().unwrap(), 3);
    p.set_attribute(d, "x", 5).unwrap();
    p.set_attribute(d, "tags", vec!["it's"]).unwrap();
    let tags = p.attribute(d, "tags").unwrap().proxy().unwrap();
    assert_eq!(tags.value::<Vec<String>>(d).unwrap(), ["it's"]);
    tags.call_method(d, "append", "b").unwrap();
    assert_eq!(tags.len(d).unwrap(), 2);
    assert!(!tags.is_empty(d).unwrap());
    assert!(tags.contains(d, "b").unwrap() && !tags.contains(d, 1).unwrap());
    assert_eq!(tags.item(d, -1).unwrap().value::<String>().unwrap(), "b");
    tags.set_item(d, 0, &p).unwrap();
    assert_eq!(tags.repr(d).unwrap(), "[Point(5), 'b']");
    assert_eq!(p.text(d).unwrap(), "at 5");
    let part = tags.slice(d, Some(1), None, None).unwrap().proxy().unwrap();
    assert_eq!(part.value::<Vec<String>>(d).unwrap(), ["b"]);
    let turned = tags
        .slice(d, None, None, Some(-1))
        .unwrap()
        .proxy()
        .unwrap();
    assert_eq!(turned.repr(d).unwrap(), "['b', Point(5)]");
    tags.delete_item(d, 0).unwrap();
    assert_eq!(tags.value::<Vec<String>>(d).unwrap(), ["b"]);

    let q = p.call_method(d, "add", &p).unwrap().proxy().unwrap();
    let named = Arguments::new()
        .value(&p)
        .unwrap()
        .keyword("sign", -1)
        .unwrap();
    let zero = p.call_method(d, "add", named).unwrap().proxy().unwrap();
    assert_eq!(
        (q.text(d).unwrap(), zero.text(d).unwrap()),
        ("at 10".into(), "at 0".into())
    );
    let two = p.call(d, 2).unwrap().proxy().unwrap();
    assert_eq!(two.repr(d).unwrap(), "[Point(5), Point(5)]");
    let again = d.object("p").unwrap().proxy().unwrap();
    assert!(p.compare(d, Comparison::Same, &again).unwrap());
    assert!(p.compare(d, Comparison::Equal, &again).unwrap());
    assert!(!p.compare(d, Comparison::Equal, &q).unwrap());
    assert!(part.compare(d, Comparison::Less, ["c"].as_slice()).unwrap());
}

#[test]
fn what_never_changes_comes_as_a_value() {
    let board = board();
    let (mut device, _) = connect(&board);
    for text in [
        "1",
        "'a'",
        "b'a'",
        "None",
        "True",
        "2.5",
        "(1, ('a', None))",
    ] {
        let Object::Value(value) = device.object(text).unwrap() else {
            panic!("{text} stayed on the board")
        };
        assert_eq!(value.to_string(), text);
    }
    for text in [
        "[]",
        "{}",
        "set()",
        "(1, [])",
        "bytearray(1)",
        "len",
        "object()",
    ] {
        assert!(
            matches!(device.object(text).unwrap(), Object::Proxy(_)),
            "{text}"
        );
    }
    let error = device.object("1").unwrap().proxy().unwrap_err();
    assert!(matches!(error, Error::NotAnObject { .. }), "{error}");
    let error = device
        .object("[1]")
        .unwrap()
        .value::<Vec<i32>>()
        .unwrap_err();
    assert!(matches!(error, Error::NotALiteral { .. }), "{error}");
}

#[test]
fn modules_and_tasks_give_objects() {
    let board = board();
    let (mut device, _) = connect(&board);
    let math = device.import("math").unwrap();
    let root: f64 = math
        .call_method(&mut device, "sqrt", 16)
        .unwrap()
        .value()
        .unwrap();
    assert!((root - 4.0).abs() < 1e-6);
    let error = device.import("no_such").unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "ImportError"),
        "{error}"
    );
    let error = device.import("a');b(").unwrap_err();
    assert!(matches!(error, Error::NotAName { .. }), "{error}");
    let error = math.attribute(&mut device, "a b").unwrap_err();
    assert!(matches!(error, Error::NotAName { .. }), "{error}");

    let make = device.task("def make(n): return [n]").unwrap();
    let list = make.call_object(&mut device, 7).unwrap().proxy().unwrap();
    let first = device.task("def first(items): return items[0]").unwrap();
    assert_eq!(first.call::<i32>(&mut device, &list).unwrap(), 7);
    // The object outlives its handle until the call that takes it has been sent.
    let arguments = Arguments::new().value(&list).unwrap();
    drop(list);
    assert_eq!(device.eval::<i32>("1").unwrap(), 1);
    assert_eq!(first.call::<i32>(&mut device, arguments).unwrap(), 7);
}

#[test]
fn an_operation_is_one_round_trip_and_a_drop_is_none() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    device.exec(POINT).unwrap();
    let p = device.object("p").unwrap().proxy().unwrap();
    let before = trips.load(Ordering::SeqCst);
    assert_eq!(
        p.attribute(&mut device, "x")
            .unwrap()
            .value::<i32>()
            .unwrap(),
        3
    );
    assert_eq!(trips.load(Ordering::SeqCst) - before, 1);
    let many: Vec<_> = (0..20).map(|_| device.object("[]").unwrap()).collect();
    let copy = p.clone();
    let before = trips.load(Ordering::SeqCst);
    drop((many, p));
    assert_eq!(trips.load(Ordering::SeqCst), before);
    assert_eq!(device.eval::<usize>("len(_belay_o)").unwrap(), 1);
    assert_eq!(trips.load(Ordering::SeqCst) - before, 1);
    assert_eq!(
        copy.attribute(&mut device, "y")
            .unwrap()
            .value::<i32>()
            .unwrap(),
        0
    );
    drop(copy);
    assert!(
        device.eval::<i32>("1 / 0").is_err(),
        "the release is not lost"
    );
    assert_eq!(device.eval::<usize>("len(_belay_o)").unwrap(), 0);
}

#[test]
fn items_come_in_batches() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let (mut device, _) = connect_with(Box::new(port), ConnectOptions::default());
    let list = device
        .object("[i if i % 2 else [i] for i in range(100)]")
        .unwrap();
    let list = list.proxy().unwrap();
    let before = trips.load(Ordering::SeqCst);
    let items: Result<Vec<Object>, Error> = list.iter(&mut device).batch(40).collect();
    let items = items.unwrap();
    assert_eq!(trips.load(Ordering::SeqCst) - before, 3);
    assert_eq!(items.len(), 100);
    assert!(matches!(items[99], Object::Value(Value::Int(99))));
    let Object::Proxy(item) = &items[98] else {
        panic!("a list came as a value")
    };
    assert_eq!(item.value::<Vec<i32>>(&mut device).unwrap(), [98]);
    drop(items);
    assert_eq!(device.eval::<usize>("len(_belay_o)").unwrap(), 1);
    assert_eq!(list.iter(&mut device).take(3).count(), 3);
    assert_eq!(device.eval::<usize>("len(_belay_o)").unwrap(), 1);
    let function = device.object("len").unwrap().proxy().unwrap();
    let mut items = function.iter(&mut device);
    assert!(matches!(items.next(), Some(Err(Error::Exception(_)))));
    assert!(items.next().is_none());
}

#[test]
fn a_restart_is_noticed() {
    let board = board();
    let (mut device, _) = connect(&board);
    let list = device.object("[]").unwrap().proxy().unwrap();
    device.soft_reset().unwrap();
    let error = list.len(&mut device).unwrap_err();
    assert!(
        matches!(error, Error::Gone { ref what } if what == "list"),
        "{error}"
    );
    drop(list);
    let list = device.object("[1]").unwrap().proxy().unwrap();
    // The board's memory goes without the session's doing.
    device.exec("del _belay_o").unwrap();
    let error = list.len(&mut device).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    assert!(device.object("[]").unwrap().proxy().is_ok());
}

#[test]
fn what_a_restart_has_taken_is_not_let_go_again() {
    let board = board();
    let (mut device, _) = connect(&board);
    let list = device.object("[]").unwrap().proxy().unwrap();
    drop(list);
    // The board's memory goes without the session's doing, before it is told.
    device.exec("del _belay_o, _belay_d").unwrap();
    let error = device.eval::<i32>("1").unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    assert_eq!(device.eval::<i32>("2").unwrap(), 2);
}
