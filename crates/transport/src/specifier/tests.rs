use super::*;

fn parse(text: &str) -> Specifier {
    let specifier: Specifier = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let again = specifier.to_string();
    assert_eq!(
        again.parse().as_ref(),
        Ok(&specifier),
        "{text} became {again}"
    );
    specifier
}

fn tcp(host: &str, port: u16) -> Specifier {
    Specifier::Tcp {
        host: host.to_owned(),
        port,
    }
}

fn webrepl(secure: bool, host: &str, port: u16, path: &str) -> Specifier {
    Specifier::WebRepl {
        secure,
        host: host.to_owned(),
        port,
        path: path.to_owned(),
    }
}

fn workflow(host: &str, port: u16) -> Specifier {
    Specifier::WebWorkflow {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn paths_and_com_ports_are_serial_ports() {
    for text in [
        "/dev/ttyACM0",
        "/dev/cu.usbmodem1101",
        "/dev/serial/by-id/usb-MicroPython_Board_in_FS_mode_e66-if00",
        "./board",
        "../board",
        "run/board",
        "COM3",
        "com12",
        r"\\.\COM10",
        "/dev/odd:name",
    ] {
        assert_eq!(parse(text), Specifier::Serial(text.to_owned()));
    }
}

#[test]
fn addresses_have_a_host_and_a_port() {
    for (text, expected) in [
        ("tcp://localhost:4000", tcp("localhost", 4000)),
        ("socket://localhost:4000", tcp("localhost", 4000)),
        ("TCP://board.local:1", tcp("board.local", 1)),
        ("tcp://10.0.0.7:65535", tcp("10.0.0.7", 65535)),
        ("tcp://[::1]:4000", tcp("::1", 4000)),
        ("tcp://[fe80::1%eth0]:4000", tcp("fe80::1%eth0", 4000)),
        (
            "rfc2217://server:2217",
            Specifier::Rfc2217 {
                host: "server".to_owned(),
                port: 2217,
            },
        ),
        ("10.0.0.7", Specifier::Telnet(Ipv4Addr::new(10, 0, 0, 7))),
        ("ws://10.0.0.7", webrepl(false, "10.0.0.7", 8266, "")),
        ("ws://10.0.0.7/", webrepl(false, "10.0.0.7", 8266, "")),
        ("ws://[::1]:99", webrepl(false, "::1", 99, "")),
        (
            "wss://board.example",
            webrepl(true, "board.example", 443, ""),
        ),
        ("http://board.local", workflow("board.local", 80)),
        ("http://10.0.0.7:8080/", workflow("10.0.0.7", 8080)),
        (
            "wss://board.example:8266/lab/7",
            webrepl(true, "board.example", 8266, "/lab/7"),
        ),
    ] {
        assert_eq!(parse(text), expected);
    }
}

#[test]
fn commands_options_and_names_are_kept() {
    for (text, expected) in [
        (
            "exec:ssh lab 'picocom -q /dev/ttyACM0'",
            Specifier::Exec("ssh lab 'picocom -q /dev/ttyACM0'".to_owned()),
        ),
        ("exec: cat", Specifier::Exec("cat".to_owned())),
        ("pty:a:b", Specifier::Pty("a:b".to_owned())),
        ("sim:", Specifier::Sim(String::new())),
        (
            "sim:left?baud=115200&latency=2ms",
            Specifier::Sim("left?baud=115200&latency=2ms".to_owned()),
        ),
        ("kitchen-2", Specifier::Name("kitchen-2".to_owned())),
        ("ttyACM0", Specifier::Name("ttyACM0".to_owned())),
        ("com", Specifier::Name("com".to_owned())),
        ("Küche", Specifier::Name("Küche".to_owned())),
    ] {
        assert_eq!(parse(text), expected);
    }
}

#[test]
fn a_json_object_is_a_usb_filter() {
    let expected = UsbFilter {
        vid: Some(0x2e8a),
        serial_number: Some("e66".to_owned()),
        ..UsbFilter::default()
    };
    for text in [
        r#"{"vid": 11914, "serial_number": "e66"}"#,
        r#"{"vid": "2e8a", "serial_number": "e66"}"#,
        r#" {"vid": "0x2E8A", "serial_number": "e66", "product": null} "#,
    ] {
        assert_eq!(parse(text), Specifier::Usb(expected.clone()));
    }
    let quoted = r#"{"vid":1,"pid":2,"serial_number":"\"","manufacturer":"a b","product":"é","location":"1-4.2"}"#;
    assert_eq!(parse(quoted).to_string(), quoted);
}

#[test]
fn a_wrong_text_says_what_is_wrong() {
    for (text, expected) in [
        ("", "the name of a device is empty"),
        (
            "ftp://10.0.0.7",
            r#"unknown kind of device "ftp"; known are ws, wss, http, tcp, rfc2217, exec, pty and sim"#,
        ),
        (
            "tcp:10.0.0.7:1",
            r#""tcp:10.0.0.7:1" has no valid host and port; a right one is tcp://10.0.0.7:4000"#,
        ),
        (
            "10.0.0.7:23",
            r#""10.0.0.7:23" has no valid host and port; a right one is tcp://10.0.0.7:4000"#,
        ),
        (
            "rfc2217://server",
            r#""rfc2217://server" has no valid host and port; a right one is rfc2217://10.0.0.7:2217"#,
        ),
        (
            "ws://",
            r#""ws://" has no valid host and port; a right one is ws://10.0.0.7:8266"#,
        ),
        ("exec:", "exec: is not followed by a command"),
        ("pty:  ", "pty: is not followed by a command"),
        (
            "my board",
            r#""my board" names no device; a plain name has letters, digits, dots, hyphens and underscores"#,
        ),
        (
            r#"{"vid": 11914,"#,
            r#"invalid JSON at line 1, column 14: EOF while parsing a value; a right one is {"vid": "2e8a", "serial_number": "e6614103e7452d2f"}"#,
        ),
        (
            "{'vid': 1}",
            r#"invalid JSON at line 1, column 2: key must be a string; a right one is {"vid": "2e8a", "serial_number": "e6614103e7452d2f"}"#,
        ),
        (
            "{}",
            r#"the JSON object is empty; a right one is {"vid": "2e8a", "serial_number": "e6614103e7452d2f"}"#,
        ),
        (
            r#"{"serial": "e66"}"#,
            r#"unknown key "serial"; known are vid, pid, serial_number, manufacturer, product, location"#,
        ),
        (
            r#"{"vid": 65536}"#,
            "the value of vid is 65536, and a number up to 65535 or a string of up to four hexadecimal digits was expected",
        ),
        (
            r#"{"pid": "cafe5"}"#,
            r#"the value of pid is "cafe5", and a number up to 65535 or a string of up to four hexadecimal digits was expected"#,
        ),
        (
            r#"{"product": 7}"#,
            "the value of product is 7, and a string was expected",
        ),
    ] {
        let error = text.parse::<Specifier>().expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn a_bad_host_or_port_is_refused() {
    for address in [
        "",
        ":",
        ":4000",
        "host",
        "host:",
        "host:0",
        "host:65536",
        "host:+1",
        "host:1:2",
        "ho st:1",
        "user@host:1",
        "host:1/",
        "[::1]",
        "[::1]4000",
        "[::1:4000",
        "::1:4000",
        "[host]:1",
    ] {
        let text = format!("tcp://{address}");
        assert!(
            matches!(
                text.parse::<Specifier>(),
                Err(SpecifierError::BadAddress { .. })
            ),
            "{text}"
        );
    }
}

#[test]
fn forms_of_mpremote_are_understood() {
    let by_serial = Specifier::Usb(UsbFilter {
        serial_number: Some("e6614103e7452d2f".to_owned()),
        ..UsbFilter::default()
    });
    assert_eq!(parse("id:e6614103e7452d2f"), by_serial);
    assert!("id:".parse::<Specifier>().is_err());
    for (name, path) in [
        ("a0", "/dev/ttyACM0"),
        ("u12", "/dev/ttyUSB12"),
        ("c3", "COM3"),
    ] {
        assert_eq!(parse(name), Specifier::Name(name.to_owned()));
        assert_eq!(
            Specifier::shortcut(name),
            Some(Specifier::Serial(path.to_owned()))
        );
    }
    for name in ["a", "b0", "a0b", "\u{e9}1", ""] {
        assert_eq!(Specifier::shortcut(name), None);
    }
}
