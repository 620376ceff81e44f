//! Serial ports behind ser2net, and servers that are none for them.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::{Duration, Instant};

use belay_transport::{Error, OpenOptions, Specifier, Telnet, Transport, open, write_all};
use rustix::termios::tcgetattr;

use crate::connect::{open_pty, set_up};
use crate::far;
use crate::ser2net::Ser2net;

/// A pty behind ser2net, and both its ends.
fn serve(protocol: &str) -> Option<(Ser2net, File, File)> {
    let (master, path) = open_pty();
    // Before the server has opened it, what is read from the other end fails otherwise.
    let slave = File::open(&path).unwrap();
    Some((Ser2net::start(&path, protocol)?, master, slave))
}

const RFC2217: &str = "telnet(rfc2217),tcp";

fn open_text(text: &str, options: &OpenOptions) -> Result<Box<dyn Transport>, Error> {
    open(&text.parse::<Specifier>().unwrap(), options)
}

fn speed(master: &File) -> u32 {
    tcgetattr(master.as_fd()).unwrap().input_speed()
}

/// Sends all bytes there are both ways.
fn exchange(port: &mut dyn Transport, master: &mut File) {
    let bytes: Vec<u8> = (0..=255).collect();
    write_all(port, &bytes, far()).unwrap();
    let mut arrived = [0; 256];
    master.read_exact(&mut arrived).unwrap();
    assert_eq!(arrived[..], bytes);
    master.write_all(&bytes).unwrap();
    let mut received: Vec<u8> = Vec::new();
    let mut buffer = [0; 100];
    while received.len() < bytes.len() {
        let count = port.read(&mut buffer, far()).unwrap();
        received.extend(&buffer[..count]);
    }
    assert_eq!(received, bytes);
}

#[test]
fn a_real_server_carries_every_byte_by_each_protocol() {
    for protocol in [RFC2217, "tcp", "telnet,tcp"] {
        let Some((server, mut master, _slave)) = serve(protocol) else {
            return;
        };
        let options = OpenOptions::default();
        let address = server.address();
        let mut port = match protocol {
            RFC2217 => open_text(&format!("rfc2217://{address}"), &options).unwrap(),
            "tcp" => open_text(&format!("tcp://{address}"), &options).unwrap(),
            _ => {
                let (host, port) = address.split_once(':').unwrap();
                Box::new(Telnet::connect(host, port.parse().unwrap(), &options).unwrap())
            }
        };
        exchange(&mut *port, &mut master);
        drop(server);
        let error = port.read(&mut [0; 16], far()).unwrap_err();
        assert!(
            matches!(error, Error::Disconnected { .. }),
            "{protocol}: {error}"
        );
    }
}

#[test]
fn a_real_server_sets_the_speed_and_needs_no_modem_lines() {
    let Some((server, mut master, _slave)) = serve(RFC2217) else {
        return;
    };
    let name = format!("rfc2217://{}", server.address());
    let options = OpenOptions {
        baud_rate: 57_600,
        ..OpenOptions::default()
    };
    let begun = Instant::now();
    let mut port = open_text(&name, &options).unwrap();
    // A pty has no such lines, and the server says nothing about them.
    assert!(begun.elapsed() < options.connect_timeout);
    assert_eq!(port.name(), name);
    assert_eq!(speed(&master), 57_600);
    let serial = port.serial().unwrap();
    serial.set_baud_rate(9600).unwrap();
    serial.set_data_terminal_ready(false).unwrap();
    serial.set_request_to_send(false).unwrap();
    assert_eq!(speed(&master), 9600);
    // To the server, it would be the question for the speed there is.
    let error = port.serial().unwrap().set_baud_rate(0).unwrap_err();
    assert!(matches!(error, Error::BadBaudRate { .. }), "{error}");
    assert_eq!(speed(&master), 9600);
    exchange(&mut *port, &mut master);
}

#[test]
fn a_second_client_of_a_real_server_is_told_that_the_port_is_in_use() {
    let Some((server, _master, _slave)) = serve(RFC2217) else {
        return;
    };
    let name = format!("rfc2217://{}", server.address());
    let _first = open_text(&name, &OpenOptions::default()).unwrap();
    match open_text(&name, &OpenOptions::default()).map(|_| ()) {
        Err(Error::PortBusy { port, .. }) => assert_eq!(port, name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_without_settings_is_told_apart() {
    // One says that it has none, the other understands nothing.
    for protocol in ["telnet,tcp", "tcp"] {
        let Some((server, _master, _slave)) = serve(protocol) else {
            return;
        };
        let options = OpenOptions {
            connect_timeout: Duration::from_secs(2),
            ..OpenOptions::default()
        };
        let name = format!("rfc2217://{}", server.address());
        match open_text(&name, &options).map(|_| ()) {
            Err(Error::NotRfc2217 { port }) => assert_eq!(port, name),
            other => panic!("{protocol}: {other:?}"),
        }
    }
}

const IAC: u8 = 255;

/// A server whose port has this speed, which says something behind it, and its client.
fn serve_at(speed: u32, said: &'static [u8]) -> (Result<Box<dyn Transport>, Error>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("rfc2217://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        set_up(&mut stream, speed);
        stream.write_all(said).unwrap();
        stream
    });
    let port = open_text(&name, &OpenOptions::default());
    (port, server.join().unwrap())
}

#[test]
fn a_speed_that_the_server_cannot_set_is_an_error() {
    match serve_at(9600, b"").0.map(|_| ()) {
        Err(Error::BadBaudRate { actual, .. }) => assert_eq!(actual, Some(9600)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_may_not_be_sent_yet_waits_for_the_server() {
    // `FLOWCONTROL-SUSPEND`.
    let (port, mut stream) = serve_at(115_200, &[IAC, 250, 44, 108, IAC, 240, b'.']);
    let mut port = port.unwrap();
    assert_eq!(port.read(&mut [0; 4], far()).unwrap(), 1);
    assert_eq!(port.write(b"x", crate::soon()).unwrap(), 0);
    // A wake is for who reads.
    port.waker().wake();
    stream.write_all(&[IAC, 250, 44, 109, IAC, 240]).unwrap();
    assert_eq!(port.write(b"x", far()).unwrap(), 1);
    assert_eq!(port.read(&mut [0; 4], far()).unwrap(), 0);
}
