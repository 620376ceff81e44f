//! `belay._native`: the part of the Python package that is Rust.
//!
//! Python has the decorators, the classes and what reads a function's source; here are sessions, values
//! and the command. What waits for a board or a network gives up the interpreter's lock, and looks for
//! Ctrl-C every 50 ms.

#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `Python` is no function for any lifetime"
)]

mod board;
mod errors;
mod functions;
mod link;
mod mounted;
mod output;
mod pulse;
mod rewriting;
mod session;
mod source;
mod sync;
mod text;
mod values;

use std::ffi::OsString;

use pyo3::prelude::*;

/// What Python may use from any thread.
const fn shared<T: Send + Sync>() {}
const _: () = {
    shared::<session::Session>();
    shared::<session::generator::Generator>();
    shared::<values::Handle>();
    shared::<rewriting::Assertion>();
    shared::<rewriting::Instrumented>();
};

/// Runs the `belay` command with these arguments, the first of which is its name, and gives its exit
/// status.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| belay::status(arguments))
}

/// Takes comments, docstrings and white space out of Python code. Names and line numbers stay.
#[pyfunction]
fn minify(code: &str) -> PyResult<String> {
    belay_minify::minify(code, &belay_minify::Options::default())
        .map_err(|error| pyo3::exceptions::PySyntaxError::new_err(error.to_string()))
}

/// What puts a board right between two tests.
const RESTORE: &str = include_str!("../board/restore.py");

#[pymodule(gil_used = false)]
mod _native {
    use super::RESTORE;
    #[pymodule_export]
    use super::board::serial_ports;
    #[pymodule_export]
    use super::rewriting::{Assertion, Instrumented, host_modules, instrument};
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::session::generator::Generator;
    #[pymodule_export]
    use super::source::literal;
    #[pymodule_export]
    use super::text::{dedent, dedent_source, imported_names};
    #[pymodule_export]
    use super::values::Handle;
    #[pymodule_export]
    use super::{main, minify};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("REPORT", belay_instrument::BOARD)?;
        module.add("RESTORE", RESTORE)?;
        module.add("RUNNER", belay_testing::board_code())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
    use pyo3::prelude::*;
}
