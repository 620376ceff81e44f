//! The modem lines of a port behind a server: that of pyserial, which has them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use belay_transport::{OpenOptions, Specifier, open, write_all};

use crate::{HANG, environment};

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn modem_lines_and_the_speed_reach_a_port_behind_a_server() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/modem_lines.py");
    let mut server = Command::new(environment::python());
    let mut server = server.arg(script).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let _server = Server(server);
    let mut line = || lines.next().unwrap().unwrap();
    let name = format!("rfc2217://127.0.0.1:{}", line());
    let specifier: Specifier = name.parse().unwrap();
    let options = OpenOptions {
        baud_rate: 230_400,
        ..OpenOptions::default()
    };
    let mut port = open(&specifier, &options).unwrap();
    while line() != "client" {}
    // DTR comes first: a chip with a reset circuit is reset while RTS is asserted alone.
    let mut until = |last: &str| {
        let mut seen = vec![line()];
        while seen.last().is_none_or(|line| line != last) {
            seen.push(line());
        }
        seen
    };
    let seen = until("speed 230400");
    let changes: Vec<_> = seen.iter().filter(|line| line.contains("True")).collect();
    assert_eq!(changes, ["dtr True", "rts True"], "{seen:?}");
    let serial = port.serial().unwrap();
    serial.set_request_to_send(false).unwrap();
    serial.set_data_terminal_ready(false).unwrap();
    assert_eq!(until("dtr False"), ["rts False", "dtr False"]);
    serial.set_baud_rate(9600).unwrap();
    assert_eq!(until("speed 9600"), ["speed 9600"]);
    let deadline = Instant::now() + HANG;
    write_all(&mut port, b"\xff\x00there and back", deadline).unwrap();
    let mut received = Vec::new();
    while received.len() < 16 {
        let mut buffer = [0; 16];
        let count = port.read(&mut buffer, deadline).unwrap();
        assert!(count > 0, "{received:?}");
        received.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(received, b"\xff\x00there and back");
}
