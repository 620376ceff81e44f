//! What boards tell unasked.

use std::time::Duration;

use belay_device::Event;
use pyo3::prelude::*;

use super::Session;
use super::calls::Found;

#[pymethods]
impl Session {
    /// Hands over what the board tells by `belay_emit(name, value)` from now on: `receive` is called with
    /// the name and the value, in the middle of other calls, and must not use the device.
    fn subscribe(&self, py: Python<'_>, receive: Py<PyAny>) -> PyResult<()> {
        self.work(py, None, |device| {
            let receive = Python::attach(|py| receive.clone_ref(py));
            device.on_event(move |event| hand_over(&receive, event))?;
            self.host.pass_events_on(device);
            Ok(())
        })
    }

    /// Waits until the board has told something new, for at most so many seconds, and says whether it
    /// has.
    fn listen(&self, py: Python<'_>, wait: f64) -> PyResult<bool> {
        let wait = Duration::try_from_secs_f64(wait).unwrap_or_default();
        self.work(py, None, |device| device.listen(wait))
    }
}

fn hand_over(receive: &Py<PyAny>, event: &Event) {
    Python::attach(|py| {
        let value = Found::read(event.repr.clone()).map(|found| found.to_python(py, false));
        let value = match value {
            Ok(Ok(value)) => value,
            _ => py.None().into_bound(py),
        };
        // A queue that takes nothing more loses the event, and not the call in whose middle it came.
        let _ = receive.call1(py, (event.name.as_str(), value));
    });
}
