//! What becomes of a file on its way to the board.

use std::fmt;
use std::path::Path;

use belay_device::Device;
use belay_minify::{Options, minify};
use belay_sync::{LocalFile, MpyCross, MpyTarget, RelativePath, TransformError, Wanted};
use belay_tokenize::decode;

use crate::Error;

/// What becomes of files on their way to a board.
///
/// Python files lose what a board does not need, comments, docstrings and white space, and keep their
/// line numbers; or they are compiled; or nothing happens. A file that cannot be read as Python is sent as it
/// is: the board may know better, since MicroPython takes some of what CPython refuses. What cannot be
/// compiled is an error.
#[derive(Debug)]
pub struct Transform {
    way: Way,
    not_python: Vec<(RelativePath, NotPython)>,
}

#[derive(Debug)]
enum Way {
    Nothing,
    Minify,
    Compile(MpyCross),
}

/// What a user should know of, though it keeps nothing from being done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Something of the local folder could not be read. Nothing is sent in its place, and what the board
    /// has there stays.
    Skipped {
        /// What, and why.
        reason: String,
    },
    /// A file is sent as it is, since it cannot be read as Python.
    NotPython {
        /// Where it goes to.
        path: RelativePath,
        /// What is wrong with it.
        error: NotPython,
    },
}

/// Why a file cannot be read as Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {error}")]
pub struct NotPython {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    error: belay_tokenize::Error,
}

impl Transform {
    /// Minifies if `minify` is set, or compiles with `mpy_cross`, which comes before that. The board is
    /// asked what compiled files it loads, if it is to get some.
    ///
    /// # Errors
    /// When the board fails.
    pub fn new(device: &mut Device, minify: bool, mpy_cross: Option<&Path>) -> Result<Self, Error> {
        let way = match mpy_cross {
            None if minify => Way::Minify,
            None => Way::Nothing,
            Some(binary) => {
                let mut compiler = MpyCross::new(binary);
                compiler.target = mpy_target(device)?;
                Way::Compile(compiler)
            }
        };
        Ok(Self {
            way,
            not_python: Vec::new(),
        })
    }

    /// What the board gets for a file.
    ///
    /// # Errors
    /// When the file does not compile, or the board could not load the result.
    pub fn apply(&mut self, file: LocalFile) -> Result<LocalFile, TransformError> {
        match &self.way {
            Way::Nothing => Ok(file),
            Way::Minify => Ok(self.minified(file)),
            Way::Compile(compiler) => Ok(compiler.compile(file)?),
        }
    }

    /// As [`apply`](Self::apply), for a script that a board runs by its name, as source code: it is
    /// minified instead of compiled.
    pub fn apply_to_main(&mut self, file: LocalFile) -> LocalFile {
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

    /// What there is to know about the files of `wanted` and about those that came through here, with
    /// which these are forgotten.
    pub fn take_warnings(&mut self, wanted: &Wanted) -> Vec<Warning> {
        let skipped = Warning::skipped(wanted);
        let not_python = self.not_python.drain(..);
        let not_python = not_python.map(|(path, error)| Warning::NotPython { path, error });
        skipped.into_iter().chain(not_python).collect()
    }
}

impl Warning {
    /// What of a local folder is left out.
    pub fn skipped(wanted: &Wanted) -> Vec<Self> {
        let reason = |error: &belay_sync::LocalError| {
            let first: &dyn std::error::Error = error;
            let causes = std::iter::successors(Some(first), |error| error.source());
            causes
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": ")
        };
        let skipped = wanted.skipped().map(|error| Self::Skipped {
            reason: reason(error),
        });
        skipped.collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { reason } => write!(f, "left out: {reason}"),
            Self::NotPython { path, error } => write!(f, "{path}: {error}; it is sent as it is"),
        }
    }
}

/// What compiled files the board loads; `None` if it does not tell.
///
/// # Errors
/// When the board fails.
pub fn mpy_target(device: &mut Device) -> Result<Option<MpyTarget>, Error> {
    let facts = device.implementation()?;
    Ok(facts.mpy.map(|mpy| MpyTarget {
        mpy,
        circuitpython: facts.is_circuitpython(),
    }))
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
        assert!(transform.take_warnings(&Wanted::new()).is_empty());
        // What is no Python here may be some on the board.
        let odd = file("b.py", "x = 1\ny = 'a\n");
        assert_eq!(transform.apply(odd.clone()).unwrap(), odd);
        let warnings = transform.take_warnings(&Wanted::new());
        let said = warnings[0].to_string();
        assert!(said.starts_with("b.py: line 2, column 5: "), "{said}");
        assert!(transform.take_warnings(&Wanted::new()).is_empty());
    }
}
