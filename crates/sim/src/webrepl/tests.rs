use super::{Event, Order, Server};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A client's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![first];
    match payload.len() {
        length @ ..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0xFE);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// All that comes of bytes.
fn fed(server: &mut Server, bytes: &[u8]) -> Vec<Event> {
    server.feed(bytes);
    std::iter::from_fn(|| server.next()).collect()
}

fn connected() -> Server {
    let mut server = Server::new("python", (1, 29, 0));
    server.listen(true);
    server.connected();
    assert_eq!(fed(&mut server, REQUEST), [Event::Accepted]);
    let replies = server.take_replies();
    assert!(replies.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
    assert!(replies.ends_with(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x0aPassword: "));
    server
}

fn logged_in() -> Server {
    let mut server = connected();
    assert_eq!(fed(&mut server, &text("python\r")), []);
    assert_eq!(
        server.take_replies(),
        b"\x81\x19\r\nWebREPL connected\r\n>>> "
    );
    server
}

fn header(operation: u8, size: u32, name: &str) -> Vec<u8> {
    let mut header = vec![b'W', b'A', operation, 0];
    header.extend([0; 8]);
    header.extend(size.to_le_bytes());
    header.extend((name.len() as u16).to_le_bytes());
    header.extend(name.bytes());
    header.resize(82, 0);
    header
}

#[test]
fn header_names_and_values_are_compared_with_case() {
    let request = String::from_utf8(REQUEST.to_vec()).unwrap();
    for (right, wrong) in [
        ("Upgrade: websocket", "Upgrade: WebSocket"),
        ("Upgrade: websocket", "upgrade: websocket"),
        ("Connection: Upgrade", "Connection: upgrade"),
        ("Sec-WebSocket-Key", "Sec-Websocket-Key"),
    ] {
        let mut server = Server::new("python", (1, 29, 0));
        server.connected();
        assert_eq!(
            fed(&mut server, request.replace(right, wrong).as_bytes()),
            []
        );
        assert!(
            server
                .take_replies()
                .starts_with(b"HTTP/1.0 200 OK\r\n\r\n"),
            "{wrong}"
        );
        assert!(server.has_ended());
    }
    let other = request.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade");
    let mut server = Server::new("python", (1, 29, 0));
    server.connected();
    assert_eq!(fed(&mut server, other.as_bytes()), [Event::Accepted]);
}

#[test]
fn a_header_without_a_colon_has_no_answer() {
    let mut server = Server::new("python", (1, 29, 0));
    server.connected();
    server.feed(b"GET / HTTP/1.1\r\nnonsense\r\n\r\n");
    assert_eq!(server.next(), Some(Event::Failed));
    assert_eq!(server.take_replies(), b"");
}

#[test]
fn passwords_come_in_any_form_and_have_nine_bytes() {
    let cases: &[&[Vec<u8>]] = &[
        &[text("python\r")],
        &[text("python\n")],
        &[frame(0x82, b"python\r")],
        &[text("py"), frame(0x82, b"thon"), text("\n")],
        &[frame(0x01, b"pyt"), frame(0x80, b"hon\r")],
    ];
    for case in cases {
        let mut server = connected();
        assert_eq!(fed(&mut server, &case.concat()), []);
        assert!(server.is_logged_in(), "{case:?}");
    }
    for wrong in ["pythons\r", "Python\r", "\r", "pythonpythonpython\r"] {
        let mut server = connected();
        assert_eq!(fed(&mut server, &text(wrong)), []);
        assert_eq!(server.take_replies(), b"\x81\x11\r\nAccess denied\r\n");
        assert!(server.has_ended(), "{wrong}");
    }
}

#[test]
fn any_chunking_brings_the_same() {
    let bytes = [REQUEST, &text("python\rprint(1)\r")].concat();
    for size in 1..bytes.len() {
        let mut server = Server::new("python", (1, 29, 0));
        server.connected();
        let events = bytes.chunks(size).flat_map(|part| fed(&mut server, part));
        let typed = events.filter_map(|event| match event {
            Event::Text(text) => Some(text),
            _ => None,
        });
        assert_eq!(typed.collect::<Vec<_>>().concat(), b"print(1)\r");
    }
}

#[test]
fn the_longest_frame_has_65535_bytes() {
    let mut server = logged_in();
    server.say(&vec![b'x'; 65_535]);
    assert_eq!(server.take_replies()[..4], [0x81, 126, 0xFF, 0xFF]);
    assert!(!server.has_ended());
    server.say(&vec![b'x'; 65_536]);
    assert!(server.has_ended());

    let mut server = logged_in();
    let long = vec![b'y'; 65_535];
    assert_eq!(fed(&mut server, &frame(0x81, &long)), [Event::Text(long)]);
    assert_eq!(fed(&mut server, &[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]), []);
    assert!(server.has_ended());
}

#[test]
fn a_ping_has_no_answer_and_leaks_into_the_next_header() {
    for (length, leaks) in [(0, false), (1, false), (2, true), (4, true)] {
        let mut server = logged_in();
        let ping = frame(0x89, &b"ping"[..length]);
        assert_eq!(fed(&mut server, &ping), []);
        assert_eq!(server.take_replies(), b"");
        let version = fed(&mut server, &frame(0x82, &header(3, 0, "")));
        assert_eq!(version, []);
        if leaks {
            assert!(server.has_ended(), "{length}");
        } else {
            assert_eq!(server.take_replies(), b"\x82\x03\x01\x1d\x00");
        }
    }
}

#[test]
fn a_ping_inside_of_a_text_turns_the_rest_into_bytes_of_a_file() {
    let mut server = logged_in();
    let bytes = [frame(0x01, b"ab"), frame(0x89, b""), frame(0x80, b"cd")].concat();
    assert_eq!(fed(&mut server, &bytes), [Event::Text(b"ab".to_vec())]);
}

#[test]
fn a_close_frame_is_answered_and_only_without_a_status_obeyed() {
    let mut server = logged_in();
    assert_eq!(fed(&mut server, &frame(0x88, b"")), []);
    assert_eq!(server.take_replies(), b"\x88\x00");
    assert!(server.has_ended());
    let mut server = logged_in();
    assert_eq!(fed(&mut server, &frame(0x88, b"\x03\xe8")), []);
    assert_eq!(server.take_replies(), b"\x88\x00");
    assert!(!server.has_ended());
}

#[test]
fn what_is_behind_the_size_of_a_file_is_the_next_header() {
    let mut server = logged_in();
    let put = [&header(1, 3, "f")[..], b"abcde"].concat();
    let open = Event::Files(Order::OpenToWrite(b"f".to_vec()));
    assert_eq!(fed(&mut server, &frame(0x82, &put)), [open]);
    assert_eq!(server.answered(Some(b"")), None);
    let write = Event::Files(Order::Write(b"abc".to_vec()));
    assert_eq!(fed(&mut server, b""), [write]);
    assert_eq!(server.answered(Some(b"")), Some(Order::Close));
    assert_eq!(server.answered(Some(b"")), None);
    assert_eq!(server.take_replies(), b"\x82\x04WB\0\0\x82\x04WB\0\0");
    // `de` is the beginning of it, and shifts what follows.
    assert_eq!(fed(&mut server, &frame(0x82, &header(3, 0, ""))), []);
    assert!(server.has_ended());
}

#[test]
fn text_comes_before_the_operation_behind_it() {
    let mut server = logged_in();
    let bytes = [text("ab"), frame(0x82, &header(2, 0, "f")), text("cd")].concat();
    let events = fed(&mut server, &bytes);
    let open = Event::Files(Order::OpenToRead(b"f".to_vec()));
    assert_eq!(events, [Event::Text(b"ab".to_vec()), open]);
    assert!(!server.takes_bytes());
    server.answered(None);
    assert!(server.has_ended());
}

#[test]
fn names_beyond_the_field_are_cut() {
    let mut server = logged_in();
    let name = "n".repeat(70);
    let mut header = header(1, 1, &name);
    header.truncate(82);
    let open = Event::Files(Order::OpenToWrite(vec![b'n'; 64]));
    assert_eq!(fed(&mut server, &frame(0x82, &header)), [open]);
}
