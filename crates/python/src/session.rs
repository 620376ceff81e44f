//! A session with a board, as Python holds it.

mod calls;
mod events;
mod files;
pub(crate) mod generator;
mod host;
mod mount;
mod turn;

use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use belay_device::{
    ConnectOptions, Device, Error, Event, HostCalls, MAX_HISTORY, Reconnect, Startup,
};
use belay_transport::OpenOptions;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::board::{Companion, Failure, Target};
use crate::errors;
use crate::functions::Functions;
use crate::mounted::Mounted;
use crate::output::Output;
use crate::pulse::{Pulse, lock};
use turn::Turn;

/// The pause between two attempts to find a board again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a board may take to come to its prompt.
const CONNECT: Duration = Duration::from_secs(10);

/// A session with one board. Calls of several threads are made one after the other, in the order in
/// which they came.
#[pyclass(frozen, module = "belay._native")]
pub(crate) struct Session {
    turn: Turn<State>,
    pulse: Arc<Pulse>,
    output: Output,
    /// What is to be deleted on the board before the next call.
    dropped: Mutex<Vec<String>>,
    companion: Arc<Mutex<Companion>>,
    host: HostCalls,
    functions: Functions,
    mounted: Mounted,
    /// What the board tells unasked.
    events: Mutex<Option<Receiver<Event>>>,
    /// The process that the session belongs to.
    process: u32,
}

/// What only the call that has its turn works with.
struct State {
    /// Nothing once the session has been closed.
    device: Option<Device>,
    target: Arc<Mutex<Target>>,
    options: ConnectOptions,
    attempts: i32,
    companion: Arc<Mutex<Companion>>,
    host: HostCalls,
    /// Whether more was to be recorded than there is room for, so that the board cannot be made again
    /// what it was.
    overflowed: bool,
    /// Whether the link has been found broken since.
    lost: bool,
}

impl State {
    /// Opens the device and takes it over.
    fn connect(&self, pulse: &Arc<Pulse>, output: &Output) -> Result<Device, Refused> {
        let (stream, companion) = lock(&self.target)
            .open(pulse, &self.host)
            .map_err(Refused::Opening)?;
        keep(&self.companion, companion);
        let mut device =
            Device::connect(stream, self.options.clone()).map_err(Refused::Connecting)?;
        device.set_output(output.clone());
        pulse.watch(device.interrupter());
        if self.attempts != 0 {
            lock(&self.target).follow();
            device.set_reconnect(self.reconnect(self.attempts, pulse));
        }
        Ok(device)
    }

    /// A session from the start.
    fn begin(&mut self, pulse: &Arc<Pulse>, output: &Output) -> Result<(), Refused> {
        // The port must be closed before it can be opened again.
        drop(self.device.take());
        let _connecting = pulse.connecting();
        self.device = Some(self.connect(pulse, output)?);
        Ok(())
    }

    /// Begins again: does what has been recorded, or is a new session where nothing has.
    fn connect_again(
        &mut self,
        attempts: i32,
        pulse: &Arc<Pulse>,
        output: &Output,
    ) -> Result<(), Refused> {
        if self.attempts == 0 {
            return self.begin(pulse, output);
        }
        if self.overflowed {
            return Err(Refused::Connecting(Error::HistoryFull {
                limit: MAX_HISTORY,
            }));
        }
        let now = self.reconnect(attempts, pulse);
        let usual = self.reconnect(self.attempts, pulse);
        let device = self.device.as_mut().ok_or(Refused::Closed)?;
        device.set_reconnect(now);
        let result = device.reconnect().map_err(Refused::Connecting);
        device.set_reconnect(usual);
        result
    }

