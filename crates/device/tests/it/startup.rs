//! What a session begins with, and code for one implementation alone.

use std::sync::atomic::Ordering;

use belay_device::{ConnectOptions, Device, Error, Source, Startup};
use belay_sim::{Board, Firmware};

use crate::support::{Counting, LIMIT, board, builder, connect, connect_with, open};

fn begin(board: &Board, startup: Startup) -> Device {
    let options = ConnectOptions {
        startup,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    connect_with(open(board), options).0
}

#[test]
fn a_session_may_begin_with_imports() {
    let board = board();
    let mut device = begin(&board, Startup::Imports);
    let names = "[n for n in ('os','sys','time','sleep','const','machine','Pin','Timer','PWM','I2C',\
                 'SPI','ADC') if n not in globals()]";
    assert_eq!(device.eval::<Vec<String>>(names).unwrap(), [""; 0]);
    let helpers = "sorted(n for n in globals() if 'belay' in n)";
    let helpers: Vec<String> = device.eval(helpers).unwrap();
    assert_eq!(helpers, ["_belay_b", "_belay_x"]);
    drop(device);
    let mut device = begin(&board, Startup::Nothing);
    assert!(!device.eval::<bool>("'Pin' in globals()").unwrap());
}

#[test]
fn what_a_board_lacks_is_not_imported() {
    let firmware = Firmware::default().lacking(&["machine.PWM", "machine.ADC"]);
    let board = builder().firmware(firmware).start().unwrap();
    let options = ConnectOptions {
        reset: false,
        startup: Startup::Imports,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(open(&board), options);
    let found: (bool, bool, bool) = device
        .eval("tuple(n in globals() for n in ('PWM', 'ADC', 'Pin'))")
        .unwrap();
    assert_eq!(found, (false, false, true));
}

#[test]
fn a_session_may_begin_with_code_of_the_caller() {
    let board = board();
    let mut device = begin(&board, Startup::Code("mine = 5".to_owned()));
    assert_eq!(device.eval::<u8>("mine").unwrap(), 5);
    drop(device);
    let options = ConnectOptions {
        startup: Startup::Code("1 // 0".to_owned()),
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let error = Device::connect(open(&board), options).unwrap_err();
    assert!(matches!(error, Error::Exception(e) if e.kind == "ZeroDivisionError"));
}

#[test]
fn a_session_with_imports_is_ready_in_five_round_trips() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let options = ConnectOptions {
        startup: Startup::Imports,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    device.implementation().unwrap();
    let trips = trips.load(Ordering::SeqCst);
    assert!(trips <= 5, "{trips}");
}

#[test]
fn the_definition_for_the_board_is_taken() {
    let board = board();
    let (mut device, _) = connect(&board);
    let define = |value: u8| Source::from(&*format!("def f():\n    return {value}\n"));
    let mut chosen = |sources: Vec<Source>| {
        let task = device.task_of(sources)?;
        task.call::<u8>(&mut device, ())
    };
    let (micro, circuit) = ("micropython", "circuitpython");
    let overloads = vec![
        define(1).only_for(circuit),
        define(2).only_for(micro),
        define(3),
    ];
    assert_eq!(chosen(overloads).unwrap(), 2);
    assert_eq!(
        chosen(vec![define(1).only_for(circuit), define(3)]).unwrap(),
        3
    );
    let error = chosen(vec![define(1).only_for(circuit)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the code is for circuitpython, and the board runs micropython"
    );
}

#[test]
fn code_for_another_implementation_does_not_run() {
    let board = board();
    let (mut device, _) = connect(&board);
    let source = || Source::from("a = 1").only_for("circuitpython");
    for result in [device.setup(source(), ()), device.teardown(source(), ())] {
        assert!(matches!(result, Err(Error::OtherImplementation { .. })));
    }
    assert!(!device.eval::<bool>("'a' in globals()").unwrap());
    device
        .setup(Source::from("a = 1").only_for("micropython"), ())
        .unwrap();
    assert_eq!(device.eval::<u8>("a").unwrap(), 1);
}
