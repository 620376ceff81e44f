//! What becomes of a file on its way to the board.

use std::path::Path;

use belay_minify::{Options, minify};
use belay_sync::{LocalFile, MpyCross, MpyTarget, RelativePath, TransformError};
use belay_tokenize::decode;

use crate::Error;
use crate::connection::Session;
use crate::printer::Printer;

/// What becomes of a file on its way to the board.
pub(crate) struct Transform {
    way: Way,
    /// The files that are sent as they are since they cannot be read as Python, with what is wrong.
    /// The board may know better: MicroPython takes some of what CPython refuses.
    not_python: Vec<(RelativePath, NotPython)>,
}

enum Way {
    /// Nothing.
    Nothing,
    /// Python files lose what the board does not need.
    Minify,
    /// Python files are compiled.
    Compile(MpyCross),
}

impl Transform {
    /// What the options ask for. The board is asked what it can load, if it is to get compiled files.
    pub(crate) fn new(
        no_minify: bool,
        mpy_cross: Option<&Path>,
        session: &mut Session,
    ) -> Result<Self, Error> {
        let way = match mpy_cross {
            None if no_minify => Way::Nothing,
            None => Way::Minify,
            Some(binary) => {
                let mut compiler = MpyCross::new(binary);
                compiler.target = target(session)?;
                Way::Compile(compiler)
            }
        };
        Ok(Self {
            way,
            not_python: Vec::new(),
        })
    }

    pub(crate) fn apply(&mut self, file: LocalFile) -> Result<LocalFile, TransformError> {
        match &self.way {
            Way::Nothing => Ok(file),
            Way::Minify => Ok(self.minified(file)),
            Way::Compile(compiler) => Ok(compiler.compile(file)?),
        }
    }

    /// As [`apply`](Self::apply), for a script that a board runs by its name, as source code.
    pub(crate) fn apply_to_main(&mut self, file: LocalFile) -> LocalFile {
        match self.way {
            Way::Nothing => file,
            Way::Minify | Way::Compile(_) => self.minified(file),
        }
    }

    fn minified(&mut self, file: LocalFile) -> LocalFile {
        if file.path.extension() != Some("py") {
            return file;
        }
        match minified(&file.content) {
            Ok(content) => LocalFile { content, ..file },
            Err(error) => {
                self.not_python.push((file.path.clone(), error));
                file
            }
        }
    }

    /// Says which files are sent as they are, and why.
    pub(crate) fn warn(&self, printer: &Printer) {
        for (path, error) in &self.not_python {
            printer.warn(&format!("{path}: {error}; it is sent as it is"));
        }
    }
}

/// What compiled files the board loads; `None` if it does not tell.
pub(crate) fn target(session: &mut Session) -> Result<Option<MpyTarget>, Error> {
    let facts = match session.device.implementation() {
        Ok(facts) => facts,
        Err(error) => return Err(session.error(error)),
    };
    Ok(facts.mpy.as_ref().map(|mpy| MpyTarget {
        version: mpy.version,
        sub_version: mpy.sub_version,
        arch: mpy.architecture.number(),
        circuitpython: facts.name == "circuitpython",
    }))
}

/// A Python file that cannot be read as one.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {error}")]
struct NotPython {
    line: usize,
    column: usize,
    error: belay_tokenize::Error,
}

fn minified(content: &[u8]) -> Result<Vec<u8>, NotPython> {
    let text = decode(content).and_then(|text| minify(text, &Options::default()));
    text.map(String::into_bytes).map_err(|error| {
        let place = error.position(content);
        NotPython {
            line: place.line,
            column: place.column,
            error,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &str) -> LocalFile {
        LocalFile {
            path: RelativePath::new(name).unwrap(),
            content: content.into(),
        }
    }

    #[test]
    fn python_files_are_minified_and_no_others() {
        let mut transform = Transform {
            way: Way::Minify,
            not_python: Vec::new(),
        };
        let source = "# why\nx = 1\n";
        let made = transform.apply(file("a/b.py", source)).unwrap();
        assert_eq!(made, file("a/b.py", "\nx=1\n"));
        let other = transform.apply(file("b.txt", source)).unwrap();
        assert_eq!(other, file("b.txt", source));
        assert!(transform.not_python.is_empty());
        // What is no Python here may be some on the board.
        let odd = file("b.py", "x = 1\ny = 'a\n");
        assert_eq!(transform.apply(odd.clone()).unwrap(), odd);
        let (path, error) = &transform.not_python[0];
        assert_eq!(path.as_str(), "b.py");
        assert!(
            error.to_string().starts_with("line 2, column 5: "),
            "{error}"
        );
    }
}
