//! WebREPL, against a server of tungstenite's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use belay_transport::{Cancel, Error, OpenOptions, Specifier, Transport, WebRepl, open, write_all};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::connect::Peer;
use crate::far;

/// Options with a password, which wait for as long as any test needs.
pub(crate) fn password(password: &str) -> OpenOptions {
    OpenOptions {
        connect_timeout: Duration::from_secs(60),
        password: Some(password.to_owned()),
        ..OpenOptions::default()
    }
}

/// The board's end of a WebSocket. Like a board it takes bytes as they come, and does not wait for the
/// end of a frame.
pub(crate) struct Server {
    stream: TcpStream,
    mask: [u8; 4],
    /// How much of the frame has been read, and how long it is.
    read: usize,
    length: usize,
}

/// Waits for a client and lets it in.
pub(crate) fn serve(listener: &TcpListener, password: &str) -> Server {
    let mut server = ask(listener);
    let typed = server.frame().unwrap();
    assert_eq!(typed, format!("{password}\r").into_bytes());
    server.send(b"\r\nWebREPL connected\r\n>>> ");
    server
}

/// Waits for a client, and asks it for its password.
fn ask(listener: &TcpListener) -> Server {
    let (stream, _) = listener.accept().unwrap();
    let stream = tungstenite::accept(stream).unwrap().into_inner();
    let mut server = Server {
        stream,
        mask: [0; 4],
        read: 0,
        length: 0,
    };
    server.send(b"Password: ");
    server
}

impl Server {
    /// Reads the header of the next frame; `None` at the end.
    fn header(&mut self) -> Option<()> {
        let mut bytes = [0; 2];
        self.stream.read_exact(&mut bytes).ok()?;
        assert_eq!(bytes[0], 0x81, "a text in one frame");
        assert_eq!(bytes[1] & 0x80, 0x80, "clients mask their frames");
        self.length = usize::from(bytes[1] & 0x7F);
        if self.length == 126 {
            self.stream.read_exact(&mut bytes).ok()?;
            self.length = usize::from(u16::from_be_bytes(bytes));
        }
        assert_ne!(self.length, 127, "a frame of 64 KiB or more");
        self.read = 0;
        self.stream.read_exact(&mut self.mask).ok()
    }

    /// What the next frame holds; `None` at the end.
    fn frame(&mut self) -> Option<Vec<u8>> {
        self.header()?;
        let mut payload = vec![0; self.length];
        let mut count = 0;
        while count < payload.len() {
            count += self.receive(&mut payload[count..]);
        }
        Some(payload)
    }
}

impl Peer for Server {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        if self.read == self.length && self.header().is_none() {
            return 0;
        }
        let room = buffer.len().min(self.length - self.read);
        let count = self.stream.read(&mut buffer[..room]).unwrap_or_default();
        for byte in &mut buffer[..count] {
            *byte ^= self.mask[self.read % 4];
            self.read += 1;
        }
        count
    }

    fn send(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(10_000) {
            let frame = Frame::message(part.to_vec(), OpCode::Data(Data::Text), true);
            let mut bytes = Vec::new();
            frame.format(&mut bytes).unwrap();
            self.stream.write_all(&bytes).unwrap();
        }
    }
}

/// Connects to what `serve` makes of one connection.
fn connected(
    options: &OpenOptions,
    serve: impl FnOnce(&TcpListener) + Send + 'static,
) -> Result<WebRepl, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || serve(&listener));
    let result = WebRepl::connect(false, "127.0.0.1", port, "", options);
    // Those that wait for the end of the connection have it now.
    if result.is_err() {
        server.join().unwrap();
    }
    result
}

/// What comes of a server that answers a request with this, and hangs up.
fn answered(answer: &'static [u8]) -> Error {
    let result = connected(&password("x"), move |listener| {
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        stream.write_all(answer).unwrap();
    });
    result.unwrap_err()
}

/// Reads a request to its end.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

fn impatient() -> OpenOptions {
    OpenOptions {
        connect_timeout: Duration::from_millis(200),
        ..password("x")
    }
}

#[test]
fn the_request_has_the_case_that_boards_compare() {
    let result = connected(&password("x"), |listener| {
        let (mut stream, _) = listener.accept().unwrap();
        let request = request(&mut stream);
        for line in [
            "Connection: Upgrade\r\n",
            "Upgrade: websocket\r\n",
            "\r\nSec-WebSocket-Key: ",
        ] {
            assert!(request.contains(line), "{request}");
        }
    });
    assert!(
        matches!(result, Err(Error::Disconnected { .. })),
        "{result:?}"
    );
}

#[test]
fn each_command_goes_out_in_one_segment() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || serve(&listener, "secret"));
    let mut host = WebRepl::connect(false, "127.0.0.1", port, "", &password("secret")).unwrap();
    let mut server = server.join().unwrap();
    write_all(&mut host, &[b'x'; 5000], far()).unwrap();
    // A read that takes all there is has the whole frame: it was one write.
    let mut buffer = [0; 10_000];
    let count = server.stream.read(&mut buffer).unwrap();
    assert_eq!(count, 5000 + 8);
    assert_eq!(buffer[0], 0x81);
}

#[test]
fn no_frame_reaches_64_kib() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut server = serve(&listener, "secret");
        let mut longest = 0;
        let mut left = 300_000;
        while left > 0 {
            let length = server.frame().unwrap().len();
            longest = longest.max(length);
            left -= length;
        }
        longest
    });
    let mut host = WebRepl::connect(false, "127.0.0.1", port, "", &password("secret")).unwrap();
    write_all(&mut host, &vec![b'x'; 300_000], far()).unwrap();
    assert!(server.join().unwrap() < 65_536);
}