    /// How the device is found again.
    fn reconnect(&self, attempts: i32, pulse: &Arc<Pulse>) -> Reconnect {
        let target = Arc::clone(&self.target);
        let pulse = Arc::clone(pulse);
        let companion = Arc::clone(&self.companion);
        let host = self.host.clone();
        let mut first = true;
        let mut reconnect = Reconnect::new(attempts, move |_| {
            let _connecting = pulse.connecting();
            // The pause is here, where a signal ends it.
            if !std::mem::take(&mut first) && !pulse.pause(PAUSE) {
                return Err(left());
            }
            match lock(&target).open(&pulse, &host) {
                Ok((stream, new)) => {
                    keep(&companion, new);
                    Ok(stream)
                }
                Err(Failure::Transport(error)) => Err(error),
                Err(_) => Err(left()),
            }
        });
        reconnect.pause = Duration::ZERO;
        reconnect
    }
}

/// Why a session did not begin.
enum Refused {
    Closed,
    Opening(Failure),
    Connecting(Error),
}

impl Refused {
    fn into_python(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Closed => closed(py),
            Self::Opening(failure) => errors::opening(py, failure),
            Self::Connecting(error) => errors::connecting(py, error),
        }
    }
}

#[cfg(all(unix, feature = "sim"))]
fn keep(place: &Mutex<Companion>, companion: Companion) {
    if companion.is_some() {
        *lock(place) = companion;
    }
}

#[cfg(not(all(unix, feature = "sim")))]
fn keep(_: &Mutex<Companion>, (): Companion) {}

/// The error of an attempt that a signal has ended.
fn left() -> belay_transport::Error {
    belay_transport::Error::Io {
        port: "the device".to_owned(),
        source: std::io::ErrorKind::Interrupted.into(),
    }
}

