//! The operands of `belay fs`: a device, paths on the board, paths on this computer.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use belay_deploy::BoardPath;
use belay_transport::Specifier;

use super::Port;
use crate::Error;
use crate::workspace::Workspace;

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    /// On the board.
    Board(BoardPath),
    /// On this computer.
    Local(PathBuf),
}

/// The device and the paths behind it, all of them on the board.
pub(crate) fn on_board(
    workspace: &Workspace,
    operands: &[OsString],
) -> Result<(Port, Vec<BoardPath>), Error> {
    let (port, rest) = match operands.split_first() {
        Some((first, rest)) if !is_on_board(first) => {
            if !has_port_form(first) && !is_device_name(workspace, first)? {
                return Err(Error::NotOnBoard {
                    text: first.to_string_lossy().into_owned(),
                });
            }
            (Port::new(workspace, Some(first))?, rest)
        }
        _ => (Port::new(workspace, None::<&OsStr>)?, operands),
    };
    let paths = rest.iter().map(|text| match place(text)? {
        Operand::Board(path) => Ok(path),
        Operand::Local(path) => Err(Error::NotOnBoard {
            text: path.to_string_lossy().into_owned(),
        }),
    });
    Ok((port, paths.collect::<Result<_, _>>()?))
}

/// The device, the sources and the destination of a copy.
pub(crate) fn copy(
    workspace: &Workspace,
    operands: &[OsString],
) -> Result<(Port, Vec<Operand>, Operand), Error> {
    let (port, rest) = match operands.split_first() {
        Some((first, rest)) if has_port_form(first) => (Port::new(workspace, Some(first))?, rest),
        // What lies here under the name of a device is what is meant.
        Some((first, rest)) if !Path::new(first).exists() && is_device_name(workspace, first)? => {
            (Port::new(workspace, Some(first))?, rest)
        }
        _ => (Port::new(workspace, None::<&OsStr>)?, operands),
    };
    let Some((destination, sources)) = rest.split_last().filter(|(_, rest)| !rest.is_empty())
    else {
        return Err(Error::MissingArgument {
            command: "fs cp",
            argument: "DESTINATION",
        });
    };
    let sources = sources.iter().map(|text| place(text));
    Ok((
        port,
        sources.collect::<Result<_, _>>()?,
        place(destination)?,
    ))
}

fn is_on_board(text: &OsStr) -> bool {
    text.as_encoded_bytes().starts_with(b":")
}

fn place(text: &OsStr) -> Result<Operand, Error> {
    if !is_on_board(text) {
        return Ok(Operand::Local(PathBuf::from(text)));
    }
    let text = text.to_str().ok_or_else(|| Error::NotText {
        text: text.to_string_lossy().into_owned(),
    })?;
    let path = BoardPath::new(&text[1..]).map_err(belay_deploy::Error::from)?;
    Ok(Operand::Board(path))
}

/// Whether `text` is written as a device is, and not as a file or a piece of Python would be.
pub(crate) fn has_port_form(text: &OsStr) -> bool {
    let Some(text) = text.to_str() else {
        return false;
    };
    match text.parse() {
        Ok(Specifier::Name(_)) => false,
        Ok(Specifier::Serial(path)) => is_serial_port(&path),
        Ok(_) => true,
        // What is wrong with it is said when it is opened.
        Err(_) => text.contains("://") || text.starts_with('{'),
    }
}

/// Whether `text` names a device, by its form or by a name that somebody has given to one.
pub(crate) fn is_device(workspace: &Workspace, text: &OsStr) -> bool {
    // What is wrong with the settings is said when a name from them is needed.
    has_port_form(text) || is_device_name(workspace, text).unwrap_or(false)
}

/// Whether somebody has given this name to a device.
fn is_device_name(workspace: &Workspace, text: &OsStr) -> Result<bool, Error> {
    match text.to_str().map(str::parse) {
        Some(Ok(Specifier::Name(name))) => Ok(workspace.names()?.has(&name)),
        _ => Ok(false),
    }
}

fn is_serial_port(path: &str) -> bool {
    // What stands in /dev is a device, also when it has been unplugged.
    let named_so = path.starts_with("/dev/") || !path.contains(['/', '\\', '.']);
    named_so || is_character_device(Path::new(path))
}

#[cfg(unix)]
fn is_character_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_character_device(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operands(texts: &[&str]) -> Vec<OsString> {
        texts.iter().map(OsString::from).collect()
    }

    fn board(text: &str) -> BoardPath {
        BoardPath::new(text).unwrap()
    }

    fn named(text: &str) -> Port {
        Port::Named(text.parse().unwrap())
    }

    #[test]
    fn a_device_comes_before_paths_on_the_board() {
        let (port, paths) =
            on_board(&Workspace::default(), &operands(&["sim:", ":a", ":lib/"])).unwrap();
        assert_eq!(port, named("sim:"));
        assert_eq!(paths, [board("a"), board("lib/")]);
        for port in [
            "/dev/ttyACM0",
            "COM3",
            "ws://10.0.0.7",
            "10.0.0.7",
            "exec:x y",
        ] {
            let (found, paths) = on_board(&Workspace::default(), &operands(&[port, ":"])).unwrap();
            assert_eq!((found, paths), (named(port), vec![board("")]));
        }
    }

    #[test]
    fn what_is_no_path_on_the_board_is_refused() {
        for texts in [
            &["lib"][..],
            &["/lib"],
            &["sim:", "lib"],
            &["main.py", ":x"],
        ] {
            let error = on_board(&Workspace::default(), &operands(texts)).unwrap_err();
            assert!(matches!(error, Error::NotOnBoard { .. }), "{error:?}");
        }
        let error = on_board(&Workspace::default(), &operands(&["sim:", ":../.."])).unwrap_err();
        assert!(matches!(error, Error::Deploy { .. }), "{error:?}");
    }

    #[test]
    fn the_device_of_a_copy_is_told_by_its_form() {
        let local = |text: &str| Operand::Local(text.into());
        let (port, sources, destination) =
            copy(&Workspace::default(), &operands(&["sim:", "a.py", ":"])).unwrap();
        assert_eq!((port, sources), (named("sim:"), vec![local("a.py")]));
        assert_eq!(destination, Operand::Board(board("")));

        let two = operands(&["/dev/null", "a.py", "b.py", ":lib"]);
        let (port, sources, destination) = copy(&Workspace::default(), &two).unwrap();
        assert_eq!(port, named("/dev/null"));
        assert_eq!(sources, [local("a.py"), local("b.py")]);
        assert_eq!(destination, Operand::Board(board("lib")));

        let names = operands(&["main.py", "./src/x.py", ":"]);
        let (_, sources, _) = copy(&Workspace::default(), &names).unwrap();
        assert_eq!(sources, [local("main.py"), local("./src/x.py")]);

        for too_few in [&[":a"][..], &["sim:", ":a"], &["/dev/null", ":a"]] {
            let error = copy(&Workspace::default(), &operands(too_few)).unwrap_err();
            assert!(matches!(error, Error::MissingArgument { .. }), "{error:?}");
        }
    }
}
