//! Rewriting of code for boards, so that assertions and lines report.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use belay_instrument::{Options, instrument as rewrite};
use pyo3::exceptions::PySyntaxError;
use pyo3::prelude::*;

/// A text that reports, and what its reports mean.
#[pyclass(frozen, get_all, module = "belay._native")]
pub(crate) struct Instrumented {
    /// The rewritten text, in which each token is on the line where it was.
    text: String,
    /// The lines that can run.
    lines: Vec<u32>,
    /// For each mark, the lines that have run when it was reached.
    marks: Vec<Vec<u32>>,
    /// The marks in expressions.
    calls: Vec<u32>,
    /// The assertions that report.
    assertions: Vec<Py<Assertion>>,
}

/// An assertion that reports its parts.
#[pyclass(frozen, module = "belay._native")]
pub(crate) struct Assertion(belay_instrument::Assertion);

#[pymethods]
impl Assertion {
    /// The line of the text where it begins, from 1.
    #[getter]
    fn line(&self) -> u32 {
        self.0.line()
    }

    /// What it said when it failed; the values of its parts are as the board has reported them.
    fn explain(&self, values: Vec<Option<String>>) -> String {
        let values: Vec<_> = values.iter().map(Option::as_deref).collect();
        self.0.explain(&values)
    }
}

/// Rewrites code for a board. Numbers of assertions and marks begin with the first that is given.
#[pyfunction]
#[pyo3(signature = (
    source, *, assertions = true, lines = false, first_assertion = 0, first_mark = 0,
))]
pub(crate) fn instrument(
    py: Python<'_>,
    source: &str,
    assertions: bool,
    lines: bool,
    first_assertion: u32,
    first_mark: u32,
) -> PyResult<Instrumented> {
    let options = Options {
        assertions,
        lines,
        first_assertion,
        first_mark,
    };
    let found =
        rewrite(source, &options).map_err(|error| PySyntaxError::new_err(error.to_string()))?;
    let assertions = found.assertions.into_iter();
    Ok(Instrumented {
        text: found.text,
        lines: found.lines,
        marks: found.marks.into_iter().map(|mark| mark.lines).collect(),
        calls: found.calls,
        assertions: assertions
            .map(|assertion| Py::new(py, Assertion(assertion)))
            .collect::<PyResult<_>>()?,
    })
}

/// The modules of this computer that code for a board imports from folders, with what these import: by
/// their paths on the board their paths here and what is in them.
#[pyfunction]
pub(crate) fn host_modules(
    py: Python<'_>,
    source: &str,
    folders: Vec<PathBuf>,
) -> BTreeMap<String, (String, Cow<'static, [u8]>)> {
    let found = py.detach(|| belay_testing::modules(source.as_bytes(), &folders));
    found
        .into_iter()
        .map(|(name, module)| {
            let path = module.path.to_string_lossy().into_owned();
            (name, (path, Cow::Owned(module.content)))
        })
        .collect()
}
