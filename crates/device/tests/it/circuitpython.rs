//! The whole client with boards of CircuitPython: on USB and on a UART, with large and small builds.

use std::sync::atomic::Ordering;
use std::time::Instant;

use belay_device::{Arguments, Batch, ConnectOptions, Error, Exit, Script, Value};
use belay_sim::{Board, Drive, Firmware};
use belay_sync::DigestKind;
use belay_transport::Transport;

use crate::support::{
    Counting, LIMIT, Terminal, Unknown, at_once, builder, connect, connect_with, noise, open,
};

/// Every firmware that this is about, with a word for it. No computer has their drive.
fn firmwares() -> Vec<(&'static str, Firmware)> {
    let mut full = Firmware::circuitpython();
    if let Some(own) = &mut full.circuitpython {
        own.drive = Drive::Hidden;
    }
    let uart = |firmware: Firmware| Firmware {
        line_end: "\r\r\n".to_owned(),
        ..firmware
    };
    vec![
        ("usb", full.clone()),
        ("uart", uart(full.clone())),
        ("small", full.clone().small()),
        ("small on a uart", uart(full.small())),
    ]
}

fn each(test: impl Fn(&str, &Board)) {
    for (name, firmware) in firmwares() {
        test(name, &builder().firmware(firmware).start().unwrap());
    }
}

#[test]
fn programs_values_and_exceptions() {
    each(|name, board| {
        let (mut device, output) = connect(board);
        let implementation = device.implementation().unwrap();
        assert_eq!(implementation.name, "circuitpython");
        assert_eq!(implementation.version, (10, 3, 0));
        device
            .exec("print('a\\nb')\nx = [1, 2.5, {'k': b'v'}]")
            .unwrap();
        assert_eq!(output.take_text(), "a\nb\n", "{name}");
        let value: Value = device.eval("x").unwrap();
        assert_eq!(value.to_string(), "[1, 2.5, {'k': b'v'}]", "{name}");
        let Err(Error::Exception(exception)) = device.exec("def f():\n    1/0\nf()") else {
            panic!("{name}")
        };
        assert_eq!(exception.kind, "ZeroDivisionError");
        assert_eq!(exception.frames.len(), 2, "{name}: {exception:?}");
        let script = Script::new("prog.py", "import sys\nprint(input('? '))\nsys.exit(3)");
        device.set_input(|| Some(b"typed\n".to_vec()));
        assert_eq!(device.run(&script).unwrap(), Exit::Exited(Value::Int(3)));
        assert_eq!(output.take_text(), "? typed\n", "{name}");
        // What it costs does not depend on the firmware.
        drop(device.close().unwrap());
        let (port, trips) = Counting::new(open(board));
        let (mut device, _) = connect_with(
            Box::new(port),
            ConnectOptions {
                reset: false,
                timeout: LIMIT,
                ..ConnectOptions::default()
            },
        );
        device.exec("a = 1").unwrap();
        let before = trips.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(device.eval::<i32>("a").unwrap(), 1);
        let after = trips.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(after - before, 1, "{name}");
    });
}

#[test]
fn tasks_generators_objects_and_events() {
    each(|name, board| {
        let (mut device, output) = connect(board);
        let task = device
            .task("def add(a, b=1):\n    print('adding')\n    return a + b\n")
            .unwrap();
        assert_eq!(task.call::<i32>(&mut device, (2,)).unwrap(), 3);
        assert_eq!(output.take_text(), "adding\n", "{name}");
        let count = device
            .task("def count(n):\n    for i in range(n):\n        yield i\n    raise ValueError('over')\n")
            .unwrap();
        let mut generator = count.generate(&mut device, (2,)).unwrap();
        assert_eq!(generator.next::<i32>(&mut device).unwrap(), Some(0));
        assert_eq!(generator.next::<i32>(&mut device).unwrap(), Some(1));
        let error = generator.next::<i32>(&mut device).unwrap_err();
        assert!(error.to_string().contains("over"), "{name}: {error}");
        let list = device.object("[3, 1, 2]").unwrap().proxy().unwrap();
        list.call_method(&mut device, "sort", Arguments::new())
            .unwrap();
        assert_eq!(list.value::<Vec<i32>>(&mut device).unwrap(), [1, 2, 3]);
        let events = device.events().unwrap();
        device
            .exec("belay_emit('ready', 1)\nprint('said')")
            .unwrap();
        let told: Vec<_> = events.try_iter().map(|event| event.name).collect();
        assert_eq!(told, ["ready"], "{name}");
        assert_eq!(output.take_text(), "said\n", "{name}");
        let mut batch = Batch::new();
        batch.exec("y = 2").eval("y * 2").eval("1/0").eval("y");
        let results = device.run_batch(&batch);
        assert_eq!(results[1].as_ref().unwrap(), &Value::Int(4));
        let Err(Error::Exception(exception)) = &results[2] else {
            panic!("{name}: {:?}", results[2])
        };
        assert_eq!(exception.kind, "ZeroDivisionError");
        // Where there is a module for it, it is told where that was.
        assert_eq!(
            exception.frames.is_empty(),
            name.contains("small"),
            "{exception:?}"
        );
        assert_eq!(results[3].as_ref().unwrap(), &Value::Int(2));
    });
}

