//! `belay info`.

use belay_deploy::Access;
use belay_device::{Implementation, Mpy};
use serde_json::json;

use crate::args::Info;
use crate::connection::with_session;
use crate::context::Context;
use crate::settings::Port;
use crate::{Error, text};

/// Prints what runs on the board.
pub(crate) fn info(args: &Info, context: &Context) -> Result<u8, Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    with_session(context, &port, args.reset, |session| {
        let facts = session.device.implementation().cloned();
        let facts = facts.map_err(|error| session.error(error))?;
        let access = session.access()?;
        let text = if args.json {
            as_json(session.port(), &facts, access.as_ref())
        } else {
            as_lines(session.port(), &facts, access.as_ref())
        };
        context.printer.line(&text)
    })?;
    Ok(0)
}

fn as_lines(port: &str, facts: &Implementation, access: Option<&Access>) -> String {
    let unknown = || "unknown".to_owned();
    let or_unknown = |text: &str| {
        if text.is_empty() {
            unknown()
        } else {
            text::escape(text)
        }
    };
    let emitters = if facts.emitters.is_empty() {
        "none".to_owned()
    } else {
        facts.emitters.join(", ")
    };
    let lines = [
        ("name", or_unknown(&facts.name)),
        ("version", version(facts)),
        ("build", or_unknown(&facts.build)),
        ("platform", or_unknown(&facts.platform)),
        ("machine", or_unknown(&facts.machine)),
        (
            "arch",
            facts
                .mpy
                .map_or_else(unknown, |mpy| mpy.architecture.to_string()),
        ),
        (
            "mpy",
            facts.mpy.map_or_else(|| "none".to_owned(), mpy_version),
        ),
        ("emitters", text::escape(&emitters)),
        (
            "free memory",
            facts
                .free_memory
                .map_or_else(unknown, |free| format!("{free} bytes")),
        ),
        ("port", text::escape(port)),
    ];
    let access = access.map(|access| ("files", described(access)));
    let lines = lines.into_iter().chain(access);
    let lines = lines.map(|(name, value)| format!("{name:<12} {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// How files get onto a board whose file system is a drive of the computer as well.
fn described(access: &Access) -> String {
    match access {
        Access::Writable => "the board may write".to_owned(),
        Access::Web => "the board's web workflow may write".to_owned(),
        Access::TakesDrive => {
            "the board takes its drive from the computer for the time, and gives it back".to_owned()
        }
        Access::Remounts => "the board may write, no computer has its drive".to_owned(),
        Access::Drive(folder) => format!(
            "only this computer may write, through the drive at {}",
            folder.display()
        ),
        Access::DriveReadOnly(folder) => format!(
            "only the computer may write, and has mounted the drive at {} for reading",
            folder.display()
        ),
        Access::SameUid(_) => {
            "only this computer may write, which has drives of boards with the same UID".to_owned()
        }
        _ => "only the computer may write that has the board's drive".to_owned(),
    }
}

/// The same for programs.
fn as_word(access: &Access) -> &'static str {
    match access {
        Access::Writable => "writable",
        Access::Web => "web",
        Access::TakesDrive => "takes_drive",
        Access::Remounts => "remounts",
        Access::Drive(_) => "drive",
        Access::DriveReadOnly(_) => "drive_read_only",
        Access::SameUid(_) => "same_uid",
        _ => "elsewhere",
    }
}

/// Facts that are not known are `null`.
fn as_json(port: &str, facts: &Implementation, access: Option<&Access>) -> String {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "name": known(&facts.name),
        "version": version(facts),
        "build": known(&facts.build),
        "platform": known(&facts.platform),
        "machine": known(&facts.machine),
        "arch": facts.mpy.map(|mpy| mpy.architecture.to_string()),
        "mpy": facts.mpy.map(mpy_version),
        "emitters": facts.emitters,
        "free_memory": facts.free_memory,
        "port": port,
        "files": access.map(as_word),
    })
    .to_string()
}

fn version(facts: &Implementation) -> String {
    let (major, minor, patch) = facts.version;
    format!("{major}.{minor}.{patch}")
}

fn mpy_version(mpy: Mpy) -> String {
    format!("{}.{}", mpy.version, mpy.sub_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_that_tells_nothing_is_shown() {
        let lines = as_lines("COM3", &Implementation::default(), None);
        assert!(
            lines.contains("name         unknown\nversion      0.0.0\n"),
            "{lines}"
        );
        assert!(
            lines.ends_with("free memory  unknown\nport         COM3"),
            "{lines}"
        );
        let json: serde_json::Value =
            serde_json::from_str(&as_json("COM3", &Implementation::default(), None)).unwrap();
        assert_eq!(json["machine"], serde_json::Value::Null);
    }

    #[test]
    fn every_fact_is_shown() {
        let facts = Implementation {
            name: "micropython".into(),
            version: (1, 25, 0),
            platform: "rp2".into(),
            machine: "Pico\x1b[31m".into(),
            build: "3.4.0; MicroPython".into(),
            mpy: Some(Mpy::from_bits(4 << 10 | 3 << 8 | 6)),
            emitters: vec!["native".into(), "viper".into()],
            free_memory: Some(200_000),
        };
        assert_eq!(
            as_lines("/dev/ttyACM0", &facts, None),
            "name         micropython\nversion      1.25.0\nbuild        3.4.0; MicroPython\n\
             platform     rp2\nmachine      Pico\\x1b[31m\narch         armv6m\nmpy          6.3\n\
             emitters     native, viper\nfree memory  200000 bytes\nport         /dev/ttyACM0"
        );
    }
}
