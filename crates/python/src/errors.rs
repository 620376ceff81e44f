//! From the errors of a session to Python's exceptions.

use belay_device::{Error, Exception};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::board::Failure;

/// An exception of a class of the package.
fn ours(py: Python<'_>, module: &str, class: &str, text: String) -> PyErr {
    let make = || py.import(module)?.getattr(class)?.call1((text,));
    make().map_or_else(|error| error, PyErr::from_value)
}

fn exception(py: Python<'_>, class: &str, text: String) -> PyErr {
    ours(py, "belay.exceptions", class, text)
}

fn board(py: Python<'_>, text: String) -> PyErr {
    ours(py, "belay.pyboard", "PyboardError", text)
}

/// The exception that an error of a running session is.
pub(crate) fn to_python(py: Python<'_>, error: Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Exception(raised) => uncaught(py, &raised),
        Error::Exited => ours(
            py,
            "belay.pyboard",
            "PyboardException",
            format!("SystemExit: {text}\n"),
        ),
        Error::Transport(_) | Error::ConnectionLost { .. } | Error::NotReconnected { .. } => {
            exception(py, "ConnectionLost", text)
        }
        Error::HistoryFull { .. } => exception(py, "MaxHistoryLengthError", text),
        Error::ReservedName { .. } => exception(py, "SpecialFunctionNameError", text),
        Error::OtherImplementation { .. } => exception(py, "NoMatchingExecuterError", text),
        Error::Unavailable { .. } => exception(py, "FeatureUnavailableError", text),
        Error::Argument { .. } | Error::NotSendable { .. } => PyTypeError::new_err(text),
        Error::NotAName { .. } | Error::OneFunction { .. } | Error::TooLarge { .. } => {
            PyValueError::new_err(text)
        }
        Error::File { .. } => PyOSError::new_err(text),
        _ => board(py, text),
    }
}

/// The exception that an error at the beginning of a session is.
pub(crate) fn connecting(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Transport(error) => opening(py, Failure::Transport(error)),
        error @ Error::Timeout { .. } => exception(py, "ConnectionFailedError", error.to_string()),
        error => to_python(py, error),
    }
}

/// The exception for a device that was not opened.
pub(crate) fn opening(py: Python<'_>, failure: Failure) -> PyErr {
    use belay_transport::Error as Link;

    match failure {
        Failure::Transport(error) => {
            let class = match error {
                Link::LoginRefused { .. }
                | Link::LoginRequired { .. }
                | Link::PasswordRequired { .. }
                | Link::WrongPassword { .. }
                | Link::BadPassword { .. } => "AuthenticationError",
                Link::SeveralMatches { .. } | Link::SeveralBoards { .. } => {
                    "InsufficientSpecifierError"
                }
                _ => "ConnectionFailedError",
            };
            exception(py, class, error.to_string())
        }
        Failure::Simulator(text) => exception(py, "ConnectionFailedError", text),
        Failure::Left => {
            let text = "interrupted before the device was open";
            exception(py, "ConnectionFailedError", text.to_owned())
        }
    }
}

/// An exception on the board that its program did not catch.
fn uncaught(py: Python<'_>, raised: &Exception) -> PyErr {
    let make = || {
        let class = py.import("belay.pyboard")?.getattr("PyboardException")?;
        let error = class.call1((traceback(py, raised)?,))?;
        error.setattr("kind", &raised.kind)?;
        error.setattr("message", &raised.message)?;
        let frames = raised.frames.iter();
        let frames: Vec<_> = frames.map(|f| (&f.file, f.line, &f.function)).collect();
        error.setattr("frames", frames)?;
        PyResult::Ok(error)
    };
    make().map_or_else(|error| error, PyErr::from_value)
}

/// The text of an exception, as Python prints one.
fn traceback(py: Python<'_>, raised: &Exception) -> PyResult<String> {
    let mut text = String::new();
    if !raised.frames.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
    }
    for frame in &raised.frames {
        text.extend([frame.to_string().as_str(), "\n"]);
        let mut line = String::new();
        if !frame.file.starts_with('<') {
            // As the file has it: what was sent may have been rewritten.
            let lines = py.import("linecache")?;
            line = lines
                .call_method1("getline", (&frame.file, frame.line))?
                .extract()?;
        }
        if let (true, Some(sent)) = (line.trim().is_empty(), &frame.text) {
            // The board's files are not here, and are not found.
            line.clone_from(sent);
        }
        if !line.trim().is_empty() {
            text.extend(["    ", line.trim(), "\n"]);
        }
    }
    // MicroPython has the colon without a message, too.
    text.extend([raised.kind.as_str(), ": ", raised.message.as_str(), "\n"]);
    Ok(text)
}
