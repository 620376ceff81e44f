//! From a text to one that reports.

use belay_tokenize::{Error, tokenize};

use crate::assertion::{self, Assertion};
use crate::edits::Edits;
use crate::lines;
use crate::outline::Outline;

/// What [`instrument`] rewrites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Assertions report the values of their parts when they fail.
    pub assertions: bool,
    /// Lines report that they ran.
    pub lines: bool,
    /// The number of the first assertion: those of several files may follow each other.
    pub first_assertion: u32,
    /// The number of the first mark.
    pub first_mark: u32,
}

/// A text that reports, and what its reports mean.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Instrumented {
    /// The rewritten text. Each token of the source is on the line where it was.
    pub text: String,
    /// The lines that can run, in ascending order, counted from 1: the first of each statement, as
    /// CPython's coverage counts them. Lines about which nothing can be told are not among them.
    pub lines: Vec<u32>,
    /// What each mark tells, from [`Options::first_mark`] on.
    pub marks: Vec<Mark>,
    /// The numbers of the marks that stand in expressions, in ascending order.
    pub calls: Vec<u32>,
    /// The rewritten assertions, from [`Options::first_assertion`] on.
    pub assertions: Vec<Assertion>,
}

/// What it means that a mark was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Mark {
    /// The lines that have run when the mark was reached.
    pub lines: Vec<u32>,
}

/// Rewrites a Python source so that it reports.
///
/// A text that splits into tokens but makes no statements comes out as it is.
///
/// # Errors
///
/// Whatever keeps the text from being split into tokens: see [`ErrorKind`](belay_tokenize::ErrorKind).
///
/// ```
/// use belay_instrument::{Options, instrument};
///
/// let options = Options { lines: true, ..Options::default() };
/// let result = instrument("x = 1\nif x:\n    x = 2\n", &options)?;
/// assert_eq!(
///     result.text,
///     "_belay_h[0]=1;x = 1;_belay_h[1]=1\nif x:\n    _belay_h[2]=1;x = 2\n"
/// );
/// assert_eq!(result.lines, [1, 2, 3]);
/// assert_eq!(result.marks[1].lines, [2]);
/// # Ok::<(), belay_tokenize::Error>(())
/// ```
pub fn instrument(source: &str, options: &Options) -> Result<Instrumented, Error> {
    let tokens = tokenize(source)?;
    let mut result = Instrumented::default();
    let mut edits = Edits::default();
    if let Some(outline) = Outline::new(source, tokens) {
        if options.lines {
            let found = lines::report(&outline, options.first_mark, &mut edits);
            result.lines = found.executable;
            result.marks = found.marks;
            result.calls = found.calls;
        }
        if options.assertions {
            result.assertions = assertion::report(&outline, options.first_assertion, &mut edits);
        }
    }
    result.text = edits.apply(source);
    Ok(result)
}
