//! Generators on the board.

use std::sync::Mutex;

use belay_device::{Error, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::Session;
use crate::pulse::lock;
use crate::values::Found;

/// A generator on the board, of which each step is a call.
#[pyclass(frozen, module = "belay._native")]
pub(crate) struct Generator(Mutex<Option<belay_device::Generator>>);

#[pymethods]
impl Session {
    /// Begins a generator: `code` is the call that makes it.
    fn generate(&self, py: Python<'_>, code: &str) -> PyResult<Generator> {
        let generator = if self.host.is_serving() {
            self.nested(py, None, |_| self.host.generate(code))?
        } else {
            self.work(py, None, |device| Ok(device.generate_verbatim(code)))?
        };
        Ok(Generator(Mutex::new(Some(generator))))
    }

    /// The next value in a tuple, or nothing at the end. `sent` is the source text of the value that
    /// is passed in.
    #[pyo3(signature = (generator, sent, stream = None))]
    fn step<'py>(
        &self,
        py: Python<'py>,
        generator: &Generator,
        sent: &str,
        stream: Option<Py<PyAny>>,
    ) -> PyResult<Option<(Bound<'py, PyAny>,)>> {
        let sent = belay_pylit::parse(sent)
            .map_err(|error| PyTypeError::new_err(format!("the value cannot be sent: {error}")))?;
        let found = |value: Result<Option<Value>, Error>| match value {
            Err(Error::NotALiteral { text }) => Ok(Some(Found::Text(text))),
            value => Ok(value?.map(Found::Value)),
        };
        let found = if self.host.is_serving() {
            self.nested(py, stream, |output| match &mut *lock(&generator.0) {
                None => Ok(None),
                Some(generator) => found(self.host.send(generator, &sent, output)),
            })?
        } else {
            self.work(py, stream, |device| match &mut *lock(&generator.0) {
                None => Ok(None),
                Some(generator) => found(generator.send(device, &sent)),
            })?
        };
        found
            .map(|found| Ok((found.to_python(py, false)?,)))
            .transpose()
    }

    /// Closes a generator: its `finally` blocks run.
    fn end(&self, py: Python<'_>, generator: &Generator) -> PyResult<()> {
        let taken = || lock(&generator.0).take();
        if self.host.is_serving() {
            return self.nested(py, None, |output| {
                taken().map_or(Ok(()), |generator| self.host.close(generator, output))
            });
        }
        self.work(py, None, |device| {
            taken().map_or(Ok(()), |generator| generator.close(device))
        })
    }
}
