//! Calls that carry checksums.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use belay_device::{Batch, ConnectOptions, Device, Error, Exit, Script, Value};
use belay_sim::{Board, Direction, Firmware, LinkFault, LinkFaults};

use crate::support::{
    Counting, LIMIT, Output, Unknown, board, builder, connect_with, open, patiently,
};

fn options() -> ConnectOptions {
    ConnectOptions {
        reset: false,
        timeout: LIMIT,
        checked: Some(true),
        ..ConnectOptions::default()
    }
}

fn checked(board: &Board) -> (Device, Output) {
    connect_with(open(board), options())
}

#[test]
fn calls_do_what_they_do_without_checksums() {
    let board = board();
    let (mut device, output) = checked(&board);
    device.exec("a = 5\nprint('said')").unwrap();
    assert_eq!(output.take_text(), "said\n");
    assert_eq!(device.eval::<i32>("a").unwrap(), 5);
    assert_eq!(device.eval::<i32>(" (a +\n 1)  # one more").unwrap(), 6);
    let text = "quotes ' \" \\ and ünïcödé \n \u{0}";
    device.exec(&format!("t = {}", Value::from(text))).unwrap();
    assert_eq!(device.eval::<String>("t").unwrap(), text);
    assert_eq!(
        device.eval::<Vec<i32>>("list(range(500))").unwrap().len(),
        500
    );
    device.exec("print = None\nrepr = None").unwrap();
    assert_eq!(device.eval::<i32>("a").unwrap(), 5);
}

#[test]
fn exceptions_have_the_frames_that_they_have_without_checksums() {
    let board = board();
    let code = "\ndef f(x):\n  return 1 // x\n\nf(0)\n";
    let raised = |device: &mut Device| match device.exec(code).unwrap_err() {
        Error::Exception(exception) => exception,
        other => panic!("{other}"),
    };
    let (mut device, _) = checked(&board);
    let with = raised(&mut device);
    drop(device);
    let (mut device, _) = connect_with(
        open(&board),
        ConnectOptions {
            checked: Some(false),
            ..options()
        },
    );
    assert_eq!(with, raised(&mut device));
    assert_eq!(with.frames.len(), 2, "{with}");
}

#[test]
fn what_does_not_compile_is_the_caller_s() {
    let board = board();
    let (mut device, _) = checked(&board);
    let error = device.exec("a = 1\nb = = 2").unwrap_err();
    let Error::Exception(exception) = error else {
        panic!("{error}");
    };
    assert_eq!(exception.kind, "SyntaxError");
    assert_eq!(exception.frames.last().unwrap().line, 2, "{exception}");
    let error = device.eval::<i32>("1 +").unwrap_err();
    assert!(matches!(error, Error::Exception(e) if e.kind == "SyntaxError"));
    // It says what damaged code says, but it is not that.
    let error = device.exec("raise ValueError('damaged')").unwrap_err();
    assert!(matches!(error, Error::Exception(e) if e.kind == "ValueError"));
}

#[test]
fn tasks_generators_and_objects_work() {
    let board = board();
    let (mut device, _) = checked(&board);
    let tasks = device
        .tasks("def add(a, b):\n    return a + b\n\ndef count(n):\n    yield from range(n)\n")
        .unwrap();
    assert_eq!(tasks[0].call::<i32>(&mut device, (1, 2)).unwrap(), 3);
    let mut values = tasks[1].generate(&mut device, (3,)).unwrap();
    assert_eq!(values.next::<i32>(&mut device).unwrap(), Some(0));
    assert_eq!(values.next_many::<i32>(&mut device, 9).unwrap(), [1, 2]);
    let list = device.object("[1, 2]").unwrap().proxy().unwrap();
    list.call_method(&mut device, "append", 3).unwrap();
    assert_eq!(list.value::<Vec<i32>>(&mut device).unwrap(), [1, 2, 3]);
    drop(list);
    assert_eq!(device.eval::<usize>("len(_belay_o)").unwrap(), 0);
}

#[test]
fn scripts_run_under_their_names() {
    let board = board();
    let (mut device, _) = checked(&board);
    let script = |source: &str| Script::new("dir/script.py", source);
    assert_eq!(device.run(&script("x = 1")).unwrap(), Exit::Completed);
    let exit = device.run(&script("import sys\nsys.exit(3)")).unwrap();
    assert_eq!(exit.status(), 3);
    let error = device.run(&script("\n\n1 // 0")).unwrap_err();
    let Error::Exception(exception) = error else {
        panic!("{error}");
    };
    let places: Vec<_> = exception
        .frames
        .iter()
        .map(|frame| (frame.file.as_str(), frame.line))
        .collect();
    assert_eq!(places, [("dir/script.py", 3)]);
}

#[test]
fn a_call_takes_one_round_trip() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let (mut device, _) = connect_with(Box::new(port), options());
    device.exec("a = 1").unwrap();
    let before = trips.load(Ordering::SeqCst);
    assert!(before <= 6, "ready after {before} round trips");
    assert_eq!(device.eval::<i32>("a").unwrap(), 1);
    assert_eq!(trips.load(Ordering::SeqCst), before + 1);
}

