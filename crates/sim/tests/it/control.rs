//! The controls of a board over their socket.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use belay_sim::{Board, ControlAddress, ControlServer, Error};
use serde_json::{Value, json};

use crate::host::{Host, raw_board};

/// A client of the controls.
struct Client(BufReader<File>);

impl Client {
    fn open(address: &ControlAddress) -> Self {
        let stream: OwnedFd = match address {
            ControlAddress::Tcp(address) => TcpStream::connect(address).unwrap().into(),
            ControlAddress::Unix(path) => UnixStream::connect(path).unwrap().into(),
        };
        Self(BufReader::new(File::from(stream)))
    }

    fn send(&mut self, line: &str) {
        self.0.get_mut().write_all(line.as_bytes()).unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    fn answer(&mut self, request: &Value) -> Value {
        self.send(&format!("{request}\n"));
        self.receive()
    }

    fn ask(&mut self, request: &Value) -> Value {
        let mut answer = self.answer(request);
        assert!(answer["error"].is_null(), "{request}: {answer}");
        answer["result"].take()
    }

    fn refused(&mut self, request: &Value) -> (String, String) {
        let answer = self.answer(request);
        let text = |name: &str| {
            let text = answer["error"][name].as_str();
            text.unwrap_or_else(|| panic!("{request}: {answer}"))
                .to_owned()
        };
        (text("kind"), text("message"))
    }
}

fn controlled() -> (Arc<Board>, ControlServer, Client, Host) {
    let (board, host) = raw_board();
    let board = Arc::new(board);
    let server = ControlServer::start(&board, &"127.0.0.1:0".parse().unwrap()).unwrap();
    let client = Client::open(server.address());
    (board, server, client, host)
}

#[test]
fn pins_are_read_and_driven() {
    let (_board, _server, mut client, mut host) = controlled();
    client.ask(&json!({"cmd": "set_pin", "pin": 2, "level": 1}));
    host.exec(
        "from machine import Pin\nout = Pin(25, Pin.OUT)\nout(Pin(2, Pin.IN, Pin.PULL_DOWN)())",
    );
    assert_eq!(client.ask(&json!({"cmd": "pins"})), json!(["2", "25"]));
    let waited = client.ask(&json!({"cmd": "wait_pin", "pin": 25, "level": 1, "timeout": 15}));
    assert_eq!(waited, json!({"reached": true}));
    let waited = client.ask(&json!({"cmd": "wait_pin", "pin": 25, "level": 0, "timeout": 0.01}));
    assert_eq!(waited, json!({"reached": false}));
    let mut history = client.ask(&json!({"cmd": "pin_history", "pin": "25"}));
    let last = history[1].take();
    assert_eq!(last["mode"], "out");
    assert_eq!((&last["level"], &last["pull"]), (&json!(1), &Value::Null));
    assert!(last["at"].as_f64().is_some_and(|at| at > 0.0));
    let pin = client.ask(&json!({"cmd": "pin", "pin": 2}));
    assert_eq!(pin["driven"], 1);
    assert_eq!(pin["last"]["pull"], "down");
    client.ask(&json!({"cmd": "set_pin", "pin": 2, "level": null}));
    assert_eq!(host.exec("print(Pin(2)())"), "0\r\n");
    let untouched = client.ask(&json!({"cmd": "pin", "pin": 9}));
    assert_eq!(untouched, json!({"last": null, "driven": null}));
}

#[test]
fn peripherals_are_played_from_outside() {
    let (_board, _server, mut client, mut host) = controlled();
    client.ask(&json!({"cmd": "set_analog", "pin": 26, "microvolts": 1_000_000}));
    client.ask(&json!({"cmd": "uart_send", "uart": 0, "data": "68690a"}));
    let output = host.exec(
        "from machine import ADC, PWM, UART, Pin\nfrom neopixel import NeoPixel\n\
         u = UART(0)\nprint(ADC(26).read_uv(), u.readline())\nu.write('ok\\r\\nmore')\n\
         PWM(5, freq=50, duty_u16=1000)\nn = NeoPixel(Pin(6), 1)\nn[0] = (1, 2, 3)\nn.write()",
    );
    assert_eq!(output, "1000000 b'hi\\n'\r\n");
    let wait = json!({"cmd": "uart_wait", "uart": 0, "end": "0d0a", "timeout": 15});
    assert_eq!(client.ask(&wait), "6f6b0d0a");
    assert_eq!(
        client.ask(&json!({"cmd": "uart_take", "uart": 0})),
        "6d6f7265"
    );
    let wait = json!({"cmd": "uart_wait", "uart": 0, "end": "00", "timeout": 0});
    assert_eq!(client.ask(&wait), Value::Null);
    let pwm = client.ask(&json!({"cmd": "pwm", "pin": 5}));
    let expected = json!({"freq": 50, "duty_u16": 1000, "duty_ns": 305_180, "inverted": false});
    assert_eq!(pwm, expected);
    let history = client.ask(&json!({"cmd": "pwm_history", "pin": 5}));
    assert_eq!(history[0]["pwm"], expected);
    assert_eq!(client.ask(&json!({"cmd": "pwm", "pin": 7})), Value::Null);
    assert_eq!(
        client.ask(&json!({"cmd": "pixels", "pin": 6})),
        json!([[1, 2, 3]])
    );
    let streams = client.ask(&json!({"cmd": "bitstreams", "pin": 6}));
    assert_eq!(streams[0]["data"], "020103");
    assert_eq!(streams[0]["timing"], json!([400, 850, 800, 450]));
}

#[test]
fn devices_are_made_and_asked() {
    let (_board, _server, mut client, mut host) = controlled();
    let registers = json!({"kind": "registers", "count": 256, "data": "0102"});
    let attach = json!({"cmd": "attach_i2c", "bus": 0, "address": 0x40, "device": registers});
    let sensor = client.ask(&attach)["device"].clone();
    let answers = json!({"kind": "answers", "answers": ["aabb"]});
    let attach = json!({"cmd": "attach_spi", "bus": "1", "select": 9, "device": answers});
    let chip = client.ask(&attach)["device"].clone();
    client.ask(&json!({"cmd": "push_answer", "device": chip, "data": "cc"}));
    client.ask(&json!({"cmd": "set_registers", "device": sensor, "first": 255, "data": "0907"}));
    let output = host.exec(
        "from machine import I2C, SPI, Pin\ni = I2C(0)\nprint(i.readfrom_mem(0x40, 255, 3))\n\
         i.writeto_mem(0x40, 16, b'AB')\ncs = Pin(9, Pin.OUT)\ns = SPI(1)\nprint(s.read(2, 0x11))\n\
         cs(1)\ncs(0)\nprint(s.read(1))",
    );
    assert_eq!(output, "b'\\t\\x07\\x02'\r\nb'\\xaa\\xbb'\r\nb'\\xcc'\r\n");
    let get = json!({"cmd": "get_registers", "device": sensor, "first": 16, "count": 2});
    assert_eq!(client.ask(&get), "4142");
    let written = client.ask(&json!({"cmd": "take_written", "device": chip}));
    assert_eq!(written, "111100");
    let log = client.ask(&json!({"cmd": "i2c_log"}));
    assert_eq!(log[1]["data"], "090702");
    assert_eq!(
        (&log[1]["read"], &log[1]["address"]),
        (&json!(true), &json!(64))
    );
    let log = client.ask(&json!({"cmd": "spi_log"}));
    assert_eq!(
        (&log[0]["select"], &log[0]["read"]),
        (&json!("9"), &json!("aabb"))
    );
    let detach = json!({"cmd": "detach_i2c", "bus": "0", "address": 64});
    assert_eq!(client.ask(&detach), json!({"detached": true}));
    assert_eq!(client.ask(&detach), json!({"detached": false}));
    let detach = json!({"cmd": "detach_spi", "bus": "1", "select": "9"});
    assert_eq!(client.ask(&detach), json!({"detached": true}));
    for (request, kind, message) in [
        (
            json!({"cmd": "take_written", "device": sensor}),
            "no_device",
            "device 0",
        ),
        (
            json!({"cmd": "push_answer", "device": 7, "data": ""}),
            "no_device",
            "device 7",
        ),
        (
            json!({"cmd": "get_registers", "device": sensor, "first": 250, "count": 7}),
            "bad_request",
            "256 registers",
        ),
    ] {
        let refused = client.refused(&request);
        assert_eq!(refused.0, kind, "{refused:?}");
        assert!(refused.1.contains(message), "{refused:?}");
    }
}

#[test]
fn the_board_is_told_of_and_reset() {
    let (board, _server, mut client, mut host) = controlled();
    let hello = client.ask(&json!({"cmd": "hello"}));
    assert_eq!(hello["protocol"], belay_sim::CONTROL_PROTOCOL);
    assert_eq!(hello["path"], board.path().to_str().unwrap());
    assert_eq!(hello["tcp"], Value::Null);
    // Each name it tells is one that it understands.
    for command in hello["commands"].as_array().unwrap() {
        let answer = client.answer(&json!({"cmd": command, "surplus": 1}));
        assert_eq!(
            answer["error"]["kind"], "bad_request",
            "{command}: {answer}"
        );
        let message = answer["error"]["message"].to_string();
        assert!(
            message.contains("`surplus`") || message.contains("missing field"),
            "{message}"
        );
    }
    let counters = client.ask(&json!({"cmd": "flash_counters"}));
    assert!(
        counters["erases"].as_u64().is_some_and(|erases| erases > 0),
        "{counters}"
    );
    assert_eq!(client.ask(&json!({"cmd": "lost_bytes"})), 0);
    client.ask(&json!({"cmd": "reset"}));
    host.enter_raw();
    assert_eq!(
        host.exec("import machine\nprint(machine.reset_cause())"),
        "2\r\n"
    );
    let status = client.ask(&json!({"cmd": "status"}));
    let fine = json!({
        "running": true, "failure": null, "plugged_in": true, "powered": true,
        "path": board.path(),
    });
    assert_eq!(status, fine);
    drop(board);
    let answer = client.answer(&json!({"cmd": "pins"}));
    assert_eq!(answer["error"]["kind"], "stopped");
}

#[test]
fn cable_power_and_faults_are_worked() {
    let (board, _server, mut client, host) = controlled();
    let stable = client.ask(&json!({"cmd": "hello"}))["stable_path"].clone();
    let stable = std::path::Path::new(stable.as_str().unwrap()).to_owned();
    assert_eq!(client.ask(&json!({"cmd": "unplug"})), json!({"path": null}));
    let status = client.ask(&json!({"cmd": "status"}));
    assert_eq!(
        (&status["plugged_in"], &status["powered"]),
        (&json!(false), &json!(true))
    );
    drop(host);
    let found = client.ask(&json!({"cmd": "plug_in"}));
    let found = found["path"].as_str().map(std::path::PathBuf::from);
    assert_eq!(found, board.current_path());
    assert_eq!(found, std::fs::read_link(&stable).ok());
    let mut host = Host::open(&found.unwrap());
    host.enter_raw();
    // Power fails at the first program operation.
    client.ask(&json!({"cmd": "set_flash_faults", "flash": {"power_cut": 1, "halfway": true}}));
    host.send(b"f = open('f', 'w')\nf.write('x' * 5000)\nf.close()\n\x04");
    let lost = std::time::Instant::now() + crate::host::LIMIT;
    while board.is_powered() {
        assert!(std::time::Instant::now() < lost, "power does not fail");
        std::thread::yield_now();
    }
    client.ask(&json!({"cmd": "power_on"}));
    let mut host = Host::open(&stable);
    host.enter_raw();
    assert_eq!(
        host.exec("import machine\nprint(machine.reset_cause())"),
        "1\r\n"
    );
    client.ask(&json!({"cmd": "cut_power"}));
    assert_eq!(client.ask(&json!({"cmd": "status"}))["powered"], false);
    client.ask(&json!({"cmd": "power_on"}));
    let faults = json!([{"direction": "to_host", "fault": "drop", "at": 2}]);
    let link = json!({"seed": 3, "faults": faults, "cut_after": {"to_board": 100_000}});
    let mut host = Host::open(&stable);
    host.enter_raw();
    client.ask(&json!({"cmd": "set_link_faults", "link": link}));
    host.check(b"print('abc')\x04", "OKbc\r\n\x04\x04>");
    let both = json!([{"direction": "to_host", "fault": "flip", "at": 2, "rate": 0.5}]);
    for (faults, message) in [
        (both, "a \"rate\" or is \"at\""),
        (
            json!([{"direction": "to_host", "fault": "flip", "rate": 2}]),
            "not from 0 to 1",
        ),
        (
            json!([{"direction": "up", "fault": "flip", "rate": 1}]),
            "unknown variant `up`",
        ),
    ] {
        let request = json!({"cmd": "set_link_faults", "link": {"faults": faults}});
        let refused = client.refused(&request);
        assert!(refused.1.contains(message), "{request}: {refused:?}");
    }
}

#[test]
fn the_requests_of_the_guide_are_understood() {
    let page = include_str!("../../../../docs/simulator.md");
    let (_, rest) = page.split_once("\n```json\n").unwrap();
    let (requests, _) = rest.split_once("\n```").unwrap();
    let (_board, _server, mut client, _host) = controlled();
    let hello = client.ask(&json!({"cmd": "hello"}));
    let mut missing: Vec<&Value> = hello["commands"].as_array().unwrap().iter().collect();
    for line in requests.lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        client.ask(&request);
        missing.retain(|&command| *command != request["cmd"]);
    }
    assert!(missing.is_empty(), "the guide leaves out {missing:?}");
}

