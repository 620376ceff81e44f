//! Code before and behind the rest.

use std::collections::BTreeMap;

use belay_device::{ConnectOptions, Device, Error, Source};
use serde::Serialize;

use crate::support::{LIMIT, Output, board, connect, open};

#[derive(Serialize)]
struct Wiring {
    pin: u32,
    name: &'static str,
}

#[test]
fn a_body_runs_in_the_global_name_space() {
    let board = board();
    let (mut device, output) = connect(&board);
    let wiring = Wiring {
        pin: 25,
        name: "led",
    };
    device
        .setup("from math import pi\nlabel = name + str(pin)", wiring)
        .unwrap();
    let label: (String, u32) = device.eval("label, pin").unwrap();
    assert_eq!(label, ("led25".to_owned(), 25));
    device.setup("print(int(pi))", ()).unwrap();
    assert_eq!(output.take_text(), "3\n");
    let error = device
        .setup("pass", BTreeMap::from([("_belay_x", 1)]))
        .unwrap_err();
    assert!(matches!(error, Error::ReservedName { .. }), "{error}");
    let Err(Error::Exception(exception)) = device.setup(
        Source::new("s.py", 3, "\n1 / n"),
        BTreeMap::from([("n", 0)]),
    ) else {
        panic!("no exception")
    };
    let frame = &exception.frames[0];
    assert_eq!((frame.file.as_str(), frame.line), ("s.py", 4));
    assert_eq!(frame.text.as_deref(), Some("1 / n"));
}

/// What is printed at the end of a session that `end` ends.
fn ending(end: impl FnOnce(Device)) -> String {
    let board = board();
    let (mut device, output) = connect(&board);
    device.setup("on = True", ()).unwrap();
    device
        .teardown("print('first', on, n)", BTreeMap::from([("n", 1)]))
        .unwrap();
    device.teardown("1 / 0", ()).unwrap();
    device.teardown("on = False\nprint('last')", ()).unwrap();
    assert_eq!(output.take_text(), "");
    end(device);
    let text = output.take_text();
    let (mut device, _) = connect(&board);
    assert!(
        !device.eval::<bool>("on").unwrap(),
        "the board has cleaned up"
    );
    text
}

#[test]
fn the_board_is_cleaned_up_on_close() {
    let text = ending(|device| {
        let Err(Error::Exception(exception)) = device.close() else {
            panic!("no exception")
        };
        assert_eq!(exception.kind, "ZeroDivisionError");
    });
    assert_eq!(text, "first True 1\nlast\n");
}

#[test]
fn the_board_is_cleaned_up_on_drop() {
    assert_eq!(ending(drop), "first True 1\nlast\n");
}

#[test]
fn a_closed_session_gives_its_port_back() {
    let board = board();
    let (device, _) = connect(&board);
    let port = device.close().unwrap();
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(port, options).unwrap();
    device.set_output(Output::default());
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    drop(device);
    let (mut device, _) = crate::support::connect_with(open(&board), ConnectOptions::default());
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}
