//! From a board's values to Python's.

use belay_device::{Error, Proxy, Value};
use belay_pylit::{Options, Parsed};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyList, PySet, PyString,
    PyTuple, PyType,
};

/// Holds an object on the board for as long as it lives.
#[pyclass(frozen, module = "belay._native")]
pub(crate) struct Handle {
    proxy: Proxy,
    name: String,
}

impl Handle {
    pub(crate) fn new(proxy: Proxy) -> Self {
        let name = proxy.text_on_board();
        Self { proxy, name }
    }
}

#[pymethods]
impl Handle {
    /// What code on the board calls the object.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// The name of the object's type.
    #[getter]
    fn kind(&self) -> &str {
        self.proxy.kind()
    }
}

/// The longest result that is taken, in bytes.
const LONGEST: usize = 64 << 20;

/// A result on its way to Python.
pub(crate) enum Found {
    Value(Value),
    /// The repr of what has no literal.
    Text(String),
}

impl Found {
    pub(crate) fn read(text: String) -> Result<Self, Error> {
        let options = Options {
            max_bytes: LONGEST,
            ..Options::default()
        };
        match belay_pylit::parse_or_text(&text, &options) {
            Ok(Parsed::Literal(value)) => Ok(Self::Value(value)),
            Ok(Parsed::Unparsed(_)) => Ok(Self::Text(text)),
            Err(source) => Err(Error::WrongType { text, source }),
        }
    }

    /// The Python object. What is no literal becomes what its repr evaluates to, if the board is
    /// trusted, and otherwise `UNPARSABLE_RESULT`.
    pub(crate) fn to_python<'py>(
        &self,
        py: Python<'py>,
        trusted: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Value(value) => to_python(py, value),
            Self::Text(text) => {
                if trusted {
                    let names = PyDict::new(py);
                    let built = py.import("builtins")?.call_method1("eval", (text, names));
                    if let Ok(value) = built {
                        return Ok(value);
                    }
                }
                py.import("belay.device")?.getattr("UNPARSABLE_RESULT")
            }
        }
    }
}

/// The Python object that a value is.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::None => py.None().into_bound(py),
        Value::Ellipsis => py.Ellipsis().into_bound(py),
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::Int(number) => number.into_pyobject(py)?.into_any(),
        Value::BigInt(number) => {
            let digits = number.to_str_radix(16);
            py.get_type::<pyo3::types::PyInt>().call1((digits, 16))?
        }
        Value::Float(number) => PyFloat::new(py, *number).into_any(),
        Value::Complex(number) => PyComplex::from_doubles(py, number.re, number.im).into_any(),
        Value::Str(text) => PyString::new(py, text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::ByteArray(bytes) => PyByteArray::new(py, bytes).into_any(),
        Value::Tuple(items) => PyTuple::new(py, all(py, items)?)?.into_any(),
        // What dict views hold is a list, since a view without its dict is nothing.
        Value::List(items) | Value::DictKeys(items) | Value::DictValues(items) => {
            PyList::new(py, all(py, items)?)?.into_any()
        }
        Value::DictItems(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, value)| PyTuple::new(py, [to_python(py, key)?, to_python(py, value)?]));
            PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        Value::Set(items) => PySet::new(py, all(py, items)?)?.into_any(),
        Value::FrozenSet(items) => PyFrozenSet::new(py, all(py, items)?)?.into_any(),
        Value::Dict(pairs) => {
            let dict = PyDict::new(py);
            for (key, value) in pairs {
                dict.set_item(to_python(py, key)?, to_python(py, value)?)?;
            }
            dict.into_any()
        }
        Value::OrderedDict(pairs) => {
            let dict = py.import("collections")?.getattr("OrderedDict")?.call0()?;
            for (key, value) in pairs {
                dict.set_item(to_python(py, key)?, to_python(py, value)?)?;
            }
            dict
        }
        Value::Range(range) => {
            let kind = py.get_type::<pyo3::types::PyRange>();
            kind.call1((range.start, range.stop, range.step))?
        }
        Value::Array(array) => {
            let items = PyList::new(py, all(py, &array.items)?)?;
            // CPython has no arrays of objects.
            if array.typecode == 'O' {
                items.into_any()
            } else {
                let kind = py.import("array")?.getattr("array")?;
                kind.call1((array.typecode.to_string(), items))?
            }
        }
        Value::NamedTuple(tuple) => {
            let names: Vec<&str> = tuple.fields.iter().map(|(name, _)| name.as_str()).collect();
            let values = tuple.fields.iter().map(|(_, value)| to_python(py, value));
            let values = PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?;
            named_tuple(py, &tuple.name, &names)?.call1(values)?
        }
        other => {
            let kind = other.type_name();
            return Err(PyValueError::new_err(format!(
                "no Python value for a {kind}"
            )));
        }
    })
}

fn all<'py>(py: Python<'py>, items: &[Value]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    items.iter().map(|item| to_python(py, item)).collect()
}

/// The class of named tuples with this name and these fields. There is one of each, so that values
/// of the same kind are equal in type, too.
fn named_tuple<'py>(py: Python<'py>, name: &str, fields: &[&str]) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES
        .get_or_init(py, || PyDict::new(py).unbind())
        .bind(py);
    let key = PyTuple::new(py, [&[name], fields].concat())?;
    if let Some(known) = classes.get_item(&key)? {
        return Ok(known);
    }
    let make = py.import("collections")?.getattr("namedtuple")?;
    let options = PyDict::new(py);
    options.set_item("rename", true)?;
    let title = if name.is_empty() { "attrtuple" } else { name };
    let class = make.call((title, PyList::new(py, fields)?), Some(&options))?;
    // A board may have any number of them; what is not kept is made again.
    if classes.len() < 1000 {
        classes.set_item(key, &class)?;
    }
    Ok(class.cast_into::<PyType>()?.into_any())
}
