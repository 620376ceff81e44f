//! What boards tell unasked.

use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use belay_device::Event;
use pyo3::prelude::*;

use super::Session;
use crate::pulse::{BEAT, lock};
use crate::values::Found;

/// How long the board is listened to at a time; calls of other threads wait as long.
const SLICE: Duration = Duration::from_millis(20);

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

    /// The name and the value of the next event; nothing if none comes for `timeout` seconds.
    ///
    /// Where a call of another thread works with the board, its events come with that call. Otherwise
    /// the board is listened to.
    #[pyo3(signature = (timeout = None))]
    fn event<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<f64>,
    ) -> PyResult<Option<(String, Bound<'py, PyAny>)>> {
        // What is too long for a duration is for ever.
        let timeout =
            timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
        let end = timeout.and_then(|length| Instant::now().checked_add(length));
        let rest = || end.map_or(BEAT, |end| end.saturating_duration_since(Instant::now()));
        loop {
            if let Some(event) = py.detach(|| self.queued(Duration::ZERO)) {
                return Ok(Some(to_python(py, event)));
            }
            // A slice is too short for the link to look for signals.
            py.check_signals()?;
            let rest = rest();
            if rest.is_zero() {
                return Ok(None);
            }
            let slice = SLICE.min(rest);
            if self
                .work_if_free(py, |device| device.listen(slice))?
                .is_some()
            {
                continue;
            }
            if let Some(event) = py.detach(|| self.queued(BEAT.min(rest))) {
                return Ok(Some(to_python(py, event)));
            }
        }
    }
}

impl Session {
    /// The next event of the queue, which may come within `wait`.
    fn queued(&self, wait: Duration) -> Option<Event> {
        let events = lock(&self.events);
        let events = events.as_ref()?;
        match events.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Empty) if !wait.is_zero() => events.recv_timeout(wait).ok(),
            Err(_) => None,
        }
    }
}

/// An event as Python has it. A value that has no literal is `None`.
fn to_python(py: Python<'_>, event: Event) -> (String, Bound<'_, PyAny>) {
    let value = Found::read(event.repr).map(|found| found.to_python(py, false));
    let value = match value {
        Ok(Ok(value)) => value,
        _ => py.None().into_bound(py),
    };
    (event.name, value)
}
