//! Functions of the host that code on the board calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use belay_device::{Error, HostCall, HostFailure};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::pulse::{Pulse, lock};
use crate::values::to_python;
use crate::{errors, source};

/// The functions that the board can call, by name, and what the last of them has raised.
#[derive(Clone, Default)]
pub(crate) struct Functions(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    functions: HashMap<String, Py<PyAny>>,
    raised: Option<(HostFailure, PyErr)>,
}

impl Functions {
    /// A new call begins: what was raised before is of no more concern.
    pub(crate) fn begin(&self) {
        drop(lock(&self.0).raised.take());
    }

    /// The exception of a call. One that a function of the host has raised, and that has gone through
    /// the board, has that as its cause.
    pub(crate) fn explain(&self, py: Python<'_>, error: Error) -> PyErr {
        let raised = lock(&self.0).raised.take();
        let cause = match (&error, raised) {
            (Error::Exception(exception), Some((failure, raised)))
                if exception.message.ends_with(&failure.message) =>
            {
                Some(raised)
            }
            _ => None,
        };
        let error = errors::to_python(py, error);
        if cause.is_some() {
            error.set_cause(py, cause);
        }
        error
    }

    /// A new session begins, in which the board knows none.
    pub(crate) fn clear(&self) {
        lock(&self.0).functions.clear();
    }

    /// Gives a name a function, and tells whether it is the first.
    pub(crate) fn insert(&self, name: String, function: Py<PyAny>) -> bool {
        let mut known = lock(&self.0);
        let first = known.functions.is_empty();
        known.functions.insert(name, function);
        first
    }

    /// Calls the function that the board has asked for.
    pub(crate) fn carry_out(&self, pulse: &Pulse, call: &HostCall) -> Result<String, HostFailure> {
        Python::attach(|py| {
            let function = lock(&self.0)
                .functions
                .get(&call.name)
                .map(|f| f.clone_ref(py));
            let Some(function) = function else {
                return Err(HostFailure {
                    kind: "NameError".to_owned(),
                    message: format!("the host has no function {}", call.name),
                });
            };
            carried_out(function.bind(py), call).map_err(|error| {
                let failure = failure(py, &error);
                if error.is_instance_of::<PyKeyboardInterrupt>(py) {
                    pulse.keep(error);
                } else {
                    lock(&self.0).raised = Some((failure.clone(), error));
                }
                failure
            })
        })
    }
}

fn carried_out(function: &Bound<'_, PyAny>, call: &HostCall) -> PyResult<String> {
    let py = function.py();
    let arguments = call.arguments.iter().map(|value| to_python(py, value));
    let arguments = PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?;
    let keywords = PyDict::new(py);
    for (name, value) in &call.keywords {
        keywords.set_item(name, to_python(py, value)?)?;
    }
    let result = function.call(arguments, Some(&keywords))?;
    source::literal(&result, &format!("the result of {}", call.name))
}

/// What an exception is on the board. One that has come from there becomes what it was.
fn failure(py: Python<'_>, error: &PyErr) -> HostFailure {
    let value = error.value(py);
    let text = |name: &str| -> Option<String> {
        value
            .getattr(name)
            .ok()?
            .extract()
            .ok()
            .filter(|text: &String| !text.is_empty())
    };
    let own = error
        .get_type(py)
        .name()
        .map_or_else(|_| "Exception".to_owned(), |n| n.to_string());
    let from_board = own == "PyboardException";
    match text("kind").filter(|_| from_board) {
        Some(kind) => HostFailure {
            kind,
            message: text("message").unwrap_or_default(),
        },
        None => HostFailure {
            kind: own,
            message: value
                .str()
                .map_or_else(|_| String::new(), |text| text.to_string()),
        },
    }
}
