//! From Python's values to source text for the board.

use std::fmt::Write;

use belay_device::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyRange,
    PySet, PyString, PyTuple,
};

/// How deep an argument may be nested; a board's compiler takes about as much.
const DEPTH: usize = 64;

/// The source text of a value. `what` is what an error calls it.
#[pyfunction]
#[pyo3(signature = (value, what = "the value"))]
pub(crate) fn literal(value: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    let mut text = String::new();
    Writer {
        text: &mut text,
        what,
    }
    .write(value, DEPTH)?;
    Ok(text)
}

/// `NAME(ARGUMENTS)`. The arguments are called by the names of the parameters in errors.
pub(crate) fn call(
    name: &str,
    arguments: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
    parameters: &[String],
) -> PyResult<String> {
    let mut text = format!("{name}(");
    list(&mut text, arguments, keywords, parameters)?;
    text.push(')');
    Ok(text)
}

/// `ARGUMENTS`, separated by commas.
pub(crate) fn list(
    text: &mut String,
    arguments: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
    parameters: &[String],
) -> PyResult<()> {
    let mut first = true;
    for (index, argument) in arguments.iter().enumerate() {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        let what = match parameters.get(index) {
            Some(parameter) => format!("the argument {parameter:?}"),
            None => format!("argument {}", index + 1),
        };
        Writer { text, what: &what }.write(&argument, DEPTH)?;
    }
    for (name, argument) in keywords.iter().flat_map(|keywords| keywords.iter()) {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        let name: String = name.extract()?;
        text.push_str(&name);
        text.push('=');
        let what = format!("the argument {name:?}");
        Writer { text, what: &what }.write(&argument, DEPTH)?;
    }
    Ok(())
}

struct Writer<'a> {
    text: &'a mut String,
    what: &'a str,
}

impl Writer<'_> {
    fn write(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(PyTypeError::new_err(format!(
                "{} is nested too deeply, or holds itself",
                self.what
            )));
        };
        if value.is_none() {
            self.text.push_str("None");
        } else if let Ok(value) = value.cast::<PyBool>() {
            self.text
                .push_str(if value.is_true() { "True" } else { "False" });
        } else if value.is_instance_of::<PyInt>() {
            self.int(value)?;
        } else if let Ok(value) = value.cast::<PyString>() {
            let text = value.to_cow().map_err(|_| {
                PyTypeError::new_err(format!("{} holds half of a surrogate pair", self.what))
            })?;
            self.put(&Value::Str(text.into_owned()));
        } else if let Ok(value) = value.cast::<PyFloat>() {
            self.float(value.value());
        } else if let Ok(value) = value.cast::<PyBytes>() {
            self.put(&Value::Bytes(value.as_bytes().to_vec()));
        } else if let Ok(value) = value.cast::<PyByteArray>() {
            self.put(&Value::ByteArray(value.to_vec()));
        } else if let Ok(value) = value.cast::<PyTuple>() {
            let close = if value.len() == 1 { ",)" } else { ")" };
            self.items("(", value.iter(), close, depth)?;
        } else if let Ok(value) = value.cast::<PyList>() {
            self.items("[", value.iter(), "]", depth)?;
        } else if let Ok(value) = value.cast::<PyDict>() {
            self.dict(value, depth)?;
        } else if let Ok(value) = value.cast::<PySet>() {
            if value.is_empty() {
                self.text.push_str("set()");
            } else {
                self.items("{", value.iter(), "}", depth)?;
            }
        } else if let Ok(value) = value.cast::<PyFrozenSet>() {
            self.items("frozenset([", value.iter(), "])", depth)?;
        } else if let Ok(value) = value.cast::<PyComplex>() {
            self.text.push('(');
            self.float(value.real());
            self.text.push_str("+1j*");
            self.float(value.imag());
            self.text.push(')');
        } else if value.is_instance_of::<PyRange>() || value.is(value.py().Ellipsis()) {
            self.text.push_str(&value.repr()?.to_string());
        } else {
            self.other(value, depth)?;
        }
        Ok(())
    }

    fn int(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(number) = value.extract::<i64>() {
            // Writing to a string does not fail.
            let _ = write!(self.text, "{number}");
        } else {
            // As a number, whatever a subclass shows; in hexadecimal digits, of which there may be
            // any number.
            let kind = value.py().get_type::<PyInt>();
            let digits = kind.call_method1("__format__", (value, "#x"))?;
            self.text.push_str(&digits.extract::<String>()?);
        }
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if number.is_nan() {
            self.text.push_str("float('nan')");
        } else if number.is_infinite() {
            let sign = if number < 0.0 { "-" } else { "" };
            self.text.extend(["float('", sign, "inf')"]);
        } else {
            self.put(&Value::Float(number));
        }
    }

    fn put(&mut self, value: &Value) {
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
    }

    fn items<'py>(
        &mut self,
        open: &str,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        close: &str,
        depth: usize,
    ) -> PyResult<()> {
        self.text.push_str(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.write(&item, depth)?;
        }
        self.text.push_str(close);
        Ok(())
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<()> {
        let ordered = dict.py().import("collections")?.getattr("OrderedDict")?;
        if dict.is_instance(&ordered)? {
            self.text.push_str("__import__('collections').OrderedDict(");
            let items = dict
                .iter()
                .map(|(key, value)| PyTuple::new(dict.py(), [key, value]).map(Bound::into_any));
            let items = items.collect::<PyResult<Vec<_>>>()?;
            self.items("[", items.into_iter(), "]", depth)?;
            self.text.push(')');
            return Ok(());
        }
        self.text.push('{');
        for (index, (key, value)) in dict.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.write(&key, depth)?;
            self.text.push(':');
            self.write(&value, depth)?;
        }
        self.text.push('}');
        Ok(())
    }

    fn other(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        let py = value.py();
        // An object that stays on the board goes by its name there.
        let proxy = py.import("belay.proxy_object")?;
        if value
            .get_type()
            .is_subclass(&proxy.getattr("ProxyObject")?)?
        {
            let name = proxy.call_method1("get_proxy_object_target_name", (value,))?;
            self.text.push_str(&name.extract::<String>()?);
            return Ok(());
        }
        if value.get_type().is(&py.import("array")?.getattr("array")?) {
            let code: String = value.getattr("typecode")?.extract()?;
            self.text
                .extend(["__import__('array').array('", &code, "',"]);
            self.write(&value.call_method0("tolist")?, depth)?;
            self.text.push(')');
            return Ok(());
        }
        let kind = value.get_type().qualname()?;
        Err(PyTypeError::new_err(format!(
            "{} is of type {kind}, which cannot be sent to the board; literals and proxies can",
            self.what
        )))
    }
}
