//! The web workflow.

use std::io::{Read, Write};
use std::net::TcpStream;

use belay_sim::{Board, Drive, Flash};

use super::{KEY, firmware, raw};
use crate::host::{Host, LIMIT, start};

/// A request of the web workflow; the status and what follows the head.
fn request(board: &Board, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(board.web_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: board\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let answer = answer
        .strip_prefix("HTTP/1.1 100 Continue\r\n\r\n")
        .unwrap_or(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    assert_eq!(
        length.map(|length| length.parse().unwrap()),
        Some(body.len()),
        "{answer:?}"
    );
    (status, body.to_owned())
}

/// `:pass`
const LOGIN: &str = "Authorization: Basic OnBhc3M=\r\n";

#[test]
fn the_web_workflow_serves_files() {
    let builder = Board::builder()
        .firmware(firmware(Drive::Hidden))
        .web("127.0.0.1:0")
        .unwrap();
    let (board, mut host) = raw(builder);
    let ask = |method: &str, path: &str, headers: &str, body: &[u8]| {
        request(&board, method, path, &format!("{LOGIN}{headers}"), body)
    };
    // Without a password nobody is let in, and with one who has it.
    assert_eq!(ask("GET", "/fs/code.py", "", b"").0, 403);
    super::write(
        &mut host,
        "settings.toml",
        "CIRCUITPY_WEB_API_PASSWORD = \"pass\"\n",
    );
    assert_eq!(request(&board, "GET", "/fs/code.py", "", b"").0, 401);
    let wrong = "Authorization: Basic OnNhcA==\r\n";
    assert_eq!(request(&board, "GET", "/fs/code.py", wrong, b"").0, 401);
    let hello = (200, "print(\"Hello World!\")\n".to_owned());
    assert_eq!(ask("GET", "/fs/code.py", "", b""), hello);
    // Some facts are everybody's.
    let (status, version) = request(&board, "GET", "/cp/version.json", "", b"");
    assert_eq!(status, 200);
    let version: serde_json::Value = serde_json::from_str(&version).unwrap();
    assert_eq!(version["web_api_version"], 4);
    assert_eq!(version["version"], "10.3.0");
    assert_eq!(request(&board, "GET", "/cp/devices.json", "", b"").0, 200);
    let (_, disks) = request(&board, "GET", "/cp/diskinfo.json", "", b"");
    let disks: serde_json::Value = serde_json::from_str(&disks).unwrap();
    assert_eq!(
        (&disks[0]["root"], &disks[0]["writable"]),
        (&"/".into(), &true.into())
    );
    // Files and folders are made, changed, moved and removed.
    let long = "x".repeat(9000);
    assert_eq!(ask("PUT", "/fs/lib/deep/a.txt", "", b"x").0, 404);
    assert_eq!(ask("PUT", "/fs/lib/deep/", "", b"").0, 201);
    assert_eq!(ask("PUT", "/fs/lib/deep/", "", b"").0, 204);
    assert_eq!(
        ask("PUT", "/fs/lib/deep/a%20b.txt", "", long.as_bytes()).0,
        201
    );
    assert_eq!(
        ask("PUT", "/fs/lib/deep/a%20b.txt", "", long.as_bytes()).0,
        204
    );
    assert_eq!(ask("GET", "/fs/lib/deep/a%20b.txt", "", b"").1, long);
    assert_eq!(
        host.exec("import os\nprint(os.stat('lib/deep/a b.txt')[6])"),
        "9000\r\n"
    );
    let (_, listing) = ask("GET", "/fs/lib/deep/", "Accept: application/json\r\n", b"");
    let listing: serde_json::Value = serde_json::from_str(&listing).unwrap();
    assert_eq!(listing["files"][0]["name"], "a b.txt");
    assert_eq!(listing["files"][0]["file_size"], 9000);
    assert_eq!(listing["files"][0]["directory"], false);
    assert_eq!(listing["writable"], true);
    let to = |path: &str| format!("X-Destination: {path}\r\n");
    assert_eq!(
        ask("MOVE", "/fs/lib/deep/a%20b.txt", &to("/fs/code.py"), b"").0,
        412
    );
    assert_eq!(
        ask("MOVE", "/fs/lib/deep/a%20b.txt", &to("/fs/none/c"), b"").0,
        404
    );
    assert_eq!(
        ask("MOVE", "/fs/lib/deep/a%20b.txt", &to("/fs/c.txt"), b"").0,
        201
    );
    assert_eq!(ask("GET", "/fs/c.txt", "", b"").1, long);
    assert_eq!(ask("DELETE", "/fs/lib/deep", "", b"").0, 404);
    assert_eq!(ask("DELETE", "/fs/lib/", "", b"").0, 204);
    assert_eq!(ask("DELETE", "/fs/c.txt", "", b"").0, 204);
    assert_eq!(ask("DELETE", "/fs/c.txt", "", b"").0, 404);
    assert_eq!(ask("GET", "/fs/none/", "", b"").0, 404);
    // What cannot fit is refused before it is sent, or behind its head.
    let expect = "Expect: 100-continue\r\n";
    let huge = vec![0; 3 << 20];
    assert_eq!(ask("PUT", "/fs/new", expect, b"").0, 201);
    assert_eq!(refused_for_size(&board, expect, huge.len()), 417);
    assert_eq!(refused_for_size(&board, "", huge.len()), 413);
    assert_eq!(ask("POST", "/fs/new", "", b"").0, 405);
    assert_eq!(ask("GET", "/else", "", b"").0, 404);
}

/// The status for a file of that size, of which nothing is sent but the head.
fn refused_for_size(board: &Board, headers: &str, length: usize) -> u16 {
    let mut stream = TcpStream::connect(board.web_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(
        stream,
        "PUT /fs/huge HTTP/1.1\r\n{LOGIN}{headers}Content-Length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_web_workflow_changes_nothing_while_a_computer_may() {
    let flash = tempfile::tempdir().unwrap();
    let image = flash.path().join("flash");
    let start_with = |drive| {
        Board::builder()
            .flash(Flash::file(&image))
            .firmware(firmware(drive))
            .web("127.0.0.1:0")
            .unwrap()
    };
    let (board, mut host) = raw(start_with(Drive::Hidden));
    super::write(
        &mut host,
        "settings.toml",
        "CIRCUITPY_WEB_API_PASSWORD = \"pass\"\n",
    );
    drop((board, host));
    let board = start(start_with(Drive::Mounted));
    let mut host = Host::open(board.path());
    for (method, path) in [
        ("PUT", "/fs/new"),
        ("DELETE", "/fs/code.py"),
        ("MOVE", "/fs/code.py"),
    ] {
        assert_eq!(request(&board, method, path, LOGIN, b"").0, 409, "{method}");
    }
    assert_eq!(request(&board, "GET", "/fs/code.py", LOGIN, b"").0, 200);
    // With the drive ejected it does, also where programs may not; and they run again.
    board.set_drive(Drive::Ejected);
    assert_eq!(
        request(&board, "PUT", "/fs/code.py", LOGIN, b"print('again')").0,
        204
    );
    host.until("soft reboot\r\n");
    host.until("again\r\n");
    host.until(KEY);
    // A program that runs keeps nobody waiting, and is stopped.
    assert_eq!(
        request(
            &board,
            "PUT",
            "/fs/code.py",
            LOGIN,
            b"while True:\n    pass"
        )
        .0,
        204
    );
    host.until("code.py | 10.3.0\u{1b}\\");
    assert_eq!(
        request(&board, "GET", "/fs/code.py", LOGIN, b"").1,
        "while True:\n    pass"
    );
    assert_eq!(request(&board, "DELETE", "/fs/code.py", LOGIN, b"").0, 204);
    host.until("Reloading soon.\r\n");
    host.until(KEY);
}

/// What the board says in the text frames of a WebSocket, until it ends in `end`.
fn frames_until(stream: &mut TcpStream, end: &str) -> String {
    use std::io::Read;
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        let mut header = [0; 2];
        stream.read_exact(&mut header).unwrap();
        assert_eq!(header[0], 0x81, "{text:?}");
        let mut length = usize::from(header[1]);
        if length == 126 {
            stream.read_exact(&mut header).unwrap();
            length = usize::from(u16::from_be_bytes(header));
        }
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).unwrap();
        text.extend(payload);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_web_workflow_has_the_console() {
    let builder = Board::builder()
        .firmware(firmware(Drive::Hidden))
        .web("127.0.0.1:0")
        .unwrap();
    let (board, mut host) = raw(builder);
    super::write(
        &mut host,
        "settings.toml",
        "CIRCUITPY_WEB_API_PASSWORD = \"pass\"\n",
    );
    assert_eq!(request(&board, "GET", "/cp/serial/", "", b"").0, 401);
    assert_eq!(request(&board, "GET", "/cp/serial/", LOGIN, b"").0, 426);
    let open = || {
        let mut stream = TcpStream::connect(board.web_address().unwrap()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        write!(
            stream,
            "GET /cp/serial/ HTTP/1.1\r\n{LOGIN}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // That of RFC 6455 for this key.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        stream
    };
    let mut first = open();
    // A frame of the raw REPL, masked with zeros.
    let text = b"print('through the web')\x04";
    let frame = |text: &[u8]| {
        [
            &[0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0],
            text,
        ]
        .concat()
    };
    first.write_all(&frame(text)).unwrap();
    assert_eq!(
        frames_until(&mut first, "\x04\x04>"),
        "OKthrough the web\r\n\x04\x04>"
    );
    // Whoever comes next has it alone; a ping is answered.
    let mut second = open();
    assert_eq!(first.read(&mut [0; 8]).unwrap(), 0);
    second.write_all(b"\x89\x82\0\0\0\0hi").unwrap();
    let mut pong = [0; 4];
    second.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x8a\x02hi");
    second.write_all(&frame(b"\x04")).unwrap();
    // It outlives a soft reset.
    assert_eq!(
        frames_until(&mut second, "CTRL-B to exit\r\n>"),
        "OK\r\nsoft reboot\r\nraw REPL; CTRL-B to exit\r\n>"
    );
}

#[test]
fn files_are_served_while_an_interpreter_starts() {
    let builder = Board::builder()
        .firmware(firmware(Drive::Hidden))
        .web("127.0.0.1:0")
        .unwrap();
    let (board, mut host) = raw(builder);
    super::write(
        &mut host,
        "settings.toml",
        "CIRCUITPY_WEB_API_PASSWORD = \"pass\"\n",
    );
    // Each change from one REPL to the other is a start.
    for _ in 0..5 {
        host.send(b"\x02");
        assert_eq!(request(&board, "GET", "/fs/code.py", LOGIN, b"").0, 200);
        host.until(">>> ");
        host.send(b"\x01");
        assert_eq!(request(&board, "GET", "/fs/code.py", LOGIN, b"").0, 200);
        host.until("CTRL-B to exit\r\n>");
    }
}
