//! Work with the board from inside of a call of the board.

use std::sync::Arc;

use belay_device::{Device, Error, HostCalls};
use pyo3::prelude::*;

use super::Session;
use crate::errors;
use crate::output::Output;

#[pymethods]
impl Session {
    /// Whether this thread cannot use the device, since a call waits for it.
    fn keep_out(&self, out: bool) {
        self.turn.keep_out(out);
    }

    /// Gives the board a function that is one of the host.
    fn serve(&self, py: Python<'_>, name: String, function: Py<PyAny>) -> PyResult<()> {
        let code = HostCalls::function(&name).map_err(|error| errors::to_python(py, error))?;
        if self.host.is_serving() {
            // There is one already, which is being carried out.
            self.functions.insert(name, function);
            return self.nested(py, None, |output| self.host.exec(&code, output));
        }
        let first = self.functions.insert(name, function);
        if first {
            let functions = self.functions.clone();
            let pulse = Arc::clone(&self.pulse);
            self.host
                .handle(move |call| functions.carry_out(&pulse, &call));
        }
        let host = first.then(|| self.host.clone());
        let begin = move |device: &mut Device| {
            if let Some(host) = &host {
                host.load(device)?;
            }
            device.exec_unrecorded(&code)
        };
        self.work_recorded(py, None, |device: &mut Device, room| {
            if !room {
                return begin(device);
            }
            device.remember(begin.clone())
        })
    }
}

impl Session {
    /// Works with the board from inside of a call of the board.
    pub(super) fn nested<T: Send>(
        &self,
        py: Python<'_>,
        stream: Option<Py<PyAny>>,
        work: impl FnOnce(&mut Output) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let mut output = Output::default();
        output.direct(stream);
        let (result, raised) = py.detach(|| {
            let result = work(&mut output);
            (result, output.finish())
        });
        // What has been raised meanwhile ends this call or, where it had ended already, the one around it.
        if matches!(result, Err(Error::Abandoned))
            && let Some(raised) = self.pulse.take()
        {
            return Err(raised);
        }
        match raised {
            Some(raised) => Err(raised),
            None => result.map_err(|error| self.functions.explain(py, error)),
        }
    }
}
