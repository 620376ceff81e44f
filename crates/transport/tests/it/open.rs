//! Opening by specifier.

use belay_transport::{Error, OpenOptions, Specifier, open};

fn open_text(text: &str) -> Result<String, Error> {
    let specifier: Specifier = text.parse().unwrap();
    open(&specifier, &OpenOptions::default()).map(|transport| transport.name().to_owned())
}

#[test]
fn what_the_caller_must_resolve_is_told_apart() {
    for text in ["kitchen", "sim:", "sim:left?fresh"] {
        match open_text(text) {
            Err(Error::Unresolved { port }) => assert_eq!(port, text),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_opened_says_its_kind() {
    for (text, expected) in [
        ("ws://10.0.0.7", "ws"),
        ("wss://board.example", "wss"),
        ("rfc2217://10.0.0.7:2217", "rfc2217"),
    ] {
        match open_text(text) {
            Err(Error::Unsupported { port, kind }) => {
                assert_eq!((port.as_str(), kind), (text, expected));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_board_that_is_not_plugged_in_matches_nothing() {
    let text = r#"{"serial_number":"no board has this serial number"}"#;
    match open_text(text) {
        Err(Error::NoMatch { filter, .. }) => assert_eq!(filter.to_string(), text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tcp_server_is_opened() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("tcp://{}", listener.local_addr().unwrap());
    assert_eq!(open_text(&text).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn ports_and_commands_are_opened() {
    let (_master, path) = crate::connect::open_pty();
    assert_eq!(open_text(&path).unwrap(), path);
    assert_eq!(open_text("exec:cat -u").unwrap(), "exec:cat -u");
    let text = format!("pty:echo {path}");
    assert_eq!(open_text(&text).unwrap(), text);
}

#[test]
fn a_password_is_not_printed() {
    let options = OpenOptions {
        user: Some("micro".to_owned()),
        password: Some("secret".to_owned()),
        ..OpenOptions::default()
    };
    let text = format!("{options:?}");
    assert!(text.contains("micro") && !text.contains("secret"), "{text}");
}
