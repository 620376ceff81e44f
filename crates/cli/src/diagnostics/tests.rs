use std::time::Duration;

use belay_device::Phase;
use belay_transport::{Holder, PortInfo, UsbInfo};

use super::*;

fn check(error: &Error, status: u8, message: &str, hint: &str) {
    let diagnosis = diagnose(error);
    let Explanation::Failure {
        message: said,
        hint: hinted,
    } = &diagnosis.explanation
    else {
        panic!("{diagnosis:?}");
    };
    assert!(said.contains(message), "{said}");
    assert!(
        hinted.as_deref().unwrap_or_default().contains(hint),
        "{hinted:?}"
    );
    assert_eq!(diagnosis.status, status, "{said}");
    // A shell shows what was pasted in; two lines are enough to say what, where and what to do.
    assert_eq!(said.lines().count(), 1, "{said}");
}

fn port() -> PortInfo {
    PortInfo {
        path: "/dev/ttyACM7".into(),
        usb: Some(UsbInfo::default()),
    }
}

/// A port that every computer of some kinds has.
fn built_in() -> PortInfo {
    PortInfo {
        path: "/dev/ttyS0".into(),
        usb: None,
    }
}

#[test]
fn servers_for_ports() {
    use belay_transport::Error as Transport;

    let port = || "rfc2217://lab:2217".to_owned();
    check(
        &Error::Open(Transport::NotRfc2217 { port: port() }),
        USAGE,
        "offers no settings",
        "is tcp://lab:2217;",
    );
    let busy = Transport::PortBusy {
        port: port(),
        holder: None,
    };
    check(&Error::Open(busy), USAGE, "in use", "another client");
}

#[test]
fn ports_that_cannot_be_opened() {
    use belay_transport::Error as Transport;

    let acm = || "/dev/ttyACM0".to_owned();
    let open = |error| Error::Open(error);
    check(
        &open(Transport::NoSuchPort {
            port: acm(),
            ports: vec![port()],
        }),
        USAGE,
        "found: /dev/ttyACM7",
        "belay info /dev/ttyACM7",
    );
    check(
        &open(Transport::NoSuchPort {
            port: "examples/a.py".into(),
            ports: vec![],
        }),
        USAGE,
        "no serial ports were found",
        "belay run PORT SCRIPT",
    );
    let denied = |group: Option<&str>| {
        open(Transport::PermissionDenied {
            port: acm(),
            group: group.map(str::to_owned),
        })
    };
    check(
        &denied(Some("dialout")),
        USAGE,
        "permission denied",
        "sudo usermod -aG dialout $USER",
    );
    check(
        &denied(Some("root")),
        USAGE,
        "permission denied",
        "sudo chmod a+rw /dev/ttyACM0",
    );
    check(
        &denied(Some("1001")),
        USAGE,
        "permission denied",
        "sudo chmod a+rw /dev/ttyACM0",
    );
    let holder = Some(Holder {
        pid: 812,
        name: Some("picocom".into()),
    });
    check(
        &open(Transport::PortBusy {
            port: acm(),
            holder,
        }),
        USAGE,
        "in use by picocom (process 812)",
        "kill 812",
    );
    check(
        &Error::NoDevice(Transport::SeveralBoards {
            ports: vec![port(), port()],
        }),
        USAGE,
        "2 boards are plugged in",
        "BELAY_DEVICE=/dev/ttyACM7",
    );
    for ports in [vec![], vec![built_in()]] {
        let missing = Transport::NoSuchPort {
            port: acm(),
            ports: ports.clone(),
        };
        check(&open(missing), USAGE, "no port", "belay info sim:");
        let none = Error::NoDevice(Transport::NoBoard { ports });
        check(&none, USAGE, "no board", "belay info sim:");
    }
    check(
        &Error::NoDevice(Transport::NoBoard { ports: vec![] }),
        USAGE,
        "no board",
        "belay info sim:",
    );
}

#[test]
fn boards_that_do_not_answer() {
    let connect = |source| Error::Connect {
        port: "/dev/ttyUSB0".into(),
        source,
    };
    let timeout = |restarts, last_seen: &[u8]| {
        connect(belay_device::Error::Timeout {
            phase: Phase::Entering,
            waited: Duration::from_secs(10),
            restarts,
            last_seen: last_seen.to_vec(),
        })
    };
    check(
        &timeout(0, b""),
        FAILED,
        "/dev/ttyUSB0: no answer within 10.0 s; the board said nothing",
        "reset button",
    );
    check(
        &timeout(0, b"\x1b[31mlogin: \r\n"),
        FAILED,
        r#"no raw REPL within 10.0 s; last seen: "\u{1b}[31mlogin: \r\n""#,
        "catches ctrl-C",
    );
    check(
        &timeout(20, b"MPY: soft reboot\r\n"),
        FAILED,
        "the board has restarted 20 times in 10.0 s",
        "sys.exit()",
    );
    // A board whose restarts say nothing themselves.
    check(
        &timeout(
            0,
            "p 21\u{b0}\r\nup 21\u{b0}\r\nup 21\u{b0}\r\nup 21\u{b0}\r\nu".as_bytes(),
        ),
        FAILED,
        "it says the same again and again: \"up 21\u{b0}\\r\\n\"",
        "machine.reset()",
    );
    check(
        &connect(belay_device::Error::NoMemory),
        FAILED,
        "a program has filled the board's memory",
        "belay exec --reset /dev/ttyUSB0 pass",
    );
    check(
        &timeout(0, b"\xf8\x80\x00\xfe\x80a\x00"),
        FAILED,
        "last seen",
        "--baud",
    );
}

