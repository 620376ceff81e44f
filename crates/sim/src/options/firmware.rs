//! What the board's firmware is and has.

use std::mem;

use super::duration;
use crate::error::OptionsError;
use crate::firmware::{CircuitPython, Drive, Firmware, RawPaste};

/// Takes the value of an option about the firmware.
pub(super) fn set(
    firmware: &mut Firmware,
    key: &'static str,
    value: &str,
) -> Result<(), OptionsError> {
    let bad = |expected| OptionsError::BadValue {
        key,
        value: value.to_owned(),
        expected,
    };
    match key {
        "without" => {
            let names: Vec<&str> = value.split(',').collect();
            if !names.iter().all(|name| is_dotted(name)) {
                return Err(bad("names such as bytes.decode,os.rename,io"));
            }
            *firmware = mem::take(firmware).lacking(&names);
        }
        "imports" => {
            firmware.files_first = match value {
                "files_first" => true,
                "built_in_first" => false,
                _ => return Err(bad("files_first or built_in_first")),
            };
        }
        "network" if value == "loopback" => firmware.sockets = true,
        "network" => return Err(bad("loopback")),
        "line_end" => {
            let end = match value {
                "crlf" => "\r\n",
                "crcrlf" => "\r\r\n",
                _ => return Err(bad("crlf or crcrlf")),
            };
            end.clone_into(&mut firmware.line_end);
            firmware.interrupt_discards &= value == "crlf";
        }
        "interrupt_delay" => {
            let time = duration(value);
            firmware.interrupt_delay =
                time.ok_or_else(|| bad("a time such as 2ms, 500us or 0.1s"))?;
        }
        "personality" => match value {
            "micropython" => {}
            "circuitpython" => {
                *firmware = Firmware::circuitpython();
            }
            _ => return Err(bad("micropython or circuitpython")),
        },
        "build" => match value {
            "full" => {}
            "small" => *firmware = mem::take(firmware).small(),
            _ => return Err(bad("full or small")),
        },
        "drive" => {
            own(firmware, key, value)?.drive = match value {
                "mounted" => Drive::Mounted,
                "ejected" => Drive::Ejected,
                "hidden" => Drive::Hidden,
                _ => return Err(bad("mounted, ejected or hidden")),
            };
        }
        "storage" => {
            own(firmware, key, value)?.takes_drive = match value {
                "new" => true,
                "old" => false,
                _ => return Err(bad("new or old")),
            };
        }
        _ => {
            let raw_paste = match value {
                "current" => RawPaste::Window(128),
                "old" => RawPaste::Unknown,
                "refusing" => RawPaste::Refused,
                _ => return Err(bad("current, old or refusing")),
            };
            firmware.raw_paste = raw_paste;
            if value == "old" {
                firmware.soft_reboot = Firmware::old().soft_reboot;
            }
        }
    }
    Ok(())
}

/// What is otherwise with CircuitPython, for an option that is about that.
fn own<'a>(
    firmware: &'a mut Firmware,
    key: &'static str,
    value: &str,
) -> Result<&'a mut CircuitPython, OptionsError> {
    let bad = || OptionsError::BadValue {
        key,
        value: value.to_owned(),
        expected: "anything without personality=circuitpython",
    };
    firmware.circuitpython.as_mut().ok_or_else(bad)
}

/// Whether it is a name of Python, or several with points between.
fn is_dotted(text: &str) -> bool {
    let is_name = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        part.chars().all(plain)
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && !part.is_empty()
    };
    text.split('.').all(is_name)
}
