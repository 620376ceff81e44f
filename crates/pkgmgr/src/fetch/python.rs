//! Whether Python files are Python.

use belay_tokenize::{ErrorKind, decode, tokenize};

use crate::error::ContentError;
use crate::event::{Event, EventSender};
use crate::name::PackagePath;

/// Refuses a Python file that no interpreter takes. One that only MicroPython takes is told.
pub(crate) fn check_python(
    path: &PackagePath,
    content: &[u8],
    events: &EventSender,
) -> Result<(), ContentError> {
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
    Err(ContentError { line, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_files_must_be_python() {
        let check = |path: &str, content: &[u8]| {
            let path = PackagePath::new(path).expect("a path");
            check_python(&path, content, &EventSender::nowhere())
        };
        assert_eq!(check("a.py", b"x = 1\n"), Ok(()));
        assert_eq!(check("a.bin", b"\xff'"), Ok(()));
        assert_eq!(check("a.py", b"if x:\n\ta\n        b\n"), Ok(()));
        for (content, line) in [
            (&b"x = 1\ny = 'a\n"[..], 2),
            (b"x = 1\n\n\xff", 3),
            (b"if x:\n    a\n  b\n", 3),
        ] {
            assert_eq!(
                check("a.py", content).map_err(|error| error.line),
                Err(line)
            );
        }
    }
}
