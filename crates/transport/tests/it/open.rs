//! Opening by specifier.

use belay_transport::{Error, OpenOptions, Specifier, Telnet, open};

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

/// Opens a device that does not answer, and cancels it meanwhile.
fn cancel_opening(
    opening: impl Fn(&OpenOptions) -> Result<(), Error> + Sync,
    under_way: impl FnOnce(),
) {
    let options = OpenOptions {
        user: Some("micro".to_owned()),
        connect_timeout: std::time::Duration::from_secs(600),
        ..OpenOptions::default()
    };
    let result = std::thread::scope(|scope| {
        let thread = scope.spawn(|| opening(&options));
        under_way();
        options.cancel.cancel();
        thread.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
    let again = opening(&options);
    assert!(matches!(again, Err(Error::Cancelled { .. })), "{again:?}");
}

#[test]
fn a_login_that_is_never_asked_for_can_be_cancelled() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let opening = |options: &OpenOptions| Telnet::connect("127.0.0.1", port, options).map(drop);
    cancel_opening(opening, || {
        // It lives until the client is gone.
        std::mem::forget(listener.accept().unwrap());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_does_not_accept_can_be_cancelled() {
    use std::net::{SocketAddr, TcpStream};
    use std::time::Duration;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    // What the kernel has no room for waits for its answer.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    let specifier: Specifier = format!("tcp://{address}").parse().unwrap();
    cancel_opening(|options| open(&specifier, options).map(drop), || ());
}

#[cfg(unix)]
#[test]
fn a_command_that_prints_no_path_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("started");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(status.unwrap().success());
    let text = format!("pty:sh -c 'echo started >{}; exec cat'", fifo.display());
    let specifier: Specifier = text.parse().unwrap();
    cancel_opening(
        |options| open(&specifier, options).map(drop),
        || {
            assert_eq!(std::fs::read_to_string(&fifo).unwrap(), "started\n");
        },
    );
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
