//! Programs as files and as standard input.

use std::fs;
use std::io::{self, BufRead as _, Read};
use std::path::Path;

use belay_device::{CallOptions, Exit, Script, Value};

use crate::Error;
use crate::connection::Session;
use crate::context::Context;
use crate::printer::Printer;

/// The name of code that comes from stdin. Not `<stdin>`: the board gives that name to every
/// command it is sent.
const INPUT: &str = "<input>";
/// The name of code from the command line, as CPython has it for `-c`.
const ARGUMENT: &str = "<string>";

/// Reads a script; `-` is stdin.
pub(crate) fn read(path: &Path) -> Result<Script, Error> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|source| Error::Script {
        path: path.to_owned(),
        source,
    })?;
    let name = if path == Path::new("-") {
        INPUT.into()
    } else {
        path.to_string_lossy()
    };
    decode(path, bytes).map(|source| Script::new(name, source))
}

/// Code from the command line; `-` is stdin.
pub(crate) fn from_argument(code: &str) -> Result<Script, Error> {
    if code == "-" {
        return read(Path::new(code));
    }
    Ok(Script::new(ARGUMENT, code))
}

/// Runs a script to its end and gives its exit status. Its output is passed on as text, unless it is to
/// stay `raw`.
pub(crate) fn run(
    session: &mut Session,
    script: Script,
    raw: bool,
    context: &Context,
) -> Result<u8, Error> {
    session.device.set_input(input(&context.printer));
    let options = CallOptions {
        raw,
        ..CallOptions::new()
    };
    let exit = match session.device.run_with(&script, options) {
        Ok(exit) => exit,
        Err(belay_device::Error::Exception(exception)) => {
            return Err(Error::Raised {
                exception,
                script: Some(script),
            });
        }
        Err(other) => return Err(session.error(other)),
    };
    match &exit {
        // What is given to sys.exit() and is no number is a message.
        Exit::Exited(Value::Str(message)) => context.printer.board(message),
        Exit::Exited(Value::None | Value::Int(_) | Value::Bool(_) | Value::Ellipsis) => {}
        Exit::Exited(other) => context.printer.board(&other.to_string()),
        _ => {}
    }
    Ok(exit.status())
}

/// What stdin has, for a script that asks for it. On a terminal it is said that a line is waited for, since
/// the board does not show what is typed.
fn input(printer: &Printer) -> impl FnMut() -> Option<Vec<u8>> + Send + 'static {
    let printer = printer.clone();
    move || {
        printer.waits_for_input();
        let mut stdin = io::stdin().lock();
        let bytes = loop {
            match stdin.fill_buf() {
                Ok(bytes) => break bytes.to_vec(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What cannot be read is at its end.
                Err(_) => break Vec::new(),
            }
        };
        stdin.consume(bytes.len());
        printer.typed();
        (!bytes.is_empty()).then_some(bytes)
    }
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = bytes[..offset].split(|&byte| byte == b'\n').count();
        Error::NotUtf8 {
            path: path.to_owned(),
            offset,
            line,
            byte: bytes[offset],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wrong_byte_is_found() {
        let check = |bytes: &[u8], expected| match decode(Path::new("a.py"), bytes.to_vec()) {
            Err(Error::NotUtf8 {
                offset, line, byte, ..
            }) => {
                assert_eq!((offset, line, byte), expected, "{bytes:?}");
            }
            other => panic!("{other:?}"),
        };
        check(b"\xff", (0, 1, 0xff));
        check(b"a = 1\n# caf\xe9\n", (11, 2, 0xe9));
        // A character that the end of the file cuts off.
        check(b"\n\n\xc3", (2, 3, 0xc3));
        assert_eq!(decode(Path::new("a.py"), "é".into()).unwrap(), "é");
    }
}
