//! The programs in `examples`.

#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/events.rs"]
mod events;
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/implementations.rs"]
mod implementations;
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/proxies.rs"]
mod proxies;
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/reconnecting.rs"]
mod reconnecting;
#[cfg(feature = "macros")]
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/sensor.rs"]
mod sensor;
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/tasks.rs"]
mod tasks;
#[expect(dead_code, reason = "a program of its own")]
#[path = "../../examples/timing.rs"]
mod timing;

use std::error::Error;
use std::io::{self, Write};

use belay_device::{ConnectOptions, Device, Reconnect, Startup};
use belay_sim::Board;
use belay_transport::OpenOptions;

use crate::support::{LIMIT, board, connect, connect_with, open};

type Example = fn(&mut Device, &mut dyn Write) -> Result<(), Box<dyn Error>>;

/// What an example writes, and what the board prints up to the end of the session.
fn check(example: Example) -> (String, String) {
    let board = board();
    let (mut device, output) = connect(&board);
    let mut written = Vec::new();
    example(&mut device, &mut written).unwrap();
    device.close().unwrap();
    (String::from_utf8(written).unwrap(), output.take_text())
}

#[test]
fn tasks_run() {
    let (written, printed) = check(tasks::run);
    assert_eq!(
        written,
        "the mean is 3\na square: 0\na square: 1\na square: 4\na square: 9\na square: 16\n\
         a result: 3\na result: 6\nan error: ZeroDivisionError: divide by zero\n"
    );
    assert_eq!(printed, "cleaned up\n");
}

#[test]
fn proxies_run() {
    let (written, _) = check(proxies::run);
    assert_eq!(
        written,
        "the root is 4\n[1, 2, 3, 4] has 4 items\nan item: 1\nan item: 2\nan item: 3\nan item: 4\n"
    );
}

#[test]
fn implementations_run() {
    let board = board();
    let options = ConnectOptions {
        startup: Startup::Imports,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(open(&board), options);
    let mut written = Vec::new();
    implementations::run(&mut device, &mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(
        written.starts_with("micropython has been running for "),
        "{written}"
    );
}

/// Pulls the board's cable behind the second line, and plugs it in again.
struct Puller<'a> {
    board: &'a Board,
    written: String,
}

impl Write for Puller<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.push_str(std::str::from_utf8(bytes).unwrap());
        if self.written.ends_with(" 102\n") && self.written.lines().count() == 2 {
            self.board.unplug().unwrap();
            self.board.plug_in().unwrap();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn reconnecting_runs() {
    let board = board();
    let (mut device, _) = connect(&board);
    let path = board.stable_path().to_str().unwrap().parse().unwrap();
    device.set_reconnect(Reconnect::to(5, &path, OpenOptions::default()));
    let mut output = Puller {
        board: &board,
        written: String::new(),
    };
    reconnecting::run(&mut device, &mut output).unwrap();
    assert_eq!(
        output.written,
        "the board counts 101\nthe board counts 102\nthe link broke\nthe board counts 101\n\
         the board counts 102\n"
    );
}

#[test]
fn events_run() {
    let (written, _) = check(events::run);
    assert_eq!(written, "level 0\nlevel 1\nlevel 2\n");
}

#[test]
fn timing_runs() {
    let (written, _) = check(timing::run);
    assert_eq!(written.matches("42 after ").count(), 3, "{written}");
    assert!(written.contains(" parts in a million"), "{written}");
}

#[cfg(feature = "macros")]
#[test]
fn the_sensor_is_read() {
    let board = board();
    board.set_analog("26", 1_650_000);
    let (mut device, _) = connect(&board);
    let mut written = Vec::new();
    sensor::run(&mut device, &mut written).unwrap();
    assert_eq!(
        String::from_utf8(written).unwrap(),
        "mean: 1.65 V\n0: 1.65 V\n1: 1.65 V\n2: 1.65 V\n"
    );
}
