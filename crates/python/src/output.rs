//! What programs print, on its way to a Python stream.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::pulse::lock;

/// Where the output of the call goes that runs now.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Sink>>);

#[derive(Default)]
struct Sink {
    /// A text stream, or nothing for output that is not wanted.
    stream: Option<Py<PyAny>>,
    /// Whether it takes bytes.
    binary: bool,
    /// The beginning of a character whose other bytes are still to come.
    partial: Vec<u8>,
    /// What the stream has raised.
    raised: Option<PyErr>,
}

impl Output {
    /// Output to a stream of bytes.
    pub(crate) fn bytes(stream: Py<PyAny>) -> Self {
        Self(Arc::new(Mutex::new(Sink {
            stream: Some(stream),
            binary: true,
            ..Sink::default()
        })))
    }

    /// Sends output to a stream from now on.
    pub(crate) fn direct(&self, stream: Option<Py<PyAny>>) {
        let mut sink = lock(&self.0);
        sink.partial.clear();
        let before = std::mem::replace(&mut sink.stream, stream);
        drop(sink);
        drop(before);
    }

    /// Writes what is left, and gives what the stream has raised.
    pub(crate) fn finish(&self) -> Option<PyErr> {
        let rest = std::mem::take(&mut lock(&self.0).partial);
        if !rest.is_empty() {
            let text = escaped(&rest);
            // What it raises is taken below.
            let _ = self.put(&text);
        }
        let mut sink = lock(&self.0);
        let stream = sink.stream.take();
        let raised = sink.raised.take();
        drop(sink);
        drop(stream);
        raised
    }

    fn put(&self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.tell(|stream| {
            stream.call_method1("write", (text,))?;
            if !text.ends_with('\n') && stream.hasattr("flush")? {
                stream.call_method0("flush")?;
            }
            Ok(())
        })
    }

    fn tell(&self, tell: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>) -> io::Result<()> {
        Python::attach(|py| {
            let stream = lock(&self.0).stream.as_ref().map(|s| s.clone_ref(py));
            let Some(stream) = stream else {
                return Ok(());
            };
            tell(stream.bind(py)).or_else(|error| {
                // A signal that comes meanwhile ends the call as any other, when it looks next.
                let again = || py.import("_thread")?.call_method0("interrupt_main");
                if error.is_instance_of::<PyKeyboardInterrupt>(py) && again().is_ok() {
                    return Ok(());
                }
                lock(&self.0).raised = Some(error);
                Err(io::Error::other("the stream for output has failed"))
            })
        })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if lock(&self.0).binary {
            let write =
                |stream: &Bound<'_, PyAny>| stream.call_method1("write", (bytes,)).map(drop);
            return self.tell(write).map(|()| bytes.len());
        }
        let text = {
            let mut sink = lock(&self.0);
            sink.partial.extend_from_slice(bytes);
            let mut text = String::new();
            let mut rest = std::mem::take(&mut sink.partial);
            loop {
                match std::str::from_utf8(&rest) {
                    Ok(valid) => {
                        text.push_str(valid);
                        break;
                    }
                    Err(error) => {
                        let (valid, after) = rest.split_at(error.valid_up_to());
                        text.push_str(&String::from_utf8_lossy(valid));
                        let Some(length) = error.error_len() else {
                            sink.partial = after.to_vec();
                            break;
                        };
                        text.push_str(&escaped(&after[..length]));
                        rest = after[length..].to_vec();
                    }
                }
            }
            text
        };
        self.put(&text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that are no text, as Python's `backslashreplace` shows them.
fn escaped(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
    text
}
