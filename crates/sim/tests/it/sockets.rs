//! The network of a board that has one.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use belay_sim::{Board, Firmware};

use crate::host::{Host, raw, raw_board};

fn networked() -> (Board, Host) {
    let firmware = Firmware {
        sockets: true,
        ..Firmware::default()
    };
    raw(Board::builder().firmware(firmware))
}

#[test]
fn without_a_network_there_are_no_sockets() {
    let (_board, mut host) = raw_board();
    for code in ["import socket", "from socket import *", "import usocket"] {
        let (_, error) = host.try_exec(code);
        assert!(
            error.contains("ImportError: no module named"),
            "{code}: {error:?}"
        );
    }
}

#[test]
fn programs_reach_servers_of_this_computer() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let echo = std::thread::spawn(move || {
        for _ in 0..2 {
            let (stream, _) = server.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            (&stream).write_all(line.to_uppercase().as_bytes()).unwrap();
        }
    });
    let (_board, mut host) = networked();
    let output = host.exec(&format!(
        "import socket, select\ns = socket.socket()\ns.connect(('127.0.0.1', {port}))\ns.send(b'over tcp\\n')\n\
         p = select.poll()\np.register(s, select.POLLIN)\nprint(len(p.poll(10000)), s.readline())\ns.close()"
    ));
    assert_eq!(output, "1 b'OVER TCP\\n'\r\n");
    let output = host.exec(&format!(
        "import asyncio\nasync def talk():\n    r, w = await asyncio.open_connection('localhost', {port})\n    \
         w.write(b'async\\n')\n    await w.drain()\n    print(await r.readline())\nasyncio.run(talk())"
    ));
    assert_eq!(output, "b'ASYNC\\n'\r\n");
    echo.join().unwrap();
}

#[test]
fn programs_are_servers_with_addresses_as_on_boards() {
    let (_board, mut host) = networked();
    let output = host.exec(
        "import socket\ndef bound(kind):\n    for port in range(42000, 43000):\n        s = socket.socket(socket.AF_INET, kind)\n        \
         try:\n            s.bind(('', port))\n            return s, port\n        except OSError:\n            s.close()\n\
         s, port = bound(socket.SOCK_STREAM)\ns.listen(1)\nc = socket.socket()\n\
         c.connect(socket.getaddrinfo('localhost', port)[0][-1])\na, (peer, _) = s.accept()\na.write(b'hello')\na.close()\n\
         print(peer, c.read())\n\
         s, port = bound(socket.SOCK_DGRAM)\nc, other = bound(socket.SOCK_DGRAM)\nc.sendto(b'udp', ('127.0.0.1', port))\n\
         print(s.recvfrom(9) == (b'udp', ('127.0.0.1', other)))",
    );
    assert_eq!(output, "127.0.0.1 b'hello'\r\nTrue\r\n");
}

#[test]
fn nothing_beyond_the_loopback_is_reached() {
    let (_board, mut host) = networked();
    for code in [
        "s.connect(('192.0.2.1', 80))",
        "s.connect(('example.org', 80))",
        "s.bind(('192.0.2.1', 8080))",
        "s.sendto(b'', ('192.0.2.1', 80))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.getaddrinfo('::1', 80)",
        // An address as the system has it, and the computer's own sockets.
        "s.connect(b'\\x02\\x00\\x00\\x50\\xc0\\x00\\x02\\x01' + bytes(8))",
        "socket.socket(socket.AF_UNIX).connect(b'\\x01\\x00/run/x\\x00')",
    ] {
        let (_, error) = host.try_exec(&format!("import socket\ns = socket.socket()\n{code}"));
        assert!(error.contains("Error"), "{code}: {error:?}");
        assert!(!error.contains("ECONN"), "{code}: {error:?}");
    }
    // What the board itself is made of still works.
    assert_eq!(
        host.exec("import machine\nprint(machine.Pin(3).value())"),
        "0\r\n"
    );
}