#[test]
fn a_restart_behind_the_session_s_back_is_got_over() {
    let board = board();
    let (mut device, _) = checked(&board);
    assert_eq!(device.eval::<i32>("1").unwrap(), 1);
    device.exec("del _belay_x").unwrap();
    assert_eq!(device.eval::<i32>("2").unwrap(), 2);
}

#[test]
fn a_board_without_a_module_for_checks_checks_all_the_same() {
    let firmware = Firmware::default().lacking(&["binascii"]);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = checked(&board);
    assert_eq!(device.eval::<i32>("6 * 7").unwrap(), 42);
    let faults = LinkFaults::default().at(Direction::ToHost, LinkFault::Flip, 30);
    board.set_link_faults(faults.seed(3)).unwrap();
    let result = device.eval::<Vec<i32>>("[1234567] * 9");
    assert!(matches!(result, Err(Error::DamagedAnswer)), "{result:?}");
}

#[test]
fn damaged_code_is_sent_again_and_a_damaged_value_is_told() {
    let board = board();
    let (mut device, _) = connect_with(
        open(&board),
        ConnectOptions {
            call_timeout: Some(Duration::from_millis(500)),
            ..options()
        },
    );
    let define = "n = 0\ndef f():\n  global n\n  n += 1\n  return n";
    device.exec(define).unwrap();
    let strike = |direction, position| {
        let faults = LinkFaults::default().at(direction, LinkFault::Flip, position);
        board.set_link_faults(faults.seed(position)).unwrap();
    };
    let (mut ran, mut right, mut told) = (0, 0, 0);
    for position in (0..70).step_by(3) {
        for direction in [Direction::ToBoard, Direction::ToHost] {
            strike(direction, position);
            let result = device.eval::<i32>("f()or'a longer text'");
            board.set_link_faults(LinkFaults::default()).unwrap();
            let counted: i32 = patiently(&mut device, "globals().get('n', -1)").unwrap();
            if counted < 0 {
                // A byte that became ctrl-D has restarted the board.
                assert!(result.is_err(), "{direction:?} {position}: {result:?}");
                patiently::<()>(&mut device, &format!("exec({})", Value::from(define))).unwrap();
                ran = 0;
                continue;
            }
            assert!(counted - ran <= 1, "{direction:?} {position}: it ran twice");
            match result {
                Ok(value) => {
                    assert_eq!((value, counted), (ran + 1, ran + 1));
                    right += 1;
                }
                Err(Error::DamagedAnswer) => told += 1,
                // A word that begins or ends something was hit.
                Err(Error::Timeout { .. } | Error::Violation { .. }) => {}
                Err(other) => panic!("{direction:?} {position}: {other}"),
            }
            ran = counted;
        }
    }
    assert!(right > 0 && told > 0, "{right} {told}");
}

#[test]
fn a_link_that_may_damage_bytes_has_checksums_by_itself() {
    let board = board();
    let by_itself = || ConnectOptions {
        checked: None,
        ..options()
    };
    let (mut device, _) = connect_with(open(&board), by_itself());
    assert!(!device.eval::<bool>("'_belay_x' in globals()").unwrap());
    drop(device);
    let (mut device, _) = connect_with(Box::new(Unknown(open(&board))), by_itself());
    assert!(device.eval::<bool>("'_belay_x' in globals()").unwrap());
}

#[test]
fn a_call_that_takes_too_long_is_interrupted() {
    let board = board();
    let limit = Duration::from_millis(200);
    let (mut device, _) = connect_with(
        open(&board),
        ConnectOptions {
            call_timeout: Some(limit),
            ..options()
        },
    );
    device.exec("def forever():\n  try:\n    while True: pass\n  finally:\n    global stopped\n    stopped = 1").unwrap();
    let begun = Instant::now();
    let error = device.exec("forever()").unwrap_err();
    assert!(
        matches!(error, Error::Timeout { waited, .. } if waited >= limit),
        "{error}"
    );
    assert!(begun.elapsed() >= limit);
    assert_eq!(device.eval::<i32>("stopped").unwrap(), 1);
}

#[test]
fn the_answers_of_a_batch_are_checked_one_by_one() {
    let board = board();
    let (mut device, _) = checked(&board);
    device.eval::<i32>("1").unwrap();
    let mut batch = Batch::new();
    for number in 0..20 {
        batch.eval(format!("{number} * 1001"));
    }
    batch.exec("a = 1").eval("1 // 0");
    let clean = device.run_batch(&batch);
    assert!(clean[..21].iter().all(Result::is_ok), "{clean:?}");
    assert!(matches!(&clean[21], Err(Error::Exception(e)) if e.kind == "ZeroDivisionError"));
    let (mut right, mut damaged) = (0, 0);
    for position in (0..800).step_by(31) {
        let faults = LinkFaults::default().at(Direction::ToHost, LinkFault::Drop, position);
        board.set_link_faults(faults).unwrap();
        for (number, answer) in device.run_batch(&batch)[..20].iter().enumerate() {
            match answer {
                Ok(value) => {
                    assert_eq!(value.to_string(), (number * 1001).to_string());
                    right += 1;
                }
                Err(_) => damaged += 1,
            }
        }
    }
    assert!(right > 0 && damaged > 0, "{right} {damaged}");
}
