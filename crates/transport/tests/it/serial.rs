//! Opening serial ports, on ptys and on what is none.

use belay_transport::{Error, Properties, Serial, Transport as _};
use rustix::termios::tcgetattr;

use crate::connect::open_pty;

#[test]
fn a_port_that_is_not_there_is_no_such_port() {
    for path in ["/dev/no-such-port", "/dev/pts/1000000", "/dev/null/port"] {
        match Serial::open(path, 115_200) {
            Err(Error::NoSuchPort { port, .. }) => assert_eq!(port, path),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_file_is_not_a_serial_port() {
    for path in [env!("CARGO_MANIFEST_PATH"), "/dev", "/dev/null"] {
        match Serial::open(path, 115_200) {
            Err(Error::NotASerialPort { port }) => assert_eq!(port, path),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_port_is_open_once() {
    let (_master, path) = open_pty();
    let first = Serial::open(&path, 115_200).unwrap();
    for _ in 0..2 {
        match Serial::open(&path, 115_200) {
            Err(Error::PortBusy { port, holder }) => {
                assert_eq!(port, path);
                if cfg!(target_os = "linux") {
                    assert_eq!(holder.unwrap().pid, std::process::id());
                }
            }
            other => panic!("{other:?}"),
        }
    }
    drop(first);
    Serial::open(&path, 115_200).unwrap();
}

/// `TIOCEXCL` keeps nobody out who is root; the lock on the file does.
#[cfg(target_os = "linux")]
#[test]
fn a_port_that_another_process_holds_is_busy() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    let (_master, path) = open_pty();
    let mut holder = Command::new("flock")
        .args([&path, "-c", "echo held; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = holder.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 5]).unwrap();
    match Serial::open(&path, 115_200) {
        Err(Error::PortBusy {
            holder: Some(found),
            ..
        }) => {
            assert_eq!(found.pid, holder.id());
            assert_eq!(found.name.as_deref(), Some("flock"));
        }
        other => panic!("{other:?}"),
    }
    // The end of its input ends it.
    drop(holder.stdin.take());
    holder.wait().unwrap();
    Serial::open(&path, 115_200).unwrap();
}

/// Root may open anything, so the thread that tries is somebody else; on Linux each thread can be.
#[cfg(target_os = "linux")]
#[test]
fn a_port_of_somebody_else_is_denied() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_master, path) = open_pty();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let result = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                let nobody = Some(rustix::process::Uid::from_raw(65_534));
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            Serial::open(&path, 115_200)
        });
        thread.join().unwrap()
    });
    match result {
        Err(Error::PermissionDenied { port, group }) => {
            assert_eq!(port, path);
            // Which group it is differs from system to system.
            assert_ne!(group.unwrap(), "");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_line_speed_but_zero_can_be_set() {
    let (master, path) = open_pty();
    for baud_rate in [9_600, 115_200, 1_234_567] {
        let mut serial = Serial::open(&path, baud_rate).unwrap();
        assert_eq!(tcgetattr(&master).unwrap().output_speed(), baud_rate);
        let control = serial.serial().unwrap();
        control.set_baud_rate(74_880).unwrap();
        assert_eq!(tcgetattr(&master).unwrap().output_speed(), 74_880);
        let result = control.set_baud_rate(0);
        assert!(
            matches!(result, Err(Error::BadBaudRate { .. })),
            "{result:?}"
        );
    }
    match Serial::open(&path, 0) {
        Err(Error::BadBaudRate { baud_rate: 0, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pty_has_no_modem_lines_and_holds_its_sender_back() {
    let (_master, path) = open_pty();
    let mut serial = Serial::open(&path, 115_200).unwrap();
    assert_eq!(serial.properties(), Properties::RELIABLE);
    let control = serial.serial().unwrap();
    let result = control.set_data_terminal_ready(true);
    assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
    let result = control.set_request_to_send(false);
    assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
}

#[test]
fn a_link_to_a_port_keeps_its_name() {
    let (_master, path) = open_pty();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("board");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let link = link.to_str().unwrap();
    let serial = Serial::open(link, 115_200).unwrap();
    assert_eq!(serial.name(), link);
    assert_eq!(serial.properties(), Properties::RELIABLE);
}
