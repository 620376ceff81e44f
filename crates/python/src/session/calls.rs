//! Code that runs on the board for a result.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use belay_device::{Batch, CallOptions, Device, Error, Object, Source, Value};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::Session;
use crate::output::Output;
use crate::values::{Found, Handle, to_python};
use crate::{errors, source};

#[pymethods]
impl Session {
    /// Runs statements.
    #[pyo3(signature = (code, stream = None, record = true))]
    fn exec(
        &self,
        py: Python<'_>,
        code: &str,
        stream: Option<Py<PyAny>>,
        record: bool,
    ) -> PyResult<()> {
        if self.host.is_serving() {
            return self.nested(py, stream, |output| self.host.exec(code, output));
        }
        self.work_recorded(py, stream, |device, room| {
            if record && room {
                device.exec(code)
            } else {
                device.exec_unrecorded(code)
            }
        })
    }

    /// Runs statements whose output comes as bytes, as the board sends it, for at most `timeout` seconds.
    #[pyo3(signature = (code, stream, timeout = None))]
    fn exec_raw(
        &self,
        py: Python<'_>,
        code: &str,
        stream: Py<PyAny>,
        timeout: Option<f64>,
    ) -> PyResult<()> {
        let timeout = timeout.map(Duration::try_from_secs_f64).transpose();
        let timeout = timeout.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let mut output = Output::bytes(stream);
        self.work(py, None, |device| {
            let mut options = CallOptions::new().output(&mut output).raw().unrecorded();
            options.timeout = timeout;
            device.exec_with(code, options)
        })?;
        output.finish().map_or(Ok(()), Err)
    }