#[test]
fn calls_that_end_early() {
    let call = |simulated, source| Error::Call {
        port: "COM3".into(),
        simulated,
        source,
    };
    let gone = || {
        belay_transport::Error::Disconnected {
            port: "COM3".into(),
        }
        .into()
    };
    check(
        &call(false, gone()),
        FAILED,
        "COM3 was disconnected in the middle",
        "cable",
    );
    check(
        &call(true, gone()),
        FAILED,
        "the simulated board has ended",
        "",
    );
    check(
        &call(false, belay_device::Error::Abandoned),
        FAILED,
        "may still run on COM3",
        "belay exec",
    );
    check(
        &call(true, belay_device::Error::Abandoned),
        FAILED,
        "ended with the simulated board",
        "",
    );
}

#[test]
fn names_and_scripts() {
    let specifier = |text: &str| Error::Specifier {
        origin: "PORT",
        text: text.to_owned(),
        source: text.parse::<belay_transport::Specifier>().expect_err(text),
    };
    check(
        &specifier("{vid: 1}"),
        USAGE,
        "PORT does not name a device: invalid JSON at line 1",
        "single quotes",
    );
    check(
        &specifier("a b.py"),
        USAGE,
        "names no device",
        "belay run PORT SCRIPT",
    );
    check(
        &Error::UnknownName {
            name: "blink.py".into(),
            known: vec!["kitchen".into()],
            misspelt: None,
        },
        USAGE,
        "blink.py",
        "belay run PORT SCRIPT",
    );
    check(
        &Error::UnknownName {
            name: "kitchin".into(),
            known: vec!["bench".into(), "kitchen".into()],
            misspelt: None,
        },
        USAGE,
        "no device called kitchin",
        "bench, kitchen",
    );
    let missing = |path: &str| Error::Script {
        path: path.into(),
        source: io::ErrorKind::NotFound.into(),
    };
    check(&missing("a.py"), USAGE, "there is no script a.py", "");
    check(
        &missing("sim:"),
        USAGE,
        "there is no script sim:",
        "belay run sim: SCRIPT",
    );
}

#[test]
fn the_end_of_a_pipe_is_no_failure() {
    let error = Error::Output(io::ErrorKind::BrokenPipe.into());
    assert_eq!(
        diagnose(&error),
        Diagnosis {
            explanation: Explanation::Nothing,
            status: 0
        }
    );
    check(
        &Error::Output(io::ErrorKind::StorageFull.into()),
        FAILED,
        "could not be written",
        "",
    );
}

#[test]
fn tracebacks_show_the_script_s_lines() {
    let exception = Exception::parse(
        b"Traceback (most recent call last):\r\n  File \"a.py\", line 2, in f\r\n  File \"lib.py\", \
          line 1, in g\r\nValueError: \x1b[31m\r\n",
    );
    let script = Script::new("a.py", "def f():\n    g()\n");
    let error = Error::Raised {
        exception: Box::new(exception),
        script: Some(script),
    };
    let Explanation::Board(text) = diagnose(&error).explanation else {
        panic!()
    };
    assert_eq!(
        text,
        "Traceback (most recent call last):\n  File \"a.py\", line 2, in f\n    g()\n  \
         File \"lib.py\", line 1, in g\nValueError: \x1b[31m"
    );
}

#[test]
fn packages_that_cannot_be_had() {
    use belay_pkgmgr::{Chain, FetchError, HttpError, ProjectError};

    let package = |source| {
        Error::Project(ProjectError::Package {
            chain: Chain(vec!["a".into(), "b".into()]),
            source: Box::new(source),
        })
    };
    let versions: Vec<String> = (0..20).map(|minor| format!("1.{minor}")).collect();
    check(
        &package(FetchError::NoVersion {
            name: "b".into(),
            requirement: "==2".into(),
            format: "py".into(),
            known: versions.clone(),
        }),
        FAILED,
        "cannot get a → b: the package \"b\" has no version ==2",
        "there are … 1.8, 1.9, 1.10",
    );
    check(
        &package(FetchError::Http(HttpError::Tls {
            host: "x.example".into(),
            url: "https://x.example/".into(),
            reason: "expired".into(),
        })),
        FAILED,
        "no trusted TLS connection",
        "clock",
    );
    check(
        &package(FetchError::NoReference {
            url: "https://x.example/r".into(),
            reference: "v2".into(),
            known: vec!["main".into()],
        }),
        FAILED,
        "v2",
        "there are main",
    );
    let wish = |requirement: &str, name: &str| (requirement.to_owned(), Chain(vec![name.into()]));
    check(
        &Error::Project(ProjectError::Conflict {
            package: "b".into(),
            wishes: vec![wish("^1", "x"), wish("==2", "y")],
            known: versions,
        }),
        FAILED,
        "no version of \"b\"",
        "x asks for ^1; y asks for ==2; there are",
    );
    check(
        &Error::Project(ProjectError::Unknown {
            names: vec!["aiohtp".into()],
            known: vec!["aiohttp".into()],
        }),
        USAGE,
        "no dependency aiohtp",
        "there are aiohttp",
    );
}
