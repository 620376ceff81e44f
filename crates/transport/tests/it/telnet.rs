//! The login of telnet servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use belay_transport::{Error, OpenOptions, Telnet, Transport as _};

use crate::far;

/// `IAC WILL ECHO`.
const WILL_ECHO: &[u8] = &[255, 251, 1];

/// A server with the WiPy's dialogue, for one client; returns the lines that the client sent.
fn serve(prompts: &'static [&'static str], ending: &'static str) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        stream.write_all(WILL_ECHO).unwrap();
        let mut lines = Vec::new();
        for prompt in prompts {
            stream.write_all(prompt.as_bytes()).unwrap();
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).unwrap();
            // Commands have no printable characters but their options.
            let text = line.iter().filter(|byte| (b' '..128).contains(byte));
            lines.push(text.map(|&byte| char::from(byte)).collect());
        }
        stream.write_all(ending.as_bytes()).unwrap();
        // Until the client is gone.
        let _ = reader.read_until(b'\n', &mut Vec::new());
        lines
    });
    (port, server)
}

fn options(user: Option<&str>) -> OpenOptions {
    OpenOptions {
        user: user.map(str::to_owned),
        password: user.map(|_| "python".to_owned()),
        ..OpenOptions::default()
    }
}

const PROMPTS: &[&str] = &["Login as: ", "Password: "];

#[test]
fn a_user_is_logged_in_and_the_banner_is_left() {
    let banner = "\r\nLogin succeeded!\r\nType \"help()\" for more information.\r\n";
    let (port, server) = serve(PROMPTS, banner);
    let mut telnet = Telnet::connect("127.0.0.1", port, &options(Some("micro"))).unwrap();
    let mut received = Vec::new();
    let mut buffer = [0; 16];
    while received.len() < banner.len() {
        let length = telnet.read(&mut buffer, far()).unwrap();
        assert_ne!(length, 0);
        received.extend(&buffer[..length]);
    }
    assert_eq!(String::from_utf8(received).unwrap(), banner);
    drop(telnet);
    assert_eq!(server.join().unwrap(), ["micro", "python"]);
}

#[test]
fn a_wrong_password_is_refused() {
    let (port, server) = serve(PROMPTS, "\r\nInvalid credentials, try again.\r\nLogin as: ");
    match Telnet::connect("127.0.0.1", port, &options(Some("ada"))) {
        Err(Error::LoginRefused { user, .. }) => assert_eq!(user, "ada"),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.join().unwrap(), ["ada", "python"]);
}

#[test]
fn a_server_that_wants_no_login_gets_none() {
    let (port, server) = serve(&[], "MicroPython v1.29\r\n>>> ");
    let mut telnet = Telnet::connect("127.0.0.1", port, &options(Some("micro"))).unwrap();
    let mut buffer = [0; 100];
    let length = telnet.read(&mut buffer, far()).unwrap();
    assert!(buffer[..length].starts_with(b"MicroPython"));
    drop(telnet);
    assert_eq!(server.join().unwrap(), [""; 0]);
}

#[test]
fn without_a_user_a_login_prompt_is_an_error() {
    let (port, server) = serve(PROMPTS, "");
    let mut telnet = Telnet::connect("127.0.0.1", port, &options(None)).unwrap();
    let error = loop {
        // The prompt may come in parts.
        match telnet.read(&mut [0; 100], far()) {
            Ok(length) => assert_ne!(length, 0),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::LoginRequired { .. }), "{error:?}");
    let again = telnet.read(&mut [0; 100], far());
    assert!(
        matches!(again, Err(Error::LoginRequired { .. })),
        "{again:?}"
    );
    drop(telnet);
    server.join().unwrap();
}
