//! The telnet codec, over a socket of this machine: pieces make no difference, what is written arrives
//! as it is, and a server is not answered more than it asks.
#![no_main]

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use belay_transport::{Error, OpenOptions, Telnet, Transport};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

const IAC: u8 = 255;

#[derive(Arbitrary, Debug)]
struct Conversation {
    /// What the server says, and what the client then writes.
    turns: Vec<(Vec<u8>, Vec<u8>)>,
    cuts: Vec<u8>,
}

thread_local! {
    static LISTENER: RefCell<(TcpListener, u8)> = RefCell::new((
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port is free"),
        0,
    ));
}

/// A client and the server's end of its connection.
fn connect() -> (Telnet, TcpStream) {
    LISTENER.with_borrow_mut(|(listener, host)| {
        // Closed connections keep their addresses for a while, and there are many.
        *host = host.wrapping_add(1).max(1);
        let port = listener.local_addr().expect("it listens").port();
        let name = Ipv4Addr::new(127, 0, 0, *host).to_string();
        let client = Telnet::connect(&name, port, &OpenOptions::default()).expect("it is there");
        let (server, _) = listener.accept().expect("somebody has connected");
        server.set_nodelay(true).expect("it is a socket");
        server.set_nonblocking(true).expect("it is a socket");
        (client, server)
    })
}

/// All that has come for the client; the name of the error if it takes no more.
fn read(client: &mut Telnet, data: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 64];
    loop {
        match client.read(&mut buffer, Instant::now()) {
            Ok(0) => return true,
            Ok(length) => data.extend(&buffer[..length]),
            Err(Error::LoginRequired { .. }) => return false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// All that has come for the server.
fn drain(server: &mut TcpStream, raw: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    loop {
        match server.read(&mut buffer) {
            Ok(0) => panic!("the client is gone"),
            Ok(length) => raw.extend(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a server makes of a client's bytes: its data, and how many commands there are.
fn decode(raw: &[u8]) -> (Vec<u8>, usize) {
    let (mut data, mut commands) = (Vec::new(), 0);
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        if byte != IAC {
            data.push(byte);
            continue;
        }
        match bytes.next() {
            Some(&IAC) => data.push(IAC),
            Some(251..=254) => {
                bytes.next().expect("an option follows");
                commands += 1;
            }
            other => panic!("{other:?} is no command of a client"),
        }
    }
    (data, commands)
}

/// What the client reads, and what the server sees.
fn play(
    turns: &[(Vec<u8>, Vec<u8>)],
    mut length: impl FnMut() -> usize,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut client, mut server) = connect();
    let (mut data, mut raw) = (Vec::new(), Vec::new());
    for (said, written) in turns {
        let mut rest = &said[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(length().clamp(1, rest.len()));
            server.write_all(now).expect("it fits the buffers");
            if !read(&mut client, &mut data) {
                return None;
            }
            rest = later;
        }
        let mut rest = &written[..];
        while !rest.is_empty() {
            let deadline = Instant::now() + Duration::from_secs(1);
            let length = client.write(rest, deadline).expect("the server is there");
            assert!(length > 0, "the server takes it in");
            rest = &rest[length..];
        }
        drain(&mut server, &mut raw);
    }
    Some((data, raw))
}

fuzz_target!(|conversation: Conversation| {
    let Conversation { turns, cuts } = conversation;
    let mut cuts = cuts.iter().copied().map(usize::from);
    let whole = play(&turns, || usize::MAX);
    let pieces = play(&turns, || cuts.next().unwrap_or(1));
    // Whether a text asks for a login depends on where a read ends.
    let (Some(whole), Some(pieces)) = (whole, pieces) else {
        return;
    };
    assert_eq!(whole, pieces);
    let written: Vec<u8> = turns
        .iter()
        .flat_map(|(_, written)| written.clone())
        .collect();
    let (data, commands) = decode(&whole.1);
    assert_eq!(data, written);
    let asked = turns
        .iter()
        .map(|(said, _)| said.iter().filter(|byte| **byte == IAC).count());
    assert!(commands <= asked.sum::<usize>() + 6, "{commands} commands");
});