#[test]
fn files_go_both_ways() {
    each(|name, board| {
        // As on a native USB link and over a line with a speed.
        for line in [false, true] {
            let port: Box<dyn Transport> = if line {
                Box::new(Unknown(open(board)))
            } else {
                open(board)
            };
            let options = ConnectOptions {
                timeout: LIMIT,
                ..ConnectOptions::default()
            };
            let (mut device, _) = connect_with(port, options);
            let data = noise(5000);
            let text = "a line\n".repeat(900).into_bytes();
            let mut files = device.files();
            files.create_folder("/lib/deep", true).unwrap();
            files.write("/lib/deep/data.bin", &data).unwrap();
            files.write("/lib/deep/text", b"old").unwrap();
            files.write("/lib/deep/text", &text).unwrap();
            assert_eq!(files.read("/lib/deep/data.bin").unwrap(), data, "{name}");
            assert_eq!(files.read("/lib/deep/text").unwrap(), text, "{name}");
            assert_eq!(
                files.digest("/lib/deep/text").unwrap().kind(),
                DigestKind::Crc32,
                "{name}"
            );
            files.rename("/lib/deep/text", "/text").unwrap();
            let tree = files.walk("/lib/deep").unwrap();
            assert_eq!(tree.entries.len(), 1, "{name}");
            files.remove("/text").unwrap();
            files.remove_folder("/lib/deep", true).unwrap();
            assert!(files.space("/").unwrap().is_some());
            drop(device.close().unwrap());
        }
    });
}

#[test]
fn resets_and_time() {
    each(|name, board| {
        let (mut device, _) = connect(board);
        device.exec("kept = 1").unwrap();
        device.soft_reset().unwrap();
        assert!(device.exec("kept").is_err(), "{name}");
        // `supervisor.ticks_ms` counts milliseconds.
        let sent = Instant::now();
        let timed = device.eval_timed::<i32>("5").unwrap();
        let received = Instant::now();
        assert!(timed.at + timed.uncertainty >= sent, "{name}: too early");
        assert!(timed.at <= received + timed.uncertainty, "{name}: too late");
        device.hard_reset().unwrap();
        assert_eq!(device.eval::<i32>("2").unwrap(), 2, "{name}");
        // The next session finds the board waiting for a key, or at its prompt.
        drop(device.close().unwrap());
        let (mut device, _) = connect(board);
        assert_eq!(device.eval::<i32>("3").unwrap(), 3, "{name}");
    });
}

#[test]
fn an_interpreter_that_has_just_begun_is_not_restarted() {
    each(|name, board| {
        let (mut device, _) = connect(board);
        device.exec("kept = 1").unwrap();
        // Taken over at the prompt of the raw REPL, it has to be restarted.
        drop(device);
        for expected in [2, 1] {
            let (port, trips) = Counting::new(open(board));
            let asked = port.asked();
            let options = ConnectOptions {
                timeout: LIMIT,
                ..ConnectOptions::default()
            };
            let (mut device, _) = connect_with(Box::new(port), options);
            // A board that is asked twice, because its processor had no time for it, is restarted too.
            if asked.load(Ordering::SeqCst) == 1 {
                assert_eq!(trips.load(Ordering::SeqCst), expected, "{name}");
            }
            assert!(device.exec("kept").is_err(), "{name}");
            device.exec("kept = 1").unwrap();
            drop(device.close().unwrap());
        }
    });
}

#[test]
fn a_session_begins_whatever_the_board_does() {
    at_once(firmwares(), |(name, firmware)| {
        let board = builder().firmware(firmware).start().unwrap();
        for program in [
            "while True:\n    pass\n",
            "import time\nwhile True:\n    print('tick')\n    time.sleep(0.01)\n",
            "try:\n    while True:\n        pass\nfinally:\n    print('bye')\n",
            "1/0\n",
        ] {
            let (mut device, _) = connect(&board);
            device
                .files()
                .write("/code.py", program.as_bytes())
                .unwrap();
            drop(device.close().unwrap());
            // Ctrl-D at the friendly prompt runs the program.
            let mut terminal = Terminal::new(&board);
            terminal.say("\r\x03\x04", "code.py output:");
            drop(terminal);
            let (mut device, _) = connect(&board);
            assert_eq!(
                device.eval::<i32>("6 * 7").unwrap(),
                42,
                "{name}: {program}"
            );
            drop(device.close().unwrap());
        }
    });
}
