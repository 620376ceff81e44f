//! From the name of a device to a byte stream.

use std::path::PathBuf;
use std::sync::Arc;

use belay::Explanation;
use belay_device::HostCalls;
use belay_transport::{
    Cancel, OpenOptions, Specifier, Transport, identity, list_ports, only_board,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::link::Link;
use crate::pulse::Pulse;

/// How a device is opened.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) specifier: Specifier,
    pub(crate) options: OpenOptions,
    /// The interpreter of a simulated board, where it is not looked for.
    pub(crate) engine: Option<PathBuf>,
}

/// Why a device was not opened.
#[derive(Debug)]
pub(crate) enum Failure {
    Transport(belay_transport::Error),
    /// The simulator's reason.
    Simulator(String),
    /// A signal has come.
    Left,
}

/// What lives as long as a session beside its byte stream.
#[cfg(all(unix, feature = "sim"))]
pub(crate) type Companion = Option<Simulated>;
#[cfg(not(all(unix, feature = "sim")))]
pub(crate) type Companion = ();

/// A simulated board of this process.
#[cfg(all(unix, feature = "sim"))]
pub(crate) struct Simulated {
    /// Open once somebody has asked for them. Field order: they end before the board.
    controls: Option<belay_sim::ControlServer>,
    board: Arc<belay_sim::Board>,
}

#[cfg(all(unix, feature = "sim"))]
impl Simulated {
    /// The socket at which the board's controls listen.
    pub(crate) fn controls(&mut self) -> Result<PathBuf, belay_sim::Error> {
        if self.controls.is_none() {
            self.controls = Some(belay_sim::ControlServer::beside(&self.board)?);
        }
        Ok(self.board.stable_path().with_file_name("control"))
    }
}

impl Target {
    /// The device that a text names; without one, the only board plugged in.
    pub(crate) fn new(
        name: Option<&str>,
        options: OpenOptions,
        engine: Option<PathBuf>,
    ) -> Result<Self, String> {
        let specifier = if let Some(name) = name {
            match name.parse().map_err(|error| format!("{error}"))? {
                Specifier::Name(name) => {
                    belay::named_device(&name).map_err(|error| told(&error))?
                }
                specifier => specifier,
            }
        } else {
            let ports = list_ports().map_err(|error| error.to_string())?;
            let port = only_board(&ports).map_err(|error| error.to_string())?;
            Specifier::Serial(port.path.clone())
        };
        Ok(Self {
            specifier,
            options,
            engine,
        })
    }

    /// Knows a board on USB by what it is from now on, on whatever port it comes back.
    pub(crate) fn follow(&mut self) {
        let Specifier::Serial(path) = &self.specifier else {
            return;
        };
        let known = list_ports().ok().and_then(|ports| identity(path, &ports));
        if let Some(filter) = known {
            self.specifier = Specifier::Usb(filter);
        }
    }

    /// Opens the device on another thread, which is left behind when a signal comes.
    pub(crate) fn open(
        &mut self,
        pulse: &Arc<Pulse>,
        host: &HostCalls,
    ) -> Result<(Box<dyn Transport>, Companion), Failure> {
        let mut this = self.clone();
        this.options.cancel = Cancel::default();
        let cancel = this.options.cancel.clone();
        let opened = pulse.aside(&cancel, move || this.open_here());
        let (stream, specifier, companion) = opened.ok_or(Failure::Left)??;
        // A simulated board is opened by its port when the session comes back to it.
        self.specifier = specifier;
        let link = Link::new(stream, Arc::clone(pulse));
        Ok((host.attach(Box::new(link)), companion))
    }

    #[cfg(all(unix, feature = "sim"))]
    fn open_here(&self) -> Result<(Box<dyn Transport>, Specifier, Companion), Failure> {
        let Specifier::Sim(text) = &self.specifier else {
            let stream = belay_transport::open(&self.specifier, &self.options)
                .map_err(Failure::Transport)?;
            return Ok((stream, self.specifier.clone(), None));
        };
        let failed = |error: &dyn std::fmt::Display| Failure::Simulator(error.to_string());
        let options: belay_sim::SimOptions = text.parse().map_err(|error| failed(&error))?;
        let mut builder = options.builder().map_err(|error| failed(&error))?;
        if let Some(engine) = &self.engine {
            builder =
                builder.engine(belay_sim::Engine::at(engine).map_err(|error| failed(&error))?);
        }
        let board = builder.start().map_err(|error| failed(&error))?;
        // Its terminal may be another one after the cable was pulled.
        let path = board.stable_path().to_string_lossy().into_owned();
        let specifier = Specifier::Serial(path);
        let stream =
            belay_transport::open(&specifier, &self.options).map_err(Failure::Transport)?;
        let simulated = Simulated {
            controls: None,
            board: Arc::new(board),
        };
        Ok((stream, specifier, Some(simulated)))
    }

    #[cfg(not(all(unix, feature = "sim")))]
    fn open_here(&self) -> Result<(Box<dyn Transport>, Specifier, Companion), Failure> {
        if let Specifier::Sim(_) = &self.specifier {
            return Err(Failure::Simulator(
                "there are no simulated boards here".to_owned(),
            ));
        }
        let stream =
            belay_transport::open(&self.specifier, &self.options).map_err(Failure::Transport)?;
        Ok((stream, self.specifier.clone(), ()))
    }
}

/// What is said about a name that leads nowhere.
fn told(error: &belay::Error) -> String {
    match belay::diagnose(error).explanation {
        Explanation::Failure {
            message,
            hint: Some(hint),
        } => format!("{message}; {hint}"),
        _ => error.to_string(),
    }
}

/// The serial ports that may be boards, each as a dict.
#[pyfunction]
pub(crate) fn serial_ports(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let ports = py
        .detach(list_ports)
        .map_err(|error| pyo3::exceptions::PyOSError::new_err(error.to_string()))?;
    ports
        .into_iter()
        .map(|port| {
            let dict = PyDict::new(py);
            dict.set_item("device", port.path)?;
            if let Some(usb) = port.usb {
                dict.set_item("vid", usb.vid)?;
                dict.set_item("pid", usb.pid)?;
                dict.set_item("serial_number", usb.serial_number)?;
                dict.set_item("manufacturer", usb.manufacturer)?;
                dict.set_item("product", usb.product)?;
                dict.set_item("location", usb.location)?;
            }
            Ok(dict)
        })
        .collect()
}
