//! What becomes of a file on its way to the board.

use std::path::Path;

use belay_minify::{Options, minify};
use belay_sync::{LocalFile, MpyCross, MpyTarget, TransformError};
use belay_tokenize::decode;

use crate::Error;
use crate::connection::Session;

/// What becomes of a file on its way to the board.
pub(crate) enum Transform {
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
        let Some(binary) = mpy_cross else {
            return Ok(if no_minify {
                Self::Nothing
            } else {
                Self::Minify
            });
        };
        let mut compiler = MpyCross::new(binary);
        compiler.target = target(session)?;
        Ok(Self::Compile(compiler))
    }

    pub(crate) fn apply(&mut self, file: LocalFile) -> Result<LocalFile, TransformError> {
        match self {
            Self::Nothing => Ok(file),
            Self::Minify => Ok(minified(file)?),
            Self::Compile(compiler) => Ok(compiler.compile(file)?),
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
pub(crate) struct NotPython {
    line: usize,
    column: usize,
    error: belay_tokenize::Error,
}

fn minified(file: LocalFile) -> Result<LocalFile, NotPython> {
    if file.path.extension() != Some("py") {
        return Ok(file);
    }
    let text = decode(&file.content).and_then(|text| minify(text, &Options::default()));
    let text = text.map_err(|error| {
        let place = error.position(&file.content);
        NotPython {
            line: place.line,
            column: place.column,
            error,
        }
    })?;
    Ok(LocalFile {
        content: text.into_bytes(),
        ..file
    })
}

#[cfg(test)]
mod tests {
    use belay_sync::RelativePath;

    use super::*;

    fn file(name: &str, content: &str) -> LocalFile {
        LocalFile {
            path: RelativePath::new(name).unwrap(),
            content: content.into(),
        }
    }

    #[test]
    fn python_files_are_minified_and_no_others() {
        let source = "# why\nx = 1\n";
        let made = minified(file("a/b.py", source)).unwrap();
        assert_eq!(made, file("a/b.py", "\nx=1\n"));
        let other = minified(file("b.txt", source)).unwrap();
        assert_eq!(other, file("b.txt", source));
    }

    #[test]
    fn an_error_has_its_place() {
        let error = minified(file("b.py", "x = 1\ny = 'a\n")).unwrap_err();
        assert!(
            error.to_string().starts_with("line 2, column 5: "),
            "{error}"
        );
    }
}