#[test]
fn passwords_that_no_board_has_are_not_sent() {
    for wrong in ["tenletters", "a\rb", "a\nb"] {
        let result = WebRepl::connect(false, "127.0.0.1", 1, "", &password(wrong));
        assert!(
            matches!(result, Err(Error::BadPassword { .. })),
            "{result:?}"
        );
        assert!(!result.unwrap_err().to_string().contains(wrong));
    }
}

#[test]
fn a_wrong_password_and_none_are_told_apart() {
    let result = connected(&password("wrong"), |listener| {
        let mut server = ask(listener);
        server.frame();
        server.send(b"\r\nAccess denied\r\n");
    });
    assert!(
        matches!(result, Err(Error::WrongPassword { .. })),
        "{result:?}"
    );
    let without = OpenOptions {
        password: None,
        ..password("")
    };
    let result = connected(&without, |listener| {
        assert_eq!(ask(listener).frame(), None);
    });
    assert!(
        matches!(result, Err(Error::PasswordRequired { .. })),
        "{result:?}"
    );
}

#[test]
fn a_second_client_hears_that_the_board_is_in_use() {
    let result = connected(&impatient(), |listener| {
        listener.set_nonblocking(true).unwrap();
        let begin = std::time::Instant::now();
        while begin.elapsed() < Duration::from_millis(400) {
            let Ok((stream, _)) = listener.accept() else {
                thread::yield_now();
                continue;
            };
            stream.set_nonblocking(false).unwrap();
            drop(tungstenite::accept(stream));
        }
    });
    assert!(matches!(result, Err(Error::PortBusy { .. })), "{result:?}");
}

#[test]
fn a_board_that_has_not_noticed_the_end_of_another_client_is_asked_again() {
    let result = connected(&password("secret"), |listener| {
        let (stream, _) = listener.accept().unwrap();
        drop(tungstenite::accept(stream));
        serve(listener, "secret");
    });
    assert!(result.is_ok(), "{result:?}");
}

#[test]
fn what_is_no_webrepl_is_told_with_its_answer() {
    for (answer, told) in [
        (&b"HTTP/1.0 200 OK\r\n\r\n<html>"[..], "HTTP/1.0 200 OK"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 404 Not Found"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2"),
        (b"\x00\xff\x00", "\0\u{fffd}\0"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: other\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols",
        ),
    ] {
        match answered(answer) {
            Error::NotWebRepl { answer, .. } => assert_eq!(answer, told),
            other => panic!("{told}: {other:?}"),
        }
    }
    let result = connected(&password("x"), |listener| {
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        let text = "some other service that speaks through a WebSocket";
        socket.send(text.into()).unwrap();
    });
    assert!(
        matches!(result, Err(Error::NotWebRepl { .. })),
        "{result:?}"
    );
}

#[test]
fn silence_is_told_apart_from_a_closed_port_and_from_the_end() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let result = WebRepl::connect(false, "127.0.0.1", closed, "", &password("x"));
    assert!(
        matches!(result, Err(Error::ConnectionRefused { .. })),
        "{result:?}"
    );
    let until_end = |stream: &mut TcpStream| {
        let _ = stream.read_to_end(&mut Vec::new());
    };
    let result = connected(&impatient(), move |listener| {
        until_end(&mut listener.accept().unwrap().0);
    });
    assert!(matches!(result, Err(Error::Silent { .. })), "{result:?}");
    let result = connected(&impatient(), move |listener| {
        let mut server = ask(listener);
        server.frame();
        until_end(&mut server.stream);
    });
    assert!(matches!(result, Err(Error::Silent { .. })), "{result:?}");
    assert!(matches!(answered(b""), Error::Disconnected { .. }));
}

#[test]
fn connecting_can_be_cancelled_while_nothing_is_said() {
    let cancel = Cancel::default();
    let options = OpenOptions {
        cancel: cancel.clone(),
        ..password("x")
    };
    let result = connected(&options, move |listener| {
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        cancel.cancel();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
}

#[test]
fn a_stream_that_a_restart_has_ended_is_opened_anew_when_the_server_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        drop(serve(&listener, "secret"));
        // For a while nobody is there.
        drop(listener);
        thread::sleep(Duration::from_millis(100));
        let listener = TcpListener::bind(address).unwrap();
        let mut server = serve(&listener, "secret");
        server.send(b"again");
        server.frame()
    });
    let mut host =
        WebRepl::connect(false, "127.0.0.1", address.port(), "", &password("secret")).unwrap();
    assert!(host.properties().ends_with_restart);
    let end = host.read(&mut [0; 16], far());
    assert!(matches!(end, Err(Error::Disconnected { .. })), "{end:?}");
    host.reopen(far()).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(host.read(&mut buffer, far()).unwrap(), 5);
    assert_eq!(&buffer[..5], b"again");
    drop(host);
    server.join().unwrap();
}

#[test]
fn what_speaks_no_tls_is_no_board_behind_wss() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let specifier: Specifier = format!("wss://127.0.0.1:{port}").parse().unwrap();
    let result = open(&specifier, &password("x")).map(|_| ());
    assert!(
        matches!(result, Err(Error::NotWebRepl { .. })),
        "{result:?}"
    );
    server.join().unwrap();
}
