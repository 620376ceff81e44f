//! What every transport must do, as the documentation of the trait says.

use std::thread;
use std::time::{Duration, Instant};

use belay_transport::{Error, Transport, write_all};

use crate::connect::{self, Connection, Peer};
use crate::{far, soon};

const MEGABYTE: usize = 1 << 20;

/// One module per kind, with one test per requirement.
macro_rules! conformance {
    ($($(#[$attribute:meta])* $kind:ident),+: $requirements:tt) => {
        $(
            $(#[$attribute])*
            mod $kind {
                use super::connect::$kind as connect;
                conformance!(@tests $requirements);
            }
        )+
    };
    (@tests [$($requirement:ident),+ $(,)?]) => {
        $(
            #[test]
            fn $requirement() {
                super::$requirement(connect());
            }
        )+
    };
}

conformance!(
    memory, tcp, telnet, rfc2217, webrepl, #[cfg(unix)] serial, #[cfg(unix)] pty, #[cfg(unix)] exec: [
        every_byte_value_arrives,
        a_megabyte_arrives_from_the_board,
        a_megabyte_arrives_at_the_board,
        a_megabyte_comes_back_from_an_echo,
        a_read_without_bytes_lasts_until_the_deadline,
        a_deadline_in_the_past_polls,
        a_wake_ends_a_waiting_read,
        a_wake_is_remembered_for_one_read,
        a_wake_loses_no_bytes,
        the_end_comes_after_the_bytes_before_it,
        the_end_ends_a_waiting_read,
        a_write_that_nobody_reads_ends_at_the_deadline,
        nothing_can_be_read_and_written,
        the_name_is_what_the_user_would_write,
    ]
);

fn every_byte_value_arrives(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let bytes: Vec<u8> = (0..=255).collect();
    write_all(&mut host, &bytes, far()).unwrap();
    assert_eq!(read_peer(&mut *peer, bytes.len()), bytes);
    peer.send(&bytes);
    assert_eq!(read_host(&mut *host, bytes.len()), bytes);
}

fn a_megabyte_arrives_from_the_board(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let bytes = noise(MEGABYTE);
    let expected = bytes.clone();
    let writer = thread::spawn(move || {
        peer.send(&bytes);
        peer
    });
    assert!(read_host(&mut *host, MEGABYTE) == expected);
    drop(writer.join().unwrap());
}

fn a_megabyte_arrives_at_the_board(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let bytes = noise(MEGABYTE);
    let reader = thread::spawn(move || read_peer(&mut *peer, MEGABYTE));
    write_all(&mut host, &bytes, far()).unwrap();
    assert!(reader.join().unwrap() == bytes);
}

fn a_megabyte_comes_back_from_an_echo(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let bytes = noise(MEGABYTE);
    let echo = thread::spawn(move || {
        let mut buffer = [0; 1000];
        let mut left = MEGABYTE;
        while left > 0 {
            let length = peer.receive(&mut buffer);
            assert_ne!(length, 0, "the host ended the stream");
            peer.send(&buffer[..length]);
            left -= length;
        }
        peer
    });
    let mut returned: Vec<u8> = Vec::new();
    let mut sent = 0;
    let mut buffer = [0; 3000];
    while returned.len() < MEGABYTE {
        let taken = host.write(&bytes[sent..], Instant::now()).unwrap();
        sent += taken;
        // While there is room to write, a read must not wait for it.
        let deadline = if taken > 0 { Instant::now() } else { soon() };
        let length = host.read(&mut buffer, deadline).unwrap();
        returned.extend(&buffer[..length]);
    }
    assert!(returned == bytes);
    drop(echo.join().unwrap());
}

fn a_read_without_bytes_lasts_until_the_deadline(Connection { mut host, peer, .. }: Connection) {
    // The negotiation of telnet is no data and must not end the wait.
    for _ in 0..2 {
        let deadline = soon();
        assert_eq!(host.read(&mut [0; 16], deadline).unwrap(), 0);
        assert!(Instant::now() >= deadline);
    }
    drop(peer);
}

fn a_deadline_in_the_past_polls(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let past = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    assert_eq!(host.read(&mut [0; 16], past).unwrap(), 0);
    peer.send(b"ab");
    let mut byte = [0];
    assert_eq!(host.read(&mut byte, far()).unwrap(), 1);
    assert_eq!(&byte, b"a");
    assert_eq!(host.read(&mut byte, past).unwrap(), 1);
    assert_eq!(&byte, b"b");
    assert_eq!(host.read(&mut byte, past).unwrap(), 0);
    assert_eq!(host.write(b"c", past).unwrap(), 1);
    assert_eq!(read_peer(&mut *peer, 1), b"c");
}

fn a_wake_ends_a_waiting_read(Connection { mut host, peer, .. }: Connection) {
    let waker = host.waker();
    let deadline = far();
    let reader = thread::spawn(move || host.read(&mut [0; 16], deadline));
    waker.wake();
    assert_eq!(reader.join().unwrap().unwrap(), 0);
    assert!(Instant::now() < deadline);
    // A waker may outlive its transport.
    waker.wake();
    drop(peer);
}

fn a_wake_is_remembered_for_one_read(Connection { mut host, peer, .. }: Connection) {
    let deadline = far();
    host.waker().wake();
    assert_eq!(host.read(&mut [0; 16], deadline).unwrap(), 0);
    assert!(Instant::now() < deadline);

    let deadline = soon();
    assert_eq!(host.read(&mut [0; 16], deadline).unwrap(), 0);
    assert!(Instant::now() >= deadline);
    drop(peer);
}

fn a_wake_loses_no_bytes(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    let bytes = noise(10_000);
    let expected = bytes.clone();
    let waker = host.waker();
    let writer = thread::spawn(move || {
        for chunk in bytes.chunks(100) {
            peer.send(chunk);
            waker.wake();
        }
        peer
    });
    let mut received: Vec<u8> = Vec::new();
    let mut buffer = [0; 64];
    while received.len() < expected.len() {
        let length = host.read(&mut buffer, far()).unwrap();
        received.extend(&buffer[..length]);
    }
    assert!(received == expected);
    drop(writer.join().unwrap());
}

fn the_end_comes_after_the_bytes_before_it(connection: Connection) {
    let Connection {
        mut host, mut peer, ..
    } = connection;
    let bytes = noise(1000);
    peer.send(&bytes);
    if connection.keeps_unread {
        drop(peer);
        assert_eq!(read_host(&mut *host, bytes.len()), bytes);
    } else {
        assert_eq!(read_host(&mut *host, bytes.len()), bytes);
        drop(peer);
    }
    for _ in 0..3 {
        assert_disconnected(host.read(&mut [0; 16], far()), &connection.name);
    }
    assert_disconnected(host.write(b"x", far()), &connection.name);
    assert_disconnected(host.read(&mut [0; 16], far()), &connection.name);
}

fn the_end_ends_a_waiting_read(connection: Connection) {
    let Connection { mut host, peer, .. } = connection;
    let reader = thread::spawn(move || host.read(&mut [0; 16], far()));
    drop(peer);
    assert_disconnected(reader.join().unwrap(), &connection.name);
}

fn a_write_that_nobody_reads_ends_at_the_deadline(
    Connection {
        mut host,
        mut peer,
        name,
        ..
    }: Connection,
) {
    let bytes = noise(MEGABYTE).repeat(64);
    let mut sent = 0;
    loop {
        let deadline = soon();
        let end = bytes.len().min(sent + 65_536);
        match host.write(&bytes[sent..end], deadline).unwrap() {
            0 => {
                assert!(Instant::now() >= deadline);
                break;
            }
            taken => sent += taken,
        }
        assert!(sent < bytes.len(), "the stream has no end");
    }
    // TCP may have found some more room by now.
    match write_all(&mut host, &bytes[sent..], soon()) {
        Err(Error::WriteTimeout { port, unsent }) => {
            assert_eq!(port, name);
            sent = bytes.len() - unsent;
        }
        other => panic!("{other:?}"),
    }
    // What was taken is on its way.
    assert!(read_peer(&mut *peer, sent) == bytes[..sent]);
}

fn nothing_can_be_read_and_written(
    Connection {
        mut host, mut peer, ..
    }: Connection,
) {
    assert_eq!(host.read(&mut [], far()).unwrap(), 0);
    assert_eq!(host.write(&[], far()).unwrap(), 0);
    peer.send(b"x");
    assert_eq!(read_host(&mut *host, 1), b"x");
}

fn the_name_is_what_the_user_would_write(connection: Connection) {
    assert_eq!(connection.host.name(), connection.name);
    drop(connection.peer);
}

fn read_host(host: &mut dyn Transport, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 5000];
    while bytes.len() < length {
        let room = buffer.len().min(length - bytes.len());
        let count = host.read(&mut buffer[..room], far()).unwrap();
        assert_ne!(count, 0, "only {} of {length} bytes arrived", bytes.len());
        bytes.extend(&buffer[..count]);
    }
    bytes
}

fn read_peer(peer: &mut dyn Peer, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 5000];
    while bytes.len() < length {
        let count = peer.receive(&mut buffer);
        assert_ne!(count, 0, "only {} of {length} bytes arrived", bytes.len());
        bytes.extend(&buffer[..count]);
    }
    assert_eq!(bytes.len(), length, "more bytes arrived than were sent");
    bytes
}

fn assert_disconnected(result: Result<usize, Error>, name: &str) {
    match result {
        Err(Error::Disconnected { port }) => assert_eq!(port, name),
        other => panic!("{other:?}"),
    }
}

/// Bytes of all values without a pattern, from a xorshift generator.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}