#[pymethods]
impl Session {
    /// A session that is still to begin. `startup` are the statements that it begins with, or the usual
    /// imports for `None`.
    #[new]
    #[pyo3(signature = (
        name, *, baudrate = 115_200, user = None, password = None, startup = None, attempts = 0,
        engine = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        name: Option<&str>,
        baudrate: u32,
        user: Option<String>,
        password: Option<String>,
        startup: Option<String>,
        attempts: i32,
        engine: Option<PathBuf>,
    ) -> PyResult<Self> {
        let open = OpenOptions {
            baud_rate: baudrate,
            user,
            password,
            ..OpenOptions::default()
        };
        let target = Target::new(name, open, engine)
            .map_err(|text| errors::opening(py, Failure::Simulator(text)))?;
        let options = ConnectOptions {
            startup: match startup {
                None => Startup::Imports,
                Some(code) if code.is_empty() => Startup::Nothing,
                Some(code) => Startup::Code(code),
            },
            timeout: CONNECT,
            ..ConnectOptions::default()
        };
        let host = HostCalls::default();
        let companion: Arc<Mutex<Companion>> = Arc::default();
        let state = State {
            device: None,
            target: Arc::new(Mutex::new(target)),
            options,
            attempts,
            companion: Arc::clone(&companion),
            host: host.clone(),
            overflowed: false,
            lost: false,
        };
        let pulse = Arc::new(Pulse::default());
        host.interrupted_by({
            let pulse = Arc::clone(&pulse);
            move || pulse.is_unwanted()
        });
        Ok(Self {
            turn: Turn::new(state),
            pulse,
            output: Output::default(),
            dropped: Mutex::default(),
            companion,
            host,
            functions: Functions::default(),
            mounted: Mounted::default(),
            events: Mutex::default(),
            process: std::process::id(),
        })
    }

    /// Opens the device and begins; one that is not `fresh` takes the board over as it is.
    #[pyo3(signature = (*, fresh = true))]
    fn connect(&self, py: Python<'_>, fresh: bool) -> PyResult<()> {
        self.check_process()?;
        let connected = py.detach(|| {
            let mut state = self.turn.wait()?;
            let usual = state.options.clone();
            if !fresh {
                state.options.reset = false;
                state.options.startup = Startup::Nothing;
            }
            self.functions.clear();
            let connected = state.begin(&self.pulse, &self.output);
            state.options = usual;
            PyResult::Ok(connected)
        })?;
        if let Some(raised) = self.pulse.take() {
            return Err(raised);
        }
        connected.map_err(|refused| refused.into_python(py))
    }

    /// What the device is called: the port that it was opened by.
    #[getter]
    fn port(&self, py: Python<'_>) -> PyResult<String> {
        self.check_process()?;
        py.detach(|| {
            let state = self.turn.wait()?;
            let name = lock(&state.target).specifier.to_string();
            PyResult::Ok(name)
        })
    }

    /// Leaves the board at its friendly prompt and closes the port for a while.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process()?;
        let left = py.detach(|| {
            let device = self.turn.wait()?.device.take();
            PyResult::Ok(device.map_or(Ok(()), Device::hang_up))
        })?;
        left.map_err(|error| errors::to_python(py, error))
    }

    /// The socket at which the controls of a simulated board of this process listen.
    #[cfg(all(unix, feature = "sim"))]
    fn controls(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.check_process()?;
        let controls = py.detach(|| {
            let mut companion = lock(&self.companion);
            companion.as_mut().map(crate::board::Simulated::controls)
        });
        let path = controls.transpose();
        path.map(|path| path.map(|path| path.to_string_lossy().into_owned()))
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// The socket at which the controls of a simulated board of this process listen; there is none here.
    #[cfg(not(all(unix, feature = "sim")))]
    #[expect(clippy::unused_self, reason = "it is a method elsewhere")]
    fn controls(&self) -> Option<String> {
        None
    }

    /// Interrupts what runs on the board, as Ctrl-C at its console does, or gives up connecting. From any
    /// thread.
    fn interrupt(&self) {
        self.pulse.interrupt();
    }

    /// Whether this thread can make a call, and is not in the middle of one.
    fn check(&self) -> PyResult<()> {
        self.turn.check()
    }

    /// Leaves the board at its friendly prompt and closes the port. A second time nothing happens.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.process != std::process::id() {
            return Ok(());
        }
        let closed = py.detach(|| {
            let mut state = self.turn.wait()?;
            state.attempts = 0;
            let closed = state.device.take().map_or(Ok(()), Device::hang_up);
            end(&state.companion);
            PyResult::Ok(closed)
        })?;
        if let Some(raised) = self.pulse.take() {
            return Err(raised);
        }
        match closed {
            // A board that has gone needs no farewell.
            Ok(()) | Err(Error::Transport(_)) => Ok(()),
            Err(error) => Err(errors::to_python(py, error)),
        }
    }

    /// Connects anew, and does again what the session has recorded.
    fn reconnect(&self, py: Python<'_>, attempts: i32) -> PyResult<()> {
        self.check_process()?;
        let result = py.detach(|| {
            let mut state = self.turn.wait()?;
            if state.attempts == 0 {
                self.functions.clear();
            }
            PyResult::Ok(state.connect_again(attempts, &self.pulse, &self.output))
        })?;
        if let Some(raised) = self.pulse.take() {
            return Err(raised);
        }
        result.map_err(|refused| match refused {
            Refused::Closed => closed(py),
            Refused::Opening(Failure::Transport(error))
            | Refused::Connecting(Error::Transport(error)) => {
                errors::to_python(py, Error::Transport(error))
            }
            Refused::Opening(failure) => errors::opening(py, failure),
            Refused::Connecting(error) => errors::to_python(py, error),
        })
    }

    /// Leaves out what code on the board calls an object, before the next call.
    fn forget(&self, name: String) {
        lock(&self.dropped).push(name);
    }

    /// Restarts the board's interpreter, so that `boot.py` and `main.py` run, and stays away.
    fn soft_reset(&self, py: Python<'_>) -> PyResult<()> {
        self.work(py, None, |device| {
            device.soft_reset()?;
            self.mounted.renew(device)
        })
    }
}

impl Session {
    /// Does something with the device when it is this call's turn. Output goes to `stream`.
    pub(crate) fn work<T: Send>(
        &self,
        py: Python<'_>,
        stream: Option<Py<PyAny>>,
        mut work: impl FnMut(&mut Device) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.work_recorded(py, stream, |device, _| work(device))
    }

