//! Python text of the host, and the places in it that a traceback names.

use std::collections::BTreeSet;

use belay_tokenize::TokenKind;

use crate::{Error, Exception};

/// A piece of Python from the host, and where it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name, as tracebacks show it.
    pub file: String,
    /// The line of that file in which the text begins, from 1.
    pub line: u32,
    /// The text, whole lines, not indented.
    pub text: String,
    /// The only implementation that it is meant for, by its name, such as `circuitpython`; `None` if
    /// it is meant for all.
    pub implementation: Option<String>,
}

impl Source {
    /// Text that stands in `file` from its line `line` on, the first being 1.
    pub fn new(file: impl Into<String>, line: u32, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: line.max(1),
            text: text.into(),
            implementation: None,
        }
    }

    /// Text that is only meant for one implementation of Python: `micropython`, `circuitpython`.
    #[must_use]
    pub fn only_for(mut self, implementation: impl Into<String>) -> Self {
        self.implementation = Some(implementation.into());
        self
    }

    /// The text with LF at the ends of lines and without what only people read.
    pub(crate) fn code(&self) -> String {
        let text = self.text.replace("\r\n", "\n").replace('\r', "\n");
        // What is not understood here is for the board to refuse, at its line.
        belay_minify::minify(&text, &belay_minify::Options::default()).unwrap_or(text)
    }

    /// The names of the functions that the text defines at its outermost level, in order.
    ///
    /// # Errors
    /// [`Error::ReservedName`] for a name that is kept for this library or for Python.
    pub(crate) fn functions(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        // A text that cannot be taken apart has no functions; the board tells what is wrong with it.
        let tokens = belay_tokenize::tokenize(&self.text).unwrap_or_default();
        let mut depth = 0_usize;
        let mut after_def = false;
        for token in tokens {
            match token.kind {
                TokenKind::Indent => depth += 1,
                TokenKind::Dedent => depth = depth.saturating_sub(1),
                TokenKind::Name => {
                    let word = &self.text[token.range];
                    if std::mem::take(&mut after_def) {
                        check_name(word)?;
                        if seen.insert(word.to_owned()) {
                            names.push(word.to_owned());
                        }
                    }
                    after_def = depth == 0 && word == "def";
                }
                _ => {}
            }
        }
        Ok(names)
    }

    /// One past the last line.
    fn end(&self) -> u32 {
        let lines = u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX);
        self.line.saturating_add(lines.max(1))
    }

    fn contains(&self, line: u32) -> bool {
        // The end of the text may be found missing in a line behind it.
        (self.line..=self.end()).contains(&line)
    }
}

/// Text without a file.
impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::new("<host>", 1, text)
    }
}

/// Refuses names that are kept for this library (`_belay…`, `__belay…`) or for Python (`__name__`),
/// and what is no name.
///
/// # Errors
/// [`Error::ReservedName`], [`Error::NotAName`].
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    if dunder || name.starts_with("_belay") || name.starts_with("__belay") {
        return Err(Error::ReservedName {
            name: name.to_owned(),
        });
    }
    check_identifier(name)
}

/// Refuses what is no name.
pub(crate) fn check_identifier(name: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    if name.starts_with(|c: char| c.is_numeric()) || name.is_empty() || !name.chars().all(fits) {
        return Err(Error::NotAName {
            text: name.to_owned(),
        });
    }
    Ok(())
}

/// The sources that a session has sent.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Keeps a source, in the place of what was there before.
    pub(crate) fn insert(&mut self, source: Source) {
        self.0
            .retain(|known| known.file != source.file || known.line != source.line);
        self.0.push(source);
    }

    /// Says of each place in an exception which line of the host it is, and leaves out the places
    /// that belong to the code around it.
    pub(crate) fn locate(&self, exception: &mut Exception) {
        let mut known = false;
        for frame in &mut exception.frames {
            let mut newest = self.0.iter().rev();
            let Some(source) =
                newest.find(|source| source.file == frame.file && source.contains(frame.line))
            else {
                continue;
            };
            known = true;
            frame.line = frame.line.min(source.end() - 1);
            let index = (frame.line - source.line) as usize;
            frame.text = source.text.lines().nth(index).map(|l| l.trim().to_owned());
        }
        if known {
            exception.frames.retain(|frame| frame.file != "<stdin>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<String> {
        Source::from(text).functions().unwrap()
    }

    #[test]
    fn functions_of_the_outermost_level_are_found() {
        assert_eq!(
            functions("def f(x): return x\ndef g():\n def h(): pass\n"),
            ["f", "g"]
        );
        assert_eq!(
            functions("async def f(): pass\nx = 'def g(): pass'\n"),
            ["f"]
        );
        assert_eq!(
            functions("# def f\nclass A:\n  def m(self): pass\n"),
            [""; 0]
        );
        assert_eq!(functions("if 1:\n  def f(): pass\ndef f(): pass\n"), ["f"]);
    }

    #[test]
    fn some_names_are_refused() {
        for name in ["_belay_x", "__belay", "__init__"] {
            let error = Source::from(format!("def {name}(): pass").as_str()).functions();
            assert!(
                matches!(error, Err(Error::ReservedName { name: ref n }) if n == name),
                "{error:?}"
            );
        }
        for name in ["", "a b", "1x", "a.b", "x=1"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["_", "__", "____", "x1", "größe", "belay"] {
            check_name(name).unwrap();
        }
    }

    #[test]
    fn places_are_lines_of_the_host() {
        let mut sources = Sources::default();
        sources.insert(Source::new("a.py", 10, "def f():\n    return 1 / 0\n"));
        // What other code calls `<string>` is none of the host's lines.
        let mut other = Exception::parse(
            b"Traceback (most recent call last):\n  File \"<string>\", line 11, in f\nE: no\n",
        );
        let before = other.clone();
        sources.locate(&mut other);
        assert_eq!(other, before);
        let mut exception = Exception::parse(
            b"Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n  \
              File \"a.py\", line 11, in f\n  File \"lib/b.py\", line 3, in g\nE: no\n",
        );
        sources.locate(&mut exception);
        assert_eq!(
            exception.to_string(),
            "Traceback (most recent call last):\n  File \"a.py\", line 11, in f\n    \
             return 1 / 0\n  File \"lib/b.py\", line 3, in g\nE: no"
        );
    }
}
