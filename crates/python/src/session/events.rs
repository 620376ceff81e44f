//! What boards tell unasked.

use std::time::Duration;

use pyo3::prelude::*;

use super::Session;
use super::calls::Found;
use crate::pulse::lock;

#[pymethods]
impl Session {
    /// Gives the board `belay_emit(name, value)`; what it tells waits for [`event`](Self::event).
    fn subscribe(&self, py: Python<'_>) -> PyResult<()> {
        let events = self.work(py, None, |device| {
            let events = device.events()?;
            self.host.pass_events_on(device);
            Ok(events)
        })?;
        *lock(&self.events) = Some(events);
        Ok(())
    }

    /// The name and the value of the next event that has come, if one has.
    fn event<'py>(&self, py: Python<'py>) -> Option<(String, Bound<'py, PyAny>)> {
        let event = lock(&self.events).as_ref()?.try_recv().ok()?;
        let value = Found::read(event.repr).map(|found| found.to_python(py, false));
        let value = match value {
            Ok(Ok(value)) => value,
            _ => py.None().into_bound(py),
        };
        Some((event.name, value))
    }

    /// Waits until the board has told something new, for at most so many seconds, and says whether it
    /// has.
    fn listen(&self, py: Python<'_>, wait: f64) -> PyResult<bool> {
        let wait = Duration::try_from_secs_f64(wait).unwrap_or_default();
        self.work(py, None, |device| device.listen(wait))
    }
}
