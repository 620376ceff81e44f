//! Connecting over TCP.

use std::net::TcpListener;
use std::time::Duration;

use belay_transport::{Error, OpenOptions, Tcp, Transport as _};

#[test]
fn a_port_where_nobody_listens_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    match Tcp::connect("127.0.0.1", port, &OpenOptions::default()) {
        Err(Error::ConnectionRefused { port: name }) => {
            assert_eq!(name, format!("tcp://127.0.0.1:{port}"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_without_an_address_is_not_found() {
    // No name may have a part of this length, so no server is asked for it.
    let host = "x".repeat(70);
    match Tcp::connect(&host, 4000, &OpenOptions::default()) {
        Err(Error::HostNotFound { host: name, .. }) => assert_eq!(name, host),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_limit_that_has_passed_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = OpenOptions {
        connect_timeout: Duration::ZERO,
        ..OpenOptions::default()
    };
    match Tcp::connect("127.0.0.1", port, &options) {
        Err(Error::ConnectTimeout { limit, .. }) => assert_eq!(limit, Duration::ZERO),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ipv6_address_has_brackets_in_the_name() {
    // Some computers have no IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let tcp = Tcp::connect("::1", port, &OpenOptions::default()).unwrap();
    assert_eq!(tcp.name(), format!("tcp://[::1]:{port}"));
}
