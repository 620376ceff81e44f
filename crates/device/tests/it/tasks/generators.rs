//! Generators.

use std::sync::atomic::Ordering;

use belay_device::{ConnectOptions, Error, Task, Value};

use crate::support::{Counting, LIMIT, board, connect, connect_with, open};

const COUNT: &str = "\
def count(n):
    try:
        for i in range(n):
            print('made', i)
            yield i
        return 'all'
    finally:
        print('closed')
";

#[test]
fn values_come_one_by_one() {
    let board = board();
    let (mut device, output) = connect(&board);
    let count = device.task(COUNT).unwrap();
    let generator = count.generate(&mut device, 3).unwrap();
    assert_eq!(output.take_text(), "");
    let values: Result<Vec<i32>, Error> = generator.iter(&mut device).collect();
    assert_eq!(values.unwrap(), [0, 1, 2]);
    assert_eq!(output.take_text(), "made 0\nmade 1\nmade 2\nclosed\n");

    let mut generator = count.generate(&mut device, 1).unwrap();
    assert_eq!(generator.next::<i32>(&mut device).unwrap(), Some(0));
    assert_eq!(
        device.eval::<i32>("6").unwrap(),
        6,
        "calls may come between"
    );
    assert_eq!(generator.returned(), None);
    assert_eq!(generator.next::<i32>(&mut device).unwrap(), None);
    assert_eq!(generator.returned(), Some(&Value::Str("all".into())));
    assert_eq!(generator.next::<i32>(&mut device).unwrap(), None);
}

#[test]
fn several_values_come_in_one_round_trip_on_request() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    let count = device.task(COUNT).unwrap();
    // The helper code is loaded with the first generator.
    let first = count.generate(&mut device, 1).unwrap();
    assert_eq!(first.iter::<i32>(&mut device).count(), 1);
    let before = trips.load(Ordering::SeqCst);
    let generator = count.generate(&mut device, 100).unwrap();
    let values: Result<Vec<i32>, Error> = generator.iter(&mut device).prefetch(40).collect();
    assert_eq!(values.unwrap().len(), 100);
    assert_eq!(trips.load(Ordering::SeqCst) - before, 3);
    let mut generator = count.generate(&mut device, 5).unwrap();
    let before = trips.load(Ordering::SeqCst);
    assert_eq!(
        generator.next_many::<u8>(&mut device, 3).unwrap(),
        [0, 1, 2]
    );
    assert_eq!(generator.next_many::<u8>(&mut device, 3).unwrap(), [3, 4]);
    assert_eq!(generator.next_many::<u8>(&mut device, 3).unwrap(), [0; 0]);
    assert_eq!(trips.load(Ordering::SeqCst) - before, 2);
}

#[test]
fn values_may_be_sent() {
    let board = board();
    let (mut device, _) = connect(&board);
    let echo = device
        .task("def echo():\n    got = None\n    while True:\n        got = yield got, 'x'\n")
        .unwrap();
    let mut generator = echo.generate(&mut device, ()).unwrap();
    let start: (Option<i32>, String) = generator.next(&mut device).unwrap().unwrap();
    assert_eq!(start, (None, "x".to_owned()));
    for text in ["a", "it's"] {
        let (back, _): (String, String) = generator.send(&mut device, text).unwrap().unwrap();
        assert_eq!(back, text);
    }
    generator.close(&mut device).unwrap();
    assert!(device.eval::<bool>("_belay_g == {}").unwrap());
}

#[test]
fn an_early_drop_closes_the_generator_with_the_next_call() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let (mut device, output) = connect_with(Box::new(port), ConnectOptions::default());
    let count = device.task(COUNT).unwrap();
    let mut generator = count.generate(&mut device, 3).unwrap();
    generator.next::<i32>(&mut device).unwrap();
    output.take();
    let before = trips.load(Ordering::SeqCst);
    drop(generator);
    assert_eq!(trips.load(Ordering::SeqCst), before);
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    assert_eq!(trips.load(Ordering::SeqCst) - before, 1);
    assert_eq!(output.take_text(), "closed\n");
    assert!(device.eval::<bool>("_belay_g == {}").unwrap());

    let generator = count.generate(&mut device, 3).unwrap();
    let first: Vec<i32> = generator
        .iter(&mut device)
        .take(1)
        .map(Result::unwrap)
        .collect();
    assert_eq!(first, [0]);
    assert_eq!(output.take_text(), "made 0\nclosed\n");
    // One that has not begun is nothing on the board.
    drop(count.generate(&mut device, 3).unwrap());
    assert_eq!(device.eval::<i32>("2").unwrap(), 2);
}

fn failing(device: &mut belay_device::Device) -> Task {
    let text = "def failing():\n    yield 1\n    yield 2\n    raise ValueError('no')\n";
    device.task(text).unwrap()
}

#[test]
fn values_before_an_exception_are_not_lost() {
    let board = board();
    let (mut device, _) = connect(&board);
    let failing = failing(&mut device);
    let generator = failing.generate(&mut device, ()).unwrap();
    let mut values = generator.iter::<i32>(&mut device).prefetch(10);
    assert_eq!(values.next().unwrap().unwrap(), 1);
    assert_eq!(values.next().unwrap().unwrap(), 2);
    let Some(Err(Error::Exception(exception))) = values.next() else {
        panic!("no exception")
    };
    assert_eq!(exception.summary(), "ValueError: no");
    assert_eq!(exception.frames.last().unwrap().line, 4);
    assert!(values.next().is_none());
    drop(values);
    assert!(device.eval::<bool>("_belay_g == {}").unwrap());
}

#[test]
fn what_is_no_generator_is_said_to_be_none() {
    let board = board();
    let (mut device, _) = connect(&board);
    let list = device.task("def list_of(n): return [n]").unwrap();
    let mut generator = list.generate(&mut device, 3).unwrap();
    let error = generator.next::<i32>(&mut device).unwrap_err();
    assert!(
        matches!(error, Error::Exception(ref e) if e.kind == "TypeError"),
        "{error}"
    );
}

#[test]
fn a_restart_ends_a_generator() {
    let board = board();
    let (mut device, _) = connect(&board);
    let count = device.task(COUNT).unwrap();
    let mut generator = count.generate(&mut device, 3).unwrap();
    generator.next::<i32>(&mut device).unwrap();
    device.soft_reset().unwrap();
    let error = generator.next::<i32>(&mut device).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    drop(generator);
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}