    /// As [`work`](Self::work); the work is told whether there is room to record it.
    pub(crate) fn work_recorded<T: Send>(
        &self,
        py: Python<'_>,
        stream: Option<Py<PyAny>>,
        mut work: impl FnMut(&mut Device, bool) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.check_process()?;
        let result = py.detach(|| {
            let mut state = self.turn.wait()?;
            PyResult::Ok(self.in_turn(&mut state, stream, &mut work))
        })?;
        self.finish(py, result)
    }

    /// As [`work`](Self::work) where nobody else works with the device or waits for it; otherwise nothing
    /// happens.
    pub(crate) fn work_if_free<T: Send>(
        &self,
        py: Python<'_>,
        mut work: impl FnMut(&mut Device) -> Result<T, Error> + Send,
    ) -> PyResult<Option<T>> {
        self.check_process()?;
        let result = py.detach(|| {
            let Some(mut state) = self.turn.take_if_free()? else {
                return PyResult::Ok(None);
            };
            Ok(Some(
                self.in_turn(&mut state, None, &mut |device, _| work(device)),
            ))
        })?;
        result.map(|result| self.finish(py, result)).transpose()
    }

    /// Does something with the device, which is this call's to work with: what has come of it, and what
    /// the stream for output has raised. Nothing where the session has been closed.
    fn in_turn<T>(
        &self,
        state: &mut State,
        stream: Option<Py<PyAny>>,
        work: &mut dyn FnMut(&mut Device, bool) -> Result<T, Error>,
    ) -> Option<(Result<T, Error>, Option<PyErr>)> {
        let State {
            device,
            attempts,
            overflowed,
            lost,
            ..
        } = state;
        let device = device.as_mut()?;
        let full = || Error::HistoryFull { limit: MAX_HISTORY };
        if *lost && *overflowed {
            return Some((Err(full()), None));
        }
        self.output.direct(stream);
        self.functions.begin();
        self.pulse.forget_interrupt();
        self.delete_dropped(device);
        let mut result = work(device, true);
        if matches!(result, Err(Error::HistoryFull { .. })) {
            *overflowed = true;
            result = work(device, false);
        }
        // Where the session outlives its link, the call that finds it broken is made again.
        *lost = matches!(result, Err(Error::ConnectionLost { .. }));
        if *attempts != 0 && *lost && !self.pulse.is_raised() {
            result = if *overflowed {
                Err(full())
            } else {
                work(device, true)
            };
        }
        Some((result, self.output.finish()))
    }

    /// The result of a call, or what ended it.
    fn finish<T>(
        &self,
        py: Python<'_>,
        result: Option<(Result<T, Error>, Option<PyErr>)>,
    ) -> PyResult<T> {
        if let Some(raised) = self.pulse.take() {
            return Err(raised);
        }
        match result {
            None => Err(closed(py)),
            Some((_, Some(raised))) => Err(raised),
            Some((result, None)) => result.map_err(|error| self.functions.explain(py, error)),
        }
    }

    /// Deletes what nobody on the host uses any more.
    fn delete_dropped(&self, device: &mut Device) {
        let names = std::mem::take(&mut *lock(&self.dropped));
        for name in names {
            // What is not there need not be deleted.
            let _ = device.exec_unrecorded(&format!("del {name}"));
        }
    }

    fn check_process(&self) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(
            "this process is a fork of the one that connected to the board, and both cannot use it; \
             connect after the fork, or start the process by the method \"spawn\"",
        ))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The board of a forked process is its parent's: the child must not say a word to it.
        if self.process != std::process::id()
            && let Some(state) = self.turn.get_mut()
        {
            std::mem::forget(state.device.take());
            std::mem::forget(std::mem::take(&mut state.companion));
        }
    }
}

#[cfg(all(unix, feature = "sim"))]
fn end(companion: &Mutex<Companion>) {
    drop(lock(companion).take());
}

#[cfg(not(all(unix, feature = "sim")))]
fn end(_: &Mutex<Companion>) {}

/// The error of a call after the end of the session.
fn closed(py: Python<'_>) -> PyErr {
    let class = py
        .import("belay.exceptions")
        .and_then(|module| module.getattr("DeviceClosedError"));
    match class.and_then(|class| class.call1(("the device has been closed",))) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
