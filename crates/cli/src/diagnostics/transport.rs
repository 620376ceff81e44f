//! Hints for errors of ports.

use std::path::Path;

use belay_transport::{Error, Holder, PortInfo};

use crate::env;

/// What to do about an error of a port, where there is something.
pub(super) fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::NoSuchPort { port, .. } if looks_like_script(port) => order_hint(),
        Error::NotASerialPort { port } if looks_like_script(port) => order_hint(),
        Error::NoBoard { .. } => {
            "plug one in, name a device (belay info PORT), or take a simulated one: belay info sim:"
                .to_owned()
        }
        Error::NoSuchPort { ports, .. } | Error::NoMatch { ports, .. } => other_port(ports),
        Error::NotASerialPort { .. } => {
            "a serial port is for instance /dev/ttyACM0 or COM3".to_owned()
        }
        Error::PermissionDenied { port, group } => permission(port, group.as_deref()),
        Error::PortBusy { port, holder } => busy(port, holder.as_ref()),
        Error::BadBaudRate {
            actual: Some(actual),
            ..
        } => format!("try --baud {actual}"),
        Error::BadBaudRate { actual: None, .. } => {
            "choose another --baud; 115200 is usual".to_owned()
        }
        Error::SeveralMatches { ports, .. } | Error::SeveralBoards { ports } => {
            let first = ports.first().map_or("PORT", |port| &port.path);
            format!("name the one you mean: belay info {first}, or export BELAY_DEVICE={first}")
        }
        Error::HostNotFound { .. } => "check the name, or give the address in numbers".to_owned(),
        Error::ConnectionRefused { .. } => {
            "the host is there; check the port number, and that the board is serving".to_owned()
        }
        Error::ConnectTimeout { .. } => {
            "check that the board is on and in the same network; --timeout allows it longer"
                .to_owned()
        }
        Error::PasswordRequired { .. } => format!(
            "give it: export {}=PASSWORD, or --password",
            env::BELAY_PASSWORD.name
        ),
        Error::WrongPassword { port } if port.starts_with("http:") => {
            "it is CIRCUITPY_WEB_API_PASSWORD in settings.toml on the board".to_owned()
        }
        Error::WrongPassword { .. } => {
            "it is the one that webrepl_setup asked for, PASS in webrepl_cfg.py on the board"
                .to_owned()
        }
        Error::BadPassword { .. } => {
            "no board keeps a longer one: webrepl_setup has asked for four to nine characters"
                .to_owned()
        }
        Error::Silent { .. } => {
            "another client may hold the board up, or it is no WebREPL: check the port number, \
             reset the board, or allow it longer with --timeout"
                .to_owned()
        }
        Error::NotWebRepl { .. } => {
            "check host and port; a board serves WebREPL at 8266 once webrepl.start() has run"
                .to_owned()
        }
        Error::NotRfc2217 { port } => {
            let address = port.strip_prefix("rfc2217:").unwrap_or(port);
            format!(
                "a server that passes bytes on is tcp:{address}; ser2net offers the settings with \
                 accepter: telnet(rfc2217),tcp"
            )
        }
        Error::UntrustedCertificate { .. } => {
            "add the certificate's authority to those that this system trusts, or use ws:// in a \
             network that you trust"
                .to_owned()
        }
        Error::CommandNotFound { .. } => "check the spelling and the PATH".to_owned(),
        Error::NoPtyPath { .. } => {
            "the command has to print a line with the path of the pty, as `belay sim` does"
                .to_owned()
        }
        Error::NotWebWorkflow { .. } => {
            "check host and port; a board of CircuitPython serves it when it is in a network"
                .to_owned()
        }
        Error::WebWorkflowOff { .. } => {
            "write the line CIRCUITPY_WEB_API_PASSWORD = \"…\" into that file, and reset the board"
                .to_owned()
        }
        Error::Disconnected { port } => replug(port),
        Error::WriteTimeout { .. } => {
            "the board does not read: press its reset button and try again".to_owned()
        }
        _ => return None,
    })
}

fn busy(port: &str, holder: Option<&Holder>) -> String {
    if let Some(holder) = holder {
        return format!(
            "close that program; if it does not close: kill {}",
            holder.pid
        );
    }
    if is_webrepl(port) {
        return "WebREPL serves one client at a time: close the other one, a browser's page perhaps"
            .to_owned();
    }
    if port.starts_with("rfc2217:") {
        return "the server has another client: close that one".to_owned();
    }
    format!("close the program that has it open; `fuser -v {port}` may tell which one")
}

/// Whether a port by this name is a WebREPL.
fn is_webrepl(port: &str) -> bool {
    port.starts_with("ws://") || port.starts_with("wss://")
}

pub(super) fn order_hint() -> String {
    "PORT comes before the script: belay run PORT SCRIPT".to_owned()
}

pub(super) fn looks_like_script(text: &str) -> bool {
    let extension = Path::new(text).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("py"))
}

pub(super) fn replug(port: &str) -> String {
    if is_webrepl(port) {
        return "check the board's power and its network; a program that restarts the board or \
                writes 64 KiB at once ends the connection, too"
            .to_owned();
    }
    "check the cable and the board's power, and that nothing else has reset the board".to_owned()
}

fn other_port(ports: &[PortInfo]) -> String {
    // What is on no USB is seldom a board.
    match ports.iter().find(|port| port.usb.is_some()) {
        Some(port) => format!("try one that there is: belay info {}", port.path),
        None => "plug the board in, with a cable that carries data; or take a simulated one: \
                 belay info sim:"
            .to_owned(),
    }
}

fn permission(port: &str, group: Option<&str>) -> String {
    let named = |group: &&str| *group != "root" && group.parse::<u32>().is_err();
    match group.filter(named) {
        Some(group) => format!("join the group, then log in anew: sudo usermod -aG {group} $USER"),
        None if port.starts_with("/dev/") => {
            format!("allow it until the board is plugged in again: sudo chmod a+rw {port}")
        }
        None => "run it as a user who may open the port".to_owned(),
    }
}
