use super::*;

fn raw(path: &str, port_type: SerialPortType) -> SerialPortInfo {
    SerialPortInfo {
        port_name: path.to_owned(),
        port_type,
    }
}

fn usb(vid: u16, serial_number: &str) -> UsbPortInfo {
    UsbPortInfo {
        vid,
        pid: 5,
        serial_number: Some(serial_number.to_owned()),
        manufacturer: Some("MicroPython".to_owned()),
        product: Some("Board in FS mode".to_owned()),
        location: Some(serialport::Location::new("1".to_owned(), vec![4, 2])),
    }
}

fn board(path: &str, vid: u16, serial_number: &str) -> PortInfo {
    PortInfo {
        path: path.to_owned(),
        usb: Some(usb(vid, serial_number).into()),
    }
}

fn plain(path: &str) -> PortInfo {
    PortInfo {
        path: path.to_owned(),
        usb: None,
    }
}

fn paths(ports: &[PortInfo]) -> Vec<&str> {
    ports.iter().map(|port| port.path.as_str()).collect()
}

#[test]
fn what_cannot_be_a_board_is_left_out() {
    let ports = vec![
        raw("/dev/ttyS0", SerialPortType::Unknown),
        raw("/dev/ttyS31", SerialPortType::PciPort),
        raw("/dev/rfcomm0", SerialPortType::BluetoothPort),
        raw("/dev/cu.Bluetooth-Incoming-Port", SerialPortType::Unknown),
        raw("/dev/cu.debug-console", SerialPortType::Unknown),
        raw(
            "/dev/tty.usbmodem1101",
            SerialPortType::UsbPort(usb(1, "a")),
        ),
        raw("/dev/cu.usbmodem1101", SerialPortType::UsbPort(usb(1, "a"))),
        raw("/dev/ttyAMA0", SerialPortType::Unknown),
    ];
    let ports = candidates(ports, |path| !path.starts_with("/dev/ttyS3"));
    assert_eq!(
        paths(&ports),
        ["/dev/cu.usbmodem1101", "/dev/ttyAMA0", "/dev/ttyS0"]
    );
}

#[test]
fn usb_ports_come_first_and_numbers_count_by_value() {
    let ports = vec![
        raw("/dev/ttyS2", SerialPortType::Unknown),
        raw("/dev/ttyUSB0", SerialPortType::UsbPort(usb(1, "a"))),
        raw("/dev/ttyACM10", SerialPortType::UsbPort(usb(1, "b"))),
        raw("/dev/ttyACM9", SerialPortType::UsbPort(usb(1, "c"))),
        raw("/dev/ttyACM9", SerialPortType::UsbPort(usb(1, "c"))),
    ];
    let ports = candidates(ports, |_| true);
    assert_eq!(
        paths(&ports),
        [
            "/dev/ttyACM9",
            "/dev/ttyACM10",
            "/dev/ttyUSB0",
            "/dev/ttyS2"
        ]
    );
}

#[test]
fn facts_of_usb_are_kept() {
    let ports = candidates(
        vec![raw("COM3", SerialPortType::UsbPort(usb(0x2e8a, "e66")))],
        |_| true,
    );
    assert_eq!(
        ports[0].to_string(),
        "COM3 (2e8a:0005 MicroPython Board in FS mode, serial number e66)"
    );
    assert_eq!(
        serde_json::to_value(&ports[0]).unwrap(),
        serde_json::json!({
            "path": "COM3",
            "vid": 0x2e8a,
            "pid": 5,
            "serial_number": "e66",
            "manufacturer": "MicroPython",
            "product": "Board in FS mode",
            "location": "1-4.2",
        })
    );
    assert_eq!(
        serde_json::to_value(plain("/dev/ttyS0")).unwrap(),
        serde_json::json!({"path": "/dev/ttyS0"})
    );
}

#[test]
fn the_ports_of_this_computer_can_be_listed() {
    // What there is differs from computer to computer; that the list is in order does not.
    let ports = list_ports().unwrap();
    assert!(ports.is_sorted_by_key(|port| port.usb.is_none()));
}

