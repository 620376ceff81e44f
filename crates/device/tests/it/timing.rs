//! The board's time as the host's.

use std::sync::atomic::Ordering;
use std::time::Instant;

use belay_device::{ConnectOptions, Error};
use belay_sim::Firmware;

use crate::support::{Counting, board, builder, connect, connect_with, open};

#[test]
fn a_value_comes_with_its_time() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let (mut device, output) = connect_with(Box::new(port), ConnectOptions::default());
    assert_eq!(device.clock_drift(), None);
    device.sync_time().unwrap();
    let before = trips.load(Ordering::SeqCst);
    let sent = Instant::now();
    let timed = device
        .eval_timed::<(i32, String)>("1, print('hi') or ', ' # two")
        .unwrap();
    let received = Instant::now();
    assert_eq!(trips.load(Ordering::SeqCst) - before, 1);
    assert_eq!(timed.value, (1, ", ".to_owned()));
    assert_eq!(output.take_text(), "hi\n");
    assert!(
        timed.at + timed.uncertainty >= sent,
        "not before it was asked for"
    );
    assert!(
        timed.at <= received + timed.uncertainty,
        "not behind the answer"
    );
    assert!(device.clock_drift().is_some());

    device.soft_reset().unwrap();
    assert_eq!(device.clock_drift(), None);
    let sent = Instant::now();
    let timed = device.eval_timed::<i32>("5").unwrap();
    assert!(timed.at + timed.uncertainty >= sent && timed.value == 5);
}

#[test]
fn a_board_without_a_clock_is_said_to_have_none() {
    let firmware = Firmware::default().lacking(&["time.ticks_us"]);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    let error = device.eval_timed::<i32>("5").unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { feature: "clock" }),
        "{error}"
    );
}

#[test]
fn a_task_s_result_comes_with_its_time() {
    let board = board();
    let (mut device, _) = connect(&board);
    let task = device.task("def f(x):\n    return x + 1\n").unwrap();
    let begin = Instant::now();
    let timed = task.call_timed::<u8>(&mut device, (2,)).unwrap();
    assert_eq!(timed.value, 3);
    assert!(timed.at + timed.uncertainty >= begin);
    assert!(timed.at <= Instant::now() + timed.uncertainty);
}
