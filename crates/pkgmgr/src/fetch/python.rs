//! Whether Python files are Python.

use std::fmt;

use belay_tokenize::{ErrorKind, decode, tokenize};

use crate::error::FetchError;
use crate::event::{Event, EventSender};
use crate::name::PackagePath;

/// Refuses a Python file of the package `uri` that no interpreter takes. One that only MicroPython takes is told.
pub(crate) fn check_python(
    uri: &dyn fmt::Display,
    path: &PackagePath,
    content: &[u8],
    events: &EventSender,
) -> Result<(), FetchError> {
    if path.extension() != Some("py") {
        return Ok(());
    }
    let Err(error) = decode(content).and_then(tokenize) else {
        return Ok(());
    };
    let line = error.position(content).line;
    let message = error.to_string();
    if error.kind == ErrorKind::InconsistentTabs {
        events.send(Event::Strange {
            path: path.clone(),
            line,
            message,
        });
        return Ok(());
    }
    Err(FetchError::Content {
        uri: uri.to_string(),
        path: path.clone(),
        line,
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_files_must_be_python() {
        // The line that is wrong.
        let check = |path: &str, content: &[u8]| {
            let path = PackagePath::new(path).expect("a path");
            match check_python(&"x", &path, content, &EventSender::nowhere()) {
                Ok(()) => None,
                Err(FetchError::Content { line, .. }) => Some(line),
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(check("a.py", b"x = 1\n"), None);
        assert_eq!(check("a.bin", b"\xff'"), None);
        assert_eq!(check("a.py", b"if x:\n\ta\n        b\n"), None);
        for (content, line) in [
            (&b"x = 1\ny = 'a\n"[..], 2),
            (b"x = 1\n\n\xff", 3),
            (b"if x:\n    a\n  b\n", 3),
        ] {
            assert_eq!(check("a.py", content), Some(line));
        }
    }
}