#[test]
fn a_filter_finds_the_one_port_that_matches() {
    let ports = [
        board("/dev/ttyACM0", 0x2e8a, "E66A"),
        board("/dev/ttyACM1", 0x2e8a, "e66b"),
        plain("/dev/ttyS0"),
    ];
    let check = |filter: &str, expected: &str| {
        let filter: UsbFilter = filter.parse().unwrap();
        let found = match find(&filter, &ports) {
            Ok(port) => port.path.clone(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    };
    check(r#"{"serial_number": "e66a"}"#, "/dev/ttyACM0");
    check(r#"{"vid": 11914, "serial_number": "E66B"}"#, "/dev/ttyACM1");
    check(
        r#"{"manufacturer": "micropython", "location": "1-4.2:1.0"}"#,
        r#"2 ports match {"manufacturer":"micropython","location":"1-4.2:1.0"}: /dev/ttyACM0 (2e8a:0005 MicroPython Board in FS mode, serial number E66A), /dev/ttyACM1 (2e8a:0005 MicroPython Board in FS mode, serial number e66b)"#,
    );
    check(
        r#"{"serial_number": "e66"}"#,
        r#"no port matches {"serial_number":"e66"}; found: /dev/ttyACM0 (2e8a:0005 MicroPython Board in FS mode, serial number E66A), /dev/ttyACM1 (2e8a:0005 MicroPython Board in FS mode, serial number e66b), /dev/ttyS0"#,
    );
}

#[test]
fn a_board_is_found_again_on_another_port() {
    let at = |path: &str, serial_number: Option<&str>, location: &str| PortInfo {
        path: path.to_owned(),
        usb: Some(UsbInfo {
            vid: 0x1a86,
            pid: 0x7523,
            serial_number: serial_number.map(str::to_owned),
            location: Some(location.to_owned()),
            ..UsbInfo::default()
        }),
    };
    // Two bridges have no number, and two have the same one.
    let ports = |names: [&str; 5]| {
        [
            at(names[0], None, "1-1"),
            at(names[1], None, "1-2"),
            at(names[2], Some("0001"), "1-3"),
            at(names[3], Some("0001"), "1-4"),
            at(names[4], Some("e66a"), "1-5"),
        ]
    };
    let before = ports(["a", "b", "c", "d", "e"]);
    let after = ports(["c", "e", "a", "b", "d"]);
    for (old, new) in [("a", "c"), ("b", "e"), ("c", "a"), ("d", "b"), ("e", "d")] {
        let filter = identity(old, &before).unwrap();
        assert_eq!(find(&filter, &after).unwrap().path, new, "{filter}");
    }
    // One with a number of its own may be plugged in elsewhere.
    let moved = [at("x", Some("e66a"), "2-1")];
    let filter = identity("e", &before).unwrap();
    assert_eq!(find(&filter, &moved).unwrap().path, "x");
    assert_eq!(identity("f", &before), None);
    assert_eq!(identity("/dev/ttyS0", &[plain("/dev/ttyS0")]), None);
}

#[test]
fn each_key_of_a_filter_counts() {
    let port = board("/dev/ttyACM0", 0x2e8a, "e66");
    for (filter, matches) in [
        (r#"{"vid": "2e8a"}"#, true),
        (r#"{"vid": "2e8b"}"#, false),
        (r#"{"pid": 5}"#, true),
        (r#"{"pid": 6}"#, false),
        (r#"{"product": "BOARD in fs MODE"}"#, true),
        (r#"{"product": "board"}"#, false),
        (r#"{"manufacturer": "MicroPython"}"#, true),
        (r#"{"manufacturer": "Adafruit"}"#, false),
        (r#"{"location": "1-4.2"}"#, true),
        (r#"{"location": "1-4"}"#, false),
        (r#"{"vid": "2e8a", "pid": 6}"#, false),
    ] {
        let parsed: UsbFilter = filter.parse().unwrap();
        assert_eq!(parsed.matches(&port), matches, "{filter}");
        assert!(!parsed.matches(&plain("/dev/ttyS0")), "{filter}");
    }
}

#[test]
fn a_port_that_keeps_silent_does_not_match() {
    let port = PortInfo {
        path: "/dev/ttyUSB0".to_owned(),
        usb: Some(UsbInfo {
            vid: 0x1a86,
            pid: 0x7523,
            ..UsbInfo::default()
        }),
    };
    let filter: UsbFilter = r#"{"serial_number": ""}"#.parse().unwrap();
    assert!(!filter.matches(&port));
}

#[test]
fn the_only_board_is_the_default() {
    let one = [board("/dev/ttyACM0", 1, "a"), plain("/dev/ttyS0")];
    assert_eq!(only_board(&one).unwrap().path, "/dev/ttyACM0");

    let none = [plain("/dev/ttyS0")];
    let error = only_board(&none).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no board is plugged in; found: /dev/ttyS0"
    );
    let error = only_board(&[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no board is plugged in; no serial ports were found"
    );

    let two = [
        board("/dev/ttyACM0", 1, "a"),
        board("/dev/ttyACM1", 1, "b"),
        plain("/dev/ttyS0"),
    ];
    match only_board(&two) {
        Err(Error::SeveralBoards { ports }) => {
            assert_eq!(paths(&ports), ["/dev/ttyACM0", "/dev/ttyACM1"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bridge_loses_bytes_and_native_usb_does_not() {
    for (vid, pid, expected) in [
        (0x2e8a, 0x0005, Properties::RELIABLE),
        (0x2e8a, 0x000c, Properties::LOSSY),
        (0xf055, 0x9800, Properties::RELIABLE),
        (0x1a86, 0x7523, Properties::LOSSY),
        (0x0483, 0x374b, Properties::LOSSY),
        (0x0483, 0x5740, Properties::LOSSY),
    ] {
        assert_eq!(properties(vid, pid), expected, "{vid:04x}:{pid:04x}");
    }
}