    /// Evaluates an expression.
    #[pyo3(signature = (code, stream = None, trusted = false, record = false))]
    fn eval<'py>(
        &self,
        py: Python<'py>,
        code: &str,
        stream: Option<Py<PyAny>>,
        trusted: bool,
        record: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        if self.host.is_serving() {
            let text = self.nested(py, stream, |output| self.host.eval(code, output))?;
            let found = Found::read(text).map_err(|error| errors::to_python(py, error))?;
            return found.to_python(py, trusted);
        }
        let found = self.work_recorded(py, stream, |device, room| {
            let text = if record && room {
                device.eval_recorded(code)?
            } else {
                device.eval_repr(code)?
            };
            Found::read(text)
        })?;
        found.to_python(py, trusted)
    }

    /// Calls a function of the board with arguments that have literals.
    #[pyo3(signature = (
        name, arguments, keywords, parameters, stream = None, trusted = false, record = false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is one of the caller's")]
    fn call<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        arguments: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
        parameters: Vec<String>,
        stream: Option<Py<PyAny>>,
        trusted: bool,
        record: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let code = source::call(name, arguments, Some(keywords), &parameters)?;
        self.eval(py, &code, stream, trusted, record)
    }

    /// The text of a call, whose arguments are called by their parameters in errors.
    #[staticmethod]
    fn invocation(
        name: &str,
        arguments: &Bound<'_, PyTuple>,
        keywords: &Bound<'_, PyDict>,
        parameters: Vec<String>,
    ) -> PyResult<String> {
        source::call(name, arguments, Some(keywords), &parameters)
    }

    /// Evaluates an expression, and tells when the board had its value: seconds of the host's clock
    /// since its epoch.
    #[pyo3(signature = (code, stream = None, trusted = false))]
    fn eval_timed<'py>(
        &self,
        py: Python<'py>,
        code: &str,
        stream: Option<Py<PyAny>>,
        trusted: bool,
    ) -> PyResult<(Bound<'py, PyAny>, f64)> {
        if self.host.is_serving() {
            let sent = Instant::now();
            let found = self.eval(py, code, stream, trusted, false)?;
            return Ok((found, since_epoch(sent + sent.elapsed() / 2)));
        }
        let (found, at) = self.work(py, stream, |device| {
            let timed = device.eval_timed::<Value>(&format!("repr({code}\n)"))?;
            let Value::Str(text) = timed.value else {
                return Err(Error::NoResult);
            };
            Ok((Found::read(text)?, timed.at))
        })?;
        Ok((found.to_python(py, trusted)?, since_epoch(at)))
    }

    /// Evaluates an expression: what never changes as a value, everything else as a handle.
    #[pyo3(signature = (code, stream = None))]
    fn object<'py>(
        &self,
        py: Python<'py>,
        code: &str,
        stream: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let found = if self.host.is_serving() {
            self.nested(py, stream, |output| self.host.object(code, output))?
        } else {
            self.work(py, stream, |device| device.object(code))?
        };
        match found {
            Object::Value(value) => to_python(py, &value),
            Object::Proxy(proxy) => Ok(Bound::new(py, Handle::new(proxy))?.into_any()),
        }
    }

    /// Sends the text of a function, whose lines are those of a file from `line` on.
    fn define(&self, py: Python<'_>, file: &str, line: u32, text: &str) -> PyResult<()> {
        if self.host.is_serving() {
            return self.nested(py, None, |output| self.host.exec(text, output));
        }
        let source = Source::new(file, line, text);
        self.work_recorded(py, None, |device, room| {
            if room {
                device.task(source.clone()).map(|_| ())
            } else {
                device.tasks_unrecorded(&source)
            }
        })
    }

    /// Runs the statements of a file from `line` on in the global name space, after `before`.
    #[pyo3(signature = (file, line, text, before, stream = None, record = true))]
    #[expect(clippy::too_many_arguments, reason = "each is one of the caller's")]
    fn setup(
        &self,
        py: Python<'_>,
        file: &str,
        line: u32,
        text: &str,
        before: &str,
        stream: Option<Py<PyAny>>,
        record: bool,
    ) -> PyResult<()> {
        if self.host.is_serving() {
            let code = format!("{before}{text}");
            return self.nested(py, stream, |output| self.host.exec(&code, output));
        }
        let source = Source::new(file, line, text);
        self.work_recorded(py, stream, |device, room| {
            device.setup_verbatim(&source, before, record && room)
        })
    }

    /// Runs calls in one round trip. Each is an expression, or statements where the flag is set;
    /// each gives its result or its exception.
    #[pyo3(signature = (calls, stream = None))]
    fn batch<'py>(
        &self,
        py: Python<'py>,
        calls: Vec<(String, bool)>,
        stream: Option<Py<PyAny>>,
    ) -> PyResult<Vec<(bool, Bound<'py, PyAny>)>> {
        if self.host.is_serving() {
            return self.one_by_one(py, &calls, stream.as_ref());
        }
        let mut batch = Batch::new();
        for (code, statements) in &calls {
            if *statements {
                batch.exec(code.as_str());
            } else {
                batch.eval(code.as_str());
            }
        }
        let results = self.work(py, stream, |device| Ok(device.run_batch(&batch)))?;
        let results = results.into_iter().map(|result| match result {
            Ok(value) => Ok((true, to_python(py, &value)?)),
            Err(Error::NotALiteral { text }) => Ok((true, Found::Text(text).to_python(py, false)?)),
            Err(error) => Ok((false, raised(py, errors::to_python(py, error)))),
        });
        results.collect()
    }

    /// What runs on the board: name, version, platform, architecture, emitters.
    fn implementation<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let found = self.work(py, None, |device| device.implementation().cloned())?;
        let architecture = match found.mpy.map(|mpy| mpy.architecture) {
            Some(belay_device::Architecture::Known(name)) => Some(name),
            _ => None,
        };
        let emitters = PyTuple::new(py, &found.emitters)?;
        (
            found.name,
            found.version,
            found.platform,
            architecture,
            emitters,
        )
            .into_pyobject(py)
    }

    /// The board's milliseconds and the host's time in the middle of a question for them, with the
    /// length of the round trip: of several questions the one that took the shortest.
    fn clock(&self, py: Python<'_>, samples: usize) -> PyResult<(f64, f64, f64)> {
        self.work(py, None, |device: &mut Device| {
            let mut best: Option<(f64, f64, f64)> = None;
            for _ in 0..samples.max(1) {
                let sent = Instant::now();
                let ticks: f64 = device.eval(TICKS)?;
                let trip = sent.elapsed();
                if best.is_none_or(|(.., shortest)| trip.as_secs_f64() < shortest) {
                    best = Some((ticks, since_epoch(sent + trip / 2), trip.as_secs_f64()));
                }
            }
            best.ok_or(Error::NoResult)
        })
    }
}

impl Session {
    /// The calls of a batch from inside of a call of the board.
    fn one_by_one<'py>(
        &self,
        py: Python<'py>,
        calls: &[(String, bool)],
        stream: Option<&Py<PyAny>>,
    ) -> PyResult<Vec<(bool, Bound<'py, PyAny>)>> {
        let mut results = Vec::new();
        for (code, statements) in calls {
            let stream = stream.map(|stream| stream.clone_ref(py));
            let result = if *statements {
                let result = self.exec(py, code, stream, false);
                result.map(|()| py.None().into_bound(py))
            } else {
                self.eval(py, code, stream, false, false)
            };
            results.push(match result {
                Ok(value) => (true, value),
                // What a signal has raised ends it all.
                Err(error) if !error.is_instance_of::<PyException>(py) => return Err(error),
                Err(error) => (false, raised(py, error)),
            });
        }
        Ok(results)
    }
}

fn raised(py: Python<'_>, error: PyErr) -> Bound<'_, PyAny> {
    error.into_value(py).into_bound(py).into_any()
}

/// The board's milliseconds.
const TICKS: &str = "float(getattr(__import__('time'),'ticks_ms',None)() \
    if hasattr(__import__('time'),'ticks_ms') else __import__('supervisor').ticks_ms())";

/// The seconds from the epoch of the host's clock to a moment.
fn since_epoch(at: Instant) -> f64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let instant = Instant::now();
    now - instant.saturating_duration_since(at).as_secs_f64()
        + at.saturating_duration_since(instant).as_secs_f64()
}