#[test]
fn mistakes_are_explained() {
    let (_board, _server, mut client, _host) = controlled();
    for (request, kind, message) in [
        (json!({"pin": 1}), "bad_request", "no \"cmd\""),
        (json!([1]), "bad_request", "no \"cmd\""),
        (
            json!({"cmd": "pinz"}),
            "unknown_command",
            "known are hello, status",
        ),
        (json!({"cmd": "pin"}), "bad_request", "missing field `pin`"),
        (
            json!({"cmd": "pin", "pin": -1}),
            "bad_request",
            "did not match",
        ),
        (
            json!({"cmd": "set_pin", "pin": 1, "level": 2}),
            "bad_request",
            "a level is 0 or 1",
        ),
        (
            json!({"cmd": "uart_take", "uart": 2}),
            "bad_request",
            "the UARTs 0 and 1, not 2",
        ),
        (
            json!({"cmd": "uart_send", "uart": 0, "data": "abc"}),
            "bad_request",
            "hexadecimal",
        ),
        (
            json!({"cmd": "uart_send", "uart": 0, "data": "+1"}),
            "bad_request",
            "hexadecimal",
        ),
        (
            json!({"cmd": "wait_pin", "pin": 1, "level": 1, "timeout": -1}),
            "bad_request",
            "not from 0",
        ),
        (
            json!({"cmd": "attach_i2c", "bus": 0, "address": 1, "device": {"kind": "registers", "count": 0}}),
            "bad_request",
            "0 registers",
        ),
    ] {
        let refused = client.refused(&request);
        assert_eq!(refused.0, kind, "{request}: {refused:?}");
        assert!(refused.1.contains(message), "{request}: {refused:?}");
    }
    client.send("what?\n\n");
    assert_eq!(client.receive()["error"]["kind"], "bad_json");
    // Requests are answered in their order, however they come, each with its own id.
    client.send("{\"cmd\": \"pins\", \"id\": 1}\n{\"cmd\": \"lost_bytes\", \"id\": \"two\"}\n{\"cmd\": \"lost");
    assert_eq!(client.receive(), json!({"id": 1, "result": []}));
    assert_eq!(client.receive(), json!({"id": "two", "result": 0}));
    client.send("_bytes\"}\n");
    assert_eq!(client.receive(), json!({"result": 0}));
    let long = "x".repeat(5 << 20);
    // The server may hang up before it has read all of it.
    let _ = client.0.get_mut().write_all(long.as_bytes());
    let mut line = String::new();
    if client.0.read_line(&mut line).is_ok() && !line.is_empty() {
        assert!(line.contains("too_long"), "{line}");
    }
}

#[test]
fn a_unix_socket_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let address: ControlAddress = path.to_str().unwrap().parse().unwrap();
    let (board, _host) = raw_board();
    let board = Arc::new(board);
    // One that a process has left behind is in nobody's way.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = ControlServer::start(&board, &address).unwrap();
    assert_eq!(
        Client::open(server.address()).ask(&json!({"cmd": "pins"})),
        json!([])
    );
    let error = ControlServer::start(&board, &address).unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    let mut client = Client::open(server.address());
    drop(server);
    assert!(!path.exists());
    // Its clients see the end.
    let mut rest = String::new();
    assert_eq!(client.0.read_line(&mut rest).unwrap_or(0), 0);
    std::fs::write(&path, "no socket").unwrap();
    let error = ControlServer::start(&board, &address).unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"no socket");
}
